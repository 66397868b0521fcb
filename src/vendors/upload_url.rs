//! The address that takes a picture: `/api/uploads/{upload}.{mac}`. The id says until when, the MAC that we made it.

use crate::domain::{secret::Keys, time::Timestamp, upload::UploadId};

/// The path for one upload.
#[must_use]
pub fn path(keys: &Keys, id: &UploadId) -> String {
    format!("/api/uploads/{id}.{}", keys.sign(&[id.as_str().as_bytes()]))
}

/// Reads the last part of such a path; none if we did not make it.
#[must_use]
pub fn read(keys: &Keys, last: &str) -> Option<UploadId> {
    let (id, mac) = last.split_once('.')?;
    let id = UploadId::parse(id)?;
    keys.verifies_text(&[id.as_str().as_bytes()], mac).then_some(id)
}

/// The same, while the address is good.
#[must_use]
pub fn open(keys: &Keys, now: Timestamp, last: &str) -> Option<UploadId> {
    read(keys, last).filter(|id| now < id.open_until())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{secret::Key, upload::OPEN_MS};

    #[test]
    fn an_address_is_ours_and_ends() {
        let keys = Keys::new(Key::new("upload"), vec![]);
        let now = Timestamp::from_ms(1_767_225_600_000);
        let id = UploadId::new(now, |bytes| bytes.fill(3));
        let made = path(&keys, &id);
        let last = made.strip_prefix("/api/uploads/").unwrap();
        assert_eq!(open(&keys, now.plus_ms(OPEN_MS - 1), last), Some(id.clone()));
        assert_eq!(open(&keys, now.plus_ms(OPEN_MS), last), None);
        assert_eq!(read(&Keys::new(Key::new("other"), vec![]), last), None);
        for changed in [last.replacen('0', "1", 1), format!("{last}x"), id.to_string(), format!("{id}.")] {
            assert_eq!(read(&keys, &changed), None, "{changed}");
        }
    }
}
