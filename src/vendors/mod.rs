//! Pure codecs, one file per foreign party: build what goes out, read what comes in, verify signatures. No I/O.

pub mod better_auth;
pub mod callback;
pub mod hrana;
pub mod media_url;
pub mod password;
pub mod replicate;
pub mod standard_webhooks;
