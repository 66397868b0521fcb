//! Serves a kept object to whoever holds a valid address. No database.

use crate::{
    error::Error,
    platform::{Found, Platform, Wanted},
    vendors::media_url,
};

/// The object, and the seconds for which its address is still good.
pub async fn run<P: Platform>(p: &P, key: &str, query: &str, wanted: &Wanted) -> Result<(Found<P::Media>, i64), Error> {
    let left = media_url::verify(&p.settings().media_keys, p.now(), key, query).ok_or(Error::MediaRefused)?;
    Ok((p.media(key, wanted).await?, left))
}
