//! better-auth's rules about origins and redirect targets (contract: better-auth, section 8).

use crate::domain::settings::Settings;

/// Why an origin is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OriginError {
    /// No `Origin` and no `Referer`, or `null`.
    Missing,
    /// Not one that is trusted.
    Untrusted,
}

/// Judges `Origin`, or else `Referer`, against the trusted origins: scheme, host and port must match.
pub fn check_origin(settings: &Settings, origin: Option<&str>, referer: Option<&str>) -> Result<(), OriginError> {
    let given = origin.filter(|text| !text.is_empty()).or_else(|| referer.filter(|text| !text.is_empty()));
    match given {
        None | Some("null") => Err(OriginError::Missing),
        Some(given) if is_trusted(settings, given) => Ok(()),
        Some(_) => Err(OriginError::Untrusted),
    }
}

/// True if a redirect target is trusted: an absolute address of a trusted origin, or a path that no browser reads as another host.
#[must_use]
pub fn is_trusted_target(settings: &Settings, target: &str) -> bool {
    if target.chars().any(char::is_control) {
        return false;
    }
    if !target.starts_with('/') {
        return is_trusted(settings, target);
    }
    let path = target.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    !target.starts_with("//") && !target.contains('\\') && !path.contains("%2f") && !path.contains("%5c")
}

/// True if an absolute address is of our own origin or of one that the operator trusts.
fn is_trusted(settings: &Settings, url: &str) -> bool {
    let Some(origin) = origin(url) else { return false };
    let host = origin.split_once("://").map_or("", |(_, host)| host);
    let own = self::origin(&settings.public_origin).is_some_and(|own| own == origin);
    own || settings.trusted_origins.iter().any(|trusted| {
        let (pattern, text) = if trusted.contains("://") { (trusted.as_str(), origin.as_str()) } else { (trusted.as_str(), host) };
        if pattern.contains(['*', '?']) {
            matches(pattern.as_bytes(), text.as_bytes()) && fits_address_range(pattern, host)
        } else {
            self::origin(pattern).map_or(pattern == text, |pattern| pattern == text)
        }
    })
}

/// The origin of an http(s) address in the form that browsers send: lower case, without a default port. None for anything that names
/// its host in a way that readers of addresses disagree about.
fn origin(url: &str) -> Option<String> {
    let lower = url.to_ascii_lowercase();
    let (scheme, default_port) = [("https://", ":443"), ("http://", ":80")].into_iter().find(|(scheme, _)| lower.starts_with(scheme))?;
    let rest = lower.strip_prefix(scheme)?;
    let host = rest.split(['/', '?', '#']).next()?;
    let plain = !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte));
    plain.then(|| format!("{scheme}{}", host.strip_suffix(default_port).unwrap_or(host)))
}

/// `*` stands for any run of characters but `/`, `?` for one.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), None) => matches(rest, text),
        (Some((b'*', rest)), Some((byte, after))) => matches(rest, text) || *byte != b'/' && matches(pattern, after),
        (Some((b'?', rest)), Some((byte, after))) => *byte != b'/' && matches(rest, after),
        (Some((wanted, rest)), Some((byte, after))) => wanted.eq_ignore_ascii_case(byte) && matches(rest, after),
        (None, Some(_)) | (Some(_), None) => false,
    }
}

/// A pattern of digits, dots and wildcards names a range of addresses: `192.168.*.*` must not let `192.168.evil.example` in.
fn fits_address_range(pattern: &str, host: &str) -> bool {
    let named = pattern.split_once("://").map_or(pattern, |(_, host)| host).split(':').next().unwrap_or_default();
    let is_range = named.bytes().any(|byte| byte.is_ascii_digit()) && named.bytes().all(|byte| byte.is_ascii_digit() || b"*?.".contains(&byte));
    !is_range || host.split(':').next().unwrap_or_default().parse::<core::net::Ipv4Addr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::settings::tests::example;

    fn settings() -> Settings {
        Settings::read(example).unwrap()
    }

    #[test]
    fn targets_of_the_contract() {
        let settings = settings();
        for good in ["/", "/home", "/a?x=%2F", "http://studio.test", "http://studio.test/x"] {
            assert!(is_trusted_target(&settings, good), "{good}");
        }
        for evil in [
            "//evil",
            "/\\evil",
            "evil",
            "javascript:alert(1)",
            "data:x",
            "/%2f/evil",
            "/%5Cevil",
            "http://studio.test.evil/",
            "http://studio.test@evil/",
            "https://studio.test/",
            "/\tx",
            "http://studio.test/\r\nx: y",
            "\\/x",
        ] {
            assert!(!is_trusted_target(&settings, evil), "{evil}");
        }
    }

    #[test]
    fn origins_in_all_forms() {
        let settings = settings();
        assert_eq!(check_origin(&settings, Some("http://studio.test"), None), Ok(()));
        assert_eq!(check_origin(&settings, None, Some("http://studio.test/page?x")), Ok(()));
        assert_eq!(check_origin(&settings, Some("https://studio.test"), None), Err(OriginError::Untrusted));
        assert_eq!(check_origin(&settings, None, Some("http://studio.test.evil/")), Err(OriginError::Untrusted));
        assert_eq!(check_origin(&settings, None, None), Err(OriginError::Missing));
        assert_eq!(check_origin(&settings, Some("null"), Some("http://studio.test/")), Err(OriginError::Missing));
    }

    #[test]
    fn patterns() {
        let with =
            |list: &'static str| Settings::read(move |name| if name == "TRUSTED_ORIGINS" { Some(list.to_owned()) } else { example(name) }).unwrap();
        let settings = with("https://app.example, https://*.partner.example,10.0.*.*,preview-?.example:8443");
        for good in [
            "https://app.example",
            "https://app.example:443/x",
            "https://a.b.partner.example/y?z",
            "http://10.0.3.4/",
            "https://preview-1.example:8443",
        ] {
            assert!(is_trusted_target(&settings, good), "{good}");
        }
        for evil in [
            "http://app.example",
            "https://partner.example",
            "https://evil.example/.partner.example",
            "http://10.0.evil.example",
            "https://app.example.evil",
            "https://preview-12.example:8443",
            "ftp://app.example",
        ] {
            assert!(!is_trusted_target(&settings, evil), "{evil}");
        }
    }
}
