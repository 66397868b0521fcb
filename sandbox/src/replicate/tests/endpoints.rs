//! Every endpoint about predictions and models.

use super::*;
use crate::time;

#[test]
fn a_prediction_has_every_field_from_birth_to_removal() {
    let mut bench = Bench::new();
    let created = bench.create("a lake");
    assert_eq!(created.status, 201);
    let created = read(&created);
    let id = text(&created, "id").to_owned();
    assert!(id.len() == 26 && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
    assert_eq!(text(&created, "status"), "starting");
    assert_eq!(text(&created, "version"), "hidden");
    assert_eq!(text(&created, "model"), "black-forest-labs/flux-schnell");
    assert_eq!(text(&created, "created_at"), "2026-01-01T00:00:00.000Z");
    assert_eq!(created["urls"]["get"], format!("{API}/predictions/{id}"));
    assert_eq!(created["urls"]["cancel"], format!("{API}/predictions/{id}/cancel"));
    for name in ["output", "error", "started_at", "completed_at"] {
        assert!(created[name].is_null(), "{name}");
    }
    bench.pass(400);
    assert_eq!(text(&bench.show(&id), "status"), "processing");
    bench.pass(5_000);
    let done = bench.show(&id);
    assert_eq!(text(&done, "status"), "succeeded");
    assert_eq!(done["output"].as_array().map(Vec::len), Some(1));
    assert!(done["metrics"]["predict_time"].as_f64().expect("seconds") < done["metrics"]["total_time"].as_f64().expect("seconds"));
    assert!(text(&done, "logs").contains("100%"));
    let url = first_url(&done).to_owned();
    assert_eq!(bench.file(&url).status, 200);
    bench.pass(time::HOUR_MS);
    let removed = bench.show(&id);
    assert_eq!(removed["data_removed"], true);
    assert_eq!((&removed["output"], text(&removed, "status")), (&Value::Null, "succeeded"));
    assert_eq!(bench.file(&url).status, 404);
    let audit = bench.replicate.predictions().next().expect("one prediction");
    assert!(audit.billed && audit.data_removed && audit.files == 1);
}

#[test]
fn versions_come_in_three_forms() {
    let mut bench = Bench::new();
    let model = read(&bench.get("/models/black-forest-labs/flux-schnell"));
    let hash = text(&model["latest_version"], "id").to_owned();
    for (version, shown) in [
        ("black-forest-labs/flux-schnell".to_owned(), "hidden"),
        (format!("black-forest-labs/flux-schnell:{hash}"), hash.as_str()),
        (hash.clone(), hash.as_str()),
    ] {
        let created = bench.post("/predictions", &json!({"version": version, "input": {"prompt": "x"}}));
        assert_eq!((created.status, text(&read(&created), "version")), (201, shown));
    }
    let unknown = bench.post("/predictions", &json!({"version": "0".repeat(64), "input": {"prompt": "x"}}));
    assert_eq!(unknown.status, 422);
    assert_eq!(text(&read(&unknown), "title"), "Invalid version or not permitted");
}

#[test]
fn deployments_run_too() {
    let mut bench = Bench::new();
    let created = bench.post("/deployments/atelier/flux-schnell/predictions", &json!({"input": {"prompt": "x"}}));
    assert_eq!(text(&read(&created), "deployment"), "atelier/flux-schnell");
    assert_eq!(bench.post("/deployments/a/b/predictions", &json!({"input": {"prompt": "x"}})).status, 404);
}

#[test]
fn one_address_or_several_as_the_model_has_it() {
    let mut bench = Bench::new();
    let many = bench.post("/models/black-forest-labs/flux-dev/predictions", &json!({"input": {"prompt": "x", "num_outputs": 3}}));
    let one = bench.post("/models/ideogram-ai/ideogram-v3-turbo/predictions", &json!({"input": {"prompt": "x"}}));
    bench.pass(10_000);
    assert_eq!(bench.show(text(&read(&many), "id"))["output"].as_array().map(Vec::len), Some(3));
    let url = bench.show(text(&read(&one), "id"))["output"].as_str().expect("one address").to_owned();
    assert_eq!(bench.file(&url).header("content-type"), Some("image/png"));
}

#[test]
fn callers_without_the_token_and_bad_bodies_are_refused() {
    let mut bench = Bench::new();
    let stranger = bench.send("GET", "/replicate/v1/account", &[("Authorization", "Bearer other")], b"");
    assert_eq!((stranger.status, stranger.header("content-type")), (401, Some("application/problem+json")));
    assert_eq!(bench.get("/predictions/nothing").status, 404);
    assert_eq!(bench.get("/models/no/body").status, 404);
    assert_eq!(bench.send("GET", "/elsewhere", &[], b"").status, 404);
    assert_eq!(bench.send("POST", "/replicate/v1/predictions", &[], b"{").status, 400);
    let path = "/models/black-forest-labs/flux-schnell/predictions";
    for (body, names) in [
        (json!({}), "input"),
        (json!({"input": {"prompt": "x", "num_outputs": 9}}), "input.num_outputs"),
        (json!({"input": {"prompt": "x"}, "webhook": "http://example.com/"}), "webhook"),
        (json!({"input": {"prompt": "x"}, "webhook": HOOK, "webhook_events_filter": ["end"]}), "webhook_events_filter"),
    ] {
        let refused = bench.post(path, &body);
        assert_eq!(refused.status, 422);
        assert!(text(&read(&refused), "detail").contains(names), "{body}");
    }
    assert_eq!(bench.replicate.predictions().count(), 0);
}

#[test]
fn pages_of_a_hundred_can_be_followed_both_ways() {
    let mut bench = Bench::new();
    let mut ids = Vec::new();
    for _ in 0..250 {
        ids.insert(0, text(&read(&bench.create("x")), "id").to_owned());
        bench.now_ms += 1_000;
    }
    let follow = |bench: &mut Bench, url: &str| read(&bench.send("GET", url.strip_prefix("http://127.0.0.1:9000").expect("here"), &[], b""));
    let of = |page: &Value| page["results"].as_array().expect("a list").iter().map(|one| text(one, "id").to_owned()).collect::<Vec<_>>();
    let first = read(&bench.get("/predictions"));
    assert_eq!((of(&first), &first["previous"]), (ids[..100].to_vec(), &Value::Null));
    let second = follow(&mut bench, text(&first, "next"));
    let third = follow(&mut bench, text(&second, "next"));
    assert_eq!((of(&second), of(&third), &third["next"]), (ids[100..200].to_vec(), ids[200..].to_vec(), &Value::Null));
    assert_eq!(of(&follow(&mut bench, text(&third, "previous"))), of(&second));

    let after = time::rfc3339(START_MS + 240_000);
    let recent = read(&bench.get(&format!("/predictions?created_after={after}&created_before=2026-01-01T00:04:05Z")));
    assert_eq!(of(&recent), ids[5..10].to_vec());
    assert_eq!(bench.get("/predictions?created_after=yesterday").status, 422);
}

#[test]
fn holding_the_answer_back() {
    let mut bench = Bench::new();
    let path = "/replicate/v1/models/black-forest-labs/flux-schnell/predictions";
    let quick = bench.send("POST", path, &[("Prefer", "wait")], br#"{"input":{"prompt":"x"}}"#).hold.expect("held");
    assert_eq!(bench.replicate.release(bench.now_ms, &quick).map(|response| response.status), None);
    bench.pass(5_000);
    let released = bench.replicate.release(bench.now_ms, &quick).expect("done");
    assert_eq!((released.status, text(&read(&released), "status")), (201, "succeeded"));
    let slow = bench.send("POST", path, &[("Prefer", "wait=2")], br#"{"input":{"prompt":"slow"}}"#).hold.expect("held");
    let expired = bench.replicate.release(slow.until_ms, &slow).expect("time is up");
    assert_eq!((expired.status, text(&read(&expired), "status")), (202, "processing"));
}

#[test]
fn cancelling_by_hand_and_by_deadline() {
    let mut bench = Bench::new();
    let forever = read(&bench.create("forever"));
    bench.pass(10_000);
    let canceled = bench.post(&format!("/predictions/{}/cancel", text(&forever, "id")), &Value::Null);
    assert_eq!((canceled.status, text(&read(&canceled), "status")), (200, "canceled"));
    let again = bench.post(&format!("/predictions/{}/cancel", text(&forever, "id")), &Value::Null);
    assert_eq!((again.status, text(&read(&again), "status")), (200, "canceled"));
    assert_eq!(bench.post("/predictions/nothing/cancel", &Value::Null).status, 404);

    let path = "/replicate/v1/models/black-forest-labs/flux-schnell/predictions";
    for (prompt, ends, billed) in [("slow", "canceled", true), ("long queue", "aborted", false)] {
        let body = json!({"input": {"prompt": prompt}}).to_string();
        let created = read(&bench.send("POST", path, &[("Cancel-After", "5s")], body.as_bytes()));
        assert_eq!(time::parse(text(&created, "deadline")), Some(bench.now_ms + 5_000));
        bench.pass(6_000);
        assert_eq!(text(&bench.show(text(&created, "id")), "status"), ends);
        assert_eq!(bench.replicate.predictions().last().map(|last| last.billed), Some(billed));
    }
    assert_eq!(bench.send("POST", path, &[("Cancel-After", "4s")], br#"{"input":{"prompt":"x"}}"#).status, 422);
}

#[test]
fn the_catalogue() {
    let mut bench = Bench::new();
    assert_eq!(text(&read(&bench.get("/account")), "type"), "organization");
    assert!(text(&read(&bench.get("/webhooks/default/secret")), "key").starts_with("whsec_"));
    for path in [
        "black-forest-labs/flux-schnell",
        "black-forest-labs/flux-dev",
        "black-forest-labs/flux-1.1-pro",
        "ideogram-ai/ideogram-v3-turbo",
        "google/nano-banana",
    ] {
        let model = read(&bench.get(&format!("/models/{path}")));
        let id = text(&model["latest_version"], "id").to_owned();
        let version = read(&bench.get(&format!("/models/{path}/versions/{id}")));
        assert_eq!(version, model["latest_version"]);
        assert_eq!(version["openapi_schema"]["components"]["schemas"]["Input"]["required"], json!(["prompt"]));
    }
    assert_eq!(read(&bench.get("/search?query=ideogram"))["models"].as_array().map(Vec::len), Some(3));
}

#[test]
fn an_outage() {
    let mut bench = Bench::new();
    let created = read(&bench.create("x"));
    bench.replicate.outage(super::super::Outage::Down);
    let down = bench.get("/account");
    assert!(down.status == 503 && serde_json::from_slice::<Value>(&down.body).is_err());
    bench.pass(5_000);
    bench.replicate.outage(super::super::Outage::Up);
    assert_eq!(text(&bench.show(text(&created, "id")), "status"), "succeeded");
}
