//! The pictures that generations start from. What is named has to be the asking user's own, and there.

use super::{
    Rows, Scope, Step, Value,
    sql::{owner, statements},
};
use crate::{
    domain::{catalogue::Source, generation::GenerationId},
    platform::DbError,
};

statements! {
    /// Starts from a picture that the user brought. Without one there is no key, which the schema refuses.
    SOURCE_UPLOAD (Scope::Owner): r#"INSERT INTO generation_source ("generationId", "slot", "n", "userId", "uploadId", "mediaKey", "width", "height")
        SELECT :generation, :slot, :n, "#, owner!(), r#", :source, 'upload/' || u."id", u."width", u."height" FROM generation g
        LEFT JOIN upload u ON u."id" = :source AND u."storedAt" IS NOT NULL AND u."userId" = g."userId" WHERE g."id" = :generation AND g."userId" = "#, owner!();
    /// Starts from a picture that was made here.
    SOURCE_OUTPUT (Scope::Owner): r#"INSERT INTO generation_source ("generationId", "slot", "n", "userId", "parentId", "parentN", "mediaKey", "width", "height")
        SELECT :generation, :slot, :n, "#, owner!(), r#", :source, :output, o."mediaKey", o."width", o."height" FROM generation g
        LEFT JOIN generation_output o ON o."generationId" = :source AND o."n" = :output AND o."mediaType" LIKE 'image/%' AND o."userId" = g."userId"
        WHERE g."id" = :generation AND g."userId" = "#, owner!();
    /// What it starts from.
    SOURCES_READ (Scope::Owner): r#"SELECT s."slot", s."mediaKey" FROM generation_source s WHERE s."generationId" = :generation AND s."userId" = "#, owner!(), r#"
        ORDER BY s."slot", s."n""#;
    /// What a queued generation starts from.
    SOURCES_WORK (Scope::System("the queue speaks of one generation, which has one owner")): r#"SELECT s."slot", s."mediaKey" FROM generation_source s
        WHERE s."generationId" = :generation ORDER BY s."slot", s."n""#;
}

/// Notes a source, after the generation itself. Fails with `NoSource` if the user has no such picture.
#[must_use]
pub fn insert(who: &[(&'static str, Value)], id: &GenerationId, (slot, n, source): (&'static str, usize, &Source)) -> Step {
    let common = [("generation", Value::from(id.as_str())), ("slot", Value::from(slot)), ("n", Value::from(n))];
    match source {
        Source::Upload(upload) => SOURCE_UPLOAD.step(&[who, &common, &[("source", Value::from(upload.as_str()))]].concat()),
        Source::Output(of, output) => {
            let which = [("source", Value::from(of.as_str())), ("output", Value::from(i64::from(*output)))];
            SOURCE_OUTPUT.step(&[who, &common, &which].concat())
        }
    }
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
