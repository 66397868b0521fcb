//! The routes of links by which others see a work. No API key makes one: it would go on showing what it shows when the key has ended.

use super::{
    Request, Response,
    generations::{invalid, json_object, known, refuse_foreign, session},
    problem::Refusal,
    shapes::SizeShown,
};
use crate::{
    domain::{
        account,
        generation::GenerationId,
        library::{SHARE_DAYS, SHARE_DAYS_MAX, ShareId},
        rate_limit::{self, Rule},
        time::Timestamp,
    },
    error::Error,
    lanes::{In, Owner, Prompt, Shared},
    platform::Platform,
    store::shares::ShareRow,
    usecases::manage_shares::{self, Wish},
    vendors::{media_url, share_link},
};
use serde::Serialize;
use serde_json::{Map, Value};

type Answer<P> = Result<Response<<P as Platform>::Media>, Refusal>;

/// Links that one address may open: as many as better-auth allows of anything (its general rule).
const OPENED: Rule = Rule { window_s: 10, max: 100 };

/// A link as its owner sees it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct ShareShown {
    /// Its id.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = String))]
    pub id: ShareId,
    /// The link. Whoever has it sees the work.
    pub link: String,
    /// The generation that it shows.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = String))]
    pub generation: GenerationId,
    /// What that was asked for, whether the link tells it or not.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = String))]
    pub prompt: In<Owner, Prompt>,
    /// Which of its outputs; null for all of them.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
    pub output: Option<i64>,
    /// True if words and inputs are shown too.
    pub recipe: bool,
    /// When it was made.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// When it ends.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = String, format = DateTime))]
    pub expires_at: Timestamp,
    /// The first of what it shows: a signed address on this origin.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
    pub url: Option<String>,
    /// The type of that.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
    pub media_type: Option<String>,
    /// Small copies of it, smallest first.
    pub sizes: Vec<SizeShown>,
}

/// The links that have not ended, newest first.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct ShareList {
    /// The links.
    pub shares: Vec<ShareShown>,
}

/// How a shared work was made.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct SharedRecipe {
    /// The catalogue's id of the model.
    pub model: String,
    /// What was asked for.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = String))]
    pub prompt: In<Shared, Prompt>,
    /// The inputs, without the pictures that it starts from.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = std::collections::BTreeMap<String, serde_json::Value>))]
    pub inputs: Value,
}

/// What came out, as somebody with a link sees it. Its length is not told: beside that of a file without the recipe, it would tell how long the recipe is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct SharedOutput {
    /// A signed address on this origin.
    pub url: String,
    /// Its type, told by its content.
    pub media_type: String,
    /// Width in pixels.
    pub width: i64,
    /// Height in pixels.
    pub height: i64,
}

/// What somebody with a link sees.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct SharedWork {
    /// What came out, at addresses that are good for an hour at most and never longer than the link.
    pub outputs: Vec<SharedOutput>,
    /// How it was made; null if the owner does not say.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
    pub recipe: Option<SharedRecipe>,
    /// When the link ends.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = String, format = DateTime))]
    pub expires_at: Timestamp,
}

impl ShareShown {
    fn of(p: &impl Platform, row: ShareRow) -> Self {
        let settings = p.settings();
        let (keys, now) = (&settings.media_keys, p.now());
        let sizes =
            row.cover.as_ref().map(|cover| SizeShown::of(keys, now, &cover.media_key, (&cover.media_type, cover.width, cover.height, cover.bytes)));
        let (url, media_type) = row.cover.map(|cover| (media_url::path(keys, now, &cover.media_key), cover.media_type)).unzip();
        Self {
            link: format!("{}/s/{}", settings.public_origin, share_link::token(&settings.share_keys, &row.id)),
            id: row.id,
            generation: row.generation,
            prompt: In::new(row.prompt),
            output: row.n,
            recipe: row.recipe,
            created_at: row.created_at,
            expires_at: row.expires_at,
            url,
            media_type,
            sizes: sizes.unwrap_or_default(),
        }
    }
}

pub(super) async fn make<P: Platform>(p: &P, request: &Request, generation: &GenerationId) -> Answer<P> {
    refuse_foreign(p, request)?;
    let who = session(p, request)?;
    let wish = wish(&json_object(request)?, generation)?;
    let row = manage_shares::create(p, &who, wish).await?;
    Ok(Response::json(201, &ShareShown::of(p, row)))
}

fn wish(body: &Map<String, Value>, generation: &GenerationId) -> Result<Wish, Refusal> {
    known(body, &["days", "recipe", "output"])?;
    let number = |name: &str, from: i64, to: i64| match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let value = value.as_i64().filter(|value| (from..=to).contains(value));
            value.map(Some).ok_or_else(|| invalid(name, &format!("a whole number from {from} to {to}")))
        }
    };
    let recipe = match body.get("recipe") {
        None => false,
        Some(value) => value.as_bool().ok_or_else(|| invalid("recipe", "true or false"))?,
    };
    Ok(Wish { generation: generation.clone(), n: number("output", 0, 99)?, recipe, days: number("days", 1, SHARE_DAYS_MAX)?.unwrap_or(SHARE_DAYS) })
}

pub(super) async fn list<P: Platform>(p: &P, request: &Request) -> Answer<P> {
    let who = session(p, request)?;
    let of = request.parameter("generation");
    let of = of.map(|id| GenerationId::parse(&id).ok_or_else(|| invalid("generation", "the id of a generation"))).transpose()?;
    let shares = manage_shares::list(p, &who, of.as_ref()).await?;
    Ok(Response::json(200, &ShareList { shares: shares.into_iter().map(|row| ShareShown::of(p, row)).collect() }))
}

pub(super) async fn end<P: Platform>(p: &P, request: &Request, id: &ShareId) -> Answer<P> {
    refuse_foreign(p, request)?;
    manage_shares::end(p, &session(p, request)?, id).await?;
    Ok(Response::empty(204))
}

/// What a link shows, to anybody who has it.
pub(super) async fn open<P: Platform>(p: &P, request: &Request, token: &str) -> Answer<P> {
    count(p, request).await?;
    let shared = manage_shares::open(p, token).await?;
    let (keys, now, until) = (&p.settings().media_keys, p.now(), shared.expires_at);
    let with_recipe = shared.recipe.is_some();
    let outputs = shared.outputs.into_iter().map(|output| SharedOutput {
        url: media_url::shared(keys, now, &output.media_key, until, with_recipe),
        media_type: output.media_type,
        width: output.width,
        height: output.height,
    });
    let recipe = shared.recipe.map(|recipe| SharedRecipe { model: recipe.model, prompt: In::new(recipe.prompt), inputs: recipe.inputs });
    let work = SharedWork { outputs: outputs.collect(), recipe, expires_at: until };
    Ok(Response::json(200, &work).with("x-robots-tag", "noindex, nofollow"))
}

/// Counts who opens links: here, and where every isolate of the location sees it.
async fn count(p: &impl Platform, request: &Request) -> Result<(), Refusal> {
    if !p.settings().auth.rate_limit {
        return Ok(());
    }
    let key = rate_limit::key(&account::client_address(request.header("cf-connecting-ip")), "/shared");
    p.count(&key, OPENED).map_err(|wait_s| Error::TooManyRequests { wait_s })?;
    if p.allows(&key, OPENED).await { Ok(()) } else { Err(Error::TooManyRequests { wait_s: OPENED.window_s }.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn wishes() {
        let generation = GenerationId::parse("01kdvdxcq0rpgjaqdgyhh9t5rg").unwrap();
        let read = |body: Value| wish(body.as_object().unwrap(), &generation).map(|wish| (wish.days, wish.recipe, wish.n));
        assert_eq!(read(json!({})), Ok((SHARE_DAYS, false, None)));
        assert_eq!(read(json!({"days": 1, "recipe": true, "output": 0})), Ok((1, true, Some(0))));
        for bad in [
            json!({"days": 0}),
            json!({"days": SHARE_DAYS_MAX + 1}),
            json!({"days": 1.5}),
            json!({"recipe": 1}),
            json!({"output": -1}),
            json!({"output": "0"}),
            json!({"userId": "x"}),
        ] {
            assert!(read(bad.clone()).is_err(), "{bad}");
        }
    }
}
