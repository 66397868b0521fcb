//! What is asked of Stripe (section 4). What changes something carries an idempotency key: the same one when the same is meant.

use super::{Id, LISTED, VERSION};
use crate::{
    lanes::{Configured, Email, In, Outbound, Stripe, StripeCustomer, StripeReference},
    outbound_body,
};

/// Stripe looks for so many lookup keys at once.
pub const LOOKUP_KEYS_MAX: usize = 10;

fn get(path: &str, query: &[(&str, &str)]) -> Outbound<Stripe> {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    let path = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
    Outbound::get(path).header("stripe-version", VERSION)
}

fn keyed(request: Outbound<Stripe>, key: &str) -> Outbound<Stripe> {
    request.header("stripe-version", VERSION).header("idempotency-key", key)
}

/// A customer's path. Encoded, since a datum is whatever it is.
fn customer_path(customer: &StripeCustomer) -> String {
    let customer = In::<Stripe, _>::new(customer.clone());
    format!("/customers/{}", form_urlencoded::byte_serialize(customer.text().as_bytes()).collect::<String>())
}

/// Asks for a checkout session, with its payment in it.
#[must_use]
pub fn session(id: &Id) -> Outbound<Stripe> {
    get(&format!("/checkout/sessions/{id}"), &[("expand[0]", "payment_intent")])
}

/// Asks for a subscription.
#[must_use]
pub fn subscription(id: &Id) -> Outbound<Stripe> {
    get(&format!("/subscriptions/{id}"), &[])
}

/// Asks for all subscriptions of a customer, ended ones too.
#[must_use]
pub fn subscriptions_of(customer: &StripeCustomer) -> Outbound<Stripe> {
    let customer = In::<Stripe, _>::new(customer.clone());
    get("/subscriptions", &[("customer", customer.text()), ("status", "all"), ("limit", "100")])
}

/// Asks for an invoice, with its payments.
#[must_use]
pub fn invoice(id: &Id) -> Outbound<Stripe> {
    get(&format!("/invoices/{id}"), &[("expand[0]", "payments")])
}

/// Asks for the lines of an invoice that has more than it shows.
#[must_use]
pub fn invoice_lines(id: &Id, starting_after: Option<&Id>) -> Outbound<Stripe> {
    let after = starting_after.map(|id| ("starting_after", id.as_str()));
    get(&format!("/invoices/{id}/lines"), &[("limit", "100")].into_iter().chain(after).collect::<Vec<_>>())
}

/// Asks for the paid invoices of a subscription, newest first.
#[must_use]
pub fn invoices_of(subscription: &Id, starting_after: Option<&Id>) -> Outbound<Stripe> {
    let fixed = [("subscription", subscription.as_str()), ("status", "paid"), ("limit", "100"), ("expand[0]", "data.payments")];
    let after = starting_after.map(|id| ("starting_after", id.as_str()));
    get("/invoices", &fixed.into_iter().chain(after).collect::<Vec<_>>())
}

/// Asks for a price.
#[must_use]
pub fn price(id: &Id) -> Outbound<Stripe> {
    get(&format!("/prices/{id}"), &[])
}

/// Asks for the prices that are on sale under these lookup keys, of which Stripe takes [`LOOKUP_KEYS_MAX`].
#[must_use]
pub fn prices(lookup_keys: &[String]) -> Outbound<Stripe> {
    let names: Vec<_> = (0..lookup_keys.len()).map(|i| format!("lookup_keys[{i}]")).collect();
    let keys = names.iter().zip(lookup_keys).map(|(name, key)| (name.as_str(), key.as_str()));
    get("/prices", &[("active", "true"), ("limit", "100")].into_iter().chain(keys).collect::<Vec<_>>())
}

/// Asks for a charge.
#[must_use]
pub fn charge(id: &Id) -> Outbound<Stripe> {
    get(&format!("/charges/{id}"), &[])
}

/// Asks for the disputes about a charge.
#[must_use]
pub fn disputes_of(charge: &Id) -> Outbound<Stripe> {
    get("/disputes", &[("charge", charge.as_str()), ("limit", "100")])
}

/// Asks for a refund.
#[must_use]
pub fn refund(id: &Id) -> Outbound<Stripe> {
    get(&format!("/refunds/{id}"), &[])
}

/// Asks for a dispute.
#[must_use]
pub fn dispute(id: &Id) -> Outbound<Stripe> {
    get(&format!("/disputes/{id}"), &[])
}

/// Asks for a customer; one who was deleted is answered as such.
#[must_use]
pub fn customer(customer: &StripeCustomer) -> Outbound<Stripe> {
    get(&customer_path(customer), &[])
}

/// Asks for an event.
#[must_use]
pub fn event(id: &Id) -> Outbound<Stripe> {
    get(&format!("/events/{id}"), &[])
}

/// Asks for the events of a time that concern us, newest first.
#[must_use]
pub fn events(created_gte_s: i64, created_lt_s: i64, starting_after: Option<&str>) -> Outbound<Stripe> {
    let (from, to) = (created_gte_s.to_string(), created_lt_s.to_string());
    let names: Vec<_> = (0..LISTED.len()).map(|i| format!("types[{i}]")).collect();
    let types = names.iter().zip(LISTED).map(|(name, kind)| (name.as_str(), *kind));
    let fixed = [("created[gte]", from.as_str()), ("created[lt]", to.as_str()), ("limit", "100")];
    let after = starting_after.map(|id| ("starting_after", id));
    get("/events", &fixed.into_iter().chain(types).chain(after).collect::<Vec<_>>())
}

outbound_body! { Stripe =>
    /// A new customer: a name that says nothing, so that we know whose it is.
    pub struct CreateCustomer {
        #[serde(rename = "metadata[reference]")]
        reference: In<Stripe, StripeReference>,
    }
}

/// Makes a customer.
#[must_use]
pub fn create_customer(key: &str, reference: StripeReference) -> Outbound<Stripe> {
    keyed(Outbound::post_form("/customers".to_owned(), &CreateCustomer { reference: In::new(reference) }), key)
}

outbound_body! { Stripe =>
    /// A customer's address for receipts.
    pub struct SetEmail {
        email: In<Stripe, Email>,
    }
}

/// Tells Stripe where a customer wants mail.
#[must_use]
pub fn set_email(customer: &StripeCustomer, email: &Email, key: &str) -> Outbound<Stripe> {
    keyed(Outbound::post_form(customer_path(customer), &SetEmail { email: In::new(email.clone()) }), key)
}

/// Deletes a customer, which ends every subscription at once (section 6).
#[must_use]
pub fn delete_customer(customer: &StripeCustomer) -> Outbound<Stripe> {
    Outbound::delete(customer_path(customer)).header("stripe-version", VERSION)
}

/// A purchase.
#[derive(Debug)]
pub struct Checkout<'a> {
    /// Our name of the purchase.
    pub reference: StripeReference,
    /// Who buys.
    pub customer: StripeCustomer,
    /// What is paid.
    pub price: &'a Id,
    /// The plan or the pack.
    pub item: &'a str,
    /// The credits that were promised.
    pub credits: i64,
    /// Where the browser goes after paying.
    pub success_url: &'a str,
    /// Where it goes otherwise.
    pub cancel_url: &'a str,
}

outbound_body! { Stripe =>
    /// A session for a plan. What the session says is copied to the subscription, and from there to its invoices.
    pub struct PlanCheckout {
        mode: &'static str,
        customer: In<Stripe, StripeCustomer>,
        client_reference_id: In<Stripe, StripeReference>,
        #[serde(rename = "line_items[0][price]")]
        price: Configured,
        #[serde(rename = "line_items[0][quantity]")]
        quantity: i64,
        success_url: Configured,
        cancel_url: Configured,
        #[serde(rename = "metadata[atelier_kind]")]
        kind: &'static str,
        #[serde(rename = "metadata[atelier_item]")]
        item: Configured,
        #[serde(rename = "metadata[atelier_credits]")]
        credits: i64,
        #[serde(rename = "metadata[atelier_checkout]")]
        checkout: In<Stripe, StripeReference>,
        #[serde(rename = "subscription_data[metadata][atelier_kind]")]
        copied_kind: &'static str,
        #[serde(rename = "subscription_data[metadata][atelier_item]")]
        copied_item: Configured,
        #[serde(rename = "subscription_data[metadata][atelier_credits]")]
        copied_credits: i64,
        #[serde(rename = "subscription_data[metadata][atelier_checkout]")]
        copied_checkout: In<Stripe, StripeReference>,
    }
}

/// Opens a session for a plan.
#[must_use]
pub fn checkout_plan(key: &str, checkout: Checkout<'_>) -> Outbound<Stripe> {
    let body = PlanCheckout {
        mode: "subscription",
        customer: In::new(checkout.customer),
        client_reference_id: In::new(checkout.reference.clone()),
        price: Configured::new(checkout.price.as_str()),
        quantity: 1,
        success_url: Configured::new(checkout.success_url),
        cancel_url: Configured::new(checkout.cancel_url),
        kind: "plan",
        item: Configured::new(checkout.item),
        credits: checkout.credits,
        checkout: In::new(checkout.reference.clone()),
        copied_kind: "plan",
        copied_item: Configured::new(checkout.item),
        copied_credits: checkout.credits,
        copied_checkout: In::new(checkout.reference),
    };
    keyed(Outbound::post_form("/checkout/sessions".to_owned(), &body), key)
}

outbound_body! { Stripe =>
    /// A session for credits, which leaves an invoice. What the session says is copied to the payment.
    pub struct PackCheckout {
        mode: &'static str,
        customer: In<Stripe, StripeCustomer>,
        client_reference_id: In<Stripe, StripeReference>,
        #[serde(rename = "line_items[0][price]")]
        price: Configured,
        #[serde(rename = "line_items[0][quantity]")]
        quantity: i64,
        success_url: Configured,
        cancel_url: Configured,
        #[serde(rename = "invoice_creation[enabled]")]
        invoice: bool,
        #[serde(rename = "metadata[atelier_kind]")]
        kind: &'static str,
        #[serde(rename = "metadata[atelier_item]")]
        item: Configured,
        #[serde(rename = "metadata[atelier_credits]")]
        credits: i64,
        #[serde(rename = "metadata[atelier_checkout]")]
        checkout: In<Stripe, StripeReference>,
        #[serde(rename = "payment_intent_data[metadata][atelier_kind]")]
        copied_kind: &'static str,
        #[serde(rename = "payment_intent_data[metadata][atelier_item]")]
        copied_item: Configured,
        #[serde(rename = "payment_intent_data[metadata][atelier_credits]")]
        copied_credits: i64,
        #[serde(rename = "payment_intent_data[metadata][atelier_checkout]")]
        copied_checkout: In<Stripe, StripeReference>,
    }
}

/// Opens a session for a pack.
#[must_use]
pub fn checkout_pack(key: &str, checkout: Checkout<'_>) -> Outbound<Stripe> {
    let body = PackCheckout {
        mode: "payment",
        customer: In::new(checkout.customer),
        client_reference_id: In::new(checkout.reference.clone()),
        price: Configured::new(checkout.price.as_str()),
        quantity: 1,
        success_url: Configured::new(checkout.success_url),
        cancel_url: Configured::new(checkout.cancel_url),
        invoice: true,
        kind: "pack",
        item: Configured::new(checkout.item),
        credits: checkout.credits,
        checkout: In::new(checkout.reference.clone()),
        copied_kind: "pack",
        copied_item: Configured::new(checkout.item),
        copied_credits: checkout.credits,
        copied_checkout: In::new(checkout.reference),
    };
    keyed(Outbound::post_form("/checkout/sessions".to_owned(), &body), key)
}

/// Ends a session that is still open; another one is refused.
#[must_use]
pub fn expire_session(id: &Id, key: &str) -> Outbound<Stripe> {
    keyed(Outbound::command(format!("/checkout/sessions/{id}/expire")), key)
}

/// What a customer wants at the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow<'a> {
    /// To look around.
    Manage,
    /// Another plan for this subscription.
    Change(&'a Id),
    /// To end this subscription.
    Cancel(&'a Id),
    /// Another means of payment.
    Payment,
}

outbound_body! { Stripe =>
    /// A way into the portal.
    pub struct Portal {
        customer: In<Stripe, StripeCustomer>,
        configuration: Option<Configured>,
        return_url: Configured,
        #[serde(rename = "flow_data[type]")]
        flow: Option<&'static str>,
        #[serde(rename = "flow_data[subscription_update][subscription]")]
        change: Option<Configured>,
        #[serde(rename = "flow_data[subscription_cancel][subscription]")]
        cancel: Option<Configured>,
    }
}

/// Asks for the portal's configurations: one that was made by the interface is never the account's default, so a session has to name it.
#[must_use]
pub fn portal_configurations() -> Outbound<Stripe> {
    get("/billing_portal/configurations", &[("active", "true"), ("limit", "100")])
}

/// Opens the portal. Without an idempotency key: each way in is a new one, and lasts for minutes only.
#[must_use]
pub fn portal(customer: StripeCustomer, configuration: Option<&Id>, return_url: &str, flow: Flow<'_>) -> Outbound<Stripe> {
    let (name, change, cancel) = match flow {
        Flow::Manage => (None, None, None),
        Flow::Change(id) => (Some("subscription_update"), Some(id), None),
        Flow::Cancel(id) => (Some("subscription_cancel"), None, Some(id)),
        Flow::Payment => (Some("payment_method_update"), None, None),
    };
    let named = |id: Option<&Id>| id.map(|id| Configured::new(id.as_str()));
    let (change, cancel, configuration) = (named(change), named(cancel), named(configuration));
    let body = Portal { customer: In::new(customer), configuration, return_url: Configured::new(return_url), flow: name, change, cancel };
    Outbound::post_form("/billing_portal/sessions".to_owned(), &body).header("stripe-version", VERSION)
}

#[cfg(test)]
mod tests;
