//! Accounts and sessions by better-auth's rules (contract: better-auth, sections 3 and 5).

use super::time::{DAY_MS, MINUTE_MS, Timestamp};
use crate::lanes::Email;
use core::net::IpAddr;

/// Shortest new password in UTF-16 code units.
pub const PASSWORD_MIN: usize = 8;
/// Longest password in UTF-16 code units.
pub const PASSWORD_MAX: usize = 128;
/// A session's life in milliseconds: `expiresIn`, 7 days.
pub const SESSION_MS: i64 = 7 * DAY_MS;
/// A session's life in milliseconds when the user does not want to be remembered.
pub const SESSION_SHORT_MS: i64 = DAY_MS;
/// A session is extended when this much of its life has passed: `updateAge`, one day.
pub const SESSION_UPDATE_MS: i64 = DAY_MS;

/// The cookie cache holds for this long: 300 s; 60 s if the user does not want to be remembered (contract, section 4.4).
pub const CACHE_MS: i64 = 5 * MINUTE_MS;
/// See [`CACHE_MS`].
pub const CACHE_SHORT_MS: i64 = MINUTE_MS;
/// A session is fresh for this long after it was made: `freshAge`, one day.
pub const SESSION_FRESH_MS: i64 = DAY_MS;

/// Sessions that were made after this moment are fresh.
#[must_use]
pub fn fresh_after(now: Timestamp) -> Timestamp {
    now.plus_ms(-SESSION_FRESH_MS)
}

/// Sessions that expire before this moment are due for a refresh: `expiresAt − expiresIn + updateAge ≤ now`.
#[must_use]
pub fn refresh_before(now: Timestamp) -> Timestamp {
    now.plus_ms(SESSION_MS - SESSION_UPDATE_MS)
}

/// An e-mail address in the form that better-auth accepts (section 3.2), lower-cased; none if it has another form.
#[must_use]
pub fn email(text: &str) -> Option<Email> {
    let (local, domain) = text.rsplit_once('@')?;
    let local_ok = local.split('.').all(|run| !run.is_empty() && run.bytes().all(|b| b.is_ascii_alphanumeric() || b"_'+-".contains(&b)));
    let label = |label: &str| label.starts_with(|c: char| c.is_ascii_alphanumeric()) && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let (labels, top) = domain.rsplit_once('.')?;
    let domain_ok = labels.split('.').all(label) && top.len() >= 2 && top.bytes().all(|b| b.is_ascii_alphabetic());
    (local_ok && !local.ends_with('\'') && domain_ok).then(|| Email::new(text.to_ascii_lowercase()))
}

/// A client address as better-auth stores it: IPv4 as it is, IPv4 in IPv6 as IPv4, IPv6 written out in full by its /64; empty if
/// unknown (section 5).
#[must_use]
pub fn client_address(text: Option<&str>) -> String {
    match text.and_then(|text| text.trim().parse::<IpAddr>().ok()).map(|address| address.to_canonical()) {
        None => String::new(),
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => {
            let network: Vec<_> = address.segments().into_iter().take(4).map(|part| format!("{part:04x}")).collect();
            format!("{}:0000:0000:0000:0000", network.join(":"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_contract() {
        for good in ["ada@example.com", "a.b+c_d'e-f@x-y.example.co", "A@B.IO"] {
            assert!(email(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@localhost",
            ".ada@example.com",
            "ada.@example.com",
            "a..b@example.com",
            "ada'@example.com",
            " ada@example.com",
            "ada@example.com ",
            "ada@exam ple.com",
            "ada@-x.com",
            "\"a b\"@example.com",
            "ada@[127.0.0.1]",
            "adä@example.com",
            "ada@example.c",
            "ada@example.c0m",
            "a@b@example.com",
            "ada\u{ff20}example.com",
            "ada@example..com",
            "ada,b@example.com",
            "ada@example.com\r\n",
        ] {
            assert!(email(bad).is_none(), "{bad}");
        }
        assert_eq!(email("Ada@Example.COM"), Some(Email::new("ada@example.com")));
    }

    #[test]
    fn client_addresses() {
        for (given, stored) in [
            (None, ""),
            (Some("not an address"), ""),
            (Some("1.2.3.4, 5.6.7.8"), ""),
            (Some("203.0.113.9"), "203.0.113.9"),
            (Some("::ffff:203.0.113.9"), "203.0.113.9"),
            (Some("2001:DB8::1"), "2001:0db8:0000:0000:0000:0000:0000:0000"),
        ] {
            assert_eq!(client_address(given), stored);
        }
    }
}
