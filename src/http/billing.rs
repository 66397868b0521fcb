//! The routes of money: from a request to typed input, and from what the use case says to an answer.

use super::{
    Body, Request, Response,
    generations::{invalid, json_object, known, refuse_foreign, session},
    money::{BillingShown, CheckoutOpened, CheckoutShown, InvoiceList, InvoiceShown, LedgerEntry, LedgerPage, PlanList, PortalOpened},
    problem::Refusal,
};
use crate::{
    domain::{plans::Interval, rate_limit::Rule, secret::sha256_text, time::Timestamp},
    error::Error,
    platform::Platform,
    store::ledger::Blocked,
    usecases::{
        begin_checkout::{self, Wish},
        read_billing::{self, Visit},
        receive_stripe,
    },
    vendors::mail::Language,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

type Answer<P> = Result<Response<<P as Platform>::Media>, Refusal>;

/// Entries on a page if nothing is said, and at most.
const PAGE: (usize, usize) = (50, 100);
/// Pages of Stripe's that one client may ask for: twenty, until a minute has passed without one.
const PAGES: Rule = Rule { window_s: 60, max: 20 };
/// The longest way back, in characters.
const RETURN_CHARS_MAX: usize = 200;

/// What is on sale, for everybody.
pub(super) fn plans<P: Platform>(p: &P) -> Response<P::Media> {
    let settings = p.settings();
    Response::json(200, &PlanList::of(&settings.plans, settings.stripe.is_some())).with("cache-control", "public, max-age=60")
}

pub(super) async fn overview<P: Platform>(p: &P, request: &Request) -> Answer<P> {
    let overview = read_billing::overview(p, &session(p, request)?).await?;
    let settings = p.settings();
    Ok(Response::json(200, &BillingShown::of(&settings.plans, settings.stripe.as_ref().map(|stripe| stripe.live), overview)))
}

pub(super) async fn begin<P: Platform>(p: &P, request: &Request) -> Answer<P> {
    refuse_foreign(p, request)?;
    let who = session(p, request)?;
    count(p, request)?;
    let body = json_object(request)?;
    known(&body, &["plan", "interval", "pack", "returnTo"])?;
    let wish = match (body.get("plan"), body.get("pack")) {
        (Some(Value::String(plan)), None) => {
            let interval = match body.get("interval").and_then(Value::as_str) {
                Some("month") | None => Interval::Month,
                Some("year") => Interval::Year,
                Some(_) => return Err(invalid("interval", "month or year")),
            };
            Wish::Plan(plan.clone(), interval)
        }
        (None, Some(Value::String(pack))) => Wish::Pack(pack.clone()),
        _ => return Err(invalid("plan", "a plan's id, or a pack's as pack")),
    };
    let opened = begin_checkout::run(p, &who, &wish, &return_to(&body)?, language(request)).await?;
    Ok(Response::json(201, &CheckoutOpened { id: opened.id, url: opened.url }))
}

pub(super) async fn checkout<P: Platform>(p: &P, request: &Request, id: &str) -> Answer<P> {
    let (checkout, credits) = read_billing::checkout(p, &session(p, request)?, id).await?;
    Ok(Response::json(200, &CheckoutShown::of(checkout, credits)))
}

pub(super) async fn portal<P: Platform>(p: &P, request: &Request) -> Answer<P> {
    refuse_foreign(p, request)?;
    let who = session(p, request)?;
    let body = json_object(request)?;
    known(&body, &["flow", "returnTo"])?;
    let visit = match body.get("flow").map_or(Some("manage"), Value::as_str) {
        Some("manage") => Visit::Manage,
        Some("change") => Visit::Change,
        Some("cancel") => Visit::Cancel,
        Some("payment") => Visit::Payment,
        Some(_) | None => return Err(invalid("flow", "manage, change, cancel or payment")),
    };
    count(p, request)?;
    let url = read_billing::portal(p, &who, visit, &return_to(&body)?).await?;
    Ok(Response::json(201, &PortalOpened { url }))
}

pub(super) async fn invoices<P: Platform>(p: &P, request: &Request) -> Answer<P> {
    let rows = read_billing::invoices(p, &session(p, request)?).await?;
    Ok(Response::json(200, &InvoiceList { invoices: rows.into_iter().map(InvoiceShown::of).collect() }))
}

/// `in_…/page` or `in_…/pdf`: leads to Stripe's own.
pub(super) async fn invoice<P: Platform>(p: &P, request: &Request, which: &str) -> Answer<P> {
    let who = session(p, request)?;
    let (id, pdf) = match which.split_once('/') {
        Some((id, "page")) => (id, false),
        Some((id, "pdf")) => (id, true),
        Some(_) | None => return Err(Error::NotFound.into()),
    };
    let url = read_billing::invoice_url(p, &who, id, pdf).await?;
    Ok(Response::empty(303).with("location", url))
}

pub(super) async fn ledger<P: Platform>(p: &P, request: &Request) -> Answer<P> {
    let who = session(p, request)?;
    let limit = match request.parameter("limit") {
        None => PAGE.0,
        Some(text) => {
            let limit = text.parse().ok().filter(|limit| (1..=PAGE.1).contains(limit));
            limit.ok_or_else(|| invalid("limit", &format!("a whole number from 1 to {}", PAGE.1)))?
        }
    };
    let before = match request.parameter("cursor") {
        None => None,
        Some(text) => Some(read_cursor(&text).ok_or_else(|| invalid("cursor", "the nextCursor of another page"))?),
    };
    let before = before.as_ref().map(|(at, id)| (*at, id.as_str()));
    let (entries, more, credits) = read_billing::history(p, &who, before, limit).await?;
    let next_cursor = entries.last().filter(|_| more).map(|last| URL_SAFE_NO_PAD.encode(format!("{} {}", last.at.ms(), last.id)));
    let entries = entries.into_iter().map(LedgerEntry::of).collect();
    Ok(Response::json(200, &LedgerPage { entries, next_cursor, credits }))
}

fn read_cursor(text: &str) -> Option<(Timestamp, String)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let (at, id) = text.split_once(' ')?;
    Some((Timestamp::from_ms(at.parse().ok()?), id.to_owned()))
}

pub(super) async fn webhook<P: Platform>(p: &P, request: &Request) -> Answer<P> {
    let Body::Bytes(body) = &request.body else { return Err(Refusal::TooLarge) };
    let taken = receive_stripe::run(p, request.header("stripe-signature").unwrap_or_default(), body).await?;
    Ok(Response::json(200, &serde_json::json!({"received": true, "outcome": taken.name()})))
}

/// Counts what makes us ask Stripe for a page: nobody needs so many.
fn count(p: &impl Platform, request: &Request) -> Result<(), Refusal> {
    let key = format!("pages of Stripe's {}", sha256_text(request.cookies()));
    p.count(&key, PAGES).map_err(|_| Error::Blocked(Blocked::TooFast(i64::from(PAGES.max))).into())
}

/// In which language mail is written.
pub(super) fn language(request: &Request) -> Language {
    Language::from_accept_language(request.header("accept-language").unwrap_or_default())
}

/// The way back from Stripe: a path of this origin, so that nobody is led elsewhere.
fn return_to(body: &Map<String, Value>) -> Result<String, Refusal> {
    match body.get("returnTo") {
        None | Some(Value::Null) => Ok("/".to_owned()),
        Some(path) => {
            let good = |path: &&str| {
                let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'#' | b'{' | b'}' | b'<' | b'>' | b'"'));
                path.starts_with('/') && !path.starts_with("//") && path.len() <= RETURN_CHARS_MAX && plain
            };
            path.as_str().filter(good).map(str::to_owned).ok_or_else(|| invalid("returnTo", "a path of this site"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_way_back_stays_here() {
        let read = |path: Value| return_to(json!({ "returnTo": path }).as_object().unwrap());
        for good in ["/", "/billing", "/?tab=plan"] {
            assert_eq!(read(json!(good)), Ok(good.to_owned()));
        }
        for evil in ["", "billing", "//evil.test", "/\\evil.test", "https://evil.test/", "/a b", "/a#b", "/\u{1}", "/{CHECKOUT_SESSION_ID}"] {
            assert!(read(json!(evil)).is_err(), "{evil}");
        }
        assert!(read(json!(1)).is_err());
        assert!(read(json!(format!("/{}", "x".repeat(300)))).is_err());
        assert_eq!(return_to(&Map::new()), Ok("/".to_owned()));
    }

    #[test]
    fn cursors() {
        let cursor = URL_SAFE_NO_PAD.encode("1767225600000 hold:01abc");
        assert_eq!(read_cursor(&cursor), Some((Timestamp::from_ms(1_767_225_600_000), "hold:01abc".to_owned())));
        for bad in ["", "!", "AAAA", &URL_SAFE_NO_PAD.encode("x hold")] {
            assert_eq!(read_cursor(bad), None, "{bad}");
        }
    }
}
