//! Words that ask for trouble, one by one (those about webhooks are in `hooks`).

use super::*;
use crate::{replicate::Transfer, time};

#[test]
fn refused_at_creation() {
    for (prompt, status) in [("refused", 422), ("payment", 402), ("throttled", 429), ("broken host", 500)] {
        let mut bench = Bench::new();
        let response = bench.create(prompt);
        assert_eq!(response.status, status, "{prompt}");
        assert_eq!(bench.replicate.predictions().count(), 0, "{prompt}");
        match status {
            429 => {
                assert_eq!(response.header("retry-after"), Some("2"));
                assert_eq!(text(&read(&response), "detail"), "Request was throttled. Your rate limit resets in ~2s.");
            }
            500 => assert!(response.body.starts_with(b"<html>")),
            _ => assert!(!text(&read(&response), "title").is_empty()),
        }
    }
}

#[test]
fn an_answer_that_is_lost_after_the_effect() {
    let mut bench = Bench::new();
    let response = bench.create("lost answer");
    assert_eq!((response.status, response.transfer), (500, Transfer::Dropped));
    bench.pass(60_000);
    assert!(bench.replicate.predictions().all(|prediction| prediction.billed));
}

#[test]
fn runs_that_end_badly() {
    let mut bench = Bench::new();
    let failed = bench.run("please fail");
    assert_eq!((text(&failed, "status"), &failed["output"]), ("failed", &Value::Null));
    assert!(text(&failed, "error").contains("memory"));
    assert!(text(&bench.run("[nsfw]"), "error").starts_with("NSFW content detected."));
    let aborted = bench.run("aborted");
    assert_eq!((text(&aborted, "status"), &aborted["started_at"]), ("aborted", &Value::Null));
    assert!(bench.replicate.predictions().all(|prediction| !prediction.billed));
    assert_eq!(bench.statuses().iter().filter(|status| *status == "aborted").count(), 1);
}

#[test]
fn runs_that_take_their_time() {
    for (prompt, soon, later_ms) in [("slow", "processing", 8_000), ("long queue", "starting", 26_000), ("odd status", "paused", 4_000)] {
        let mut bench = Bench::new();
        let id = text(&read(&bench.create(prompt)), "id").to_owned();
        let seen = |bench: &mut Bench| {
            (0..20).any(|_| {
                bench.pass(500);
                text(&bench.show(&id), "status") == soon
            })
        };
        assert!(seen(&mut bench), "{prompt}");
        bench.pass(later_ms + 8_000);
        assert_eq!(text(&bench.show(&id), "status"), "succeeded", "{prompt}");
    }
    let mut bench = Bench::new();
    let id = text(&read(&bench.create("forever")), "id").to_owned();
    bench.pass(29 * time::MINUTE_MS);
    assert_eq!(text(&bench.show(&id), "status"), "processing");
    bench.pass(2 * time::MINUTE_MS);
    assert_eq!(text(&bench.show(&id), "status"), "failed");
}

#[test]
fn outputs_that_are_not_what_they_should_be() {
    let mut bench = Bench::new();
    let no_output = bench.run("no output");
    assert_eq!((text(&no_output, "status"), &no_output["output"]), ("succeeded", &json!([])));
    assert!(first_url(&bench.run("data output")).starts_with("data:image/webp;base64,"));
    assert!(first_url(&bench.run("foreign output")).starts_with("https://replicate.delivery.example.net/"));
}

#[test]
fn files_that_are_not_what_they_should_be() {
    let mut bench = Bench::new();
    let mut file_of = |prompt: &str| {
        let url = first_url(&bench.run(prompt)).to_owned();
        bench.file(&url)
    };
    let html = file_of("html output");
    assert!(html.header("content-type") == Some("image/webp") && html.body.starts_with(b"<!doctype html>"));
    let svg = file_of("svg output");
    assert!(svg.header("content-type") == Some("image/svg+xml") && svg.body.starts_with(b"<svg"));
    let truncated = file_of("truncated output");
    assert_eq!(truncated.transfer, Transfer::Truncated { declared: truncated.body.len() as u64 * 2 + (1 & declared(&truncated)) });
    assert!(declared(&file_of("huge output")) > 100_000_000);
    assert_eq!(file_of("empty output").body.len(), 0);
    let redirect = file_of("redirect output");
    assert!(redirect.status == 302 && redirect.header("location").is_some_and(|url| url.starts_with("http://169.254.169.254/")));
    assert_eq!(file_of("gone output").status, 404);
    assert_eq!(file_of("no length").transfer, Transfer::Chunked);
}

fn declared(response: &Response) -> u64 {
    match response.transfer {
        Transfer::Truncated { declared } | Transfer::Endless { declared } => declared,
        Transfer::Whole | Transfer::Chunked | Transfer::Dropped => 0,
    }
}
