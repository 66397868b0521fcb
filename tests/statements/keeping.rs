//! How works are kept: favourites, folders, kin, and what is left when something goes.

use crate::{Database, NOW, Work, file, folder_id, id, key, studio};
use atelier::{
    domain::{
        generation::GenerationId,
        library::{FolderId, Place, Relation, ShareId},
    },
    store::{
        Batch, StepError, generations,
        library::{self, Change},
        sessions,
        shares::{self, NewShare},
        shown,
    },
};

fn column(database: &Database, sql: &str) -> Vec<String> {
    database.ask(sql).into_iter().map(|mut row| row.remove(0)).collect()
}

fn to(name: &str) -> Change {
    Change { favourite: None, place: Some(Place::Folder(FolderId::parse(&folder_id(name)).unwrap())) }
}

fn change(database: &Database, user: &str, of: &[GenerationId], change: &Change) -> Result<usize, StepError> {
    let batch = library::change(&key(user), of, change, Vec::new(), NOW);
    let outcome = database.run(&batch);
    outcome.error().map_or_else(|| Ok(library::read_look(outcome.rows(batch.nth_read(1)).unwrap()).unwrap().len()), Err)
}

#[test]
fn only_the_owner_moves_and_marks() {
    let database = studio();
    let ids = file(&database, &[Work::default(), Work { owner: "bob", ..Work::default() }, Work::default()]);
    assert_eq!(change(&database, "ada", &ids, &Change { favourite: Some(true), place: None }), Ok(2));
    assert_eq!(
        column(&database, r#"SELECT "favouriteAt" FROM generation ORDER BY "id""#),
        [NOW.ms().to_string(), String::new(), NOW.ms().to_string()]
    );
    assert_eq!(change(&database, "ada", &ids, &to("aa")), Ok(2));
    assert_eq!(change(&database, "ada", &ids[1..2], &to("aa")), Ok(0), "a stranger's work goes nowhere");
    let of = || column(&database, r#"SELECT "folderId" FROM generation ORDER BY "id""#);
    assert_eq!(of(), [folder_id("aa"), String::new(), folder_id("aa")]);
    // A stranger's folder, and one that is not there: all of it or nothing.
    for folder in ["ab", "zz"] {
        let both = Change { favourite: Some(false), ..to(folder) };
        assert_eq!(change(&database, "ada", &ids, &both), Err(StepError::NotAllowed), "{folder}");
    }
    assert_eq!(column(&database, r#"SELECT count(*) FROM generation WHERE "favouriteAt" IS NOT NULL"#), ["2"]);
    assert_eq!(change(&database, "nobody", &ids, &Change { favourite: Some(false), place: None }), Ok(0));
    // Marked again, it keeps the time of the first.
    let later = library::change(&key("ada"), &ids, &Change { favourite: Some(true), place: None }, Vec::new(), NOW.plus_ms(5));
    database.run(&later);
    assert_eq!(column(&database, r#"SELECT max("favouriteAt") FROM generation"#), [NOW.ms().to_string()]);
    database.connection.execute("DELETE FROM folder WHERE id = ?1", [folder_id("aa")]).unwrap();
    assert_eq!(of(), ["", "", ""], "works stay");
}

#[test]
fn many_are_deleted_as_one_is() {
    let database = studio();
    let works = [Work::default(), Work { status: "running", ..Work::default() }, Work { owner: "bob", ..Work::default() }, Work::default()];
    let ids = file(&database, &works);
    let batch = generations::delete(&key("ada"), &ids, NOW);
    let outcome = database.run(&batch);
    assert!(outcome.committed(&batch));
    let there = library::read_look(outcome.rows(Batch::nth_write(0)).unwrap()).unwrap();
    assert_eq!(there.iter().map(|(_, open)| *open).collect::<Vec<_>>(), [false, true, false]);
    let expected: Vec<_> = ids[1..3].iter().map(ToString::to_string).collect();
    assert_eq!(column(&database, r#"SELECT "id" FROM generation ORDER BY "id""#), expected);
    assert_eq!(column(&database, "SELECT count(*) FROM media_removal"), ["8"], "every name of the two that went");
    assert_eq!(column(&database, "SELECT count(*) FROM generation_word"), ["2"]);
}

fn share(database: &Database, of: &GenerationId) -> ShareId {
    let id = ShareId::new(NOW, |bytes| bytes.fill(7));
    let new = NewShare { id: id.clone(), generation: of.clone(), n: None, recipe: true, expires_at: ShareId::ends(NOW, 1) };
    let outcome = database.run(&shares::create(&key("ada"), &new, NOW));
    assert_eq!(outcome.rows(1).unwrap().changed(), 1);
    id
}

#[test]
fn nothing_of_a_deleted_work_is_left() {
    let database = studio();
    let secret = Work { prompt: "zanzibar".to_owned(), ..Work::default() };
    let ids = file(&database, &[secret, Work { prompt: "a fox".to_owned(), ..Work::default() }]);
    let shared = share(&database, &ids[0]);
    let in_index = || column(&database, "SELECT count(*) FROM generation_search_data WHERE instr(hex(block), hex('anzibar')) > 0")[0] != "0";
    assert!(in_index() && shares::read_shared(database.run(&shares::open(&shared, NOW)).rows(0).unwrap()).unwrap().is_some());
    database.run(&generations::delete(&key("ada"), &ids[..1], NOW));
    assert!(!in_index(), "the words are gone from the index's own pages");
    assert_eq!(shares::read_shared(database.run(&shares::open(&shared, NOW)).rows(0).unwrap()).unwrap(), None);
    for table in ["share", "generation_search WHERE \"prompt\" = 'zanzibar'", "generation_word WHERE \"n\" = 1"] {
        assert_eq!(column(&database, &format!("SELECT count(*) FROM {table}")), ["0"], "{table}");
    }
    database.connection.execute_batch("INSERT INTO generation_search (generation_search) VALUES ('integrity-check')").unwrap();
}

#[test]
fn a_changed_prompt_is_found_by_its_new_words() {
    let database = studio();
    file(&database, &[Work { prompt: "zanzibar".to_owned(), ..Work::default() }]);
    database.connection.execute_batch(r#"UPDATE generation SET "prompt" = 'madagascar'"#).unwrap();
    let count = |word: &str| column(&database, &format!("SELECT count(*) FROM generation_search WHERE generation_search MATCH '{word}'")).remove(0);
    assert_eq!((count("zanzibar"), count("madagascar")), ("0".to_owned(), "1".to_owned()));
}

#[test]
fn everything_goes_with_the_account() {
    let database = studio();
    let ids = file(&database, &[Work { folder: Some("a"), ..Work::default() }, Work { owner: "bob", folder: Some("a"), ..Work::default() }]);
    share(&database, &ids[0]);
    database.connection.execute_batch(r#"DELETE FROM session WHERE "userId" = 'ada'; DELETE FROM "user" WHERE "id" = 'ada'"#).unwrap();
    for table in ["generation", "folder", "share", "generation_word", "generation_search"] {
        assert_eq!(column(&database, &format!(r#"SELECT count(*) FROM {table} WHERE "userId" = 'ada'"#)), ["0"], "{table}");
        let left = if table == "share" { "0" } else { "1" };
        assert_eq!(column(&database, &format!(r#"SELECT count(*) > 0 FROM {table} WHERE "userId" = 'bob'"#)), [left], "{table}");
    }
}

fn born(database: &Database, user: &str, child: &GenerationId, parent: &GenerationId) -> Option<StepError> {
    let who = sessions::asking(&key(user), NOW);
    let batch = Batch::write(vec![library::parent(&who, child, (parent, Relation::Variation))], vec![]);
    database.run(&batch).error()
}

#[test]
fn kin() {
    let database = studio();
    let ids = file(&database, &[Work::default(), Work::default(), Work::default(), Work { owner: "bob", ..Work::default() }, Work::default()]);
    for child in &ids[1..3] {
        assert_eq!(born(&database, "ada", child, &ids[0]), None);
    }
    assert_eq!(born(&database, "ada", &ids[4], &ids[3]), Some(StepError::NoParent), "nobody is made from a stranger's");
    assert_eq!(born(&database, "ada", &ids[4], &id(9, 0)), Some(StepError::NoParent));
    let sql = format!(
        r#"INSERT INTO generation_source ("generationId", "slot", "n", "userId", "parentId", "parentN", "mediaKey", "width", "height")
        VALUES ('{}', 'image', 0, 'ada', '{}', 0, 'k', 1, 1)"#,
        ids[4], ids[0]
    );
    database.connection.execute_batch(&sql).unwrap();
    let kin = |user: &str, of: &GenerationId| {
        let outcome = database.run(&library::lineage(&key(user), of, NOW));
        [2, 3, 4].map(|step| {
            let rows = outcome.rows(step).unwrap();
            let ids = shown::read_all(rows).unwrap().into_iter().map(|row| row.id);
            ids.zip(library::read_kin(rows).unwrap()).collect::<Vec<_>>()
        })
    };
    let is = |n: usize, relation: &str| (ids[n].clone(), relation.to_owned());
    assert_eq!(kin("ada", &ids[0]), [vec![], vec![is(4, "source"), is(2, "variation"), is(1, "variation")], vec![]]);
    assert_eq!(kin("ada", &ids[1]), [vec![is(0, "variation")], vec![], vec![is(2, "variation")]]);
    assert_eq!(kin("ada", &ids[4]), [vec![is(0, "source")], vec![], vec![]]);
    assert_eq!(kin("bob", &ids[0]), [vec![], vec![], vec![]]);
    // The parent goes: its children stay, and name nobody.
    database.run(&generations::delete(&key("ada"), &ids[..1], NOW));
    assert_eq!(kin("ada", &ids[1])[0], []);
    let batch = generations::get(&key("ada"), &ids[1], NOW);
    let row = shown::read_all(database.run(&batch).rows(1).unwrap()).unwrap().remove(0);
    assert_eq!(row.kept.parent, None);
}

#[test]
fn links_end() {
    let database = studio();
    let ids = file(&database, &[Work::default()]);
    let shared = share(&database, &ids[0]);
    let open = |at| shares::read_shared(database.run(&shares::open(&shared, at)).rows(0).unwrap()).unwrap();
    let end = ShareId::ends(NOW, 1);
    assert!(open(end.plus_ms(-1)).is_some() && open(end).is_none());
    let count = || column(&database, "SELECT count(*) FROM share").remove(0);
    database.run(&Batch::write(vec![shares::forget(end.plus_ms(-1))], vec![]));
    assert_eq!(count(), "1");
    database.run(&shares::delete(&key("bob"), &shared, NOW));
    assert_eq!(count(), "1", "a stranger takes nothing back");
    database.run(&Batch::write(vec![shares::forget(end)], vec![]));
    assert_eq!(count(), "0");
}
