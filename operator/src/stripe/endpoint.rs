//! The webhook endpoint: where Stripe tells the studio what happened.

use atelier::vendors::stripe::{TYPES, VERSION};
use serde_json::Value;

use super::setup::Setup;
use super::{Form, form, text};
use crate::error::Error;

const PATH: &str = "/webhook_endpoints";

/// Makes the endpoint of a studio, or changes it to the events that the Worker takes.
///
/// # Errors
/// Stripe's refusal, or why it could not be asked.
pub fn ensure(setup: &mut Setup<'_>, studio: &str) -> Result<(), Error> {
    let url = format!("{studio}/webhooks/stripe");
    if !url.starts_with("https://") {
        setup.note(&format!("no webhook endpoint is made for {url}: Stripe speaks to https:// alone, and the sandbox was told its own"));
        return Ok(());
    }
    let endpoints = setup.stripe().list(PATH, &Form::new())?;
    let Some(known) = endpoints.iter().rev().find(|one| text(one, "/url") == url) else {
        let mut wanted = form(&[("url", &url), ("api_version", VERSION), ("description", "Atelier")]);
        wanted.extend(events());
        let made = setup.create(&format!("the webhook endpoint {url}"), PATH, &wanted, "")?;
        if let Some(secret) = made.get("secret").and_then(Value::as_str) {
            setup.note(&format!(
                "its secret, which is shown this once: {secret}\n  the studio needs it: npx wrangler secret put STRIPE_WEBHOOK_SECRET, or STRIPE_WEBHOOK_SECRET=… npm run deploy"
            ));
        }
        return Ok(());
    };
    let id = text(known, "/id").to_owned();
    let mut changes = Form::new();
    if !same_events(known) {
        changes.extend(events());
    }
    if text(known, "/status") == "disabled" {
        changes.extend(form(&[("disabled", "false")]));
    }
    if !changes.is_empty() {
        setup.update(&format!("the webhook endpoint {id}: what it is sent"), &format!("{PATH}/{id}"), &changes)?;
    }
    // An endpoint keeps the version that it was made with. The Worker reads every object back in its own, so that another is no fault.
    Ok(())
}

fn events() -> Form {
    TYPES.iter().enumerate().map(|(n, name)| (format!("enabled_events[{n}]"), (*name).to_owned())).collect()
}

fn same_events(endpoint: &Value) -> bool {
    let mut known: Vec<&str> = endpoint.get("enabled_events").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let mut wanted: Vec<&str> = TYPES.to_vec();
    known.sort_unstable();
    wanted.sort_unstable();
    known == wanted
}
