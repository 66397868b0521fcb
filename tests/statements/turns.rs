//! Who has a turn at a host.

use crate::{Database, NOW, Work, file, studio};
use atelier::{
    domain::generation::GenerationId,
    store::turns::{self, Work as Order},
    vendors::hosts::RunId,
};

/// One that waits for its turn, of a plan that lets one be at hosts.
fn waiting(database: &Database) -> GenerationId {
    let id = file(database, &[Work { status: "queued", sides: None, ..Work::default() }]).remove(0);
    database.connection.execute(r#"UPDATE generation SET "turns" = 1, "host" = 'replicate', "sentAt" = NULL"#, []).unwrap();
    id
}

fn run(name: &str) -> RunId {
    RunId::parse(name).unwrap()
}

fn take(database: &Database, id: &GenerationId, by: &RunId) -> Order {
    let outcome = database.run(&turns::take(id, by, NOW));
    turns::read_work(outcome.rows(2).unwrap()).unwrap().unwrap()
}

/// True if it was put back.
fn give(database: &Database, id: &GenerationId, holder: Option<&RunId>) -> bool {
    database.run(&turns::give(id, holder, "fal")).rows(0).unwrap().first().is_some()
}

/// Seed 2942 of the simulation: every host was busy, the order was put back, and the answer to that was lost. It was put back again when somebody else had
/// taken the turn; so a third one took it too, and the order ran twice.
#[test]
fn only_who_holds_a_turn_gives_it_back() {
    let database = studio();
    let id = waiting(&database);
    let (first, second, third) = (run("the-first-run"), run("the-second-run"), run("the-third-run"));
    assert!(take(&database, &id, &first).taken);
    assert!(give(&database, &id, Some(&first)));
    assert!(take(&database, &id, &second).taken);
    // The same again, after an answer that was lost.
    assert!(!give(&database, &id, Some(&first)));
    assert!(!give(&database, &id, None));
    assert!(!take(&database, &id, &third).taken);
    let order = take(&database, &id, &second);
    assert!(order.taken);
    assert_eq!(order.host, "fal");
    assert!(give(&database, &id, Some(&second)));
}

#[test]
fn what_never_waited_is_given_back_by_its_owner_once() {
    let database = studio();
    let id = waiting(&database);
    database.connection.execute(r#"UPDATE generation SET "sentAt" = 1"#, []).unwrap();
    let later = run("the-first-run");
    assert!(!take(&database, &id, &later).taken);
    assert!(!give(&database, &id, Some(&later)));
    assert!(give(&database, &id, None));
    assert!(!give(&database, &id, None));
    assert!(take(&database, &id, &later).taken);
    assert!(!give(&database, &id, None));
}
