//! Edits: forms with pictures and a mask.

use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};

use super::*;

/// A part of a form: name, media type of a file, content.
type Part<'a> = (&'a str, Option<&'a str>, &'a [u8]);

const FORM: &str = "multipart/form-data; boundary=b";

fn form(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, media_type, content) in parts {
        body.extend(format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"").into_bytes());
        match media_type {
            Some("") => body.extend(b"; filename=\"a.png\""),
            Some(media_type) => body.extend(format!("; filename=\"a.png\"\r\nContent-Type: {media_type}").into_bytes()),
            None => {}
        }
        body.extend(b"\r\n\r\n");
        body.extend(*content);
        body.extend(b"\r\n");
    }
    body.extend(b"--b--\r\n");
    body
}

fn edit(openai: &mut OpenAi, more: &[Part<'_>]) -> Response {
    let usual: [Part<'_>; 2] = [("model", None, b"gpt-image-1.5"), ("prompt", None, b"red desert")];
    send(openai, "POST", "/v1/images/edits", FORM, &form(&[&usual, more].concat()))
}

fn edited(more: &[Part<'_>]) -> Vec<u8> {
    let response = edit(&mut openai(), more);
    assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&response.body));
    decoded(&json_of(&response)["data"][0])
}

/// Transparent in its left half.
fn mask(width: u32, height: u32, alpha: u8) -> Vec<u8> {
    let rows: Vec<u8> = (0..width * height).flat_map(|at| [0, 0, 0, if at % width < width / 2 { alpha } else { 255 }]).collect();
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes).write_image(&rows, width, height, ExtendedColorType::Rgba8).expect("rows of the right size");
    bytes
}

#[test]
fn every_picture_and_the_mask_count() {
    let (sea, city) = (picture("sea"), picture("city at night"));
    let png = Some("image/png");
    let one = edited(&[("image", png, &sea)]);
    assert_eq!(Source::read(&one).expect("a picture").size(), (64, 42));
    assert_ne!(one, edited(&[("image", png, &city)]));
    assert_eq!(one, edited(&[("image[]", png, &sea)]));
    assert_ne!(one, edited(&[("image[]", png, &sea), ("image[]", png, &city)]));
    let masked = edited(&[("image", png, &sea), ("mask", png, &mask(60, 40, 0)), ("size", None, b"1536x1024")]);
    let before = Source::read(&sea).expect("a picture").covering(64, 42).opaque();
    let after = Source::read(&masked).expect("a picture").opaque();
    let changed = |from: u32, to: u32| {
        (from..to).flat_map(|x| (0..42).map(move |y| (x, y))).filter(|(x, y)| before.get_pixel(*x, *y) != after.get_pixel(*x, *y)).count()
    };
    assert!(changed(0, 28) > 1_000 && changed(36, 64) == 0, "{} {}", changed(0, 28), changed(36, 64));
}

#[test]
fn forms_carry_numbers_as_text() {
    let sea = picture("sea");
    let mut openai = openai();
    let two =
        edit(&mut openai, &[("image", Some("image/png"), &sea), ("n", None, b"2"), ("quality", None, b"high"), ("input_fidelity", None, b"high")]);
    let answer = json_of(&two);
    assert_eq!((answer["data"].as_array().map(Vec::len), &answer["size"]), (Some(2), &json!("1536x1024")));
    assert_eq!(answer["usage"]["input_tokens_details"]["image_tokens"], 323);
    assert_eq!(openai.requests().next().map(|audit| (audit.deed, audit.files)), Some(("edits", 2)));
}

#[test]
fn what_is_wrong_with_files_is_said() {
    let sea = picture("sea");
    let (png, large, whole, wrong_size) = (Some("image/png"), vec![0; 4 * 1_024 * 1_024], mask(60, 40, 255), mask(40, 60, 0));
    let seventeen: Vec<Part<'_>> = vec![("image[]", png, &sea); 17];
    let cases: [(&[Part<'_>], Value, &str); 12] = [
        (&[], json!("image"), "missing_required_parameter"),
        (&[("image", None, b"text")], json!("image"), "invalid_type"),
        (&[("image[]", png, &sea), ("image[]", None, b"text")], json!("image[1]"), "invalid_type"),
        (&[("image", Some(""), &sea)], json!("image"), "missing_file_mimetype"),
        (&[("image[]", Some("application/octet-stream"), &sea)], json!("image[0]"), "unsupported_file_mimetype"),
        (&[("image", png, b"<html>")], Value::Null, "invalid_image_file"),
        (&seventeen, json!("image"), "array_above_max_length"),
        (&[("image", png, &sea), ("mask", png, &large)], Value::Null, "invalid_mask_image_format"),
        (&[("image", png, &sea), ("mask", png, &whole)], Value::Null, "invalid_mask_image_format"),
        (&[("image", png, &sea), ("mask", png, &wrong_size)], Value::Null, "invalid_mask_image_format"),
        (&[("image", png, &sea), ("moderation", None, b"low")], json!("moderation"), "unknown_parameter"),
        (&[("image", png, &sea), ("n", None, b"two")], json!("n"), "invalid_type"),
    ];
    for (parts, param, code) in cases {
        let (status, error) = error(&edit(&mut openai(), parts));
        assert_eq!((status, &error["param"], error["code"].as_str()), (400, &param, Some(code)), "{error}");
    }
    let no_form = send(&mut openai(), "POST", "/v1/images/edits", "application/json", b"{}");
    assert_eq!(no_form.status, 400);
    let newer: [Part<'_>; 4] = [("model", None, b"gpt-image-2"), ("prompt", None, b"x"), ("image", png, &sea), ("input_fidelity", None, b"high")];
    assert_eq!(error(&send(&mut openai(), "POST", "/v1/images/edits", FORM, &form(&newer))).1["param"], "input_fidelity");
}
