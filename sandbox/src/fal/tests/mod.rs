//! The machine as a whole: a request from its submit to its webhook, and all that can go wrong on the way.

mod files;
mod hooks;
mod sources;

use super::*;
use crate::{
    exchange::Transfer,
    fetching::Fetched,
    picture::{Format, Order, Source, render},
    time::{DAY_MS, HOUR_MS},
};
use serde_json::json;

const NOW: i64 = 1_767_225_600_000;
const HOOK: &str = "https://studio.example/hook";

fn fal() -> Fal {
    limited(40)
}

fn limited(concurrency: usize) -> Fal {
    Fal::new(Config {
        key: "id:secret".into(),
        user_id: "github|1".into(),
        base_url: "http://127.0.0.1:9000/fal".into(),
        seed: 7,
        pictures: Pictures::Small,
        speed: 1,
        concurrency,
    })
}

fn send(fal: &mut Fal, now_ms: i64, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
    let path = path.strip_prefix("http://127.0.0.1:9000/fal").unwrap_or(path);
    let mut headers: Vec<(String, String)> = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    headers.push(("Authorization".to_owned(), "Key id:secret".to_owned()));
    fal.handle(now_ms, &Request { method: method.into(), path: format!("/fal{path}"), headers, body: body.to_vec() })
}

fn json_of(response: &Response) -> Value {
    serde_json::from_slice(&response.body).expect("JSON")
}

fn submit(fal: &mut Fal, now_ms: i64, model: &str, input: &Value, headers: &[(&str, &str)]) -> Value {
    let path = format!("/queue/{model}?fal_webhook={}", exchange::encode(HOOK));
    let response = send(fal, now_ms, "POST", &path, headers, input.to_string().as_bytes());
    assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&response.body));
    json_of(&response)
}

fn paint(fal: &mut Fal, prompt: &str) -> Value {
    submit(fal, NOW, "fal-ai/flux/dev", &json!({"prompt": prompt}), &[])
}

fn get(fal: &mut Fal, now_ms: i64, path: &Value) -> Response {
    send(fal, now_ms, "GET", path.as_str().expect("an address"), &[], b"")
}

fn picture(prompt: &str) -> Vec<u8> {
    render(&Order { prompt, seed: 1, width: 40, height: 20, format: Format::Png, quality: 80 })
}

fn picture_size(bytes: &[u8]) -> (u32, u32) {
    Source::read(bytes).expect("a picture").size()
}

/// Lets it go on until nothing more happens before `until_ms`; every webhook is accepted, every address is a picture of the sea.
fn settle(fal: &mut Fal, until_ms: i64) -> Vec<(i64, Value)> {
    settle_with(fal, until_ms, &Fetched::Bytes(picture("sea")))
}

fn settle_with(fal: &mut Fal, until_ms: i64, fetched: &Fetched) -> Vec<(i64, Value)> {
    let mut bodies = Vec::new();
    while let Some(at_ms) = fal.next_due().filter(|at_ms| *at_ms <= until_ms) {
        let deliveries = fal.advance(at_ms);
        for fetch in fal.fetches() {
            fal.fetched(at_ms, fetch.id, fetched.clone());
        }
        for delivery in deliveries {
            bodies.push((at_ms, serde_json::from_slice(&delivery.body).expect("JSON")));
            fal.delivered(&delivery.id, Some(200), at_ms);
        }
    }
    bodies
}

#[test]
fn a_request_goes_through_its_states_to_a_picture_and_one_webhook() {
    let mut fal = fal();
    let queued = paint(&mut fal, "a lake");
    assert_eq!((queued["status"].as_str(), queued["queue_position"].as_u64()), (Some("IN_QUEUE"), Some(0)));
    assert_eq!(queued["gateway_request_id"], queued["request_id"]);
    let id = queued["request_id"].as_str().expect("an id");
    assert_eq!(queued["status_url"], json!(format!("http://127.0.0.1:9000/fal/queue/fal-ai/flux/requests/{id}/status")));
    assert_eq!(get(&mut fal, NOW, &queued["response_url"]).status, 400);
    let running = json_of(&get(&mut fal, NOW + 1_500, &queued["status_url"]));
    assert_eq!((running["status"].as_str(), &running["logs"]), (Some("IN_PROGRESS"), &Value::Null));
    let logs = json_of(&get(&mut fal, NOW + 1_500, &json!(format!("{}?logs=1", queued["status_url"].as_str().expect("an address")))));
    assert_eq!(logs["logs"][0]["level"], "INFO");
    let hooks = settle(&mut fal, NOW + 10_000);
    let done = json_of(&get(&mut fal, NOW + 10_000, &queued["status_url"]));
    assert_eq!((done["status"].as_str(), done.get("error")), (Some("COMPLETED"), None));
    assert!(done["metrics"]["inference_time"].as_f64().is_some_and(|seconds| (1.9..3.0).contains(&seconds)), "{done}");
    let result = json_of(&get(&mut fal, NOW + 10_000, &queued["response_url"]));
    assert_eq!((&result["prompt"], &result["has_nsfw_concepts"]), (&json!("a lake"), &json!([false])));
    assert_eq!(hooks.len(), 1);
    assert_eq!(hooks[0].1, json!({"request_id": id, "gateway_request_id": id, "status": "OK", "payload": result}));
    let image = &result["images"][0];
    assert_eq!((&image["content_type"], &image["width"], &image["height"]), (&json!("image/jpeg"), &json!(64), &json!(48)));
    let file = get(&mut fal, NOW + 10_000, &image["url"]);
    assert_eq!((file.status, file.header("content-type"), picture_size(&file.body)), (200, Some("image/jpeg"), (64, 48)));
    assert_eq!(get(&mut fal, NOW + 10_000 + 7 * DAY_MS, &image["url"]).status, 404);
    assert_eq!(get(&mut fal, NOW + 31 * DAY_MS, &queued["response_url"]).status, 404);
    let audit = fal.requests().next().expect("a request");
    assert!((audit.billed, audit.data_removed, audit.result, audit.files) == (true, true, Some(200), 1), "{audit:?}");
}

#[test]
fn every_model_answers_in_its_shape() {
    let source = "https://a.example/x.png";
    for (model, input, keys, files) in [
        ("fal-ai/flux/schnell", json!({"prompt": "x", "num_images": 3, "seed": 4}), "has_nsfw_concepts images prompt seed timings", 3),
        ("fal-ai/flux-pro/v1.1", json!({"prompt": "x"}), "has_nsfw_concepts images prompt seed timings", 1),
        ("fal-ai/flux-pro/kontext", json!({"prompt": "x", "image_url": source}), "has_nsfw_concepts images prompt seed timings", 1),
        ("fal-ai/nano-banana", json!({"prompt": "x"}), "description images", 1),
        ("fal-ai/nano-banana/edit", json!({"prompt": "x", "image_urls": [source]}), "description images", 1),
        ("fal-ai/bytedance/seedream/v4.5/text-to-image", json!({"prompt": "x", "num_images": 2, "max_images": 2}), "images seed", 4),
        ("fal-ai/bytedance/seedream/v4.5/edit", json!({"prompt": "x", "image_urls": [source, source]}), "images", 1),
        ("fal-ai/bytedance/seedance/v1/pro/text-to-video", json!({"prompt": "x"}), "seed video", 1),
        ("fal-ai/bytedance/seedance/v1/pro/image-to-video", json!({"prompt": "x", "image_url": source}), "seed video", 1),
        ("fal-ai/kling-video/v2.5-turbo/pro/image-to-video", json!({"prompt": "x", "image_url": source}), "video", 1),
        ("fal-ai/ideogram/v3", json!({"prompt": "x"}), "images seed", 1),
        ("fal-ai/recraft/v3/text-to-image", json!({"prompt": "x"}), "images", 1),
        ("fal-ai/ideogram/v3/edit", json!({"prompt": "x", "image_url": source, "mask_url": source}), "images seed", 1),
        ("fal-ai/esrgan", json!({"image_url": source}), "image", 1),
        ("fal-ai/birefnet/v2", json!({"image_url": source}), "image", 1),
    ] {
        let mut fal = fal();
        let queued = submit(&mut fal, NOW, model, &input, &[]);
        settle(&mut fal, NOW + HOUR_MS);
        let result = json_of(&get(&mut fal, NOW + HOUR_MS, &queued["response_url"]));
        let given: Vec<&str> = result.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(given.join(" "), keys, "{model}");
        let first = [&result["images"][0], &result["image"], &result["video"]].into_iter().find(|file| file.is_object()).expect("a file");
        let file = get(&mut fal, NOW + HOUR_MS, &first["url"]);
        assert_eq!((file.status, file.header("content-type")), (200, first["content_type"].as_str()), "{model}");
        match file.header("content-type") {
            Some("video/mp4") => assert_eq!(&file.body[4..12], b"ftypisom", "{model}"),
            _ => assert!(picture_size(&file.body).0 > 0, "{model}"),
        }
        assert_eq!(fal.requests().next().map(|audit| audit.files), Some(files), "{model}");
    }
}

#[test]
fn what_is_wrong_with_an_input_is_the_result_and_not_billed() {
    let mut fal = fal();
    let queued = submit(&mut fal, NOW, "fal-ai/flux-pro/v1.1", &json!({"safety_tolerance": 2}), &[]);
    let hooks = settle(&mut fal, NOW + 10_000);
    let status = json_of(&get(&mut fal, NOW + 10_000, &queued["status_url"]));
    assert_eq!((status["status"].as_str(), status.get("error")), (Some("COMPLETED"), None));
    let result = get(&mut fal, NOW + 10_000, &queued["response_url"]);
    assert_eq!((result.status, result.header("x-fal-retryable")), (422, Some("false")));
    let body = json_of(&result);
    assert_eq!((&body["detail"][0]["loc"], &body["detail"][0]["type"]), (&json!(["body", "prompt"]), &json!("missing")));
    assert_eq!(body["detail"][1]["type"], "literal_error");
    assert_eq!((&hooks[0].1["status"], &hooks[0].1["error"]), (&json!("ERROR"), &json!("Invalid status code: 422")));
    assert_eq!(hooks[0].1["payload"], body);
    assert!(!fal.requests().next().expect("a request").billed);
}

#[test]
fn endings_by_word() {
    for (word, status, error_type, kind, billed) in [
        ("fail", 500, Some("runner_server_error"), None, false),
        ("nsfw", 422, None, Some("content_policy_violation"), true),
        ("aborted", 503, Some("runner_scheduling_failure"), None, false),
        ("forever", 504, Some("request_timeout"), None, false),
        ("odd status", 200, None, None, true),
    ] {
        let mut fal = fal();
        let queued = paint(&mut fal, word);
        let hooks = settle(&mut fal, NOW + HOUR_MS);
        let result = get(&mut fal, NOW + HOUR_MS, &queued["response_url"]);
        assert_eq!((result.status, result.header("x-fal-error-type")), (status, error_type), "{word}");
        let shown = json_of(&get(&mut fal, NOW + HOUR_MS, &queued["status_url"]));
        assert_eq!(
            (shown["status"].as_str(), shown["error_type"].as_str(), shown["error"].is_string()),
            (Some("COMPLETED"), error_type, error_type.is_some())
        );
        let body = json_of(&result);
        assert_eq!(body["detail"][0]["type"].as_str(), kind, "{word}");
        assert_eq!(body["error_type"].as_str(), error_type, "{word}");
        assert_eq!(hooks[0].1["status"], if status == 200 { "OK" } else { "ERROR" });
        assert_eq!(fal.requests().next().map(|audit| audit.billed), Some(billed), "{word}");
    }
}

#[test]
fn refusals_start_nothing() {
    let mut fal = fal();
    for (prompt, status) in [("refused", 422), ("payment", 403), ("throttled", 429), ("broken host", 500)] {
        let response = send(&mut fal, NOW, "POST", "/queue/fal-ai/flux/dev", &[], json!({"prompt": prompt}).to_string().as_bytes());
        assert_eq!(response.status, status, "{prompt}");
        assert_eq!(response.header("retry-after"), (status == 429).then_some("2"));
    }
    for (path, headers, body, status) in [
        ("/queue/fal-ai/unknown", &[][..], "{}", 404),
        ("/queue/fal-ai/flux/dev", &[][..], "[]", 400),
        ("/queue/fal-ai/flux/dev?fal_webhook=http%3A%2F%2Fa.example%2F", &[][..], "{}", 400),
        ("/queue/fal-ai/flux/dev", &[("x-fal-request-timeout", "1")][..], "{}", 400),
        ("/queue/fal-ai/flux/dev", &[("x-fal-queue-priority", "high")][..], "{}", 400),
        ("/queue/fal-ai/flux/dev", &[("x-fal-object-lifecycle-preference", "7")][..], "{}", 400),
    ] {
        let response = send(&mut fal, NOW, "POST", path, headers, body.as_bytes());
        assert_eq!(response.status, status, "{path} {headers:?}");
        assert_eq!(response.header("x-fal-error-type"), (status == 400).then_some("bad_request"));
    }
    for authorization in ["Key id:other", "Bearer id:secret", "id:secret"] {
        let headers = vec![("authorization".to_owned(), authorization.to_owned())];
        let request = Request { method: "POST".into(), path: "/fal/queue/fal-ai/flux/dev".into(), headers, body: b"{}".to_vec() };
        assert_eq!(fal.handle(NOW, &request).status, 401, "{authorization}");
    }
    assert_eq!(fal.requests().count(), 0);
    let lost = send(&mut fal, NOW, "POST", "/queue/fal-ai/flux/dev", &[], br#"{"prompt":"lost answer"}"#);
    assert_eq!((lost.transfer, fal.requests().count()), (Transfer::Dropped, 1));
    fal.outage(Outage::Down);
    assert_eq!(send(&mut fal, NOW, "GET", "/rest/.well-known/jwks.json", &[], b"").status, 503);
}

#[test]
fn cancelling_in_each_state() {
    let mut fal = fal();
    let cancel = |fal: &mut Fal, now_ms: i64, queued: &Value| {
        let response = send(fal, now_ms, "PUT", queued["cancel_url"].as_str().expect("an address"), &[], b"");
        (response.status, json_of(&response)["status"].as_str().unwrap_or_default().to_owned())
    };
    let waiting = paint(&mut fal, "long queue");
    assert_eq!(cancel(&mut fal, NOW + 100, &waiting), (200, "OK".into()));
    assert_eq!(cancel(&mut fal, NOW + 100, &waiting), (400, "ALREADY_COMPLETED".into()));
    assert_eq!(get(&mut fal, NOW + 100, &waiting["response_url"]).status, 499);
    let running = paint(&mut fal, "forever");
    assert_eq!(cancel(&mut fal, NOW + 5_000, &running), (202, "CANCELLATION_REQUESTED".into()));
    assert_eq!(json_of(&get(&mut fal, NOW + 5_000, &running["status_url"]))["status"], "IN_PROGRESS");
    let ended = json_of(&get(&mut fal, NOW + 5_400, &running["status_url"]));
    assert_eq!((&ended["status"], &ended["error_type"]), (&json!("COMPLETED"), &json!("client_cancelled")));
    // More than half of it is over: the signal comes too late.
    let late = submit(&mut fal, NOW + 6_000, "fal-ai/flux/dev", &json!({"prompt": "slow"}), &[]);
    assert_eq!(cancel(&mut fal, NOW + 18_000, &late).0, 202);
    settle(&mut fal, NOW + 60_000);
    assert_eq!(get(&mut fal, NOW + 60_000, &late["response_url"]).status, 200);
    let billed: Vec<bool> = fal.requests().map(|audit| audit.billed).collect();
    assert_eq!(billed, [false, false, true]);
    let unknown = json!({"cancel_url": "/queue/fal-ai/flux/requests/00000000-0000-4000-8000-000000000000/cancel"});
    assert_eq!(cancel(&mut fal, NOW + 60_000, &unknown), (404, "NOT_FOUND".into()));
}

#[test]
fn the_queue_keeps_its_order_and_low_priorities_wait() {
    let mut fal = limited(1);
    let position = |fal: &mut Fal, now_ms: i64, queued: &Value| json_of(&get(fal, now_ms, &queued["status_url"]))["queue_position"].as_u64();
    let first = paint(&mut fal, "slow");
    settle(&mut fal, NOW + 1_000);
    let low = submit(&mut fal, NOW + 1_000, "fal-ai/flux/dev", &json!({"prompt": "low"}), &[("x-fal-queue-priority", "low")]);
    let normal = submit(&mut fal, NOW + 1_000, "fal-ai/flux/dev", &json!({"prompt": "normal"}), &[]);
    assert_eq!((position(&mut fal, NOW + 2_000, &low), position(&mut fal, NOW + 2_000, &normal)), (Some(1), Some(0)));
    let impatient = submit(&mut fal, NOW + 2_000, "fal-ai/flux/dev", &json!({"prompt": "x"}), &[("x-fal-request-timeout", "5")]);
    let hooks = settle(&mut fal, NOW + 60_000);
    let order: Vec<&Value> = hooks.iter().map(|(_, hook)| &hook["request_id"]).collect();
    assert_eq!(order, [&impatient["request_id"], &first["request_id"], &normal["request_id"], &low["request_id"]]);
    let result = get(&mut fal, NOW + 60_000, &impatient["response_url"]);
    assert_eq!((result.status, result.header("x-fal-request-timeout-type"), result.header("x-fal-retryable")), (504, Some("user"), Some("false")));
}

#[test]
fn addresses_after_the_submit_have_no_path_and_belong_to_their_app() {
    let mut fal = fal();
    let queued = paint(&mut fal, "a lake");
    let id = queued["request_id"].as_str().expect("an id").to_owned();
    for path in ["fal-ai/flux/dev", "fal-ai/flux-pro", "fal-ai"] {
        assert_eq!(get(&mut fal, NOW, &json!(format!("/queue/{path}/requests/{id}/status"))).status, 404, "{path}");
    }
    assert_eq!(send(&mut fal, NOW, "POST", &format!("/queue/fal-ai/flux/requests/{id}"), &[], b"").status, 405);
}

#[test]
fn direct_runs_are_held_until_they_end() {
    for (prompt, status) in [("a lake", 200), ("nsfw", 422), ("fail", 500)] {
        let mut fal = fal();
        let response = send(&mut fal, NOW, "POST", "/run/fal-ai/flux/schnell", &[], json!({"prompt": prompt}).to_string().as_bytes());
        let hold = response.hold.expect("a hold");
        assert!(fal.holds(&hold) && fal.release(NOW + 100, &hold).is_none());
        let released = fal.release(NOW + 10_000, &hold).expect("an answer");
        assert_eq!((released.status, released.header("x-fal-request-id")), (status, Some(hold.prediction.as_str())));
        let path = json!(format!("/queue/fal-ai/flux/requests/{}", hold.prediction));
        assert_eq!(get(&mut fal, NOW + 10_000, &path).status, 404);
    }
}

#[test]
fn a_stream_tells_all_states_at_the_end() {
    let mut fal = fal();
    let queued = paint(&mut fal, "a lake");
    let response = get(&mut fal, NOW, &json!(format!("{}/stream?logs=1", queued["status_url"].as_str().expect("an address"))));
    let hold = response.hold.expect("a hold");
    assert!(fal.release(NOW + 100, &hold).is_none());
    let body = String::from_utf8(fal.release(NOW + 10_000, &hold).expect("a stream").body).expect("text");
    let events: Vec<Value> = body.split("\n\n").filter_map(|event| serde_json::from_str(event.strip_prefix("data: ")?).ok()).collect();
    let states: Vec<&Value> = events.iter().map(|event| &event["status"]).collect();
    assert_eq!(states, ["IN_QUEUE", "IN_PROGRESS", "COMPLETED"]);
    assert!(events[2]["logs"].is_array() && events[1].get("metrics").is_none());
}
