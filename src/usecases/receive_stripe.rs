//! Takes a message of Stripe's in: signature over the raw bytes, then what it names is read back. One round trip to the database.

use super::apply_stripe::{self, Taken};
use crate::{error::Error, platform::Platform, store::billing::Source, vendors::stripe};

/// Takes a message.
pub async fn run(p: &impl Platform, header: &str, body: &[u8]) -> Result<Taken, Error> {
    let Some(settings) = &p.settings().stripe else { return Err(Error::WebhookRefused("no secret of Stripe's is configured")) };
    stripe::verify(&settings.webhook_keys, header, body, p.now()).map_err(|refused| Error::WebhookRefused(refused.words()))?;
    let event = stripe::read_event(body).ok_or_else(|| Error::Invalid { field: "body".to_owned(), limit: "an event of Stripe's".to_owned() })?;
    apply_stripe::take(p, &event, Source::Webhook).await
}
