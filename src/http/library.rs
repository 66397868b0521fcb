//! The routes of the library: from a request to typed input, and from what the use case says to an answer.

use super::{
    Payload, Request, Response,
    filter::filter,
    generations::{asker, cursor, invalid, json_object, known, limit, refuse_foreign, show},
    problem::Refusal,
    shapes::{Generation, GenerationPage, OneGeneration},
};
use crate::{
    domain::{
        generation::GenerationId,
        library::{BULK_MAX, FolderId, Place, Relation},
        rate_limit::Rule,
        secret::sha256_text,
    },
    error::Error,
    lanes::SessionKey,
    platform::Platform,
    store::library::Change,
    usecases::{
        arrange_library::{self, Fate},
        browse_library::{self, Kin},
        bundle_works, delete_generation,
    },
};
use serde::Serialize;
use serde_json::Value;

type Answer<P> = Result<Response<<P as Platform>::Media>, Refusal>;

/// Archives that one client may begin: twenty, until a minute has passed without one.
const ARCHIVES: Rule = Rule { window_s: 60, max: 20 };
/// Searches of one client: somebody who types pauses more rarely.
const SEARCHES: Rule = Rule { window_s: 10, max: 100 };

/// What a generation was made from, by its words and inputs.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct ParentShown {
    /// The other generation's id.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = String))]
    pub id: GenerationId,
    /// What this one is to it.
    pub relation: Relation,
}

/// A generation that has to do with another.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct KinShown {
    /// `variation`, `remix` or `retry`; `source` if the one starts from a picture of the other's.
    pub relation: String,
    /// The generation.
    pub generation: Generation,
}

/// Where a generation comes from and what came of it: up to 50 of each, newest first.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct LineageShown {
    /// What it was made from.
    pub parents: Vec<KinShown>,
    /// What was made from it.
    pub children: Vec<KinShown>,
    /// What else was made from what it was made from.
    pub siblings: Vec<KinShown>,
}

/// What became of one of many.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub enum BulkOutcome {
    /// It was done.
    Done,
    /// There is no such generation.
    NotFound,
    /// It still runs: it can be deleted once it has ended.
    GenerationOpen,
}

/// One of many.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct BulkResult {
    /// Its id.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = String))]
    pub id: GenerationId,
    /// What became of it.
    pub outcome: BulkOutcome,
}

/// What became of many, in the order in which they were named.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct BulkShown {
    /// Each.
    pub results: Vec<BulkResult>,
}

pub(super) async fn list<P: Platform>(p: &P, request: &Request) -> Answer<P> {
    let who = asker(p, request)?;
    let (limit, cursor, filter) = (limit(request)?, cursor(request, GenerationId::parse)?, filter(request)?);
    if filter.words.is_some() {
        count(p, &who, "searches", SEARCHES)?;
    }
    let page = browse_library::page(p, &who, &filter, cursor.as_ref(), limit).await?;
    let next_cursor = page.works.last().filter(|_| page.more).map(|row| row.id.to_string());
    let generations = page.works.into_iter().map(|row| show(p, row)).collect();
    Ok(Response::json(200, &GenerationPage { generations, next_cursor, credits: page.credits }))
}

pub(super) async fn change<P: Platform>(p: &P, request: &Request, id: &GenerationId) -> Answer<P> {
    refuse_foreign(p, request)?;
    let who = asker(p, request)?;
    let body = json_object(request)?;
    known(&body, &["favourite", "folder"])?;
    let favourite = body.get("favourite").map(|value| value.as_bool().ok_or_else(|| invalid("favourite", "true or false"))).transpose()?;
    let change = Change { favourite, place: body.get("folder").map(place).transpose()? };
    if change == Change::default() {
        return Err(invalid("favourite", "this or folder"));
    }
    let (row, credits) = arrange_library::one(p, &who, id, &change).await?;
    Ok(Response::json(200, &OneGeneration { generation: show(p, row), credits }))
}

pub(super) async fn bulk<P: Platform>(p: &P, request: &Request) -> Answer<P> {
    refuse_foreign(p, request)?;
    let who = asker(p, request)?;
    let body = json_object(request)?;
    let ids: Vec<_> = body.get("ids").and_then(Value::as_array).into_iter().flatten().map(|id| id.as_str().unwrap_or_default()).collect();
    let ids = read_ids(&ids)?;
    let action = body.get("action").and_then(Value::as_str).unwrap_or_default();
    let is_move = action == "move";
    known(&body, if is_move { &["ids", "action", "folder"] } else { &["ids", "action"] })?;
    let marked = |favourite| Change { favourite: Some(favourite), place: None };
    let fates = match action {
        "favourite" => arrange_library::many(p, &who, &ids, &marked(true)).await?,
        "unfavourite" => arrange_library::many(p, &who, &ids, &marked(false)).await?,
        "move" => {
            let to = place(body.get("folder").ok_or_else(|| invalid("folder", "the id of a folder, or null"))?)?;
            arrange_library::many(p, &who, &ids, &Change { favourite: None, place: Some(to) }).await?
        }
        "delete" => delete_generation::many(p, &who, &ids).await?,
        _ => return Err(invalid("action", "favourite, unfavourite, move or delete")),
    };
    let shown = |fate| match fate {
        Fate::Done => BulkOutcome::Done,
        Fate::NotFound => BulkOutcome::NotFound,
        Fate::StillOpen => BulkOutcome::GenerationOpen,
    };
    let results = ids.into_iter().zip(fates).map(|(id, fate)| BulkResult { id, outcome: shown(fate) }).collect();
    Ok(Response::json(200, &BulkShown { results }))
}

pub(super) async fn lineage<P: Platform>(p: &P, request: &Request, id: &GenerationId) -> Answer<P> {
    let lineage = browse_library::lineage(p, &asker(p, request)?, id).await?;
    let shown = |kin: Kin| kin.into_iter().map(|(relation, row)| KinShown { relation, generation: show(p, row) }).collect();
    let (parents, children, siblings) = (shown(lineage.parents), shown(lineage.children), shown(lineage.siblings));
    Ok(Response::json(200, &LineageShown { parents, children, siblings }))
}

pub(super) async fn zip<P: Platform>(p: &P, request: &Request) -> Answer<P> {
    // A picture or a frame of another site must not make a browser do this; a link may lead here.
    let embedded = request.header("sec-fetch-site").is_some_and(|site| site == "cross-site") && request.header("sec-fetch-mode") != Some("navigate");
    if embedded {
        return Err(Refusal::ForeignOrigin);
    }
    let who = asker(p, request)?;
    let ids = request.parameter("ids").unwrap_or_default();
    let ids = read_ids(&ids.split(',').take(BULK_MAX + 1).collect::<Vec<_>>())?;
    count(p, &who, "archives", ARCHIVES)?;
    let bytes = bundle_works::run(p, &who, &ids).await?;
    let day: String = p.now().iso().chars().take(10).collect();
    let mut response = Response::empty(200)
        .with("content-type", "application/zip")
        .with("content-disposition", format!("attachment; filename=\"atelier-{day}.zip\""));
    response.body = Payload::Media(bytes);
    Ok(response)
}

/// Counts what takes its time: an archive keeps an isolate at work for as long as it is sent, a search the database.
fn count(p: &impl Platform, who: &SessionKey, what: &str, rule: Rule) -> Result<(), Refusal> {
    let who = crate::lanes::In::<crate::lanes::Database, _>::new(who.clone());
    let key = format!("{what} {}", sha256_text(who.text()));
    p.count(&key, rule).map_err(|wait_s| Error::TooManyRequests { wait_s }.into())
}

/// Generations that are named, each once.
fn read_ids(texts: &[&str]) -> Result<Vec<GenerationId>, Refusal> {
    let refused = || invalid("ids", &format!("1 to {BULK_MAX} ids of generations"));
    if texts.is_empty() || texts.len() > BULK_MAX {
        return Err(refused());
    }
    let mut ids: Vec<GenerationId> = Vec::new();
    for text in texts {
        let id = GenerationId::parse(text).ok_or_else(refused)?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// A folder's id, or null.
fn place(value: &Value) -> Result<Place, Refusal> {
    match value {
        Value::Null => Ok(Place::NoFolder),
        other => other.as_str().and_then(FolderId::parse).map(Place::Folder).ok_or_else(|| invalid("folder", "the id of a folder, or null")),
    }
}

/// What an order is made from: `{"id": …, "relation": …}`.
pub(super) fn parent(given: Option<Value>) -> Result<Option<(GenerationId, Relation)>, Refusal> {
    let refused = || invalid("parent", "an object with the id of a generation of yours and relation: variation, remix or retry");
    let object = match given {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Object(object)) if object.len() == 2 => object,
        Some(_) => return Err(refused()),
    };
    let text = |name: &str| object.get(name).and_then(Value::as_str);
    let read = text("id").and_then(GenerationId::parse).zip(text("relation").and_then(Relation::from_name));
    read.map(Some).ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ID: &str = "01kdvdxcq0rpgjaqdgyhh9t5rg";

    #[test]
    fn ids_are_counted_and_named_once() {
        assert_eq!(read_ids(&[ID, ID]).map(|ids| ids.len()), Ok(1));
        for bad in [vec![], vec![""], vec![ID, "x"], vec![ID; BULK_MAX + 1]] {
            assert!(read_ids(&bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn parents() {
        let read = |value: Value| parent(Some(value));
        assert_eq!(read(json!(null)), Ok(None));
        assert_eq!(read(json!({"id": ID, "relation": "remix"})).unwrap().unwrap().1, Relation::Remix);
        for bad in [json!(ID), json!({}), json!({"id": ID}), json!({"id": ID, "relation": "source"}), json!({"id": "x", "relation": "retry"})] {
            assert!(read(bad.clone()).is_err(), "{bad}");
        }
        assert!(read(json!({"id": ID, "relation": "retry", "n": 1})).is_err());
    }
}
