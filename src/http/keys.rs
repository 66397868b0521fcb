//! The routes of API keys and of the limits to what may be spent in a day.

use super::{
    Request, Response,
    generations::{invalid, json_object, refuse_foreign, session},
    problem::Refusal,
};
use crate::{domain::time::Timestamp, platform::Platform, store::keys::KeyRow, usecases::manage_keys};
use serde::Serialize;
use serde_json::{Map, Value};

type Answer<P> = Result<Response<<P as Platform>::Media>, Refusal>;

/// The longest name of an API key, in characters.
const NAME_CHARS_MAX: usize = 60;
/// The highest limit that can be set: more than anybody has.
const LIMIT_MAX: i64 = 1_000_000_000;

/// An API key.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct KeyShown {
    /// Its id.
    pub id: String,
    /// The name that it was given.
    pub name: String,
    /// Its last characters.
    pub hint: String,
    /// Credits that it may spend in a day (UTC); null means as many as the account may.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
    pub day_limit: Option<i64>,
    /// Credits that it has spent today.
    pub spent_today: i64,
    /// When it was made.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// When it last ordered.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required, value_type = Option<String>, format = DateTime))]
    pub last_used_at: Option<Timestamp>,
}

/// The API keys.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct KeyList {
    /// The keys.
    pub keys: Vec<KeyShown>,
}

/// A key that was just made, with its secret: it is not shown again.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct KeyMade {
    /// The secret, for `Authorization: Bearer`.
    pub key: String,
    /// The key.
    #[serde(flatten)]
    pub shown: KeyShown,
}

impl KeyShown {
    /// Shows a key.
    pub fn of(row: KeyRow) -> Self {
        let KeyRow { id, name, hint, day_limit, spent_today, created_at, last_used_at } = row;
        Self { id, name, hint, day_limit, spent_today, created_at, last_used_at }
    }
}

pub(super) async fn set_spending<P: Platform>(p: &P, request: &Request) -> Answer<P> {
    refuse_foreign(p, request)?;
    let who = session(p, request)?;
    let limit = day_limit(&json_object(request)?)?;
    manage_keys::day_limit(p, &who, limit).await?;
    Ok(Response::empty(204))
}

pub(super) async fn list<P: Platform>(p: &P, request: &Request) -> Answer<P> {
    let keys = manage_keys::list(p, &session(p, request)?).await?;
    Ok(Response::json(200, &KeyList { keys: keys.into_iter().map(KeyShown::of).collect() }))
}

pub(super) async fn make<P: Platform>(p: &P, request: &Request) -> Answer<P> {
    refuse_foreign(p, request)?;
    let who = session(p, request)?;
    let body = json_object(request)?;
    let name = body.get("name").and_then(Value::as_str).map(str::trim).unwrap_or_default();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.contains(char::is_control) {
        return Err(invalid("name", &format!("1 to {NAME_CHARS_MAX} characters")));
    }
    let limit = if body.contains_key("dayLimit") { day_limit(&body)? } else { None };
    let (key, row) = manage_keys::create(p, &who, name, limit).await?;
    Ok(Response::json(201, &KeyMade { key, shown: KeyShown::of(row) }))
}

pub(super) async fn limit<P: Platform>(p: &P, request: &Request, id: &str) -> Answer<P> {
    refuse_foreign(p, request)?;
    let who = session(p, request)?;
    manage_keys::limit(p, &who, id, day_limit(&json_object(request)?)?).await?;
    Ok(Response::empty(204))
}

pub(super) async fn end<P: Platform>(p: &P, request: &Request, id: &str) -> Answer<P> {
    refuse_foreign(p, request)?;
    manage_keys::end(p, &session(p, request)?, id).await?;
    Ok(Response::empty(204))
}

fn day_limit(body: &Map<String, Value>) -> Result<Option<i64>, Refusal> {
    match body.get("dayLimit") {
        Some(Value::Null) => Ok(None),
        Some(limit) => {
            let limit = limit.as_i64().filter(|limit| (1..=LIMIT_MAX).contains(limit));
            limit.map(Some).ok_or_else(|| invalid("dayLimit", &format!("a whole number from 1 to {LIMIT_MAX}, or null")))
        }
        None => Err(invalid("dayLimit", "required: a whole number, or null")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn limits() {
        let read = |limit: Value| day_limit(json!({ "dayLimit": limit }).as_object().unwrap());
        assert_eq!(read(json!(null)), Ok(None));
        assert_eq!(read(json!(5)), Ok(Some(5)));
        for bad in [json!(0), json!(-1), json!(1.5), json!("5"), json!(LIMIT_MAX + 1)] {
            assert!(read(bad).is_err());
        }
        assert!(day_limit(&Map::new()).is_err());
    }
}
