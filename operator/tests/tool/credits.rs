//! `credits` against a real database server: each command counts once for its key, and the ledger stays sound.

use crate::audit::sound;
use crate::support::{Server, operator, said};

const SETTLED: &str = "01kdw000000000000000000001";
const FAILED: &str = "01kdw000000000000000000002";

/// Exit code and words of `credits …`.
fn credits(server: &Server, arguments: &str) -> (Option<i32>, String) {
    let output = operator().arg("credits").args(arguments.split(' ')).args(["--url", &server.url()]).output().expect("the tool runs");
    (output.status.code(), said(&output))
}

fn is_sound(server: &Server) {
    let output = operator().args(["ledger", "audit", "--url", &server.url()]).output().expect("the tool runs");
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn a_grant_counts_once() {
    let server = sound();
    let (code, text) = credits(&server, "grant --email ADA@studio.test --credits 40 --kind goodwill --key ticket-1");
    assert!(code == Some(0) && text.starts_with("u1 was given 40 credits until 20") && text.ends_with("(grant operator:ticket-1)\n"), "{text}");
    let (code, text) = credits(&server, "grant --user u1 --credits 40 --kind goodwill --key ticket-1");
    assert!(code == Some(0) && text.contains("before: nothing was done"), "{text}");
    for other in ["--user u1 --credits 41 --kind goodwill", "--user u1 --credits 40 --kind promo", "--user u2 --credits 40 --kind goodwill"] {
        let (code, text) = credits(&server, &format!("grant {other} --key ticket-1"));
        assert!(code == Some(1) && text.contains("the key was used before"), "{text}");
    }
    assert!(server.ask("SELECT sum(amount) FROM credit_grant WHERE source = 'operator:ticket-1'").contains(r#""value":"40""#));
    is_sound(&server);
}

#[test]
fn a_grant_needs_somebody() {
    let server = sound();
    for (arguments, code, words) in [
        ("--user nobody --credits 1 --kind promo --key k", 1, "there is no user nobody"),
        ("--email nobody@x.test --credits 1 --kind promo --key k", 1, "nobody has the address nobody@x.test"),
        ("--credits 1 --kind promo --key k", 2, "to whom?"),
        ("--user u1 --email a --credits 1 --kind promo --key k", 2, "to whom?"),
        ("--user u1 --credits 0 --kind promo --key k", 2, "--credits is a whole number above 0"),
        ("--user u1 --credits 1 --kind plan --key k", 2, "--kind is goodwill or promo"),
        ("--user u1 --credits 1 --kind promo", 2, "--key is missing"),
        ("--user u1 --credits 1 --kind promo --key a/b", 2, "--key is 1 to 100"),
    ] {
        let (status, text) = credits(&server, &format!("grant {arguments}"));
        assert!(status == Some(code) && text.contains(words), "{arguments}: {text}");
    }
    is_sound(&server);
}

#[test]
fn a_refund_counts_once_and_never_exceeds_the_charge() {
    let server = sound();
    let (code, text) = credits(&server, &format!("refund --generation {SETTLED} --credits 40 --key r1"));
    assert_eq!((code, text), (Some(0), format!("40 credits of {SETTLED} were given back\n")));
    let (code, text) = credits(&server, &format!("refund --generation {SETTLED} --credits 40 --key r1"));
    assert!(code == Some(0) && text.contains("before: nothing was done"), "{text}");
    for (arguments, code, words) in [
        (format!("--generation {SETTLED} --credits 41 --key r1"), 1, "the key was used before, for another refund"),
        (format!("--generation {SETTLED} --credits 8 --key r2"), 1, "less than 8 credits were charged"),
        (format!("--generation {FAILED} --credits 1 --key r3"), 1, "nothing was charged for"),
        ("--generation 01kdw000000000000000000009 --credits 1 --key r4".to_owned(), 1, "there was never a generation"),
        ("--generation nothing --credits 1 --key r5".to_owned(), 2, "--generation is the id of a generation"),
        ("--credits 1 --key r6".to_owned(), 2, "--generation is missing"),
    ] {
        let (status, text) = credits(&server, &format!("refund {arguments}"));
        assert!(status == Some(code) && text.contains(words), "{arguments}: {text}");
    }
    let (code, _) = credits(&server, &format!("refund --generation {SETTLED} --credits 7 --key r2"));
    assert_eq!(code, Some(0));
    is_sound(&server);
}
