//! Stripe (contract: Stripe): what is asked of it, what it answers, and what its messages say. Requests go out on lane
//! [`Stripe`](crate::lanes::Stripe) and name the version that they were written for; messages are hints at what to read again.

use crate::lanes::StripeCustomer;
use core::fmt;
use serde::de::IgnoredAny;
use serde_json::Value;

mod events;
mod invoices;
mod objects;
mod requests;
mod signature;

pub use events::{Event, LISTED, Named, Object, TYPES, read_event, read_events, what};
pub use invoices::{Entitled, Invoice, Line, entitlement, read_invoice, read_invoices, read_lines};
pub use objects::{
    Charge, Customer, Dispute, Mode, Price, Refund, Session, Subscription, disputed_amount, read_charge, read_customer, read_dispute, read_disputes,
    read_portal, read_portal_configurations, read_price, read_prices, read_refund, read_session, read_subscription, read_subscriptions,
};
pub use requests::{
    Checkout, Flow, LOOKUP_KEYS_MAX, charge, checkout_pack, checkout_plan, create_customer, customer, delete_customer, dispute, disputes_of, event,
    events, expire_session, invoice, invoice_lines, invoices_of, portal, portal_configurations, price, prices, refund, session, set_email,
    subscription, subscriptions_of,
};
pub use signature::{Refused, TOLERANCE_S, sign, verify};

/// The version of Stripe's interface that this was written for (section 1).
pub const VERSION: &str = "2026-10-28.endive";

/// An id of Stripe's. Checked before it becomes part of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(String);

impl Id {
    /// Reads an id: 3 to 255 ASCII letters, digits and underscores.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = (3..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        plain.then(|| Self(text.to_owned()))
    }
    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why there is no answer of use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// There is no such thing.
    #[error("Stripe knows no such thing")]
    NotFound,
    /// Stripe understood, and will not do it however often it is asked.
    #[error("Stripe does not take the request: {code} {}", param.as_deref().unwrap_or_default())]
    Invalid {
        /// Stripe's code, or its type of error if there is no code.
        code: String,
        /// Stripe's words for developers, which may quote what was sent: not for logs.
        message: String,
        /// The parameter that is meant.
        param: Option<String>,
    },
    /// It may work another time.
    #[error("Stripe is out of reach or busy")]
    Later,
    /// The key is not good, or not good enough.
    #[error("Stripe does not take the key")]
    Refused,
}

/// Judges an answer by its status and form; its bytes if it is one (section 3).
pub fn judge(status: u16, body: &[u8]) -> Result<&[u8], Trouble> {
    match status {
        200..=299 => serde_json::from_slice::<IgnoredAny>(body).map(|_| body).map_err(|_| Trouble::Later),
        401 | 403 => Err(Trouble::Refused),
        408 | 409 | 424 | 429 => Err(Trouble::Later),
        400..=499 => Err(serde_json::from_slice(body).ok().and_then(|body| refusal(status, Fields(&body))).unwrap_or(Trouble::Later)),
        _ => Err(Trouble::Later),
    }
}

/// A refusal in Stripe's own words. What a proxy says has not these.
fn refusal(status: u16, body: Fields<'_>) -> Option<Trouble> {
    let kind = body.text("/error/type")?;
    let code = body.text("/error/code");
    // An address that Stripe does not have is our mistake, and says nothing of the object.
    if status == 404 && code != Some("url_invalid") {
        return Some(Trouble::NotFound);
    }
    let message = body.owned("/error/message").unwrap_or_default();
    Some(Trouble::Invalid { code: code.unwrap_or(kind).to_owned(), message, param: body.owned("/error/param") })
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List<T> {
    /// Those that could be read, in Stripe's order.
    pub items: Vec<T>,
    /// True if none was left out.
    pub all_read: bool,
    /// True if there are further pages.
    pub has_more: bool,
    /// The last entry's id: the next page begins after it.
    pub last: Option<Id>,
}

/// An object as it came. What is missing, null or of another type is none.
#[derive(Clone, Copy)]
struct Fields<'a>(&'a Value);

impl<'a> Fields<'a> {
    fn at(self, path: &str) -> Option<Self> {
        self.0.pointer(path).map(Fields)
    }
    fn text(self, path: &str) -> Option<&'a str> {
        self.0.pointer(path)?.as_str().filter(|text| !text.is_empty())
    }
    fn owned(self, path: &str) -> Option<String> {
        self.text(path).map(str::to_owned)
    }
    fn int(self, path: &str) -> Option<i64> {
        self.0.pointer(path)?.as_i64()
    }
    fn is(self, path: &str) -> bool {
        self.0.pointer(path).and_then(Value::as_bool).unwrap_or(false)
    }
    /// An id, or that of the object which stands in its place.
    fn id(self, path: &str) -> Option<Id> {
        let value = self.0.pointer(path)?;
        Id::parse(value.as_str().or_else(|| value.get("id")?.as_str())?)
    }
    fn customer(self, path: &str) -> Option<StripeCustomer> {
        self.id(path).map(|id| StripeCustomer::new(id.0))
    }
    /// An address of the web.
    fn address(self, path: &str) -> Option<String> {
        let plain = |text: &&str| text.bytes().all(|byte| byte.is_ascii_graphic()) && (text.starts_with("https://") || text.starts_with("http://"));
        self.text(path).filter(plain).map(str::to_owned)
    }
    /// A whole number that stands as text, as in metadata.
    fn number(self, path: &str) -> Option<i64> {
        self.text(path)?.parse().ok()
    }
    fn list(self, path: &str) -> impl Iterator<Item = Self> {
        self.0.pointer(path).and_then(Value::as_array).into_iter().flatten().map(Fields)
    }
    /// This object, if it is of that kind.
    fn of_kind(self, kind: &str) -> Option<Self> {
        (self.text("/object") == Some(kind)).then_some(self)
    }
}

/// Reads an object of one kind.
fn read<T>(body: &[u8], kind: &str, make: impl FnOnce(Fields<'_>) -> Option<T>) -> Option<T> {
    let value = serde_json::from_slice(body).ok()?;
    make(Fields(&value).of_kind(kind)?)
}

/// Reads a page of objects of one kind. Entries of another shape are left out.
fn read_list<T>(body: &[u8], kind: &str, make: impl Fn(Fields<'_>) -> Option<T>) -> Option<List<T>> {
    read(body, "list", |list| {
        let entries: Vec<_> = list.list("/data").collect();
        let items: Vec<T> = entries.iter().filter_map(|entry| make(entry.of_kind(kind)?)).collect();
        let last = entries.last().and_then(|entry| entry.id("/id"));
        Some(List { all_read: items.len() == entries.len(), has_more: list.is("/has_more"), last, items })
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::json;

    /// The contract's events, one story.
    pub fn fixtures() -> Vec<Value> {
        include_str!("../../tests/vectors/stripe-fixtures.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn ids() {
        for id in ["in_1MtHbELkdIwHu7ixl4OzzPMv", "cs_test_a1", "abc"] {
            assert_eq!(Id::parse(id).unwrap().as_str(), id);
        }
        let long = "x".repeat(256);
        for bad in ["", "in", "in_1/../x", "in_1?x", "in 1", "in_é", "in_1.", "in-1", "{CHECKOUT_SESSION_ID}", &long] {
            assert_eq!(Id::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn answers_are_judged() {
        let problem = |status, error: Value| judge(status, json!({"error": error}).to_string().as_bytes()).map(<[u8]>::to_vec).unwrap_err();
        assert_eq!(judge(200, b"{}"), Ok(&b"{}"[..]));
        assert_eq!(judge(200, b"<html>"), Err(Trouble::Later));
        assert_eq!(problem(404, json!({"type": "invalid_request_error", "code": "resource_missing"})), Trouble::NotFound);
        let invalid = |code: &str, param: Option<&str>| Trouble::Invalid {
            code: code.to_owned(),
            message: "No ada@example.com".to_owned(),
            param: param.map(str::to_owned),
        };
        let missing = json!({"type": "invalid_request_error", "code": "resource_missing", "param": "customer", "message": "No ada@example.com"});
        assert_eq!(problem(400, missing), invalid("resource_missing", Some("customer")));
        assert_eq!(problem(400, json!({"type": "idempotency_error", "message": "No ada@example.com"})), invalid("idempotency_error", None));
        assert_eq!(
            problem(402, json!({"type": "card_error", "code": "card_declined", "message": "No ada@example.com"})),
            invalid("card_declined", None)
        );
        let nowhere = json!({"type": "invalid_request_error", "code": "url_invalid", "message": "No ada@example.com"});
        assert_eq!(problem(404, nowhere), invalid("url_invalid", None));
        assert!(!invalid("x", None).to_string().contains("ada"));
        for status in [401, 403] {
            assert_eq!(problem(status, json!({"type": "invalid_request_error"})), Trouble::Refused);
        }
        for status in [302, 408, 409, 424, 429, 500, 502, 503] {
            assert_eq!(problem(status, json!({"type": "api_error"})), Trouble::Later, "{status}");
        }
        for status in [400, 404, 410] {
            assert_eq!(judge(status, b"<html>"), Err(Trouble::Later), "{status}");
            assert_eq!(judge(status, b"{}"), Err(Trouble::Later), "{status}");
        }
    }
}
