//! What is found: every filter alone and with others, against a filter written down again as plainly as possible.

use crate::{NOW, Work, file, folder_id, id, key, studio};
use atelier::{
    domain::{
        generation::{GenerationId, Status},
        library::{Filter, FolderId, Place, Ratio},
        search,
    },
    store::{STATEMENTS, library, shown},
};
use proptest::prelude::*;

const MODELS: [&str; 3] = ["flux-schnell", "kling-2.1", "gone-1.0"];
/// As they are shown: a work that is being saved is a row of one that runs.
const STATUSES: [&str; 5] = ["queued", "running", "saving", "succeeded", "failed"];
const INPUTS: [&str; 4] = ["{}", r#"{"aspectRatio":"16:9"}"#, r#"{"aspectRatio":"1:1"}"#, r#"{"aspectRatio":"match_input_image"}"#];
const SIDES: [(i64, i64); 4] = [(64, 64), (1344, 768), (1280, 720), (1500, 768)];
/// Words as they are written, and as the index has them.
const WORDS: [(&str, &str); 6] = [("fox", "fox"), ("Foxes", "foxes"), ("crème", "creme"), ("NEAR", "near"), ("été", "ete"), ("sci-fi", "sci fi")];

fn work() -> impl Strategy<Value = Work> {
    let place = prop_oneof![Just(None), Just(Some("a")), Just(Some("b"))];
    let what = (0..3_usize, prop::collection::vec(0..6_usize, 1..4), 0..4_usize, 0..STATUSES.len());
    (prop_oneof![3 => Just("ada"), 1 => Just("bob")], what, 0_i64..6, 0..4_usize, any::<bool>(), place).prop_map(
        |(owner, (model, words, inputs, status), at_ms, sides, favourite, folder)| Work {
            owner,
            model: MODELS[model],
            prompt: words.into_iter().map(|word| WORDS[word].0).collect::<Vec<_>>().join(", "),
            inputs: INPUTS[inputs],
            status: STATUSES[status],
            at_ms,
            sides: Some(SIDES[sides]),
            favourite,
            folder,
        },
    )
}

fn filter() -> impl Strategy<Value = Filter> {
    let models = prop::option::of(prop::sample::subsequence(MODELS.to_vec(), 0..3));
    let statuses = prop::option::of(prop::sample::subsequence(STATUSES.to_vec(), 1..3));
    let ratio = prop::option::of(prop_oneof![Just("16:9"), Just("1:1")]);
    let place = prop::option::of(prop_oneof![Just(None), Just(Some("a")), Just(Some("b"))]);
    let words = prop::option::of(prop::sample::select(vec!["fox", "creme", "ÉTÉ fox", "\"sci fi\"", "sci-f", "near", "\"fox\"", "!", "foxes creme"]));
    let times = (prop::option::of(0_i64..6), prop::option::of(0_i64..6));
    (models, statuses, ratio, prop::option::of(any::<bool>()), place, times, words).prop_map(
        |(models, statuses, ratio, favourite, place, (from, to), words)| Filter {
            models: models.map(|models| models.into_iter().map(str::to_owned).collect()),
            statuses: statuses.map(|statuses| statuses.into_iter().filter_map(Status::from_name).collect()),
            ratio: ratio.and_then(Ratio::parse),
            favourite,
            place: place.map(|name| name.map_or(Place::NoFolder, |name| Place::Folder(FolderId::parse(&folder_id(&format!("{name}a"))).unwrap()))),
            from: from.map(|ms| NOW.plus_ms(ms)),
            to: to.map(|ms| NOW.plus_ms(ms)),
            words: words.map(search::query),
        },
    )
}

/// True if the words of a query are in a prompt: each phrase in its order, the last word as a beginning where it says so.
fn says(query: &str, prompt: &str) -> bool {
    let fold = |text: &str| WORDS.iter().fold(text.to_lowercase(), |text, (written, folded)| text.replace(&written.to_lowercase(), folded));
    let words: Vec<_> = fold(prompt).split([' ', ',', '-']).filter(|word| !word.is_empty()).map(str::to_owned).collect();
    query.split(" AND ").all(|phrase| {
        let goes_on = phrase.ends_with('*');
        let wanted: Vec<_> = fold(phrase.trim_matches(['"', '*'])).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        let fits = |at: &[String]| {
            at.iter().zip(&wanted).enumerate().all(|(n, (word, wanted_word))| {
                if goes_on && n + 1 == wanted.len() { word.starts_with(wanted_word.as_str()) } else { word == wanted_word }
            })
        };
        !wanted.is_empty() && words.windows(wanted.len()).any(fits)
    })
}

fn wanted(filter: &Filter, work: &Work) -> bool {
    let ratio = |ratio: Ratio| match work.inputs {
        r#"{"aspectRatio":"16:9"}"# => (ratio.width, ratio.height) == (16, 9),
        r#"{"aspectRatio":"1:1"}"# => (ratio.width, ratio.height) == (1, 1),
        _ => work.sides.filter(|_| work.status == "succeeded").is_some_and(|(width, height)| {
            let off = (width * ratio.height - height * ratio.width).abs() * 100;
            off <= 3 * height * ratio.width
        }),
    };
    let place = |place: &Place| match place {
        Place::NoFolder => work.folder.is_none(),
        Place::Folder(id) => work.folder.is_some_and(|name| folder_id(&format!("{name}a")) == id.as_str()),
    };
    work.owner == "ada"
        && filter.models.as_ref().is_none_or(|models| models.iter().any(|model| model == work.model))
        && filter.statuses.as_ref().is_none_or(|statuses| statuses.iter().any(|status| status.name() == work.status))
        && filter.ratio.is_none_or(ratio)
        && filter.favourite.is_none_or(|favourite| favourite == work.favourite)
        && filter.place.as_ref().is_none_or(place)
        && filter.from.is_none_or(|from| NOW.plus_ms(work.at_ms) >= from)
        && filter.to.is_none_or(|to| NOW.plus_ms(work.at_ms) < to)
        && filter.words.as_ref().is_none_or(|words| says(words, &work.prompt))
}

/// Pages of a filter, put together.
fn found(database: &crate::Database, user: &str, filter: &Filter, limit: usize) -> Vec<GenerationId> {
    let mut all: Vec<GenerationId> = Vec::new();
    loop {
        let batch = library::page(&key(user), filter, all.last(), limit, 50, NOW);
        let outcome = database.run(&batch);
        let page = shown::read_all(outcome.rows(batch.nth_read(1)).unwrap_or_else(|_| panic!("{:?}", outcome.error()))).unwrap();
        let ended = page.len() < limit;
        all.extend(page.into_iter().map(|row| row.id));
        if ended {
            return all;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn as_the_reference(works in prop::collection::vec(work(), 0..40), filters in prop::collection::vec(filter(), 8), limit in 1_usize..7) {
        let database = studio();
        file(&database, &works);
        for filter in filters {
            let mut expected: Vec<_> = works.iter().enumerate().filter(|(_, work)| wanted(&filter, work)).map(|(n, work)| id(n, work.at_ms)).collect();
            expected.sort_by(|a, b| b.cmp(a));
            prop_assert_eq!(found(&database, "ada", &filter, limit), expected, "{:?}", filter);
        }
    }

    /// Whatever is typed, the index understands the query.
    #[test]
    fn nothing_is_a_mistake_of_syntax(text in "\\PC{0,40}|[\"*():^+{}a-z -]{0,40}|(AND|OR|NOT|NEAR|userId|prompt|\"|:| |\\x00|\\*){0,12}") {
        let database = studio();
        file(&database, &[Work { prompt: text.clone(), ..Work::default() }, Work { owner: "bob", prompt: text.clone(), ..Work::default() }]);
        let words = Some(search::query(&text));
        let ours = found(&database, "ada", &Filter { words, ..Filter::default() }, 5);
        prop_assert!(ours.len() <= 1);
    }
}

#[test]
fn words_of_others_are_never_found() {
    let database = studio();
    let secret = Work { owner: "bob", prompt: "bob's secret userId ada".to_owned(), ..Work::default() };
    file(&database, &[Work::default(), secret]);
    for text in ["secret", "bob", "ada", "bob's secret", "\"userId ada\"", "userId:bob", "token of bob"] {
        assert_eq!(found(&database, "ada", &Filter { words: Some(search::query(text)), ..Filter::default() }, 5), [], "{text}");
    }
    // Without a session there is nobody whose words there are.
    assert_eq!(found(&database, "nobody", &Filter { words: Some(search::query("fox")), ..Filter::default() }, 5), []);
    assert_eq!(found(&database, "nobody", &Filter::default(), 5), []);
}

#[test]
fn works_from_before_there_was_a_library_are_found() {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    let mut files: Vec<_> =
        std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        if file.ends_with("0010_library.sql") {
            let sql = r#"INSERT INTO "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt") VALUES ('ada', 'x', 'ada', 0, '', '');
                INSERT INTO session ("id", "expiresAt", "token", "createdAt", "updatedAt", "userId") VALUES ('ada', '9999-12-31T00:00:00.000Z', 'token of ada', '', '', 'ada');
                INSERT INTO generation ("id", "userId", "model", "prompt", "inputs", "status", "price", "createdAt", "checkAt", "host")
                  VALUES ('00000000000000000000000001', 'ada', 'm', 'Crème brûlée', '{}', 'queued', 1, 0, 0, 'h');"#;
            connection.execute_batch(sql).unwrap();
        }
        connection.execute_batch(&std::fs::read_to_string(file).unwrap()).unwrap();
    }
    let database = crate::Database::copy(&connection);
    assert_eq!(found(&database, "ada", &Filter { words: Some(search::query("brulee")), ..Filter::default() }, 5).len(), 1);
}

/// A search begins with the index, and a page with the owner's own rows in their order: neither looks at everybody's.
#[test]
fn plans() {
    let database = studio();
    let plan = |name: &str| {
        let sql = STATEMENTS.iter().flat_map(|file| file.iter()).find(|sql| sql.name == name).unwrap();
        let mut statement = database.connection.prepare(&format!("EXPLAIN QUERY PLAN {}", sql.text)).unwrap();
        let count = statement.parameter_count();
        let rows = statement.query_map(rusqlite::params_from_iter(vec![rusqlite::types::Null; count]), |row| row.get::<_, String>(3)).unwrap();
        rows.map(Result::unwrap).collect::<Vec<_>>()
    };
    let list = plan("LIBRARY_LIST");
    assert!(list[0].contains("SEARCH g USING INDEX generation_user (userId=? AND id>? AND id<?)"), "{list:?}");
    assert!(!list.iter().any(|line| line.contains("TEMP B-TREE")), "{list:?}");
    let search = plan("LIBRARY_SEARCH");
    assert!(search[0].contains("SCAN f VIRTUAL TABLE"), "{search:?}");
    for alias in ["w", "g"] {
        assert!(search.iter().any(|line| line.starts_with(&format!("SEARCH {alias} USING"))), "{search:?}");
    }
}
