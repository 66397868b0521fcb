//! Which part of an object a request wants (RFC 9110, sections 13 and 14), decided before any of it is read.

/// Which part of an object is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The request's `Range`, if any.
    pub range: Option<ByteRange>,
    /// The request's `If-Range`, if any: the part is wanted only of this very object.
    pub if_range: Option<String>,
    /// The request's `If-None-Match`, if any.
    pub none_match: Option<String>,
    /// True for `HEAD`: facts, no body.
    pub head: bool,
}

/// A single byte range (RFC 9110, section 14.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteRange {
    /// `bytes=a-b` or `bytes=a-`.
    From(u64, Option<u64>),
    /// `bytes=-n`.
    Last(u64),
}

/// What is to be sent of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// Nothing: the client has it.
    Unchanged,
    /// Nothing: the range lies outside of it.
    OutOfRange,
    /// All of it.
    Whole,
    /// From the first to the last of these bytes.
    Part(u64, u64),
}

impl Wanted {
    /// True if the object's size and hash have a say in what is sent.
    #[must_use]
    pub fn depends(&self) -> bool {
        self.head || self.none_match.is_some() || self.range.is_some()
    }
    /// True if the client has the object of that hash, in quotes: a weak comparison with any of a list, or anything (RFC 9110, section 13.1.2).
    #[must_use]
    pub fn has(&self, etag: &str) -> bool {
        let any = |given: &str| given.trim() == "*" || given.split(',').any(|one| one.trim().trim_start_matches("W/") == etag);
        self.none_match.as_deref().is_some_and(any)
    }
    /// What is sent of an object of that size and hash, in quotes.
    #[must_use]
    pub fn of(&self, etag: &str, size: u64) -> Sent {
        if self.has(etag) {
            return Sent::Unchanged;
        }
        // A strong comparison (section 13.1.5): a weak hash, another's, or a date (we send none) brings all of it.
        let same = self.if_range.as_deref().is_none_or(|given| given.trim() == etag);
        match self.range.filter(|_| same && !self.head) {
            None => Sent::Whole,
            Some(range) => range.within(size).map_or(Sent::OutOfRange, |(first, last)| Sent::Part(first, last)),
        }
    }
}

impl ByteRange {
    /// From the header. Several ranges, or another unit, are ignored as section 14.2 allows, and all of the object is sent.
    #[must_use]
    pub fn read(header: &str) -> Option<Self> {
        let (first, last) = header.strip_prefix("bytes=")?.split_once('-')?;
        let number = |text: &str| (text.len() <= 15 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse::<u64>().ok()).flatten();
        match (first, last) {
            ("", last) => number(last).map(Self::Last),
            (first, "") => Some(Self::From(number(first)?, None)),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then_some(Self::From(first, Some(last)))
            }
        }
    }
    /// First and last byte of the part of an object of `size` bytes; none if the range lies outside of it.
    #[must_use]
    pub fn within(self, size: u64) -> Option<(u64, u64)> {
        let end = size.checked_sub(1)?;
        match self {
            Self::From(first, last) => (first <= end).then(|| (first, last.unwrap_or(end).min(end))),
            Self::Last(0) => None,
            Self::Last(count) => Some((size.saturating_sub(count), end)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (header, part) in [
            ("bytes=0-9", Some((0, 9))),
            ("bytes=90-", Some((90, 99))),
            ("bytes=90-500", Some((90, 99))),
            ("bytes=-10", Some((90, 99))),
            ("bytes=-500", Some((0, 99))),
            ("bytes=100-", None),
            ("bytes=-0", None),
        ] {
            assert_eq!(ByteRange::read(header).unwrap().within(100), part, "{header}");
        }
        for ignored in ["bytes=", "bytes=5-2", "bytes=0-1,3-4", "items=0-1", "bytes=a-b", "bytes=-", "bytes=0-99999999999999999999"] {
            assert_eq!(ByteRange::read(ignored), None, "{ignored}");
        }
        assert_eq!(ByteRange::From(0, None).within(0), None);
    }

    #[test]
    fn conditions_come_before_ranges() {
        let part = Wanted { range: ByteRange::read("bytes=0-9"), ..Wanted::default() };
        let sent = |if_range: &str| Wanted { if_range: Some(if_range.to_owned()), ..part.clone() }.of("\"a\"", 100);
        assert_eq!(part.of("\"a\"", 100), Sent::Part(0, 9));
        assert_eq!(part.of("\"a\"", 0), Sent::OutOfRange);
        assert_eq!(sent("\"a\""), Sent::Part(0, 9));
        for other in ["\"b\"", "W/\"a\"", "Wed, 21 Oct 2015 07:28:00 GMT", ""] {
            assert_eq!(sent(other), Sent::Whole, "{other}");
        }
        let known = |none_match: &str| Wanted { none_match: Some(none_match.to_owned()), ..part.clone() }.of("\"a\"", 100);
        for same in ["\"a\"", "W/\"a\"", "\"x\", \"a\"", "*"] {
            assert_eq!(known(same), Sent::Unchanged, "{same}");
        }
        assert_eq!(known("\"x\""), Sent::Part(0, 9));
        assert_eq!(Wanted { head: true, ..part.clone() }.of("\"a\"", 100), Sent::Whole);
    }
}
