//! The address that a model host calls back: `/webhooks/{host}/{generation}.{mac}`. The MAC shows that we made the address; so a
//! message signed by the host counts only for the generation that it was ordered for.

use crate::{
    domain::{generation::GenerationId, secret::Keys},
    lanes::CallbackUrl,
};

fn path(keys: &Keys, host: &str, id: &GenerationId) -> String {
    format!("/webhooks/{host}/{id}.{}", keys.sign(&[host.as_bytes(), b"\n", id.as_str().as_bytes()]))
}

/// The address for one generation.
#[must_use]
pub fn url(keys: &Keys, origin: &str, host: &str, id: &GenerationId) -> CallbackUrl {
    CallbackUrl::new(format!("{origin}{}", path(keys, host, id)))
}

/// Reads the last part of a callback's path; none if we did not make it.
#[must_use]
pub fn read(keys: &Keys, host: &str, last: &str) -> Option<GenerationId> {
    let (id, mac) = last.split_once('.')?;
    let id = GenerationId::parse(id)?;
    keys.verifies_text(&[host.as_bytes(), b"\n", id.as_str().as_bytes()], mac).then_some(id)
}

/// The generation that an address in a host's records belongs to, if it is one of ours.
#[must_use]
pub fn read_url(keys: &Keys, origin: &str, host: &str, url: &str) -> Option<GenerationId> {
    read(keys, host, url.strip_prefix(origin)?.strip_prefix("/webhooks/")?.strip_prefix(host)?.strip_prefix('/')?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::time::Timestamp,
        lanes::{In, Replicate},
    };

    #[test]
    fn only_our_own_addresses_are_read() {
        let key = Keys::new(crate::domain::secret::Key::new("callback"), vec![]);
        let id = GenerationId::new(Timestamp::from_ms(1), |bytes| bytes.fill(3));
        let made = In::<Replicate, _>::new(url(&key, "https://x.test", "replicate", &id));
        assert_eq!(read_url(&key, "https://x.test", "replicate", made.text()), Some(id.clone()));
        assert_eq!(read_url(&key, "https://y.test", "replicate", made.text()), None);
        assert_eq!(read_url(&key, "https://x.test", "fal", made.text()), None);
        assert_eq!(read_url(&Keys::new(crate::domain::secret::Key::new("other"), vec![]), "https://x.test", "replicate", made.text()), None);
        assert_eq!(read(&key, "replicate", &format!("{id}.")), None);
        assert_eq!(read(&key, "replicate", id.as_str()), None);
    }
}
