//! Time as an argument: milliseconds since 1970, and the two text forms that the outside world wants.

use core::fmt;
use serde::{Serialize, Serializer};

/// A point in time in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Milliseconds in a second, minute, hour and day.
pub const SECOND_MS: i64 = 1000;
/// One minute in milliseconds.
pub const MINUTE_MS: i64 = 60 * SECOND_MS;
/// One hour in milliseconds.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// One day in milliseconds.
pub const DAY_MS: i64 = 24 * HOUR_MS;

impl Timestamp {
    /// From milliseconds since 1970.
    #[must_use]
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }
    /// Milliseconds since 1970.
    #[must_use]
    pub const fn ms(self) -> i64 {
        self.0
    }
    /// Whole seconds since 1970.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(SECOND_MS)
    }
    /// Later (or earlier) by so many milliseconds.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// `YYYY-MM-DDTHH:MM:SS.mmmZ` with exactly three fraction digits: better-auth compares and revives dates as text of this
    /// form (contract: better-auth, sections 0.3 and 2). Proleptic Gregorian calendar, by Howard Hinnant's `civil_from_days`.
    #[must_use]
    pub fn iso(self) -> String {
        let (days, of_day) = (self.0.div_euclid(DAY_MS), self.0.rem_euclid(DAY_MS));
        let z = days + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let day = doy - (153 * mp + 2) / 5 + 1;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        let year = yoe + era * 400 + i64::from(month <= 2);
        let (h, m) = (of_day / HOUR_MS, of_day / MINUTE_MS % 60);
        let (s, ms) = (of_day / SECOND_MS % 60, of_day % SECOND_MS);
        format!("{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}.{ms:03}Z")
    }
}

impl Timestamp {
    /// Reads a day (`2026-01-31`, its first moment in UTC) or a moment in UTC as [`Timestamp::iso`] writes it, with or without its fraction.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let whole = match text.len() {
            10 => format!("{text}T00:00:00.000Z"),
            20 => format!("{}.000Z", text.strip_suffix('Z')?),
            _ => text.to_owned(),
        };
        let number = |from: usize, to: usize| whole.get(from..to)?.parse::<i64>().ok();
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        // Howard Hinnant's `days_from_civil`.
        let y = if month > 2 { year } else { year - 1 };
        let era = y.div_euclid(400);
        let doy = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
        let yoe = y.rem_euclid(400);
        let days = era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468;
        let of_day = number(11, 13)? * HOUR_MS + number(14, 16)? * MINUTE_MS + number(17, 19)? * SECOND_MS + number(20, 23)?;
        // What is not a date (a 30th of February, a 25th hour, a sign, a letter) is not written as it was read.
        let read = Self(days * DAY_MS + of_day);
        (read.iso() == whole).then_some(read)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.iso())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.iso())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_form() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_123, "2000-02-29T00:00:00.123Z"),
            (1_767_225_600_000, "2026-01-01T00:00:00.000Z"),
            (4_102_444_799_999, "2099-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(Timestamp::from_ms(ms).iso(), text);
        }
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(Timestamp::parse("2026-01-01"), Some(Timestamp::from_ms(1_767_225_600_000)));
        assert_eq!(Timestamp::parse("2026-01-01T00:00:01Z"), Some(Timestamp::from_ms(1_767_225_601_000)));
        for bad in [
            "",
            "2026",
            "2026-02-30",
            "2026-13-01",
            "2026-1-01",
            "+026-01-01",
            "2026-01-01T24:00:00.000Z",
            "2026-01-01T00:00:00.000",
            "2026-01-01 00:00:00.000Z",
            "2026-01-01T00:00:00+01:00",
            "2026-01-0\u{661}",
        ] {
            assert_eq!(Timestamp::parse(bad), None, "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_moment_is_read(ms in -62_167_219_200_000_i64..253_402_300_800_000) {
            let at = Timestamp::from_ms(ms);
            assert_eq!(Timestamp::parse(&at.iso()), Some(at));
        }

        #[test]
        fn nothing_makes_the_reader_panic(text in "\\PC{0,26}|[0-9T:.Z-]{0,26}") {
            let _ = Timestamp::parse(&text);
        }

        #[test]
        fn text_order_is_time_order(a in 0_i64..4_102_444_800_000, b in 0_i64..4_102_444_800_000) {
            let (ta, tb) = (Timestamp::from_ms(a), Timestamp::from_ms(b));
            assert_eq!(ta.cmp(&tb), ta.iso().cmp(&tb.iso()));
        }
    }
}
