//! Words that ask for trouble, and outages.

use super::*;

const BASE64_MODEL: &str = "gpt-image-2";
const URL_MODEL: &str = "sandbox-image";

#[test]
fn endings_by_word() {
    for (word, status, kind, code, billed) in [
        ("refused", 400, "invalid_request_error", json!("invalid_value"), false),
        ("payment", 400, "invalid_request_error", json!("billing_hard_limit_reached"), false),
        ("nsfw", 400, "image_generation_user_error", json!("moderation_blocked"), false),
        ("throttled", 429, "input-images", json!("rate_limit_exceeded"), false),
        ("fail", 500, "server_error", Value::Null, false),
        ("forever", 500, "server_error", Value::Null, false),
    ] {
        let mut openai = openai();
        let response = paint(&mut openai, BASE64_MODEL, word);
        let (given, error) = error(&response);
        assert_eq!((given, &error["type"], &error["code"]), (status, &json!(kind), &code), "{word}");
        assert_eq!(response.header("retry-after"), (status == 429).then_some("2"));
        assert_eq!(openai.requests().next().map(|audit| (audit.billed, audit.files)), Some((billed, 0)), "{word}");
    }
    let broken = paint(&mut openai(), BASE64_MODEL, "broken host");
    assert!(broken.status == 500 && serde_json::from_slice::<Value>(&broken.body).is_err());
}

#[test]
fn delays_by_word() {
    for (prompt, delay_ms) in [("a lake", 14_000), ("slow", 15_000), ("long queue", 44_000), ("slow, long queue", 45_000), ("refused", 0)] {
        assert_eq!(paint(&mut openai(), BASE64_MODEL, prompt).delay_ms, delay_ms, "{prompt}");
    }
    assert!(paint(&mut openai(), BASE64_MODEL, "forever").delay_ms > 30 * 60_000);
    let mut fast = OpenAi::new(Config { speed: 100, ..openai().config });
    assert_eq!(paint(&mut fast, BASE64_MODEL, "a lake").delay_ms, 140);
}

#[test]
fn a_lost_answer_is_paid_for() {
    let mut openai = openai();
    assert_eq!(paint(&mut openai, BASE64_MODEL, "lost answer").transfer, Transfer::Dropped);
    openai.outage(Outage::LostAnswer);
    assert_eq!(paint(&mut openai, URL_MODEL, "a lake").transfer, Transfer::Dropped);
    assert!(openai.requests().all(|audit| audit.billed && audit.files == 1 && audit.status == 200));
}

#[test]
fn outages() {
    let mut openai = openai();
    let url = json_of(&paint(&mut openai, URL_MODEL, "a lake"))["data"][0]["url"].clone();
    openai.outage(Outage::Down);
    assert_eq!(error(&paint(&mut openai, BASE64_MODEL, "x")).0, 503);
    assert_eq!(get(&mut openai, NOW, &url).status, 503);
    openai.outage(Outage::Throttled);
    assert_eq!(error(&paint(&mut openai, BASE64_MODEL, "x")).0, 429);
    openai.outage(Outage::Slow(70_000));
    assert_eq!(paint(&mut openai, BASE64_MODEL, "x").delay_ms, 84_000);
    openai.outage(Outage::Up);
    assert_eq!(get(&mut openai, NOW, &url).status, 200);
    assert_eq!(openai.requests().map(|audit| audit.status).collect::<Vec<_>>(), [200, 429, 200]);
    assert_eq!(Outage::named("odd", 1), None);
}

#[test]
fn pictures_inside_of_an_answer_that_are_none() {
    let inside = |prompt: &str| json_of(&paint(&mut openai(), BASE64_MODEL, prompt))["data"].clone();
    assert_eq!(inside("no output"), json!([]));
    assert!(decoded(&inside("html output")[0]).starts_with(b"<!doctype html>"));
    assert!(decoded(&inside("svg output")[0]).starts_with(b"<svg"));
    assert_eq!(inside("empty output")[0]["b64_json"], "");
    let cut = paint(&mut openai(), BASE64_MODEL, "truncated output");
    assert!(matches!(cut.transfer, Transfer::Truncated { declared } if declared > cut.body.len() as u64));
    let huge = paint(&mut openai(), BASE64_MODEL, "huge output");
    assert!(matches!(huge.transfer, Transfer::Endless { declared } if declared > 100_000_000));
    assert!(huge.body.starts_with(b"{\"created\":"));
    let chunked = paint(&mut openai(), BASE64_MODEL, "no length");
    assert_eq!((chunked.transfer, json_of(&chunked)["data"].as_array().map(Vec::len)), (Transfer::Chunked, Some(1)));
}

#[test]
fn files_that_travel_badly() {
    for (prompt, status, transfer) in [
        ("gone output", 404, Transfer::Whole),
        ("redirect output", 302, Transfer::Whole),
        ("html output", 200, Transfer::Whole),
        ("empty output", 200, Transfer::Whole),
        ("huge output", 200, Transfer::Endless { declared: 120 * 1_024 * 1_024 }),
        ("no length", 200, Transfer::Chunked),
    ] {
        let mut openai = openai();
        let url = json_of(&paint(&mut openai, URL_MODEL, prompt))["data"][0]["url"].clone();
        let file = get(&mut openai, NOW, &url);
        assert_eq!((file.status, file.transfer), (status, transfer), "{prompt}");
    }
    let mut openai = openai();
    let mut url = |prompt: &str| json_of(&paint(&mut openai, URL_MODEL, prompt))["data"][0]["url"].as_str().expect("an address").to_owned();
    assert!(url("data output").starts_with("data:image/png;base64,"));
    assert!(url("foreign output").starts_with("https://images.openai.example.net/"));
    assert!(url("a lake").starts_with(BASE));
}
