//! Requests for pictures as a whole: what is answered, when, and what is wrong with it.

mod edits;
mod trouble;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use super::*;
use crate::{
    exchange::Transfer,
    picture::{Format, Order, Source, render},
};

const NOW: i64 = 1_767_225_600_000;
const BASE: &str = "http://127.0.0.1:9000/openai";

fn openai() -> OpenAi {
    OpenAi::new(Config { key: "sk-x".into(), base_url: BASE.into(), seed: 7, pictures: Pictures::Small, speed: 1 })
}

fn send(openai: &mut OpenAi, method: &str, path: &str, kind: &str, body: &[u8]) -> Response {
    let headers = vec![("Authorization".to_owned(), "Bearer sk-x".to_owned()), ("Content-Type".to_owned(), kind.to_owned())];
    openai.handle(NOW, &Request { method: method.into(), path: format!("/openai{path}"), headers, body: body.to_vec() })
}

fn generate(openai: &mut OpenAi, input: &Value) -> Response {
    send(openai, "POST", "/v1/images/generations", "application/json", input.to_string().as_bytes())
}

fn paint(openai: &mut OpenAi, model: &str, prompt: &str) -> Response {
    generate(openai, &json!({"model": model, "prompt": prompt}))
}

fn get(openai: &mut OpenAi, now_ms: i64, url: &Value) -> Response {
    let path = url.as_str().and_then(|url| url.strip_prefix("http://127.0.0.1:9000")).expect("an address of the sandbox").to_owned();
    openai.handle(now_ms, &Request { method: "GET".into(), path, ..Request::default() })
}

fn json_of(response: &Response) -> Value {
    serde_json::from_slice(&response.body).expect("JSON")
}

fn error(response: &Response) -> (u16, Value) {
    (response.status, json_of(response)["error"].clone())
}

fn decoded(image: &Value) -> Vec<u8> {
    STANDARD.decode(image["b64_json"].as_str().expect("a text")).expect("base64")
}

fn picture(prompt: &str) -> Vec<u8> {
    render(&Order { prompt, seed: 1, width: 60, height: 40, format: Format::Png, quality: 80 })
}

#[test]
fn pictures_come_in_base64_with_what_they_cost() {
    let mut openai = openai();
    let input =
        json!({"model": "gpt-image-2", "prompt": "a lake", "n": 2, "size": "1536x864", "quality": "low", "output_format": "webp", "user": "7"});
    let response = generate(&mut openai, &input);
    assert_eq!((response.status, response.delay_ms), (200, 6_000));
    assert!(response.header("x-request-id").is_some_and(|id| id.starts_with("req_")));
    let answer = json_of(&response);
    let told = ["created", "background", "output_format", "quality", "size"].map(|name| answer[name].clone());
    assert_eq!(told, [json!(NOW / 1_000), json!("opaque"), json!("webp"), json!("low"), json!("1536x864")]);
    let pictures: Vec<Vec<u8>> = answer["data"].as_array().expect("a list").iter().map(decoded).collect();
    assert!(pictures.len() == 2 && pictures[0] != pictures[1] && pictures.iter().all(|bytes| bytes.starts_with(b"RIFF")));
    assert_eq!(Source::read(&pictures[0]).expect("a picture").size(), (64, 36));
    let usage = &answer["usage"];
    assert_eq!(
        usage["total_tokens"].as_u64(),
        usage["input_tokens"].as_u64().zip(usage["output_tokens"].as_u64()).map(|(input, output)| input + output)
    );
    assert_eq!(usage["output_tokens"], 2 * 272 * 1_296 / 1_024);
    let audit = openai.requests().next().expect("a request").clone();
    assert_eq!((audit.deed, audit.model.as_deref(), audit.status, audit.files, audit.billed), ("generations", Some("gpt-image-2"), 200, 2, true));
    assert_eq!(audit.completed_ms, NOW + 6_000);
}

#[test]
fn defaults_and_transparency() {
    let mut openai = openai();
    let answer = json_of(&paint(&mut openai, "gpt-image-1.5", "a lake"));
    assert_eq!([&answer["output_format"], &answer["quality"], &answer["size"]], ["png", "medium", "1024x1024"]);
    assert!(Source::read(&decoded(&answer["data"][0])).expect("a picture").is_opaque());
    let clear = json_of(&generate(&mut openai, &json!({"model": "gpt-image-1.5", "prompt": "a boat", "background": "transparent", "n": null})));
    assert_eq!(clear["background"], "transparent");
    assert!(!Source::read(&decoded(&clear["data"][0])).expect("a picture").is_opaque());
    let jpeg = json!({"model": "gpt-image-1.5", "prompt": "x", "output_format": "jpeg", "output_compression": 10});
    assert!(decoded(&json_of(&generate(&mut openai, &jpeg))["data"][0]).starts_with(&[0xFF, 0xD8, 0xFF]));
}

#[test]
fn services_that_only_speak_like_it_answer_with_addresses() {
    let mut openai = openai();
    let response = generate(&mut openai, &json!({"model": "sandbox-image", "prompt": "a lake", "n": 2, "size": "512x256", "style": "vivid"}));
    let answer = json_of(&response);
    assert_eq!(answer.as_object().expect("an object").keys().collect::<Vec<_>>(), ["created", "data"]);
    let url = &answer["data"][1]["url"];
    let file = get(&mut openai, NOW, url);
    assert_eq!((file.status, file.header("content-type"), Source::read(&file.body).expect("a picture").size()), (200, Some("image/png"), (64, 32)));
    assert_eq!(get(&mut openai, NOW + 3_600_000, url).status, 404);
    let inside = generate(&mut openai, &json!({"model": "sandbox-image", "prompt": "x", "response_format": "b64_json"}));
    assert!(!decoded(&json_of(&inside)["data"][0]).is_empty());
}

#[test]
fn parameters_are_checked() {
    let mut openai = openai();
    for (input, param, code) in [
        (json!({"prompt": "x"}), json!("model"), "missing_required_parameter"),
        (json!({"model": "gpt-image-2"}), json!("prompt"), "missing_required_parameter"),
        (json!({"model": "dall-e-3", "prompt": "x"}), json!("model"), "invalid_value"),
        (json!({"model": "gpt-image-2", "prompt": 7}), json!("prompt"), "invalid_type"),
        (json!({"model": "gpt-image-2", "prompt": "x".repeat(32_001)}), json!("prompt"), "string_above_max_length"),
        (json!({"model": "gpt-image-2", "prompt": "x", "response_format": "b64_json"}), json!("response_format"), "unknown_parameter"),
        (json!({"model": "gpt-image-2", "prompt": "x", "aspect_ratio": "1:1"}), json!("aspect_ratio"), "unknown_parameter"),
        (json!({"model": "gpt-image-2", "prompt": "x", "input_fidelity": "low"}), json!("input_fidelity"), "unknown_parameter"),
        (json!({"model": "gpt-image-2", "prompt": "x", "n": 11}), json!("n"), "integer_above_max_value"),
        (json!({"model": "gpt-image-2", "prompt": "x", "n": 0}), json!("n"), "integer_below_min_value"),
        (json!({"model": "gpt-image-2", "prompt": "x", "n": "2"}), json!("n"), "invalid_type"),
        (json!({"model": "gpt-image-1.5", "prompt": "x", "size": "512x512"}), json!("size"), "invalid_value"),
        (json!({"model": "gpt-image-2", "prompt": "x", "quality": "max"}), json!("quality"), "invalid_value"),
        (json!({"model": "gpt-image-2", "prompt": "x", "output_format": "jpg"}), json!("output_format"), "invalid_value"),
        (json!({"model": "gpt-image-2", "prompt": "x", "output_format": "jpeg", "background": "transparent"}), json!("background"), "invalid_value"),
        (json!({"model": "gpt-image-2", "prompt": "x", "output_compression": 50}), json!("output_compression"), "invalid_value"),
        (json!({"model": "gpt-image-2", "prompt": "x", "stream": true}), json!("stream"), "invalid_value"),
    ] {
        let (status, error) = error(&generate(&mut openai, &input));
        assert_eq!((status, &error["param"], error["code"].as_str()), (400, &param, Some(code)), "{input}");
        assert!(error["message"].is_string() && error["type"].is_string());
    }
    assert!(openai.requests().all(|audit| !audit.billed && audit.status == 400 && audit.code.is_some()));
    let broken = send(&mut openai, "POST", "/v1/images/generations", "application/json", b"{");
    assert_eq!(error(&broken).1["code"], Value::Null);
    assert_eq!(generate(&mut openai, &json!({"model": "gpt-image-2.5-flare", "prompt": "x", "quality": "max"})).status, 200);
}

#[test]
fn keys_paths_and_models() {
    let mut openai = openai();
    for (authorization, code) in [(Some("Bearer sk-other"), json!("invalid_api_key")), (Some("Key sk-x"), Value::Null), (None, Value::Null)] {
        let headers = authorization.map(|value| ("authorization".to_owned(), value.to_owned())).into_iter().collect();
        let request = Request { method: "POST".into(), path: "/openai/v1/images/generations".into(), headers, body: b"{}".to_vec() };
        let (status, error) = error(&openai.handle(NOW, &request));
        assert_eq!((status, &error["code"]), (401, &code), "{authorization:?}");
        assert!(!error["message"].as_str().expect("a message").contains("sk-other"));
    }
    assert_eq!(openai.requests().count(), 0);
    let models = json_of(&send(&mut openai, "GET", "/v1/models", "", b""));
    assert_eq!((&models["object"], models["data"].as_array().map(Vec::len)), (&json!("list"), Some(models::MODELS.len())));
    assert_eq!(json_of(&send(&mut openai, "GET", "/v1/models/gpt-image-2", "", b"")), models["data"][3]);
    for (method, path, status) in [
        ("GET", "/v1/models/nobody", 400),
        ("POST", "/v1/images/variations", 404),
        ("GET", "/v1/images/edits", 405),
        ("GET", "/media/nothing.png", 404),
        ("POST", "/media/nothing.png", 405),
    ] {
        assert_eq!(send(&mut openai, method, path, "", b"").status, status, "{method} {path}");
    }
}
