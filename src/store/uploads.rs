//! Pictures that people bring.

use super::{
    Batch, Row, Rows, Scope, Step, Value, sessions,
    sql::{owner, statements},
};
use crate::{
    domain::{
        time::{MINUTE_MS, Timestamp},
        upload::{OPEN_MS, UNUSED_MAX, UNUSED_MS, UploadId},
    },
    lanes::SessionKey,
    platform::{DbError, Stored},
};

/// True if a generation uses the upload `u`: it is open, or came to a good end. What failed uses it while it may well be tried again, which is until `:old`.
macro_rules! used {
    ($failed:literal) => {
        concat!(
            r#"EXISTS (SELECT 1 FROM generation_source s JOIN generation g ON g."id" = s."generationId" AND g."userId" = s."userId"
          WHERE s."uploadId" = u."id" AND s."userId" = u."userId" AND (g."finishedAt" IS NULL OR g."status" = 'succeeded'"#,
            $failed,
            "))"
        )
    };
}

/// Those that may go: no file came in time, or nothing has used it in a day.
macro_rules! unused {
    () => {
        concat!(
            r#"SELECT u."id" FROM upload u WHERE u."createdAt" < CASE WHEN u."storedAt" IS NULL THEN :closed ELSE :old END AND NOT "#,
            used!(r#" OR g."finishedAt" >= :old"#),
            r#" ORDER BY u."createdAt", u."id" LIMIT :limit"#
        )
    };
}

statements! {
    /// Expects a picture, unless there are too many that nothing uses.
    UPLOAD_INSERT (Scope::Owner): r#"INSERT INTO upload ("id", "userId", "createdAt") SELECT :upload, "#, owner!(), r#", :now
        WHERE (SELECT count(*) FROM upload u WHERE u."userId" = "#, owner!(), " AND NOT ", used!(""), r#") < :most RETURNING "id""#;
    /// The picture has come.
    UPLOAD_STORED (Scope::System("a signed address speaks of one upload, which has one owner")): r#"UPDATE upload SET "storedAt" = coalesce("storedAt", :now),
        "mediaType" = :mediaType, "width" = :width, "height" = :height, "bytes" = :bytes WHERE "id" = :upload RETURNING "id""#;
    /// The user's pictures, newest first.
    UPLOAD_LIST (Scope::Owner): r#"SELECT u."id", u."createdAt", u."mediaType", u."width", u."height", u."bytes" FROM upload u
        WHERE u."storedAt" IS NOT NULL AND u."userId" = "#, owner!(), r#" AND u."id" < :before ORDER BY u."id" DESC LIMIT :limit"#;
    /// Deletes a picture: its file has to go.
    UPLOAD_REMOVE (Scope::Owner): r#"INSERT INTO media_removal ("mediaKey", "userId", "createdAt")
        SELECT 'upload/' || u."id", u."userId", :now FROM upload u WHERE u."id" = :upload AND u."userId" = "#, owner!(), " ON CONFLICT DO NOTHING";
    /// Deletes a picture.
    UPLOAD_DELETE (Scope::Owner): r#"DELETE FROM upload WHERE "id" = :upload AND "userId" = "#, owner!();
    /// The files of pictures that nothing uses have to go.
    UPLOADS_REMOVE (Scope::System("the sweeper removes every user's unused pictures")): r#"INSERT INTO media_removal ("mediaKey", "userId", "createdAt")
        SELECT 'upload/' || u."id", u."userId", :now FROM upload u WHERE u."id" IN ("#, unused!(), ") ON CONFLICT DO NOTHING";
    /// Pictures that nothing uses go.
    UPLOADS_FORGET (Scope::System("the sweeper removes every user's unused pictures")): r#"DELETE FROM upload WHERE "id" IN ("#, unused!(), ")";
}

/// Pictures that one run of cron sweeps.
const SWEEP_MAX: usize = 100;
/// A file that was under way when its address ended has this long to arrive.
const LATE_MS: i64 = 10 * MINUTE_MS;

/// A picture that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadRow {
    /// The id.
    pub id: UploadId,
    /// When it was announced.
    pub created_at: Timestamp,
    /// Its type.
    pub media_type: String,
    /// Width in pixels, as it is shown.
    pub width: i64,
    /// Height in pixels, as it is shown.
    pub height: i64,
    /// Size in bytes.
    pub bytes: i64,
}

/// Expects a picture. Read 0: who asks; read 1: no row if there are too many that nothing uses.
#[must_use]
pub fn begin(who: &SessionKey, id: &UploadId, now: Timestamp) -> Batch {
    let upload = [("upload", Value::from(id.as_str())), ("now", Value::from(now.ms())), ("most", Value::from(UNUSED_MAX))];
    Batch::read(vec![sessions::user(who, now), UPLOAD_INSERT.step(&sessions::with(who, now, &upload))])
}

/// Notes that a picture has come. Read 0: no row if it is not expected any more.
#[must_use]
pub fn stored(id: &UploadId, stored: &Stored, now: Timestamp) -> Batch {
    Batch::read(vec![UPLOAD_STORED.step(&[
        ("upload", Value::from(id.as_str())),
        ("now", Value::from(now.ms())),
        ("mediaType", Value::from(stored.facts.media_type.name())),
        ("width", Value::from(stored.facts.width)),
        ("height", Value::from(stored.facts.height)),
        ("bytes", Value::from(usize::try_from(stored.bytes).unwrap_or(usize::MAX))),
    ])])
}

/// Reads: who asks, and a page of pictures older than `before`.
#[must_use]
pub fn list(who: &SessionKey, before: Option<&UploadId>, limit: usize, now: Timestamp) -> Batch {
    // "~" sorts after every id.
    let page = [("before", Value::from(before.map_or("~", UploadId::as_str))), ("limit", Value::from(limit))];
    Batch::read(vec![sessions::user(who, now), UPLOAD_LIST.step(&sessions::with(who, now, &page))])
}

/// Reads [`UPLOAD_LIST`].
pub fn read(rows: &Rows) -> Result<Vec<UploadRow>, DbError> {
    let one = |row: Row<'_>| {
        Ok(UploadRow {
            id: UploadId::parse(row.text("id")?).ok_or(DbError::Shape("not an id"))?,
            created_at: Timestamp::from_ms(row.integer("createdAt")?),
            media_type: row.text("mediaType")?.to_owned(),
            width: row.integer("width")?,
            height: row.integer("height")?,
            bytes: row.integer("bytes")?,
        })
    };
    rows.iter().map(one).collect()
}

/// Deletes a picture. Write 1 deletes the row; read 0: who asks.
#[must_use]
pub fn delete(who: &SessionKey, id: &UploadId, now: Timestamp) -> Batch {
    let upload = ("upload", Value::from(id.as_str()));
    let removal = sessions::with(who, now, &[upload.clone(), ("now", Value::from(now.ms()))]);
    Batch::write(vec![UPLOAD_REMOVE.step(&removal), UPLOAD_DELETE.step(&sessions::with(who, now, &[upload]))], vec![sessions::user(who, now)])
}

/// Sweeps what nothing uses: for cron.
#[must_use]
pub fn sweep(now: Timestamp) -> [Step; 2] {
    let args = [
        ("closed", Value::from(now.plus_ms(-OPEN_MS - LATE_MS).ms())),
        ("old", Value::from(now.plus_ms(-UNUSED_MS).ms())),
        ("limit", Value::from(SWEEP_MAX)),
    ];
    let removal = [&args[..], &[("now", Value::from(now.ms()))]].concat();
    [UPLOADS_REMOVE.step(&removal), UPLOADS_FORGET.step(&args)]
}
