//! Folders of works.

use super::{
    Batch, Row, Rows, Scope, Step, Value, sessions,
    sql::{owner, statements},
};
use crate::{
    domain::{
        library::{FOLDERS_MAX, FolderId},
        time::Timestamp,
    },
    lanes::SessionKey,
    platform::DbError,
};

/// The columns of a folder as it is shown.
macro_rules! columns {
    () => {
        r#"SELECT f."id", f."name", f."createdAt",
        (SELECT count(*) FROM generation g WHERE g."folderId" = f."id" AND g."userId" = f."userId") AS "works" FROM folder f WHERE f."userId" = "#
    };
}

statements! {
    /// Makes a folder, unless there are too many.
    FOLDER_INSERT (Scope::Owner): r#"INSERT INTO folder ("id", "userId", "name", "nameKey", "createdAt") SELECT :folder, u."id", :name, :nameKey, :now
        FROM "user" u WHERE u."id" = "#, owner!(), r#" AND (SELECT count(*) FROM folder f WHERE f."userId" = u."id") < :most"#;
    /// Gives it another name.
    FOLDER_RENAME (Scope::Owner): r#"UPDATE folder SET "name" = :name, "nameKey" = :nameKey WHERE "id" = :folder AND "userId" = "#, owner!();
    /// Deletes it. By the schema's trigger its works are in no folder then.
    FOLDER_DELETE (Scope::Owner): r#"DELETE FROM folder WHERE "id" = :folder AND "userId" = "#, owner!();
    /// One folder.
    FOLDER_GET (Scope::Owner): columns!(), owner!(), r#" AND f."id" = :folder"#;
    /// All of them, by name.
    FOLDER_LIST (Scope::Owner): columns!(), owner!(), r#" ORDER BY f."nameKey""#;
}

/// A folder's name, and what of it tells it from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// As it is shown.
    pub shown: String,
    /// Without case and composition.
    pub key: String,
}

impl Name {
    fn args(&self) -> [(&'static str, Value); 2] {
        [("name", Value::from(&self.shown)), ("nameKey", Value::from(&self.key))]
    }
}

/// A folder as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderRow {
    /// Its id.
    pub id: FolderId,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// How many works are in it.
    pub works: i64,
}

fn named(id: &FolderId) -> (&'static str, Value) {
    ("folder", Value::from(id.as_str()))
}

fn get(who: &SessionKey, id: &FolderId, now: Timestamp) -> Step {
    FOLDER_GET.step(&sessions::with(who, now, &[named(id)]))
}

/// Makes a folder. Reads: who asks; the insertion, which fails with `FolderTaken`; the folder, which is not there if there are [`FOLDERS_MAX`].
#[must_use]
pub fn create(who: &SessionKey, id: &FolderId, name: &Name, now: Timestamp) -> Batch {
    let more = [&name.args()[..], &[named(id), ("now", Value::from(now.ms())), ("most", Value::from(FOLDERS_MAX))]].concat();
    Batch::read(vec![sessions::user(who, now), FOLDER_INSERT.step(&sessions::with(who, now, &more)), get(who, id, now)])
}

/// Renames a folder. Reads: who asks; the change, which fails with `FolderTaken`; the folder.
#[must_use]
pub fn rename(who: &SessionKey, id: &FolderId, name: &Name, now: Timestamp) -> Batch {
    let more = [&name.args()[..], &[named(id)]].concat();
    Batch::read(vec![sessions::user(who, now), FOLDER_RENAME.step(&sessions::with(who, now, &more)), get(who, id, now)])
}

/// Deletes a folder. Reads: who asks; the deletion.
#[must_use]
pub fn delete(who: &SessionKey, id: &FolderId, now: Timestamp) -> Batch {
    Batch::read(vec![sessions::user(who, now), FOLDER_DELETE.step(&sessions::with(who, now, &[named(id)]))])
}

/// Reads: who asks; the folders by name.
#[must_use]
pub fn list(who: &SessionKey, now: Timestamp) -> Batch {
    Batch::read(vec![sessions::user(who, now), FOLDER_LIST.step(&sessions::asking(who, now))])
}

/// Reads folders.
pub fn read(rows: &Rows) -> Result<Vec<FolderRow>, DbError> {
    let one = |row: Row<'_>| {
        Ok(FolderRow {
            id: FolderId::parse(row.text("id")?).ok_or(DbError::Shape("not an id"))?,
            name: row.text("name")?.to_owned(),
            created_at: Timestamp::from_ms(row.integer("createdAt")?),
            works: row.integer("works")?,
        })
    };
    rows.iter().map(one).collect()
}
