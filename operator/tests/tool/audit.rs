//! The audit against a real database server: a sound ledger is sound, and whatever was done to it behind its back is found by name.

use std::collections::BTreeSet;
use std::process::Output;

use crate::support::{Server, operator, said};
use atelier::store::ledger::invariants;

const SOUND: &str = include_str!("ledger.sql");

/// What was done to the ledger, with its triggers out of the way, and what has to say so.
const DONE: &[(&str, &[&str], &str)] = &[
    (
        "a balance by hand",
        &["balance_equals_entries", "user_sums_to_zero"],
        r#"UPDATE ledger_account SET "balance" = "balance" + 1 WHERE "id" = 'g:cs_1';"#,
    ),
    ("a debt that is none", &["sign"], r#"UPDATE ledger_account SET "balance" = 5 WHERE "id" = 'u:u1:debt';"#),
    ("a second account", &["accounts_named"], r#"INSERT INTO ledger_account ("id", "userId", "kind") VALUES ('x', 'u1', 'held');"#),
    ("an account gone", &["accounts_complete"], r#"DELETE FROM ledger_account WHERE "id" = 'u:u2:expired';"#),
    ("an entry deleted", &["grant_opened", "balance_equals_entries"], r#"DELETE FROM ledger_entry WHERE "dst" = 'g:in_3';"#),
    ("an entry's amount", &["expired_equals_entries"], r#"UPDATE ledger_entry SET "amount" = 9 WHERE "opId" = 'expire:old:r1';"#),
    ("an entry's user", &["entry_of_command"], r#"UPDATE ledger_entry SET "userId" = 'u2' WHERE "opId" = 'expire:old:r1';"#),
    ("a command deleted", &["entry_of_command", "hold_closed_once"], r#"DELETE FROM ledger_op WHERE "id" = 'settle:01kdw000000000000000000001';"#),
    (
        "a command that does nothing",
        &["command_moves"],
        r#"INSERT INTO ledger_op ("id", "kind", "userId", "digest", "at") VALUES ('expire:x:r1', 'expire', 'u1', '', 1);"#,
    ),
    (
        "a grant without entry",
        &["grant_opened", "issued_equals_grants", "accounts_complete"],
        r#"INSERT INTO credit_grant ("id", "userId", "kind", "source", "amount", "priority", "expiresAt", "createdAt") VALUES ('gift', 'u1', 'promo', 'gift', 9, 5, 9, 9);"#,
    ),
    ("a grant deleted", &["grant_of_command", "parts_owned", "accounts_named"], r#"DELETE FROM credit_grant WHERE "id" = 'in_2';"#),
    (
        "a grant's amount",
        &["grant_opened", "issued_equals_grants", "clawed_as_reversed"],
        r#"UPDATE credit_grant SET "amount" = 5000 WHERE "id" = 'cs_1';"#,
    ),
    (
        "a hold deleted",
        &["hold_of_command", "parts_owned", "command_of_hold"],
        r#"DELETE FROM credit_hold WHERE "id" = '01kdw000000000000000000004';"#,
    ),
    ("a hold's user", &["hold_of_command", "parts_owned"], r#"UPDATE credit_hold SET "userId" = 'u2' WHERE "id" = '01kdw000000000000000000001';"#),
    (
        "a hold closed by hand",
        &["hold_closed_once", "held_equals_open_holds", "generation_has_hold"],
        r#"UPDATE credit_hold SET "state" = 'void', "closedAt" = 9 WHERE "id" = '01kdw000000000000000000003';"#,
    ),
    (
        "a hold opened again",
        &["hold_closed_once", "held_equals_open_holds"],
        r#"UPDATE credit_hold SET "state" = 'open', "closedAt" = NULL WHERE "id" = '01kdw000000000000000000002';"#,
    ),
    (
        "another capture",
        &["hold_parts", "settled_as_captured", "spent_equals_captured", "charged_as_captured"],
        r#"UPDATE credit_hold SET "captured" = 54 WHERE "id" = '01kdw000000000000000000001';"#,
    ),
    ("a part gone", &["hold_parts"], r#"DELETE FROM credit_hold_part WHERE "holdId" = '01kdw000000000000000000001' AND "seq" = 2;"#),
    (
        "a part from elsewhere",
        &["hold_taken", "released_whole"],
        r#"UPDATE credit_hold_part SET "amount" = 5 - "seq" - "seq" WHERE "holdId" = '01kdw000000000000000000002';
           UPDATE credit_hold_part SET "grantId" = 'old' WHERE "holdId" = '01kdw000000000000000000002' AND "seq" = 2;"#,
    ),
    (
        "more refunded than captured",
        &["within_bounds", "refunded_as_entered"],
        r#"UPDATE credit_hold SET "refunded" = 56 WHERE "id" = '01kdw000000000000000000001';"#,
    ),
    (
        "a refund without entries",
        &["refunded_as_entered", "spent_equals_captured"],
        r#"UPDATE credit_hold SET "refunded" = 9 WHERE "id" = '01kdw000000000000000000001';"#,
    ),
    (
        "a claw without entries",
        &["clawed_as_entered", "revoked_equals_clawed", "clawed_as_reversed"],
        r#"UPDATE credit_grant SET "clawed" = 10 WHERE "id" = 'in_3';"#,
    ),
    ("more money back than credits", &["clawed_as_reversed"], r#"UPDATE payment SET "reversed" = 700 WHERE "id" = 'pi_1';"#),
    ("another charge", &["charged_as_captured"], r#"UPDATE generation SET "charged" = 54 WHERE "id" = '01kdw000000000000000000001';"#),
    ("a generation gone", &["hold_has_generation"], r#"DELETE FROM generation WHERE "id" = '01kdw000000000000000000003';"#),
    ("outputs gone", &["outputs_of_success"], "DELETE FROM generation_output;"),
    (
        "a key twice",
        &["one_generation_per_key"],
        r#"INSERT INTO idempotency ("userId", "key", "digest", "generationId", "createdAt") VALUES ('u1', 'a', '', 'g', 1), ('u1', 'b', '', 'g', 1);"#,
    ),
    (
        "a purchase without credits",
        &["paid_checkout_has_grant"],
        r#"INSERT INTO checkout ("id", "userId", "kind", "item", "credits", "state", "sessionId", "createdAt", "expiresAt")
           VALUES ('co_2', 'u1', 'topup', 'pack-500', 500, 'paid', 'cs_2', 1, 2);"#,
    ),
];

/// What went through the triggers, as a mistake of the program would.
const WRITTEN: &[(&str, &[&str], &str)] = &[
    (
        "a purchase granted by its session and by its invoice",
        &["one_grant_per_cause"],
        r#"INSERT INTO ledger_op ("id", "kind", "userId", "digest", "at") VALUES ('grant:in_9', 'grant', 'u1', '', 9);
           INSERT INTO credit_grant ("id", "userId", "kind", "source", "amount", "priority", "expiresAt", "createdAt")
             VALUES ('in_9', 'u1', 'topup', 'in_9', 500, 20, 4102444800000, 9);
           INSERT INTO ledger_account ("id", "userId", "kind") VALUES ('g:in_9', 'u1', 'grant');
           INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at") VALUES ('grant:in_9', 'u1', 'u:u1:issued', 'g:in_9', 500, 9);"#,
    ),
    (
        "a payment granted twice",
        &["one_grant_per_cause"],
        r#"INSERT INTO ledger_op ("id", "kind", "userId", "digest", "at") VALUES ('grant:in_4', 'grant', 'u2', '', 9);
           INSERT INTO credit_grant ("id", "userId", "kind", "source", "chargeRef", "amount", "priority", "expiresAt", "createdAt")
             VALUES ('in_4', 'u2', 'plan', 'in_4', 'pi_3', 150, 10, 4102444800000, 9);
           INSERT INTO ledger_account ("id", "userId", "kind") VALUES ('g:in_4', 'u2', 'grant');
           INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at") VALUES ('grant:in_4', 'u2', 'u:u2:issued', 'g:in_4', 150, 9);"#,
    ),
    (
        "a debt that live credits could repay",
        &["debt_only_when_empty"],
        r#"INSERT INTO payment ("id", "charged", "reversed", "chargeId", "seenAt") VALUES ('pi_3', 100, 10, 'ch_3', 9);
           INSERT INTO ledger_op ("id", "kind", "userId", "ref", "digest", "at") VALUES ('claw:in_3:9', 'claw', 'u2', 'in_3', '', 9);
           INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at") VALUES ('claw:in_3:9', 'u2', 'u:u2:debt', 'u:u2:revoked', 15, 9);
           UPDATE credit_grant SET "clawed" = 15, "clawSeen" = 9 WHERE "id" = 'in_3';"#,
    ),
    (
        "a movement that is not its command's",
        &["entry_fits_command"],
        r#"INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at") VALUES ('expire:old:r1', 'u1', 'u:u1:spent', 'g:cs_1', 1, 9);"#,
    ),
    ("a trigger dropped", &["triggers_stand"], "DROP TRIGGER ledger_entry_no_update;"),
];

/// A server with the project's own schema and a sound ledger.
pub fn sound() -> Server {
    let server = Server::migrated();
    server.run(SOUND);
    server
}

fn audit(server: &Server, more: &[&str]) -> Output {
    operator().args(["ledger", "audit", "--url", &server.url()]).args(more).output().expect("the tool runs")
}

fn broken(output: &Output) -> BTreeSet<String> {
    said(output).lines().filter_map(|line| line.split_once(": broken: ")).map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn a_sound_ledger_is_sound() {
    let server = sound();
    let output = audit(&server, &[]);
    let expected = format!("{} invariants hold over 22 entries of 2 users\n", invariants::all().len());
    assert_eq!((output.status.code(), said(&output)), (Some(0), expected));
    let output = audit(&server, &["--rebuild"]);
    assert!(said(&output).starts_with("every balance is what its entries add up to: nothing to rebuild\n"), "{}", said(&output));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn an_account_that_is_gone_leaves_a_sound_ledger() {
    let server = sound();
    server.run(r#"DELETE FROM "user" WHERE "id" = 'u1';"#);
    let output = audit(&server, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

#[test]
fn what_is_done_to_a_ledger_is_found_by_name() {
    let mut found = BTreeSet::new();
    let cases = DONE.iter().map(|case| (case, false)).chain(WRITTEN.iter().map(|case| (case, true)));
    for ((what, expected, sql), through_triggers) in cases {
        let server = sound();
        if through_triggers {
            server.run(&format!("BEGIN;\n{sql}\nCOMMIT;"));
        } else {
            server.corrupt(sql);
        }
        let output = audit(&server, &[]);
        assert_eq!(output.status.code(), Some(1), "{what}: {}", said(&output));
        let names = broken(&output);
        for name in *expected {
            assert!(names.contains(*name), "{what}: {name} does not say so: {}", said(&output));
        }
        found.extend(names);
    }
    // Each of them is of use.
    let all: BTreeSet<String> = invariants::all().iter().map(|one| one.name.to_owned()).collect();
    assert_eq!(found, all);
}

#[test]
fn balances_are_rebuilt_from_entries() {
    let server = sound();
    server.corrupt(r#"UPDATE ledger_account SET "balance" = 7 WHERE "id" IN ('g:cs_1', 'u:u2:held');"#);
    assert_eq!(audit(&server, &[]).status.code(), Some(1));
    let output = audit(&server, &["--rebuild"]);
    let text = said(&output);
    assert!(text.contains("g:cs_1 said 7, its entries say 250: set\n") && text.contains("u:u2:held said 7, its entries say 0: set\n"), "{text}");
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert_eq!(audit(&server, &[]).status.code(), Some(0));
}

#[test]
fn entries_that_are_wrong_themselves_are_not_built_upon() {
    let server = sound();
    server.run(
        r#"DROP TRIGGER ledger_entry_no_delete; DELETE FROM ledger_entry WHERE "opId" = 'grant:in_3' AND "dst" = 'g:in_3';
           UPDATE ledger_account SET "balance" = 7 WHERE "id" = 'u:u1:held';"#,
    );
    let output = audit(&server, &["--rebuild"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("no balance was changed"), "{}", said(&output));
    assert!(server.ask("SELECT balance FROM ledger_account WHERE id = 'u:u1:held'").contains(r#""value":"7""#));
}

#[test]
fn what_cannot_be_asked_is_neither() {
    let server = Server::start();
    let output = audit(&server, &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("the database is older than this checkout"), "{}", said(&output));
    for (arguments, words) in [
        (&["ledger", "audit", "--url", "http://127.0.0.1:1"][..], "no database answers"),
        (&["ledger", "audit"], "no database: give --url"),
        (&["ledger", "audit", "--nope"], "there is no flag `--nope`"),
        (&["ledger", "balance"], "there is no command `ledger balance`"),
    ] {
        let output = operator().args(arguments).output().expect("the tool runs");
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains(words), "{}", said(&output));
    }
}
