//! Output files and uploads.

use super::*;
use crate::time;

#[test]
fn pictures_have_the_asked_shape_and_format() {
    let mut bench = Bench::new();
    let path = "/models/black-forest-labs/flux-schnell/predictions";
    for (format, media_type, start) in
        [("webp", "image/webp", b"RIFF".as_slice()), ("jpg", "image/jpeg", &[0xFF, 0xD8]), ("png", "image/png", b"\x89PNG")]
    {
        let input = json!({"prompt": "a lake", "aspect_ratio": "16:9", "output_format": format, "num_outputs": 2, "seed": 4});
        let id = text(&read(&bench.post(path, &json!({"input": input}))), "id").to_owned();
        bench.pass(5_000);
        let shown = bench.show(&id);
        let urls: Vec<&str> = shown["output"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
        assert!(urls[1].ends_with(&format!("/out-1.{format}")));
        let (first, second) = (bench.file(urls[0]), bench.file(urls[1]));
        assert_eq!(first.header("content-type"), Some(media_type));
        assert!(first.body.starts_with(start));
        assert_ne!(first.body, second.body);
        assert_eq!(first.body, bench.file(urls[0]).body);
        if format == "png" {
            // Width and height stand at fixed places of a PNG.
            assert_eq!((&first.body[16..20], &first.body[20..24]), (&64_u32.to_be_bytes()[..], &36_u32.to_be_bytes()[..]));
        }
    }
    assert_eq!(bench.send("GET", "/replicate/delivery/xezq/none/out-0.webp", &[], b"").status, 404);
    assert_eq!(bench.send("POST", "/replicate/delivery/xezq/none/out-0.webp", &[], b"").status, 405);
}

fn upload(bench: &mut Bench) -> Response {
    let body = b"--b\r\nContent-Disposition: form-data; name=\"content\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\nhello\r\n--b\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n{\"a\":1}\r\n--b--\r\n";
    bench.send("POST", "/replicate/v1/files", &[("Content-Type", "multipart/form-data; boundary=b")], body)
}

#[test]
fn an_upload_from_birth_to_deletion() {
    let mut bench = Bench::new();
    let created = upload(&mut bench);
    assert_eq!(created.status, 201);
    let created = read(&created);
    let id = text(&created, "id").to_owned();
    assert_eq!((&created["size"], text(&created, "content_type"), &created["metadata"]), (&json!(5), "image/png", &json!({"a": 1})));
    assert_eq!(text(&created["checksums"], "sha256"), "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    assert_eq!(created["urls"]["get"], format!("{API}/files/{id}"));
    assert_eq!(read(&bench.get(&format!("/files/{id}"))), created);
    assert_eq!(read(&bench.get("/files"))["results"], json!([created]));
    assert_eq!(bench.send("DELETE", &format!("/replicate/v1/files/{id}"), &[], b"").status, 204);
    assert_eq!(bench.get(&format!("/files/{id}")).status, 404);
    assert_eq!(bench.send("POST", "/replicate/v1/files", &[("Content-Type", "application/json")], b"{}").status, 400);
}

#[test]
fn a_download_needs_a_fresh_signature_and_no_token() {
    let mut bench = Bench::new();
    let id = text(&read(&upload(&mut bench)), "id").to_owned();
    let expiry = (START_MS / 1_000 + 60).to_string();
    let signature = crate::exchange::encode(&bench.replicate.upload_signature("atelier", &id, &expiry));
    let path = format!("/replicate/v1/files/{id}/download?expiry={expiry}&owner=atelier&signature={signature}");
    let download = bench.send("GET", &path, &[("authorization", "")], b"");
    assert_eq!((download.status, download.body.as_slice()), (200, b"hello".as_slice()));
    assert_eq!(bench.send("GET", &path.replace("owner=atelier", "owner=other"), &[], b"").status, 403);
    bench.pass(61_000);
    assert_eq!(bench.send("GET", &path, &[], b"").status, 403);
    bench.pass(time::DAY_MS);
    assert_eq!(bench.get(&format!("/files/{id}")).status, 404);
}
