//! Events: what happened, kept for thirty days, and the endpoints that hear of it.

use serde_json::{Value, json};

use super::{
    Stripe, VERSION,
    api::no_route,
    expand::deleted,
    fault::{Answer, Fault},
    form::Params,
    seconds,
    store::{is_gone, paged},
    value::{at, entries, int, owned, previous, set, shown, text},
};
use crate::time::DAY_MS;

/// How long the vendor lets events be read.
const KEPT_MS: i64 = 30 * DAY_MS;

/// The request that events come from; none when the vendor itself or a person did it.
#[derive(Debug, Clone, Default)]
pub(super) struct Cause {
    pub request: Option<String>,
    pub key: Option<String>,
}

impl Stripe {
    /// Keeps a new object and tells of it.
    pub(super) fn add(&mut self, at_ms: i64, event: &str, object: Value) -> Value {
        self.store.put(object.clone());
        self.tell(at_ms, event, &object, None);
        object
    }

    /// Changes an object, and tells of it if that changed anything that is shown.
    pub(super) fn change(&mut self, at_ms: i64, event: &str, id: &str, change: impl FnOnce(&mut Value)) -> Value {
        let Some(object) = self.store.any_mut(id) else {
            return Value::Null;
        };
        let before = object.clone();
        change(object);
        let after = object.clone();
        let previous = previous(&before, &after);
        if previous.as_object().is_some_and(|fields| !fields.is_empty()) {
            self.tell(at_ms, event, &after, Some(previous));
        }
        after
    }

    /// Changes an object without telling.
    pub(super) fn quietly(&mut self, id: &str, change: impl FnOnce(&mut Value)) {
        if let Some(object) = self.store.any_mut(id) {
            change(object);
        }
    }

    /// Makes an event, two when one change is to have two ids.
    pub(super) fn tell(&mut self, at_ms: i64, event: &str, object: &Value, previous: Option<Value>) {
        let mut data = json!({"object": shown(object)});
        if let Some(previous) = previous {
            set(&mut data, "/previous_attributes", previous);
        }
        for _ in 0..self.post.ids_per_change() {
            let event = json!({
                "id": self.id("evt"), "object": "event", "api_version": VERSION, "created": seconds(at_ms), "data": data,
                "livemode": self.livemode, "pending_webhooks": 0, "request": {"id": self.cause.request, "idempotency_key": self.cause.key},
                "type": event,
            });
            self.publish(at_ms, event);
        }
    }

    /// Keeps an event and posts it to every endpoint that wants its type.
    pub(super) fn publish(&mut self, at_ms: i64, mut event: Value) {
        let id = owned(&event, "/id");
        let endpoints = self.endpoints_for(text(&event, "/type"));
        set(&mut event, "/pending_webhooks", endpoints.len());
        self.store.put(event);
        for endpoint in endpoints {
            self.post_event(at_ms, &id, &endpoint, None);
        }
    }

    /// Ids of the endpoints that want a type; empty for the one of the configuration.
    fn endpoints_for(&self, event: &str) -> Vec<String> {
        let wants = |endpoint: &&Value| {
            let wanted = entries(endpoint, "/enabled_events");
            text(endpoint, "/status") == "enabled" && !is_gone(endpoint) && wanted.iter().any(|wanted| wanted == "*" || wanted == event)
        };
        let made = self.store.all("webhook_endpoint").filter(wants).map(|endpoint| owned(endpoint, "/id"));
        self.config.webhook_url.iter().map(|_| String::new()).chain(made).collect()
    }

    pub(super) fn route_events(&mut self, now_ms: i64, method: &str, segments: &[&str], params: &Params) -> Answer {
        match (method, segments) {
            ("GET", ["events"]) => self.list_events(now_ms, params),
            ("GET", ["events", id]) => {
                let event = self.store.read("event", id)?;
                if int(&event, "/created") < seconds(now_ms - KEPT_MS) { Err(Fault::missing("event", id)) } else { Ok(event) }
            }
            ("POST", ["webhook_endpoints"]) => self.create_endpoint(now_ms, params),
            ("GET", ["webhook_endpoints"]) => {
                params.only(&paged(&[]))?;
                let mut page = self.store.page("webhook_endpoint", "/v1/webhook_endpoints", params, |_| true)?;
                let shown: Vec<Value> = entries(&page, "/data").iter().map(without_secret).collect();
                set(&mut page, "/data", shown);
                Ok(page)
            }
            (_, ["webhook_endpoints", id]) => self.endpoint(method, id, params),
            _ => Err(no_route(method, segments)),
        }
    }

    fn list_events(&self, now_ms: i64, params: &Params) -> Answer {
        params.only(&paged(&["type", "types.#", "delivery_success"]))?;
        let (types, delivered) = (params.texts("types"), params.flag("delivery_success")?);
        if params.text("type").is_some() && !types.is_empty() {
            return Err(Fault::invalid("You may pass only one of type and types."));
        }
        let fits =
            |kind: &str, wanted: &str| wanted == "*" || wanted == kind || wanted.strip_suffix('*').is_some_and(|start| kind.starts_with(start));
        self.store.page("event", "/v1/events", params, |event| {
            let kind = text(event, "/type");
            int(event, "/created") >= seconds(now_ms - KEPT_MS)
                && params.text("type").is_none_or(|wanted| fits(kind, wanted))
                && (types.is_empty() || types.iter().any(|wanted| fits(kind, wanted)))
                && delivered.is_none_or(|delivered| (int(event, "/pending_webhooks") == 0) == delivered)
        })
    }

    fn create_endpoint(&mut self, now_ms: i64, params: &Params) -> Answer {
        params.only(&["url", "enabled_events.#", "api_version", "description", "metadata.*"])?;
        let url = params.url("url")?.ok_or_else(|| Fault::required("url"))?.to_owned();
        let enabled = params.texts("enabled_events");
        if enabled.is_empty() {
            return Err(Fault::required("enabled_events"));
        }
        let mut endpoint = json!({
            "id": self.id("we"), "object": "webhook_endpoint", "api_version": params.text("api_version"), "application": null,
            "created": seconds(now_ms), "description": null, "enabled_events": enabled, "livemode": self.livemode,
            "metadata": params.metadata("metadata", &Value::Null)?, "secret": format!("whsec_{}", self.dice.id(32)), "status": "enabled", "url": url,
        });
        params.fields(&mut endpoint, &["description"]);
        self.store.put(endpoint.clone());
        Ok(endpoint)
    }

    fn endpoint(&mut self, method: &str, id: &str, params: &Params) -> Answer {
        let known = self.store.get("webhook_endpoint", id).filter(|endpoint| !is_gone(endpoint)).cloned();
        let mut endpoint = known.ok_or_else(|| Fault::missing("webhook endpoint", id))?;
        match method {
            "GET" => {}
            "DELETE" => {
                self.quietly(id, |endpoint| set(endpoint, "/_deleted", true));
                return Ok(deleted(&endpoint));
            }
            _ => {
                params.only(&["url", "enabled_events.#", "description", "disabled", "metadata.*"])?;
                if let Some(url) = params.url("url")? {
                    set(&mut endpoint, "/url", url);
                }
                if !params.texts("enabled_events").is_empty() {
                    set(&mut endpoint, "/enabled_events", params.texts("enabled_events"));
                }
                if let Some(disabled) = params.flag("disabled")? {
                    set(&mut endpoint, "/status", if disabled { "disabled" } else { "enabled" });
                }
                let metadata = params.metadata("metadata", at(&endpoint, "/metadata"))?;
                params.fields(&mut endpoint, &["description"]);
                set(&mut endpoint, "/metadata", metadata);
                self.store.put(endpoint.clone());
            }
        }
        Ok(without_secret(&endpoint))
    }
}

/// The secret is shown once, when the endpoint is made.
fn without_secret(endpoint: &Value) -> Value {
    let mut endpoint = shown(endpoint);
    if let Some(fields) = endpoint.as_object_mut() {
        fields.remove("secret");
    }
    endpoint
}
