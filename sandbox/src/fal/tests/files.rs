//! What is made, what is uploaded, and how long both are there.

use super::*;
use base64::{Engine, engine::general_purpose::STANDARD};

#[test]
fn files_by_word() {
    for (prompt, status, transfer) in [
        ("gone output", 404, Transfer::Whole),
        ("redirect output", 302, Transfer::Whole),
        ("html output", 200, Transfer::Whole),
        ("huge output", 200, Transfer::Endless { declared: 120 * 1_024 * 1_024 }),
        ("no length", 200, Transfer::Chunked),
    ] {
        let mut fal = fal();
        let queued = paint(&mut fal, prompt);
        settle(&mut fal, NOW + 10_000);
        let url = json_of(&get(&mut fal, NOW + 10_000, &queued["response_url"]))["images"][0]["url"].clone();
        let file = get(&mut fal, NOW + 10_000, &url);
        assert_eq!((file.status, file.transfer), (status, transfer), "{prompt}");
    }
    let mut fal = fal();
    // Each begins when the one before is over.
    let mut now_ms = NOW;
    let mut result = |fal: &mut Fal, input: &Value| {
        let queued = submit(fal, now_ms, "fal-ai/flux/dev", input, &[]);
        now_ms += 10_000;
        settle(fal, now_ms);
        json_of(&get(fal, now_ms, &queued["response_url"]))
    };
    let cut = result(&mut fal, &json!({"prompt": "truncated output"}))["images"][0]["url"].clone();
    let cut = get(&mut fal, NOW, &cut);
    assert!(matches!(cut.transfer, Transfer::Truncated { declared } if declared > cut.body.len() as u64));
    assert_eq!(result(&mut fal, &json!({"prompt": "no output"}))["images"], json!([]));
    assert_eq!(result(&mut fal, &json!({"prompt": "flagged", "num_images": 2}))["has_nsfw_concepts"], json!([true, true]));
    let foreign = result(&mut fal, &json!({"prompt": "foreign output"}));
    assert!(foreign["images"][0]["url"].as_str().is_some_and(|url| url.starts_with("https://v3.fal.media.example.net/files/")));
    let inline = result(&mut fal, &json!({"prompt": "x", "sync_mode": true, "output_format": "png"}));
    assert!(inline["images"][0]["url"].as_str().is_some_and(|url| url.starts_with("data:image/png;base64,")));
}

#[test]
fn uploads_become_sources() {
    let mut fal = fal();
    let picture = picture("x");
    let initiate = json!({"content_type": "image/png", "file_name": "a b.png"}).to_string();
    let path = "/rest/storage/upload/initiate?storage_type=fal-cdn-v3";
    let lifecycle = [("X-Fal-Object-Lifecycle", r#"{"expiration_duration_seconds":3600}"#)];
    let urls = json_of(&send(&mut fal, NOW, "POST", path, &lifecycle, initiate.as_bytes()));
    let upload_url = urls["upload_url"].as_str().expect("an address");
    assert_eq!(get(&mut fal, NOW, &urls["file_url"]).status, 404);
    let put = |fal: &mut Fal, url: &str| {
        let path = url.strip_prefix("http://127.0.0.1:9000").expect("the sandbox's address").to_owned();
        fal.handle(NOW, &Request { method: "PUT".into(), path, headers: Vec::new(), body: picture.clone() }).status
    };
    assert_eq!(put(&mut fal, &upload_url.replace("signature=", "signature=x")), 403);
    assert_eq!(put(&mut fal, upload_url), 200);
    assert_eq!(get(&mut fal, NOW, &urls["file_url"]).body, picture);
    let upscaled = |fal: &mut Fal, now_ms: i64, url: &Value| {
        let queued = submit(fal, now_ms, "fal-ai/esrgan", &json!({"image_url": url, "scale": 1.5}), &[]);
        settle(fal, now_ms + 10_000);
        json_of(&get(fal, now_ms + 10_000, &queued["response_url"]))
    };
    let large = upscaled(&mut fal, NOW, &urls["file_url"]);
    assert_eq!((&large["image"]["width"], &large["image"]["height"]), (&json!(60), &json!(30)));
    let data = json!(format!("data:image/png;base64,{}", STANDARD.encode(&picture)));
    assert_eq!(upscaled(&mut fal, NOW + 10_000, &data)["image"]["width"], 60);
    // Outputs can be inputs, too.
    assert_eq!(upscaled(&mut fal, NOW + 20_000, &large["image"]["url"])["image"]["width"], 64);
    let faults =
        [(json!("data:image/png;base64,AAAA"), "image_load_error"), (json!("http://127.0.0.1:9000/fal/media/files/x/y.png"), "file_download_error")];
    for (at_ms, (url, kind)) in (60_000..).step_by(10_000).zip(faults) {
        assert_eq!(upscaled(&mut fal, NOW + at_ms, &url)["detail"][0]["type"], kind);
    }
    assert_eq!(upscaled(&mut fal, NOW + HOUR_MS, &urls["file_url"])["detail"][0]["type"], "file_download_error");
}

#[test]
fn uploads_in_parts() {
    let mut fal = fal();
    let initiate = json!({"content_type": "video/mp4", "file_name": "a.mp4"}).to_string();
    let urls = json_of(&send(&mut fal, NOW, "POST", "/rest/storage/upload/initiate-multipart?storage_type=fal-cdn-v3", &[], initiate.as_bytes()));
    let (path, query) = urls["upload_url"].as_str().and_then(|url| url.split_once('?')).expect("an address with a query");
    let first = json_of(&send(&mut fal, NOW, "PUT", &format!("{path}/1?{query}"), &[], b"hello "));
    let second = json_of(&send(&mut fal, NOW, "PUT", &format!("{path}/2?{query}"), &[], b"world"));
    let complete = |fal: &mut Fal, parts: &Value| {
        send(fal, NOW, "POST", &format!("{path}/complete?{query}"), &[], json!({"parts": parts}).to_string().as_bytes()).status
    };
    assert_eq!(complete(&mut fal, &json!([first, {"partNumber": 2, "etag": "x"}])), 400);
    assert_eq!(complete(&mut fal, &json!([first, second])), 200);
    let file = get(&mut fal, NOW, &urls["file_url"]);
    assert_eq!((file.body.as_slice(), file.header("content-type")), (&b"hello world"[..], Some("video/mp4")));
}

#[test]
fn unstored_results_are_gone_after_an_hour_and_files_live_as_wished() {
    let mut fal = fal();
    let headers = [("x-fal-store-io", "0"), ("x-fal-object-lifecycle-preference", r#"{"expiration_duration_seconds":86400}"#)];
    let queued = submit(&mut fal, NOW, "fal-ai/flux/dev", &json!({"prompt": "x"}), &headers);
    settle(&mut fal, NOW + 10_000);
    let url = json_of(&get(&mut fal, NOW + 10_000, &queued["response_url"]))["images"][0]["url"].clone();
    assert_eq!(get(&mut fal, NOW + HOUR_MS + 10_000, &queued["response_url"]).status, 404);
    assert_eq!(get(&mut fal, NOW + 2 * HOUR_MS, &url).status, 200);
    assert_eq!(get(&mut fal, NOW + DAY_MS + 10_000, &url).status, 404);
}
