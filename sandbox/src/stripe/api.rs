//! `/v1`: who may ask, in which version, under which key, and for what.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    Stripe, VERSION,
    events::Cause,
    fault::{Answer, Fault, pretty},
    form::Params,
    idempotency::First,
    outage::Outage,
    value::{int, text},
};
use crate::exchange::{Request, Response};

impl Stripe {
    pub(super) fn api(&mut self, now_ms: i64, request: &Request, path: &str, query: &str) -> Response {
        let request_id = self.request_id();
        let writes = request.method != "GET";
        let outage = self.outage_now(writes);
        let response = match outage {
            Outage::Down => return Response::broken(503),
            Outage::Throttled => {
                let message = "Request rate limit exceeded. You can learn more about rate limits here https://docs.stripe.com/rate-limits.";
                Fault::invalid(message).status(429).code("rate_limit").response(&request_id)
            }
            _ => match self.asked(request) {
                Ok(()) => self.keyed(now_ms, request, (path, query), &request_id, outage.delay_ms(writes)),
                Err(fault) => fault.response(&request_id),
            },
        };
        let response = outage.spoil(writes, response).with("request-id", &request_id).with("stripe-version", VERSION);
        match request.header("idempotency-key").filter(|key| request.method == "POST" && key.is_ascii()) {
            Some(key) => response.with("idempotency-key", key),
            None => response,
        }
    }

    fn request_id(&mut self) -> String {
        let id = self.dice.token(14).replace(['-', '_'], "0");
        format!("req_{id}")
    }

    /// Whether the caller may ask at all.
    fn asked(&self, request: &Request) -> Result<(), Fault> {
        let unauthorized = |message: String| Err(Fault::invalid(message).status(401));
        let Some(key) = request.header("authorization").and_then(key_of) else {
            let message = "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth \
                           (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').";
            return unauthorized(message.into());
        };
        if !self.config.secret_keys.contains(&key) {
            let end: String = key.chars().skip(key.chars().count().saturating_sub(4)).collect();
            let start: String = key.chars().take(8).collect();
            return unauthorized(format!("Invalid API Key provided: {start}****{end}"));
        }
        // The real one would take the account's default, which nobody who wrote the caller has chosen.
        let Some(version) = request.header("stripe-version") else {
            return Err(Fault::invalid(format!("Stripe-Version is missing. The sandbox has no default: send {VERSION}.")));
        };
        let major = |version: &str| version.split_once('.').map(|(_, major)| major.to_owned());
        if major(version) != major(VERSION) {
            return Err(Fault::invalid(format!("Invalid Stripe API version: {version}. The sandbox speaks {VERSION}.")));
        }
        let form = request.header("content-type").is_none_or(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        if !form && request.method == "POST" && !request.body.is_empty() {
            let message = "Invalid request (check that your POST content type is application/x-www-form-urlencoded).";
            return Err(Fault::invalid(message));
        }
        Ok(())
    }

    /// Answers, unless the request's idempotency key was used before.
    fn keyed(&mut self, now_ms: i64, request: &Request, (path, query): (&str, &str), request_id: &str, delay_ms: u64) -> Response {
        let body = String::from_utf8_lossy(&request.body);
        let params = Params::read(if request.method == "POST" || !body.is_empty() { &body } else { query });
        let key = request.header("idempotency-key").filter(|key| request.method == "POST" && !key.is_empty());
        let fingerprint = (format!("{} {path}", request.method), params.fingerprint());
        if let Some(key) = key {
            match self.keys.known(now_ms, key, &fingerprint) {
                Ok(Some(replayed)) => return replayed,
                Ok(None) => {}
                Err(fault) => return fault.response(request_id),
            }
        }
        self.cause = Cause { request: Some(request_id.to_owned()), key: key.map(str::to_owned) };
        let segments: Vec<&str> = path.trim_end_matches('/').split('/').collect();
        let wanted = params.texts("expand");
        let answer = Self::expandable(&wanted).and_then(|()| self.route(now_ms, &request.method, &segments, &params));
        self.cause = Cause::default();
        let (response, kept) = match answer {
            Ok(mut value) => {
                self.expand(&mut value, &wanted);
                (Response::bytes(200, "application/json", pretty(&value)), true)
            }
            Err(fault) => (fault.response(request_id), fault.executed()),
        };
        if let Some(key) = key.filter(|_| kept) {
            let busy_until_ms = now_ms.saturating_add(i64::try_from(delay_ms).unwrap_or(i64::MAX));
            let (status, body) = (response.status, response.body.clone());
            self.keys.keep(key, First { fingerprint, at_ms: now_ms, busy_until_ms, status, body, request_id: request_id.to_owned() });
        }
        response
    }

    fn route(&mut self, now_ms: i64, method: &str, segments: &[&str], params: &Params) -> Answer {
        match segments {
            ["customers", ..] => self.route_customers(now_ms, method, segments, params),
            ["products" | "prices", ..] => self.route_catalogue(now_ms, method, segments, params),
            ["checkout", "sessions", ..] => self.route_checkout(now_ms, method, segments, params),
            ["billing_portal", ..] => self.route_portal(now_ms, method, segments, params),
            ["subscriptions", ..] => self.route_subscriptions(now_ms, method, segments, params),
            ["invoices" | "invoice_payments", ..] => self.route_invoices(now_ms, method, segments, params),
            ["payment_intents" | "charges", ..] => self.route_payments(method, segments, params),
            ["refunds", ..] => self.route_refunds(now_ms, method, segments, params),
            ["disputes", ..] => self.route_disputes(method, segments, params),
            ["events" | "webhook_endpoints", ..] => self.route_events(now_ms, method, segments, params),
            ["account"] if method == "GET" => Ok(account()),
            ["balance"] if method == "GET" => Ok(self.balance()),
            _ => Err(no_route(method, segments)),
        }
    }

    /// What was paid, less what was given back and what is disputed; the sandbox takes no fees.
    fn balance(&self) -> Value {
        let paid = self.store.all("charge").filter(|charge| text(charge, "/status") == "succeeded");
        let kept: i64 = paid.map(|charge| int(charge, "/amount") - int(charge, "/amount_refunded")).sum();
        let withdrawn = self.store.all("dispute").filter(|dispute| !matches!(text(dispute, "/status"), "won" | "prevented"));
        let withdrawn = withdrawn.filter(|dispute| !text(dispute, "/status").starts_with("warning_"));
        let amount = kept - withdrawn.map(|dispute| int(dispute, "/amount")).sum::<i64>();
        let available = json!([{"amount": amount, "currency": "eur", "source_types": {"card": amount}}]);
        let pending = json!([{"amount": 0, "currency": "eur", "source_types": {"card": 0}}]);
        json!({"object": "balance", "available": available, "livemode": self.livemode, "pending": pending})
    }
}

fn account() -> Value {
    json!({
        "id": "acct_sandbox", "object": "account", "business_profile": {"name": "Atelier sandbox", "support_email": null, "url": null},
        "business_type": "company", "capabilities": {"card_payments": "active", "sepa_debit_payments": "active", "transfers": "active"},
        "charges_enabled": true, "country": "NL", "created": 1_735_689_600, "default_currency": "eur", "details_submitted": true,
        "email": "studio@atelier.test", "metadata": {}, "payouts_enabled": true,
        "settings": {"dashboard": {"display_name": "Atelier sandbox", "timezone": "Europe/Amsterdam"}}, "type": "standard",
    })
}

/// The refusal of an address that nothing stands at.
pub(super) fn no_route(method: &str, segments: &[&str]) -> Fault {
    let path = segments.join("/");
    let message = format!("Unrecognized request URL ({method}: /v1/{path}). The sandbox has what sandbox/README.md lists.");
    Fault::invalid(message).status(404).code("url_invalid")
}

/// The key in `Bearer sk_…` or in `Basic base64(sk_…:)`.
fn key_of(authorization: &str) -> Option<String> {
    let (scheme, rest) = authorization.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().to_owned());
    }
    let pair = scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(rest.trim()).ok())??;
    let pair = String::from_utf8(pair).ok()?;
    Some(pair.split(':').next().unwrap_or_default().to_owned())
}
