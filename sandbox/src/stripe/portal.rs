//! Portal sessions: a short-lived address at which a customer looks after plan, payment and invoices.

use serde_json::{Value, json};

use super::{
    Stripe,
    api::no_route,
    fault::{Answer, Fault},
    form::Params,
    seconds,
    value::{shown, text},
};

const FLOWS: [&str; 5] = ["payment_method_update", "subscription_cancel", "subscription_pause", "subscription_update", "subscription_update_confirm"];

impl Stripe {
    pub(super) fn route_portal(&mut self, now_ms: i64, method: &str, segments: &[&str], params: &Params) -> Answer {
        let ("POST", ["billing_portal", "sessions"]) = (method, segments) else {
            return Err(no_route(method, segments));
        };
        params.only(&["customer", "return_url", "configuration", "flow_data.*", "locale"])?;
        let customer = params.required("customer")?.to_owned();
        self.living_customer(&customer, Some("customer"))?;
        let return_url = params.url("return_url")?;
        let flow = params.choice("flow_data.type", &FLOWS)?;
        let subscription = flow.and_then(|flow| params.text(&format!("flow_data.{flow}.subscription")));
        if let Some(subscription) = subscription {
            let theirs = self.store.get("subscription", subscription).filter(|known| text(known, "/customer") == customer);
            theirs.ok_or_else(|| Fault::unknown("subscription", subscription, "flow_data"))?;
        }
        let details = |name: &str| if flow == Some(name) { json!({"retention": null, "subscription": subscription}) } else { Value::Null };
        let flow = flow.map(|flow| {
            json!({"after_completion": {"hosted_confirmation": null, "redirect": null, "type": "portal_homepage"},
                "subscription_cancel": details("subscription_cancel"), "subscription_update": details("subscription_update"),
                "subscription_update_confirm": details("subscription_update_confirm"), "type": flow})
        });
        let id = self.id("bps");
        let session = json!({
            "id": id, "object": "billing_portal.session", "configuration": params.text("configuration").unwrap_or("bpc_sandbox"),
            "created": seconds(now_ms), "customer": customer, "customer_account": null, "flow": flow, "livemode": self.livemode,
            "locale": params.text("locale"), "on_behalf_of": null, "return_url": return_url,
            "url": format!("{}/portal/{id}", self.config.base_url),
        });
        self.store.put(session.clone());
        Ok(shown(&session))
    }
}
