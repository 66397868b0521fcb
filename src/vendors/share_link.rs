//! What a link to a shared work ends with: the share's id, then a MAC that says that we made it. The database holds the id alone, so that it gives no link
//! away; and what nobody made is refused without asking it.

use crate::domain::{ids::SORTABLE_LEN, library::ShareId, secret::Keys};

/// The token of a share.
#[must_use]
pub fn token(keys: &Keys, id: &ShareId) -> String {
    format!("{id}{}", keys.sign(&[id.as_str().as_bytes()]))
}

/// Reads a token; none if we did not make it.
#[must_use]
pub fn read(keys: &Keys, token: &str) -> Option<ShareId> {
    let (id, mac) = token.split_at_checked(SORTABLE_LEN)?;
    let id = ShareId::parse(id)?;
    keys.verifies_text(&[id.as_str().as_bytes()], mac).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{secret::Key, time::Timestamp};

    #[test]
    fn every_change_is_noticed() {
        let keys = Keys::new(Key::new("share"), vec![]);
        let id = ShareId::new(Timestamp::from_ms(1_767_225_600_000), |bytes| bytes.fill(3));
        let made = token(&keys, &id);
        assert_eq!(read(&keys, &made), Some(id));
        assert_eq!(read(&Keys::new(Key::new("other"), vec![]), &made), None);
        for i in 0..made.len() {
            let mut changed = made.clone().into_bytes();
            changed[i] ^= 1;
            assert_eq!(String::from_utf8(changed).ok().and_then(|changed| read(&keys, &changed)), None, "{i}");
        }
        for bad in ["", "short", &made[..SORTABLE_LEN], &made[1..], &format!("{made}A"), "é0000000000000000000000000000"] {
            assert_eq!(read(&keys, bad), None, "{bad}");
        }
    }
}
