//! Messages (section 5). They say that something happened to an object, which is then read from Stripe: so neither their order, nor their
//! number, nor the version they were written in matters.

use super::{Fields, Id, List};
use crate::lanes::StripeCustomer;
use serde_json::Value;

/// The messages that concern us: what an endpoint subscribes to.
pub const TYPES: &[&str] = &[
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.finalized",
    "invoice.voided",
    "invoice.marked_uncollectible",
    "invoice.updated",
    "charge.refunded",
    "charge.refund.updated",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "customer.deleted",
];

/// Those that are looked for in Stripe's own list, which takes 20 types at most. The others come together with one of these.
pub const LISTED: &[&str] = &[
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.finalized",
    "invoice.voided",
    "invoice.marked_uncollectible",
    "charge.refunded",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "customer.deleted",
];

/// A message, as far as it concerns us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The same however often it is sent.
    pub id: Id,
    /// What happened: `invoice.paid`.
    pub kind: String,
    /// When, in Unix seconds.
    pub created_s: i64,
    /// Whether it is about real money.
    pub livemode: bool,
    /// What it happened to.
    pub object: Option<Object>,
    /// Whose that is.
    pub customer: Option<StripeCustomer>,
}

/// An object that a message names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// What it is, in Stripe's word.
    pub kind: String,
    /// Its id.
    pub id: Id,
}

/// What has to be read again because of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// A checkout session.
    Session(Id),
    /// A subscription.
    Subscription(Id),
    /// An invoice.
    Invoice(Id),
    /// A charge.
    Charge(Id),
    /// A refund.
    Refund(Id),
    /// A dispute.
    Dispute(Id),
    /// A customer.
    Customer(StripeCustomer),
    /// Nothing of ours.
    Nothing,
}

/// Reads a message in either form, and the answer that an event was asked for with.
#[must_use]
pub fn read_event(body: &[u8]) -> Option<Event> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let fields = Fields(&value);
    snapshot(fields).or_else(|| thin(fields))
}

/// Reads a page of events.
#[must_use]
pub fn read_events(body: &[u8]) -> Option<List<Event>> {
    super::read_list(body, "event", snapshot)
}

/// A message that carries the object as it was.
fn snapshot(fields: Fields<'_>) -> Option<Event> {
    let fields = fields.of_kind("event")?;
    let object = fields.text("/data/object/object").zip(fields.id("/data/object/id")).map(|(kind, id)| Object { kind: kind.to_owned(), id });
    let is_customer = object.as_ref().is_some_and(|object| object.kind == "customer");
    let customer = fields.customer(if is_customer { "/data/object/id" } else { "/data/object/customer" });
    let created_s = fields.int("/created")?;
    Some(Event { id: fields.id("/id")?, kind: fields.owned("/type")?, created_s, livemode: fields.is("/livemode"), object, customer })
}

/// A message that only names the object.
fn thin(fields: Fields<'_>) -> Option<Event> {
    let fields = fields.of_kind("v2.core.event")?;
    let kind = fields.text("/type")?;
    let kind = kind.strip_prefix("v1.").unwrap_or(kind).to_owned();
    let object = fields.text("/related_object/type").zip(fields.id("/related_object/id")).map(|(kind, id)| Object { kind: kind.to_owned(), id });
    let customer = object.as_ref().filter(|object| object.kind == "customer").and_then(|_| fields.customer("/related_object/id"));
    let created_s = seconds(fields.text("/created")?)?;
    Some(Event { id: fields.id("/id")?, kind, created_s, livemode: fields.is("/livemode"), object, customer })
}

/// Unix seconds of `YYYY-MM-DDTHH:MM:SS…Z`, by Howard Hinnant's `days_from_civil`.
fn seconds(iso: &str) -> Option<i64> {
    let part =
        |from: usize, to: usize| iso.get(from..to)?.bytes().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')));
    let is = |at: usize, byte: u8| iso.as_bytes().get(at) == Some(&byte);
    if !(is(4, b'-') && is(7, b'-') && is(10, b'T') && is(13, b':') && is(16, b':') && iso.ends_with('Z')) {
        return None;
    }
    let (year, month, day) = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
    let (hour, minute, second) = (part(11, 13)?, part(14, 16)?, part(17, 19)?);
    let year = if month <= 2 { year - 1 } else { year };
    let (era, yoe) = (year.div_euclid(400), year.rem_euclid(400));
    let doy = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468;
    Some(days * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// What to read because of a message.
#[must_use]
pub fn what(event: &Event) -> Named {
    let Some(Object { id, .. }) = &event.object else { return Named::Nothing };
    let id = id.clone();
    let kind = event.kind.as_str();
    match kind {
        "invoice.paid"
        | "invoice.payment_failed"
        | "invoice.payment_action_required"
        | "invoice.finalized"
        | "invoice.voided"
        | "invoice.marked_uncollectible"
        | "invoice.updated" => Named::Invoice(id),
        "charge.refunded" => Named::Charge(id),
        "charge.refund.updated" => Named::Refund(id),
        "customer.deleted" => event.customer.clone().map_or(Named::Nothing, Named::Customer),
        _ if kind.starts_with("checkout.session.") => Named::Session(id),
        _ if kind.starts_with("customer.subscription.") => Named::Subscription(id),
        _ if kind.starts_with("charge.dispute.") => Named::Dispute(id),
        _ if kind.starts_with("refund.") => Named::Refund(id),
        _ => Named::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::fixtures, *};
    use crate::domain::time::Timestamp;
    use serde_json::json;

    #[test]
    fn the_fixtures_name_what_to_read() {
        let id = |text: &str| Id::parse(text).unwrap();
        let named: Vec<_> = fixtures().iter().map(|event| what(&read_event(event.to_string().as_bytes()).unwrap())).collect();
        let session = |text: &str| Named::Session(id(text));
        let subscription = || Named::Subscription(id("sub_StudioA1"));
        let invoice = |text: &str| Named::Invoice(id(text));
        let expected = [
            session("cs_test_TopupA1"),
            session("cs_test_TopupA2"),
            session("cs_test_TopupA2"),
            session("cs_test_TopupA2"),
            session("cs_test_Gone"),
            session("cs_test_SubA1"),
            subscription(),
            subscription(),
            invoice("in_StudioA1_0001"),
            // The same as the one before: only one of the two types is ours.
            Named::Nothing,
            Named::Nothing,
            subscription(),
            invoice("in_StudioA1_0004"),
            invoice("in_StudioA1_0005"),
            subscription(),
            subscription(),
            invoice("in_StudioA1_0006"),
            subscription(),
            subscription(),
            invoice("in_TopupA1_0002"),
            Named::Charge(id("ch_TopupA1")),
            Named::Charge(id("ch_TopupA1")),
            Named::Refund(id("re_TopupA1")),
            Named::Refund(id("re_TopupA1")),
            Named::Dispute(id("du_TopupA1")),
            Named::Dispute(id("du_TopupA1")),
            Named::Dispute(id("du_TopupA1")),
            Named::Nothing,
            Named::Customer(StripeCustomer::new("cus_StudioA1")),
        ];
        assert_eq!(named, expected);
    }

    #[test]
    fn whose_and_when() {
        for (fixture, event) in fixtures().iter().map(|event| (event, read_event(event.to_string().as_bytes()).unwrap())) {
            assert_eq!(
                (event.id.as_str(), event.created_s, event.livemode),
                (fixture["id"].as_str().unwrap(), fixture["created"].as_i64().unwrap(), false)
            );
            // Disputes and payments of invoices do not say whose they are.
            let nobody = event.kind.starts_with("charge.dispute.") || event.kind == "invoice_payment.paid";
            assert_eq!(event.customer, (!nobody).then(|| StripeCustomer::new("cus_StudioA1")), "{}", event.kind);
        }
    }

    #[test]
    fn thin_messages() {
        let thin = json!({"id": "evt_1", "object": "v2.core.event", "type": "v1.invoice.paid", "created": "2026-01-01T00:00:00.000Z", "livemode": true,
            "related_object": {"id": "in_1", "type": "invoice", "url": "/v1/invoices/in_1"}});
        let event = read_event(thin.to_string().as_bytes()).unwrap();
        assert_eq!((event.kind.as_str(), event.created_s, event.livemode), ("invoice.paid", 1_767_225_600, true));
        assert_eq!(what(&event), Named::Invoice(Id::parse("in_1").unwrap()));
        let gone = json!({"id": "evt_2", "object": "v2.core.event", "type": "v1.customer.deleted", "created": "2026-01-01T00:00:00.000Z",
            "related_object": {"id": "cus_1", "type": "customer"}});
        assert_eq!(what(&read_event(gone.to_string().as_bytes()).unwrap()), Named::Customer(StripeCustomer::new("cus_1")));
        let other = json!({"id": "evt_3", "object": "v2.core.event", "type": "v1.billing.meter.no_meter_found", "created": "2026-01-01T00:00:00.000Z",
            "related_object": null});
        assert_eq!(what(&read_event(other.to_string().as_bytes()).unwrap()), Named::Nothing);
    }

    #[test]
    fn what_is_no_message() {
        let snapshot = |kind: &str, object: &Value| json!({"id": "evt_1", "object": "event", "type": kind, "created": 1, "data": {"object": object}});
        let read = |value: &Value| read_event(value.to_string().as_bytes());
        for odd in
            [json!({}), json!([]), json!(null), json!({"object": "event"}), json!({"object": "event", "id": "../x", "type": "a", "created": 1})]
        {
            assert_eq!(read(&odd), None, "{odd}");
        }
        assert_eq!((read_event(b""), read_event(b"<html>")), (None, None));
        // Nothing else is asked for because of an id that is none.
        let evil = read(&snapshot("invoice.paid", &json!({"object": "invoice", "id": "in_1/../../customers"}))).unwrap();
        assert_eq!((&evil.object, what(&evil)), (&None, Named::Nothing));
        for quiet in ["invoice.created", "invoice.upcoming", "payment_intent.succeeded", "customer.created", "charge.succeeded", "invoice", ""] {
            let event = read(&snapshot(quiet, &json!({"object": "x", "id": "x_1"})));
            assert!(event.is_none_or(|event| what(&event) == Named::Nothing), "{quiet}");
        }
    }

    #[test]
    fn every_type_leads_somewhere() {
        let object = Object { kind: "x".to_owned(), id: Id::parse("x_1").unwrap() };
        for kind in TYPES {
            let event = Event {
                id: object.id.clone(),
                kind: (*kind).to_owned(),
                created_s: 0,
                livemode: false,
                object: Some(object.clone()),
                customer: Some(StripeCustomer::new("cus_1")),
            };
            assert_ne!(what(&event), Named::Nothing, "{kind}");
        }
        assert!(LISTED.len() <= 20 && LISTED.iter().all(|kind| TYPES.contains(kind)));
    }

    #[test]
    fn pages() {
        let page = json!({"object": "list", "has_more": true, "data": [fixtures()[8], {"object": "event", "id": "evt_odd"}]});
        let page = read_events(page.to_string().as_bytes()).unwrap();
        assert_eq!((page.items.len(), page.all_read, page.has_more, page.last), (1, false, true, Id::parse("evt_odd")));
        assert_eq!(read_events(b"{\"object\":\"list\"}").unwrap().items, []);
        assert_eq!(read_events(b"{}"), None);
    }

    proptest::proptest! {
        #[test]
        fn times_are_read_as_we_write_them(seconds in -60_000_000_000_i64..250_000_000_000) {
            assert_eq!(super::seconds(&Timestamp::from_ms(seconds * 1000).iso()), Some(seconds));
        }
    }

    #[test]
    fn times_that_are_none() {
        for odd in ["", "2026", "2026-01-01", "2026-01-01T00:00:00+02:00", "2026-01-01 00:00:00Z", "2026-ab-01T00:00:00Z", "é026-01-01T00:00:00Z"] {
            assert_eq!(seconds(odd), None, "{odd}");
        }
    }
}
