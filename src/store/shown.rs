//! A generation as it is shown: its columns, and how they are read.

use super::{Row, Rows, library::Kept};
use crate::{
    domain::{
        generation::{GenerationId, Status},
        time::Timestamp,
    },
    lanes::Prompt,
    platform::DbError,
};
use serde::Deserialize;

/// Where a generation stands, as it is shown.
macro_rules! standing {
    () => {
        r#"CASE WHEN g."finishedAt" IS NULL AND g."savingAt" IS NOT NULL THEN 'saving' ELSE g."status" END"#
    };
}
pub(super) use standing;

/// The outputs of a generation as one JSON array, for [`read_outputs`]: those that a condition names.
macro_rules! outputs {
    ($($where:expr)?) => {
        concat!(
            r#"(SELECT json_group_array(json_object('n', o."n", 'mediaKey', o."mediaKey", 'mediaType', o."mediaType", 'bytes', o."bytes",
          'width', o."width", 'height', o."height")) FROM generation_output o WHERE o."generationId" = g."id" AND o."userId" = g."userId""#, $($where,)? ")"
        )
    };
}
pub(super) use outputs;

/// The columns of a generation as it is shown, with its outputs as one JSON array: a page of them is one statement.
macro_rules! shown {
    () => {
        concat!(r#"g."id", g."model", g."prompt", g."inputs", g."price", "#, crate::store::shown::standing!(), r#" AS "status", g."charged", g."failureCode", g."failureDetail", g."createdAt", g."startedAt",
        g."finishedAt", g."sentAt", g."sentBy" IS NOT NULL AS "waited", g."cancelAt", g."hostVersion", g."seed", "#, crate::store::shown::outputs!(), r#" AS "outputs",
        (SELECT json_group_array(json_object('input', s."slot", 'n', s."n", 'parent', s."parentId", 'parentN', s."parentN", 'mediaKey',
          coalesce((SELECT 'upload/' || u."id" FROM upload u WHERE u."id" = s."uploadId" AND u."userId" = s."userId"),
            (SELECT p."mediaKey" FROM generation_output p WHERE p."generationId" = s."parentId" AND p."n" = s."parentN" AND p."userId" = s."userId"))))
          FROM generation_source s WHERE s."generationId" = g."id" AND s."userId" = g."userId") AS "sources", g."favouriteAt", g."folderId", g."relation",
        (SELECT p."id" FROM generation p WHERE p."id" = g."parentId" AND p."userId" = g."userId") AS "parent""#)
    };
}
pub(super) use shown;

/// A generation as it is shown to its owner.
#[derive(Debug, Clone, PartialEq)]
pub struct GenerationRow {
    /// The id.
    pub id: GenerationId,
    /// The catalogue's id of the model.
    pub model: String,
    /// The prompt.
    pub prompt: Prompt,
    /// The inputs by our names.
    pub inputs: serde_json::Value,
    /// Where it stands.
    pub status: Status,
    /// Credits held for it.
    pub price: i64,
    /// Credits charged; none while it is open.
    pub charged: Option<i64>,
    /// Code and words of the failure.
    pub failure: Option<(String, String)>,
    /// When it was ordered.
    pub created_at: Timestamp,
    /// When its turn came; none while it waits for others to end.
    pub sent_at: Option<Timestamp>,
    /// True if it had to wait: then whoever took its turn sends it.
    pub waited: bool,
    /// When its owner wished it stopped.
    pub cancel_at: Option<Timestamp>,
    /// The model's version that ran, if the host says it.
    pub version: Option<String>,
    /// The seed that the host says it used.
    pub seed: Option<i64>,
    /// When the host began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// What came out.
    pub outputs: Vec<OutputRow>,
    /// What it started from.
    pub sources: Vec<SourceRow>,
    /// How it is kept.
    pub kept: Kept,
}

/// A picture that a generation started from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceRow {
    /// The input.
    pub input: String,
    /// Its place in it.
    pub n: i64,
    /// The generation that it came out of, if it was made here.
    pub parent: Option<String>,
    /// Which of its outputs.
    pub parent_n: Option<i64>,
    /// Where it is kept; none if it was deleted.
    pub media_key: Option<String>,
}

/// A kept output.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OutputRow {
    /// Its number.
    pub n: i64,
    /// Where it is kept.
    pub media_key: String,
    /// Its type.
    pub media_type: String,
    /// Its size in bytes.
    pub bytes: i64,
    /// Width in pixels.
    pub width: i64,
    /// Height in pixels.
    pub height: i64,
}

/// Reads `outputs!`, in their order.
pub(super) fn read_outputs(row: Row<'_>) -> Result<Vec<OutputRow>, DbError> {
    let mut outputs: Vec<OutputRow> = row.json("outputs")?;
    outputs.sort_by_key(|output| output.n);
    Ok(outputs)
}

/// Reads the columns of `shown!`.
pub fn read_all(rows: &Rows) -> Result<Vec<GenerationRow>, DbError> {
    rows.iter().map(read_row).collect()
}

fn read_row(row: Row<'_>) -> Result<GenerationRow, DbError> {
    let time = |column| Ok::<_, DbError>(row.integer_or_null(column)?.map(Timestamp::from_ms));
    let mut sources: Vec<SourceRow> = row.json("sources")?;
    sources.sort_by(|a, b| (&a.input, a.n).cmp(&(&b.input, b.n)));
    Ok(GenerationRow {
        id: GenerationId::parse(row.text("id")?).ok_or(DbError::Shape("not an id"))?,
        model: row.text("model")?.to_owned(),
        prompt: Prompt::new(row.text("prompt")?),
        inputs: row.json("inputs")?,
        status: Status::from_name(row.text("status")?).ok_or(DbError::Shape("not a status"))?,
        price: row.integer("price")?,
        charged: row.integer_or_null("charged")?,
        failure: row
            .text_or_null("failureCode")?
            .map(|code| Ok::<_, DbError>((code.to_owned(), row.text_or_null("failureDetail")?.unwrap_or_default().to_owned())))
            .transpose()?,
        created_at: time("createdAt")?.ok_or(DbError::Shape("no time"))?,
        sent_at: time("sentAt")?,
        waited: row.integer("waited")? == 1,
        cancel_at: time("cancelAt")?,
        version: row.text_or_null("hostVersion")?.map(str::to_owned),
        seed: row.integer_or_null("seed")?,
        started_at: time("startedAt")?,
        finished_at: time("finishedAt")?,
        outputs: read_outputs(row)?,
        sources,
        kept: Kept::read(row)?,
    })
}
