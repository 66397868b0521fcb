//! Takes a message of a model host: verified before it is read.

use super::apply_report;
use crate::{
    bugs::{Bug, planted},
    domain::time::{HOUR_MS, MINUTE_MS, Timestamp},
    error::Error,
    platform::{Memory, Platform, Remembered},
    vendors::{
        callback, fal,
        hosts::{self, Host, Signature},
        standard_webhooks,
    },
};

/// fal's keys may be kept for a day (contract: fal, section 3).
const FAL_KEYS_MS: i64 = 24 * HOUR_MS;
/// They are fetched again at most this often for a message that none of them has signed: anybody can send one.
const REFETCH_MS: i64 = MINUTE_MS;

/// A message to `/webhooks/{host}/{last}`. Our MAC in the address, the host's signature and its age are checked on the raw bytes; then the run
/// has to be one that was ordered with this very address. `header` gives the text of a header, or an empty one.
pub async fn run<'a>(p: &impl Platform, host: &str, last: &str, header: impl Fn(&str) -> &'a str, body: &[u8]) -> Result<(), Error> {
    let settings = p.settings();
    let host = hosts::host(host).filter(|host| settings.host(host.name()).is_some()).ok_or(Error::WebhookRefused("not an address of ours"))?;
    let id = callback::read(&settings.callback_keys, host.name(), last).ok_or(Error::WebhookRefused("not an address of ours"))?;
    if !planted(Bug::AnybodyIsTheHost) {
        verify(p, host, &header, body).await?;
    }
    let report = host.message(body).ok_or(Error::Invalid { field: "body".to_owned(), limit: "a message about a run".to_owned() })?;
    let ordered_for = |url: &str| callback::read_url(&settings.callback_keys, &settings.public_origin, host.name(), url);
    if report.callback.as_deref().is_some_and(|url| ordered_for(url).as_ref() != Some(&id)) {
        return Err(Error::WebhookRefused("sent for another address"));
    }
    if host.signature() == Signature::Fal && header("x-fal-webhook-request-id") != report.run.as_str() {
        return Err(Error::WebhookRefused("signed for another run"));
    }
    match apply_report::run(p, &id, report).await {
        Err(Error::Unavailable(_)) if planted(Bug::AcknowledgedUnwritten) => Ok(()),
        applied => applied,
    }
}

async fn verify<'a>(p: &impl Platform, host: &dyn Host, header: &impl Fn(&str) -> &'a str, body: &[u8]) -> Result<(), Error> {
    match host.signature() {
        Signature::StandardWebhooks => {
            let signed = standard_webhooks::Signed {
                id: header("webhook-id"),
                timestamp: header("webhook-timestamp"),
                signature: header("webhook-signature"),
            };
            let keys = p.settings().host(host.name()).and_then(|host| host.webhook_keys.as_ref()).ok_or(Error::WebhookRefused("no secret"))?;
            standard_webhooks::verify(keys, p.now(), &signed, body).map_err(Error::WebhookRefused)
        }
        Signature::Fal => {
            let signed = fal::Signed {
                request_id: header("x-fal-webhook-request-id"),
                user_id: header("x-fal-webhook-user-id"),
                timestamp: header("x-fal-webhook-timestamp"),
                signature: header("x-fal-webhook-signature"),
            };
            let (message, signature) = fal::signed_message(&signed, p.now(), body).map_err(Error::WebhookRefused)?;
            verify_fal(p, &message, &signature).await
        }
        Signature::NoMessages => Err(Error::WebhookRefused("this host sends no messages")),
    }
}

/// Any of the published keys may have signed: those that are remembered, or, if it was none of them, those that are published now.
async fn verify_fal(p: &impl Platform, message: &[u8], signature: &[u8; 64]) -> Result<(), Error> {
    let refused = Err(Error::WebhookRefused("wrong webhook signature"));
    let mut asked_again_at = Timestamp::from_ms(0);
    if let Some(kept) = p.recall(Memory::FalKeys).filter(|kept| kept.until > p.now()) {
        if is_signed(p, &kept.bytes, message, signature).await {
            return Ok(());
        }
        if p.now().ms() - kept.asked_again_at.ms() < REFETCH_MS {
            return refused;
        }
        asked_again_at = p.now();
    }
    let answer = p.send(fal::keys_request()).await.ok().filter(|answer| answer.status == 200 && fal::read_keys(&answer.body).is_some());
    let answer = answer.ok_or(Error::Unavailable("the host's keys could not be fetched"))?;
    let signed = is_signed(p, &answer.body, message, signature).await;
    p.remember(Memory::FalKeys, Remembered { bytes: answer.body.into(), asked_again_at, until: p.now().plus_ms(FAL_KEYS_MS) });
    if signed { Ok(()) } else { refused }
}

async fn is_signed(p: &impl Platform, keys: &[u8], message: &[u8], signature: &[u8; 64]) -> bool {
    for key in fal::read_keys(keys).unwrap_or_default() {
        if p.ed25519(&key, message, signature).await {
            return true;
        }
    }
    false
}
