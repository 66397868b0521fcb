//! Takes a message of the model host: verified before it is read.

use super::apply_prediction;
use crate::{
    bugs::{Bug, planted},
    error::Error,
    platform::Platform,
    vendors::{
        callback, replicate,
        standard_webhooks::{self, Signed},
    },
};

/// Replicate's message to `/webhooks/replicate/{last}`. Our MAC in the address, the host's signature and its age are checked on the
/// raw bytes; then the prediction has to be one that was ordered with this very address.
pub async fn replicate(p: &impl Platform, last: &str, signed: &Signed<'_>, body: &[u8]) -> Result<(), Error> {
    let settings = p.settings();
    let id = callback::read(&settings.callback_keys, replicate::HOST, last).ok_or(Error::WebhookRefused("not an address of ours"))?;
    standard_webhooks::verify(&settings.replicate_webhook_keys, p.now(), signed, body).map_err(Error::WebhookRefused)?;
    let prediction = replicate::read(body).ok_or(Error::Invalid { field: "body".to_owned(), limit: "a prediction".to_owned() })?;
    let ordered_for = |url: &str| callback::read_url(&settings.callback_keys, &settings.public_origin, replicate::HOST, url);
    if prediction.webhook.as_deref().is_some_and(|url| ordered_for(url).as_ref() != Some(&id)) {
        return Err(Error::WebhookRefused("sent for another address"));
    }
    match apply_prediction::run(p, &id, prediction).await {
        Err(Error::Unavailable(_)) if planted(Bug::AcknowledgedUnwritten) => Ok(()),
        applied => applied,
    }
}
