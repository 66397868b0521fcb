//! The pictures that generations start from. What is named has to be the asking user's own, and there.

use super::{
    Rows, Scope, Step, Value,
    sql::{owner, statements},
};
use crate::{
    domain::{
        catalogue::{Largest, Source},
        generation::GenerationId,
    },
    platform::DbError,
};

statements! {
    /// Starts from a picture that the user brought. Without one, or with one that is too large, there is no key, which the schema refuses.
    SOURCE_UPLOAD (Scope::Owner): r#"INSERT INTO generation_source ("generationId", "slot", "n", "userId", "uploadId", "mediaKey", "width", "height")
        SELECT :generation, :slot, :n, "#, owner!(), r#", :source, 'upload/' || u."id", u."width", u."height" FROM generation g
        LEFT JOIN upload u ON u."id" = :source AND u."storedAt" IS NOT NULL AND u."userId" = g."userId"
          AND u."width" * u."height" <= :pixels AND max(u."width", u."height") <= :side WHERE g."id" = :generation AND g."userId" = "#, owner!();
    /// Starts from a picture that was made here.
    SOURCE_OUTPUT (Scope::Owner): r#"INSERT INTO generation_source ("generationId", "slot", "n", "userId", "parentId", "parentN", "mediaKey", "width", "height")
        SELECT :generation, :slot, :n, "#, owner!(), r#", :source, :output, o."mediaKey", o."width", o."height" FROM generation g
        LEFT JOIN generation_output o ON o."generationId" = :source AND o."n" = :output AND o."mediaType" LIKE 'image/%' AND o."userId" = g."userId"
          AND o."width" * o."height" <= :pixels AND max(o."width", o."height") <= :side
        WHERE g."id" = :generation AND g."userId" = "#, owner!();
    /// What it starts from.
    SOURCES_READ (Scope::Owner): r#"SELECT s."slot", s."mediaKey" FROM generation_source s WHERE s."generationId" = :generation AND s."userId" = "#, owner!(), r#"
        ORDER BY s."slot", s."n""#;
    /// How large the user's pictures are that an order names.
    SOURCES_LOOK (Scope::Owner): r#"SELECT u."id" AS "source", u."width", u."height" FROM upload u
        WHERE u."id" IN (SELECT i.value FROM json_each(:sources) i) AND u."storedAt" IS NOT NULL AND u."userId" = "#, owner!(), r#"
        UNION ALL SELECT o."generationId" || '/' || o."n", o."width", o."height" FROM generation_output o
        WHERE o."generationId" IN (SELECT substr(i.value, 1, 26) FROM json_each(:sources) i) AND o."mediaType" LIKE 'image/%' AND o."userId" = "#, owner!();
    /// What a queued generation starts from.
    SOURCES_WORK (Scope::System("the queue speaks of one generation, which has one owner")): r#"SELECT s."slot", s."mediaKey" FROM generation_source s
        WHERE s."generationId" = :generation ORDER BY s."slot", s."n""#;
}

/// A picture that is named as a source.
#[derive(Debug, Clone)]
pub struct Named {
    /// The input.
    pub slot: &'static str,
    /// Which of that input's.
    pub n: usize,
    /// Which picture.
    pub source: Source,
    /// How large it may be.
    pub largest: Largest,
}

/// A picture's name, its width and its height.
pub type SourceSize = (String, (i64, i64));

/// Notes a source, after the generation itself. Fails with `NoSource` if the user has no such picture, or it is too large.
#[must_use]
pub fn insert(who: &[(&'static str, Value)], id: &GenerationId, named: &Named) -> Step {
    let common = [
        ("generation", Value::from(id.as_str())),
        ("slot", Value::from(named.slot)),
        ("n", Value::from(named.n)),
        ("pixels", Value::from(i64::try_from(named.largest.pixels).unwrap_or(i64::MAX))),
        ("side", Value::from(named.largest.side)),
    ];
    match &named.source {
        Source::Upload(upload) => SOURCE_UPLOAD.step(&[who, &common, &[("source", Value::from(upload.as_str()))]].concat()),
        Source::Output(of, output) => {
            let which = [("source", Value::from(of.as_str())), ("output", Value::from(i64::from(*output)))];
            SOURCE_OUTPUT.step(&[who, &common, &which].concat())
        }
    }
}

/// How large those of the named pictures are that the user has. Read with [`read_sizes`].
#[must_use]
pub fn look(who: &[(&'static str, Value)], named: &[Named]) -> Step {
    let sources: Vec<_> = named.iter().map(|one| one.source.to_string()).collect();
    SOURCES_LOOK.step(&[who, &[("sources", Value::from(serde_json::json!(sources).to_string()))]].concat())
}

/// Reads [`look`]: names, widths and heights; other outputs of the same generations among them.
pub fn read_sizes(rows: &Rows) -> Result<Vec<SourceSize>, DbError> {
    rows.iter().map(|row| Ok((row.text("source")?.to_owned(), (row.integer("width")?, row.integer("height")?)))).collect()
}

/// What a generation starts from. Read with [`read`].
#[must_use]
pub fn of(who: &[(&'static str, Value)], id: &GenerationId) -> Step {
    SOURCES_READ.step(&[who, &[("generation", Value::from(id.as_str()))]].concat())
}

/// What a queued generation starts from. Read with [`read`].
pub(super) fn of_work(id: &GenerationId) -> Step {
    SOURCES_WORK.step(&[("generation", Value::from(id.as_str()))])
}

/// Reads [`of`]: inputs and media keys, in order.
pub fn read(rows: &Rows) -> Result<Vec<(String, String)>, DbError> {
    rows.iter().map(|row| Ok((row.text("slot")?.to_owned(), row.text("mediaKey")?.to_owned()))).collect()
}
