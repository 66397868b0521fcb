//! The library: what it is asked for, how works are kept in it, and what was made from what.

use super::{
    Batch, Row, Rows, Scope, Step, Value, ledger, sessions,
    shown::{shown, standing},
    sql::{owner, statements},
};
use crate::{
    domain::{
        generation::GenerationId,
        library::{BULK_MAX, Filter, FolderId, Place, RATIO_PERCENT, Relation},
        time::Timestamp,
    },
    lanes::SessionKey,
    platform::DbError,
};

/// What a filter and a cursor ask for. A ratio is the one that was asked for; where none was, the shape of what came out.
macro_rules! wanted {
    () => {
        concat!(
            r#" AND g."id" < :end AND g."id" >= :first
        AND (:models IS NULL OR g."model" IN (SELECT m.value FROM json_each(:models) m))
        AND (:statuses IS NULL OR "#,
            standing!(),
            r#" IN (SELECT t.value FROM json_each(:statuses) t))
        AND (:favourite IS NULL OR (g."favouriteAt" IS NOT NULL) = :favourite)
        AND (:folder IS NULL OR coalesce(g."folderId", '') = :folder)
        AND (:width IS NULL OR json_extract(g."inputs", '$.aspectRatio') = (:width || ':' || :height)
          OR instr(coalesce(json_extract(g."inputs", '$.aspectRatio'), ''), ':') = 0 AND EXISTS (SELECT 1 FROM generation_output o
            WHERE o."generationId" = g."id" AND o."userId" = g."userId"
            AND abs(o."width" * :height - o."height" * :width) * 100 <= :percent * o."height" * :width))
        ORDER BY g."id" DESC LIMIT :limit"#
        )
    };
}

/// Those of the asking user's generations that are named.
macro_rules! named {
    () => {
        r#"g."id" IN (SELECT i.value FROM json_each(:ids) i) AND g."userId" = "#
    };
}

statements! {
    /// A page of the user's generations, newest first.
    LIBRARY_LIST (Scope::Owner): "SELECT ", shown!(), r#" FROM generation g WHERE g."userId" = "#, owner!(), wanted!();
    /// The same among those whose prompt has the words. That the owner is one of the words keeps the search to the owner's rows; that they are is said again.
    LIBRARY_SEARCH (Scope::Owner): "SELECT ", shown!(), r#" FROM generation_search f JOIN generation_word w ON w."n" = f."rowid" AND w."userId" = f."userId"
        JOIN generation g ON g."id" = w."generationId" AND g."userId" = w."userId"
        WHERE f."generation_search" MATCH ('userId : "' || coalesce("#, owner!(), r#", '') || '" AND prompt : (' || :words || ')') AND f."userId" = "#, owner!(), wanted!();
    /// Which of those that are named there are, and which of them still run.
    LIBRARY_LOOK (Scope::Owner): r#"SELECT g."id", g."finishedAt" IS NULL AS "open" FROM generation g WHERE "#, named!(), owner!();
    /// Favourites, or not any more.
    LIBRARY_MARK (Scope::Owner): r#"UPDATE generation SET "favouriteAt" = CASE :favourite WHEN 1 THEN coalesce("favouriteAt", :now) END
        WHERE "id" IN (SELECT i.value FROM json_each(:ids) i) AND "userId" = "#, owner!();
    /// Into a folder, or out of all. A folder that is not the owner's is no folder, which the schema refuses.
    LIBRARY_MOVE (Scope::Owner): r#"UPDATE generation SET "folderId" = CASE WHEN :folder IS NOT NULL THEN
        coalesce((SELECT f."id" FROM folder f WHERE f."id" = :folder AND f."userId" = generation."userId"), '') END
        WHERE "id" IN (SELECT i.value FROM json_each(:ids) i) AND "userId" = "#, owner!();
    /// Notes what a new generation was made from: nothing, which the schema refuses, if that is not the owner's.
    LIBRARY_PARENT (Scope::Owner): r#"UPDATE generation SET "relation" = :relation,
        "parentId" = (SELECT p."id" FROM generation p WHERE p."id" = :parent AND p."userId" = generation."userId") WHERE "id" = :generation AND "userId" = "#, owner!();
    /// What a generation was made from: by its words, or by its pictures.
    LINEAGE_PARENTS (Scope::Owner): "SELECT ", shown!(), r#", coalesce((SELECT c."relation" FROM generation c WHERE c."id" = :generation AND c."parentId" = g."id"
          AND c."userId" = g."userId"), 'source') AS "kin" FROM generation g WHERE g."id" IN (
          SELECT c."parentId" FROM generation c WHERE c."id" = :generation AND c."userId" = "#, owner!(), r#"
          UNION SELECT s."parentId" FROM generation_source s WHERE s."generationId" = :generation AND s."userId" = "#, owner!(), r#")
        AND g."userId" = "#, owner!(), r#" ORDER BY g."id" DESC LIMIT :limit"#;
    /// What was made from it.
    LINEAGE_CHILDREN (Scope::Owner): "SELECT ", shown!(), r#", CASE g."parentId" WHEN :generation THEN g."relation" ELSE 'source' END AS "kin" FROM generation g
        WHERE g."id" IN (SELECT c."id" FROM generation c WHERE c."parentId" = :generation AND c."userId" = "#, owner!(), r#"
          UNION SELECT s."generationId" FROM generation_source s WHERE s."parentId" = :generation AND s."userId" = "#, owner!(), r#")
        AND g."userId" = "#, owner!(), r#" ORDER BY g."id" DESC LIMIT :limit"#;
    /// What else was made from the generation that it was made from, by words.
    LINEAGE_SIBLINGS (Scope::Owner): "SELECT ", shown!(), r#", g."relation" AS "kin" FROM generation g WHERE g."parentId" = (SELECT c."parentId" FROM generation c
          WHERE c."id" = :generation AND c."userId" = "#, owner!(), r#") AND g."id" <> :generation AND g."userId" = "#, owner!(), r#"
        ORDER BY g."id" DESC LIMIT :limit"#;
    /// What comes into an archive.
    BUNDLE_READ (Scope::Owner): r#"SELECT g."id", g."model", g."createdAt", o."n", o."mediaKey", o."mediaType", o."bytes" FROM generation g
        JOIN generation_output o ON o."generationId" = g."id" AND o."userId" = g."userId" WHERE "#, named!(), owner!(), r#" ORDER BY g."id", o."n""#;
}

/// Kin of one kind that are shown.
const KIN_MAX: usize = 50;

fn list_of<'a>(texts: impl Iterator<Item = &'a str>) -> Value {
    Value::from(texts.collect::<serde_json::Value>().to_string())
}

/// The argument that names generations.
pub(super) fn ids(of: &[GenerationId]) -> (&'static str, Value) {
    ("ids", list_of(of.iter().take(BULK_MAX).map(GenerationId::as_str)))
}

/// Reads: who asks; a page of what the filter asks for, older than `cursor`; the balance. Whoever is new to the ledger is made welcome first.
#[must_use]
pub fn page(who: &SessionKey, filter: &Filter, cursor: Option<&GenerationId>, limit: usize, starting_credits: i64, now: Timestamp) -> Batch {
    let folder = filter.place.as_ref().map(|place| match place {
        Place::NoFolder => "",
        Place::Folder(id) => id.as_str(),
    });
    let mut args = sessions::with(
        who,
        now,
        &[
            ("first", Value::from(filter.first_id())),
            ("end", Value::from(filter.end_id(cursor))),
            ("models", filter.models.as_ref().map_or(Value::Null, |models| list_of(models.iter().map(String::as_str)))),
            ("statuses", filter.statuses.as_ref().map_or(Value::Null, |statuses| list_of(statuses.iter().map(|status| status.name())))),
            ("favourite", Value::from(filter.favourite.map(i64::from))),
            ("folder", Value::from(folder)),
            ("width", Value::from(filter.ratio.map(|ratio| ratio.width))),
            ("height", Value::from(filter.ratio.map(|ratio| ratio.height))),
            ("percent", Value::from(RATIO_PERCENT)),
            ("limit", Value::from(limit)),
        ],
    );
    let list = match &filter.words {
        None => LIBRARY_LIST.step(&args),
        Some(words) => {
            args.push(("words", Value::from(words)));
            LIBRARY_SEARCH.step(&args)
        }
    };
    ledger::welcome_first(who, starting_credits, now, vec![sessions::user(who, now), list, ledger::balance(who, now)])
}

/// What is changed about works.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Favourites, or not.
    pub favourite: Option<bool>,
    /// Into this folder, or out of all.
    pub place: Option<Place>,
}

/// Changes works: all of it or nothing. Fails with `NotAllowed` if there is no such folder. Then reads: who asks; which of them there are; and `more`.
#[must_use]
pub fn change(who: &SessionKey, of: &[GenerationId], change: &Change, more: Vec<Step>, now: Timestamp) -> Batch {
    let mut steps = Vec::new();
    if let Some(favourite) = change.favourite {
        let favourite = ("favourite", Value::from(i64::from(favourite)));
        steps.push(LIBRARY_MARK.step(&sessions::with(who, now, &[ids(of), favourite, ("now", Value::from(now.ms()))])));
    }
    if let Some(place) = &change.place {
        let folder = match place {
            Place::NoFolder => None,
            Place::Folder(id) => Some(id.as_str()),
        };
        steps.push(LIBRARY_MOVE.step(&sessions::with(who, now, &[ids(of), ("folder", Value::from(folder))])));
    }
    let mut reads = vec![sessions::user(who, now), look(who, of, now)];
    reads.extend(more);
    Batch::write(steps, reads)
}

/// Which works there are. Read with [`read_look`].
#[must_use]
pub fn look(who: &SessionKey, of: &[GenerationId], now: Timestamp) -> Step {
    LIBRARY_LOOK.step(&sessions::with(who, now, &[ids(of)]))
}

/// Reads [`LIBRARY_LOOK`]: ids, and whether each still runs.
pub fn read_look(rows: &Rows) -> Result<Vec<(String, bool)>, DbError> {
    rows.iter().map(|row| Ok((row.text("id")?.to_owned(), row.integer("open")? == 1))).collect()
}

/// Notes what a new generation was made from, after its row. Fails with `NoParent` if the user has no such generation.
#[must_use]
pub fn parent(who: &[(&'static str, Value)], id: &GenerationId, (parent, relation): (&GenerationId, Relation)) -> Step {
    let more = [("generation", Value::from(id.as_str())), ("parent", Value::from(parent.as_str())), ("relation", Value::from(relation.name()))];
    LIBRARY_PARENT.step(&[who, &more].concat())
}

/// Reads: who asks; which of the one there are; its parents; its children; its siblings.
#[must_use]
pub fn lineage(who: &SessionKey, of: &GenerationId, now: Timestamp) -> Batch {
    let args = sessions::with(who, now, &[("generation", Value::from(of.as_str())), ("limit", Value::from(KIN_MAX))]);
    let kin = [&LINEAGE_PARENTS, &LINEAGE_CHILDREN, &LINEAGE_SIBLINGS].map(|sql| sql.step(&args));
    Batch::read([sessions::user(who, now), look(who, std::slice::from_ref(of), now)].into_iter().chain(kin).collect())
}

/// What each row is to the one that was asked about, beside the rows themselves: a relation's name, or `source` for a picture that was started from.
pub fn read_kin(rows: &Rows) -> Result<Vec<String>, DbError> {
    rows.iter().map(|row| Ok(row.text("kin")?.to_owned())).collect()
}

/// Reads: who asks; the files of works.
#[must_use]
pub fn bundle(who: &SessionKey, of: &[GenerationId], now: Timestamp) -> Batch {
    Batch::read(vec![sessions::user(who, now), BUNDLE_READ.step(&sessions::with(who, now, &[ids(of)]))])
}

/// A file of a work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    /// Whose.
    pub id: String,
    /// The catalogue's id of the model.
    pub model: String,
    /// When it was ordered.
    pub created_at: Timestamp,
    /// Its number.
    pub n: i64,
    /// Where it is kept.
    pub media_key: String,
    /// Its type.
    pub media_type: String,
    /// Its size in bytes.
    pub bytes: i64,
}

/// Reads [`BUNDLE_READ`].
pub fn read_files(rows: &Rows) -> Result<Vec<FileRow>, DbError> {
    let one = |row: Row<'_>| {
        Ok(FileRow {
            id: row.text("id")?.to_owned(),
            model: row.text("model")?.to_owned(),
            created_at: Timestamp::from_ms(row.integer("createdAt")?),
            n: row.integer("n")?,
            media_key: row.text("mediaKey")?.to_owned(),
            media_type: row.text("mediaType")?.to_owned(),
            bytes: row.integer("bytes")?,
        })
    };
    rows.iter().map(one).collect()
}

/// How a generation is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// True if it is a favourite.
    pub favourite: bool,
    /// The folder that it is in.
    pub folder: Option<FolderId>,
    /// What it was made from, if that is still there, and what it is to it.
    pub parent: Option<(GenerationId, Relation)>,
}

impl Kept {
    /// Reads the columns that `shown!` has of it.
    pub fn read(row: Row<'_>) -> Result<Self, DbError> {
        let parent = row.text_or_null("parent")?.and_then(GenerationId::parse);
        Ok(Self {
            favourite: row.integer_or_null("favouriteAt")?.is_some(),
            folder: row.text_or_null("folderId")?.and_then(FolderId::parse),
            parent: parent.zip(row.text_or_null("relation")?.and_then(Relation::from_name)),
        })
    }
}
