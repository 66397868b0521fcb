//! Links by which others see a work. Taking one back deletes its row, so that it is as unknown as one that never was.

use super::{
    Batch, Row, Rows, Scope, Step, Value, sessions,
    shown::{OutputRow, outputs, read_outputs},
    sql::{owner, statements},
};
use crate::{
    domain::{
        generation::GenerationId,
        library::{SHARES_MAX, ShareId},
        time::Timestamp,
    },
    lanes::{Prompt, SessionKey},
    platform::DbError,
};

/// The columns of a share as its owner sees it.
macro_rules! columns {
    () => {
        r#"SELECT s."id", s."generationId", s."n", s."showRecipe", s."createdAt", s."expiresAt", g."prompt", o."mediaKey", o."mediaType", o."width", o."height", o."bytes"
        FROM share s JOIN generation g ON g."id" = s."generationId" AND g."userId" = s."userId"
        LEFT JOIN generation_output o ON o."generationId" = s."generationId" AND o."n" = coalesce(s."n", 0) AND o."userId" = s."userId" WHERE s."userId" = "#
    };
}

statements! {
    /// Makes a link, if there is something to see and there are not too many.
    SHARE_INSERT (Scope::Owner): r#"INSERT INTO share ("id", "userId", "generationId", "n", "showRecipe", "createdAt", "expiresAt")
        SELECT :share, g."userId", g."id", :n, :recipe, :now, :expires FROM generation g WHERE g."id" = :generation AND g."userId" = "#, owner!(), r#"
        AND EXISTS (SELECT 1 FROM generation_output o WHERE o."generationId" = g."id" AND o."n" = coalesce(:n, 0) AND o."userId" = g."userId")
        AND (SELECT count(*) FROM share s WHERE s."userId" = g."userId" AND s."expiresAt" > :now) < :most"#;
    /// What there is to see.
    SHARE_LOOK (Scope::Owner): r#"SELECT g."id", (SELECT count(*) FROM generation_output o WHERE o."generationId" = g."id" AND o."n" = coalesce(:n, 0)
        AND o."userId" = g."userId") AS "outputs" FROM generation g WHERE g."id" = :generation AND g."userId" = "#, owner!();
    /// One link.
    SHARE_GET (Scope::Owner): columns!(), owner!(), r#" AND s."id" = :share"#;
    /// The links that have not ended, newest first.
    SHARE_LIST (Scope::Owner): columns!(), owner!(), r#" AND s."expiresAt" > :now AND (:generation IS NULL OR s."generationId" = :generation)
        ORDER BY s."id" DESC LIMIT :limit"#;
    /// Takes a link back.
    SHARE_DELETE (Scope::Owner): r#"DELETE FROM share WHERE "id" = :share AND "userId" = "#, owner!();
    /// What somebody with a link sees: the words and inputs only if the owner says so.
    SHARE_OPEN (Scope::System("a signed link names one share, which has one owner")): r#"SELECT s."expiresAt", s."showRecipe",
        CASE s."showRecipe" WHEN 1 THEN g."model" END AS "model", CASE s."showRecipe" WHEN 1 THEN g."prompt" END AS "prompt",
        CASE s."showRecipe" WHEN 1 THEN g."inputs" END AS "inputs",
        (SELECT json_group_array(c."slot") FROM generation_source c WHERE c."generationId" = g."id" AND c."userId" = g."userId") AS "slots",
        "#, outputs!(r#" AND (s."n" IS NULL OR o."n" = s."n")"#), r#" AS "outputs"
        FROM share s JOIN generation g ON g."id" = s."generationId" AND g."userId" = s."userId" WHERE s."id" = :share AND s."expiresAt" > :now"#;
    /// Forgets links that have ended.
    SHARES_FORGET (Scope::System("the sweeper forgets every user's ended links")): r#"DELETE FROM share WHERE "expiresAt" <= :now"#;
}

/// A link about to be made.
#[derive(Debug, Clone)]
pub struct NewShare {
    /// Its id.
    pub id: ShareId,
    /// What it shows.
    pub generation: GenerationId,
    /// Which of its outputs; all of them if there is none.
    pub n: Option<i64>,
    /// True if words and inputs are shown too.
    pub recipe: bool,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A link as its owner sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct ShareRow {
    /// Its id.
    pub id: ShareId,
    /// What it shows.
    pub generation: GenerationId,
    /// Which of its outputs.
    pub n: Option<i64>,
    /// True if words and inputs are shown too.
    pub recipe: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The words that the work was ordered with.
    pub prompt: Prompt,
    /// The first of what it shows.
    pub cover: Option<OutputRow>,
}

/// What a link shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Shared {
    /// When it ends.
    pub expires_at: Timestamp,
    /// What came out.
    pub outputs: Vec<OutputRow>,
    /// How it was made.
    pub recipe: Option<Recipe>,
}

/// How a work was made, without the pictures that it was made from: those were not shared.
#[derive(Debug, Clone, PartialEq)]
pub struct Recipe {
    /// The catalogue's id of the model.
    pub model: String,
    /// The words.
    pub prompt: Prompt,
    /// The inputs.
    pub inputs: serde_json::Value,
}

fn named(id: &ShareId) -> (&'static str, Value) {
    ("share", Value::from(id.as_str()))
}

/// Makes a link. Reads: who asks; the insertion; what there is to see ([`read_look`]); the link.
#[must_use]
pub fn create(who: &SessionKey, new: &NewShare, now: Timestamp) -> Batch {
    let what = [("generation", Value::from(new.generation.as_str())), ("n", Value::from(new.n))];
    let more = [
        named(&new.id),
        ("recipe", Value::from(i64::from(new.recipe))),
        ("now", Value::from(now.ms())),
        ("expires", Value::from(new.expires_at.ms())),
        ("most", Value::from(SHARES_MAX)),
    ];
    Batch::read(vec![
        sessions::user(who, now),
        SHARE_INSERT.step(&sessions::with(who, now, &[&what[..], &more].concat())),
        SHARE_LOOK.step(&sessions::with(who, now, &what)),
        SHARE_GET.step(&sessions::with(who, now, &[named(&new.id)])),
    ])
}

/// Reads [`SHARE_LOOK`]: none if there is no such generation, else whether there is something to see.
pub fn read_look(rows: &Rows) -> Result<Option<bool>, DbError> {
    rows.first().map(|row| Ok(row.integer("outputs")? > 0)).transpose()
}

/// Reads: who asks; the links that have not ended, of all works or of one.
#[must_use]
pub fn list(who: &SessionKey, of: Option<&GenerationId>, now: Timestamp) -> Batch {
    let more = [("generation", Value::from(of.map(GenerationId::as_str))), ("now", Value::from(now.ms())), ("limit", Value::from(SHARES_MAX))];
    Batch::read(vec![sessions::user(who, now), SHARE_LIST.step(&sessions::with(who, now, &more))])
}

/// Takes a link back. Reads: who asks; the deletion.
#[must_use]
pub fn delete(who: &SessionKey, id: &ShareId, now: Timestamp) -> Batch {
    Batch::read(vec![sessions::user(who, now), SHARE_DELETE.step(&sessions::with(who, now, &[named(id)]))])
}

/// Reads what a link shows.
#[must_use]
pub fn open(id: &ShareId, now: Timestamp) -> Batch {
    Batch::read(vec![SHARE_OPEN.step(&[named(id), ("now", Value::from(now.ms()))])])
}

/// Forgets links that have ended: for cron.
#[must_use]
pub fn forget(now: Timestamp) -> Step {
    SHARES_FORGET.step(&[("now", Value::from(now.ms()))])
}

/// Reads links.
pub fn read(rows: &Rows) -> Result<Vec<ShareRow>, DbError> {
    let one = |row: Row<'_>| {
        Ok(ShareRow {
            id: ShareId::parse(row.text("id")?).ok_or(DbError::Shape("not an id"))?,
            generation: GenerationId::parse(row.text("generationId")?).ok_or(DbError::Shape("not an id"))?,
            n: row.integer_or_null("n")?,
            recipe: row.integer("showRecipe")? == 1,
            created_at: Timestamp::from_ms(row.integer("createdAt")?),
            expires_at: Timestamp::from_ms(row.integer("expiresAt")?),
            prompt: Prompt::new(row.text("prompt")?),
            cover: row.text_or_null("mediaKey")?.map(|key| cover(row, key)).transpose()?,
        })
    };
    rows.iter().map(one).collect()
}

fn cover(row: Row<'_>, key: &str) -> Result<OutputRow, DbError> {
    Ok(OutputRow {
        n: row.integer_or_null("n")?.unwrap_or_default(),
        media_key: key.to_owned(),
        media_type: row.text("mediaType")?.to_owned(),
        bytes: row.integer("bytes")?,
        width: row.integer("width")?,
        height: row.integer("height")?,
    })
}

/// Reads [`SHARE_OPEN`].
pub fn read_shared(rows: &Rows) -> Result<Option<Shared>, DbError> {
    let Some(row) = rows.first() else { return Ok(None) };
    let slots: Vec<String> = row.json("slots")?;
    let recipe = match (row.text_or_null("model")?, row.text_or_null("prompt")?) {
        (Some(model), Some(prompt)) => {
            let mut inputs: serde_json::Map<String, serde_json::Value> = row.json("inputs")?;
            inputs.retain(|name, _| !slots.contains(name));
            Some(Recipe { model: model.to_owned(), prompt: Prompt::new(prompt), inputs: inputs.into() })
        }
        _ => None,
    };
    Ok(Some(Shared { expires_at: Timestamp::from_ms(row.integer("expiresAt")?), outputs: read_outputs(row)?, recipe }))
}
