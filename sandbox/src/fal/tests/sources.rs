//! Pictures to start from: what is elsewhere is fetched first, what becomes of it, and what is said when it is not to be had.

use super::*;
use base64::{Engine, engine::general_purpose::STANDARD};

const STUDIO: &str = "https://studio.example/media/1.png";

fn data_url(bytes: &[u8]) -> String {
    format!("data:image/png;base64,{}", STANDARD.encode(bytes))
}

/// What a model makes in the end: the bytes of its first file.
fn made(model: &str, input: &Value) -> Vec<u8> {
    let mut fal = fal();
    let queued = submit(&mut fal, NOW, model, input, &[]);
    settle(&mut fal, NOW + HOUR_MS);
    let result = json_of(&get(&mut fal, NOW + HOUR_MS, &queued["response_url"]));
    let first = [&result["images"][0], &result["image"], &result["video"]].into_iter().find(|file| file.is_object()).expect("a file").clone();
    get(&mut fal, NOW + HOUR_MS, &first["url"]).body
}

#[test]
fn a_run_waits_for_what_is_elsewhere() {
    let mut fal = fal();
    let input = json!({"prompt": "red", "image_url": STUDIO, "seed": 1, "output_format": "png"});
    let queued = submit(&mut fal, NOW, "fal-ai/flux-pro/kontext", &input, &[]);
    fal.advance(NOW + 500);
    let fetches = fal.fetches();
    assert_eq!((fetches.len(), fetches[0].url.as_str(), fal.fetches().len()), (1, STUDIO, 0));
    fal.advance(NOW + 20_000);
    assert_eq!(json_of(&get(&mut fal, NOW + 20_000, &queued["status_url"]))["status"], "IN_PROGRESS");
    fal.fetched(NOW + 20_000, fetches[0].id, Fetched::Bytes(picture("sea")));
    settle(&mut fal, NOW + 40_000);
    let result = json_of(&get(&mut fal, NOW + 40_000, &queued["response_url"]));
    let file = get(&mut fal, NOW + 40_000, &result["images"][0]["url"]).body;
    assert_eq!(picture_size(&file), (40, 20));
    // The same order of the same picture at hand is the same edit.
    let at_hand = json!({"prompt": "red", "image_url": data_url(&picture("sea")), "seed": 1, "output_format": "png"});
    assert_eq!(made("fal-ai/flux-pro/kontext", &at_hand), file);
}

#[test]
fn what_does_not_come_is_the_models_error() {
    for (fetched, kind) in [
        (Fetched::Status(404), "file_download_error"),
        (Fetched::Status(302), "file_download_error"),
        (Fetched::Nothing, "file_download_error"),
        (Fetched::TooLarge, "file_too_large"),
        (Fetched::Bytes(b"<html>".to_vec()), "image_load_error"),
    ] {
        let mut fal = fal();
        let input = json!({"prompt": "x", "image_urls": [data_url(&picture("sea")), STUDIO]});
        let queued = submit(&mut fal, NOW, "fal-ai/nano-banana/edit", &input, &[]);
        settle_with(&mut fal, NOW + 10_000, &fetched);
        let result = get(&mut fal, NOW + 10_000, &queued["response_url"]);
        let detail = json_of(&result)["detail"][0].clone();
        assert_eq!((result.status, &detail["type"], &detail["loc"]), (422, &json!(kind), &json!(["body", "image_urls", 1])));
        assert_eq!(detail["input"], STUDIO);
        assert!(!fal.requests().next().expect("a request").billed);
    }
}

#[test]
fn what_is_never_reported_counts_as_unreachable_and_what_ended_waits_for_nothing() {
    let mut fal = fal();
    let input = json!({"prompt": "x", "image_url": STUDIO});
    let queued = submit(&mut fal, NOW, "fal-ai/flux-pro/kontext", &input, &[]);
    let cancelled = submit(&mut fal, NOW, "fal-ai/flux-pro/kontext", &input, &[]);
    fal.advance(NOW + 1_000);
    let fetches = fal.fetches();
    assert_eq!(fetches.len(), 2);
    send(&mut fal, NOW + 2_000, "PUT", cancelled["cancel_url"].as_str().expect("an address"), &[], b"");
    fal.advance(NOW + 40_000);
    let result = json_of(&get(&mut fal, NOW + 40_000, &queued["response_url"]));
    assert_eq!(result["detail"][0]["type"], "file_download_error");
    assert_eq!(get(&mut fal, NOW + 40_000, &cancelled["response_url"]).status, 499);
    for fetch in fetches {
        fal.fetched(NOW + 40_000, fetch.id, Fetched::Bytes(picture("sea")));
    }
    assert_eq!(json_of(&get(&mut fal, NOW + 41_000, &queued["response_url"])), result);
}

#[test]
fn every_model_shows_its_sources() {
    let (sea, city) = (data_url(&picture("sea")), data_url(&picture("city at night")));
    for (model, name) in [
        ("fal-ai/flux-pro/kontext", "image_url"),
        ("fal-ai/esrgan", "image_url"),
        ("fal-ai/birefnet/v2", "image_url"),
        ("fal-ai/bytedance/seedance/v1/pro/image-to-video", "image_url"),
        ("fal-ai/bytedance/seedance/v1/pro/image-to-video", "end_image_url"),
        ("fal-ai/kling-video/v2.5-turbo/pro/image-to-video", "image_url"),
        ("fal-ai/kling-video/v2.5-turbo/pro/image-to-video", "tail_image_url"),
        ("fal-ai/ideogram/v3/edit", "image_url"),
        ("fal-ai/ideogram/v3/edit", "mask_url"),
    ] {
        let of = |picture: &str| {
            let mut input = json!({"prompt": "x", "seed": 1, "image_url": sea, "mask_url": sea});
            input[name] = json!(picture);
            made(model, &input)
        };
        assert!(of(&sea) == of(&sea) && of(&sea) != of(&city), "{model} {name}");
    }
    let edited = |pictures: &[&String]| made("fal-ai/nano-banana/edit", &json!({"prompt": "x", "seed": 1, "image_urls": pictures}));
    assert!(edited(&[&sea]) != edited(&[&city]) && edited(&[&sea]) != edited(&[&sea, &city]));
    let styled = |pictures: &Value| made("fal-ai/ideogram/v3", &json!({"prompt": "x", "seed": 1, "image_urls": pictures}));
    assert_ne!(styled(&json!([sea])), styled(&json!([city])));
}
