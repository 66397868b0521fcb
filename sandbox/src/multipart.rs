//! `multipart/form-data` (RFC 7578), as far as a state machine needs it: whole bodies in memory.

/// One part.
#[derive(Debug, PartialEq, Eq)]
pub struct Part {
    /// Its field.
    pub name: String,
    /// The name of the file, if it is one.
    pub filename: Option<String>,
    /// Its media type, if it says one.
    pub content_type: Option<String>,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// The boundary that a `Content-Type` names.
pub fn boundary(content_type: &str) -> Option<String> {
    let rest = content_type.strip_prefix("multipart/form-data")?;
    rest.split(';').find_map(|parameter| parameter.trim().strip_prefix("boundary=")).map(|boundary| boundary.trim_matches('"').to_owned())
}

/// The parts of a body, or `None` when it is not well formed.
pub fn parts(body: &[u8], boundary: &str) -> Option<Vec<Part>> {
    let delimiter = format!("--{boundary}").into_bytes();
    let (_, mut rest) = cut(body, &delimiter)?;
    let next = [b"\r\n".as_slice(), &delimiter].concat();
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        rest = rest.strip_prefix(b"\r\n")?;
        let (inside, after) = cut(rest, &next)?;
        parts.push(part(inside)?);
        rest = after;
    }
    Some(parts)
}

fn part(bytes: &[u8]) -> Option<Part> {
    let (head, content) = cut(bytes, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(head).into_owned();
    let header = |name: &str| {
        head.lines().find_map(|line| {
            let (given, value) = line.split_once(':')?;
            given.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let disposition = header("content-disposition")?;
    let parameter = |name: &str| {
        disposition.split(';').find_map(|parameter| Some(parameter.trim().strip_prefix(name)?.strip_prefix('=')?.trim_matches('"').to_owned()))
    };
    Some(Part { name: parameter("name")?, filename: parameter("filename"), content_type: header("content-type"), content: content.to_vec() })
}

/// What comes before the first `mark`, and what comes after it.
fn cut<'a>(bytes: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes.windows(mark.len()).position(|window| window == mark)?;
    let (before, rest) = bytes.split_at_checked(at)?;
    Some((before, rest.strip_prefix(mark)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_apart() {
        let body = b"--b\r\nContent-Disposition: form-data; name=\"content\"; filename=\"a.bin\"\r\nContent-Type: image/png\r\n\r\n\r\n--\x00\r\n--b\r\ncontent-disposition: form-data; name=\"metadata\"\r\n\r\n{}\r\n--b--\r\n";
        let parts = parts(body, "b").expect("a well-formed body");
        assert_eq!(parts.len(), 2);
        assert_eq!(parts[0].filename.as_deref(), Some("a.bin"));
        assert_eq!(parts[0].content, b"\r\n--\x00");
        assert_eq!(parts[1].name, "metadata");
        assert_eq!(parts[1].content, b"{}");
    }

    #[test]
    fn nonsense_is_refused() {
        assert_eq!(parts(b"--b\r\nno headers", "b"), None);
        assert_eq!(parts(b"", "b"), None);
        assert_eq!(boundary("application/json"), None);
        assert_eq!(boundary("multipart/form-data; boundary=\"x y\"").as_deref(), Some("x y"));
    }
}
