//! Pictures to start from: where they come from, what becomes of them, and what is said when they are not to be had.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::*;
use crate::{
    picture::{Format, Order, Source, render},
    replicate::{Fetch, Fetched},
};

const STUDIO: &str = "http://127.0.0.1:8787/media/1.png";

fn picture(prompt: &str) -> Vec<u8> {
    render(&Order { prompt, seed: 1, width: 60, height: 40, format: Format::Png, quality: 80 })
}

fn data_url(bytes: &[u8]) -> String {
    format!("data:image/png;base64,{}", STANDARD.encode(bytes))
}

impl Bench {
    fn start(&mut self, model: &str, input: &Value) -> String {
        let created = self.post(&format!("/models/{model}/predictions"), &json!({"input": input}));
        assert_eq!(created.status, 201, "{}", String::from_utf8_lossy(&created.body));
        text(&read(&created), "id").to_owned()
    }

    /// With everything at hand: the end.
    fn make(&mut self, model: &str, input: &Value) -> Value {
        let id = self.start(model, input);
        self.pass(60_000);
        self.show(&id)
    }

    fn made(&mut self, model: &str, input: &Value) -> Vec<u8> {
        let done = self.make(model, input);
        let url = done["output"].as_str().unwrap_or_else(|| first_url(&done)).to_owned();
        self.file(&url).body
    }
}

#[test]
fn what_is_elsewhere_is_asked_for_and_nothing_begins_before_it_is_there() {
    let mut bench = Bench::new();
    let id = bench.start("black-forest-labs/flux-kontext-pro", &json!({"prompt": "red", "input_image": STUDIO, "seed": 1}));
    let fetches = bench.replicate.fetches();
    assert_eq!(fetches, [Fetch { id: fetches[0].id, url: STUDIO.into() }]);
    assert_eq!(bench.replicate.fetches(), []);
    bench.pass(20_000);
    assert_eq!(text(&bench.show(&id), "status"), "starting");
    bench.replicate.fetched(bench.now_ms, fetches[0].id, Fetched::Bytes(picture("sea")));
    bench.pass(20_000);
    let done = bench.show(&id);
    assert_eq!(text(&done, "status"), "succeeded");
    let edited = bench.file(done["output"].as_str().expect("one address"));
    assert_eq!(Source::read(&edited.body).expect("a picture").size(), (60, 40));
    // The same order of the same picture at hand is the same edit.
    let again = json!({"prompt": "red", "input_image": data_url(&picture("sea")), "seed": 1});
    assert_eq!(bench.made("black-forest-labs/flux-kontext-pro", &again), edited.body);
    assert_eq!(bench.replicate.fetches(), []);
}

#[test]
fn what_does_not_come_is_said_in_the_end() {
    for (fetched, says) in [
        (Some(Fetched::Status(404)), format!("404 Client Error: Not Found for url: {STUDIO}")),
        (Some(Fetched::Status(503)), format!("503 Error for url: {STUDIO}")),
        (Some(Fetched::TooLarge), format!("Failed to download {STUDIO}: the file is too large")),
        (Some(Fetched::Nothing), format!("Failed to download {STUDIO}: no answer")),
        (Some(Fetched::Bytes(b"<html>".to_vec())), "cannot identify image file '/tmp/image'".to_owned()),
        (None, format!("Failed to download {STUDIO}: no answer")),
    ] {
        let mut bench = Bench::new();
        let id = bench.start("black-forest-labs/flux-dev", &json!({"prompt": "red", "image": STUDIO}));
        let fetches = bench.replicate.fetches();
        if let Some(fetched) = fetched {
            bench.replicate.fetched(bench.now_ms, fetches[0].id, fetched);
            bench.pass(10_000);
        } else {
            bench.pass(60_000);
        }
        let failed = bench.show(&id);
        assert_eq!((text(&failed, "status"), text(&failed, "error"), &failed["output"]), ("failed", says.as_str(), &Value::Null));
        assert!(!failed["started_at"].is_null());
        assert!(bench.replicate.predictions().all(|prediction| !prediction.billed));
        // A late report changes nothing.
        bench.replicate.fetched(bench.now_ms, fetches[0].id, Fetched::Bytes(picture("sea")));
        assert_eq!(bench.show(&id), failed);
    }
}

#[test]
fn uploads_are_at_hand_by_both_addresses_and_unknown_ones_fail() {
    let mut bench = Bench::new();
    let mut body = b"--b\r\nContent-Disposition: form-data; name=\"content\"; filename=\"a.png\"\r\n\r\n".to_vec();
    body.extend(picture("sea"));
    body.extend(b"\r\n--b--\r\n");
    let upload = read(&bench.send("POST", "/replicate/v1/files", &[("Content-Type", "multipart/form-data; boundary=b")], &body));
    let by_get = text(&upload["urls"], "get").to_owned();
    let expiry = (START_MS / 1_000 + 3_600).to_string();
    let signature = crate::exchange::encode(&bench.replicate.upload_signature("atelier", text(&upload, "id"), &expiry));
    let by_download = format!("{by_get}/download?expiry={expiry}&owner=atelier&signature={signature}");
    for (url, status) in
        [(by_get, "succeeded"), (by_download, "succeeded"), (format!("{API}/files/nothing"), "failed"), ("data:image/png,x".into(), "failed")]
    {
        let done = bench.make("black-forest-labs/flux-dev", &json!({"prompt": "red", "image": url}));
        assert_eq!(text(&done, "status"), status, "{url}");
    }
    assert_eq!(bench.replicate.fetches(), []);
}

#[test]
fn outputs_are_at_hand() {
    let mut bench = Bench::new();
    for (model, status) in [("recraft-ai/recraft-v3", "succeeded"), ("bytedance/seedance-1-pro", "failed")] {
        let made = bench.make(model, &json!({"prompt": "sea"}));
        let edited = bench.make("black-forest-labs/flux-kontext-max", &json!({"prompt": "red", "input_image": made["output"]}));
        assert_eq!(text(&edited, "status"), status, "{model}");
    }
    let gone = bench.make("recraft-ai/recraft-v3", &json!({"prompt": "gone output"}));
    let edited = bench.make("black-forest-labs/flux-kontext-max", &json!({"prompt": "red", "input_image": gone["output"]}));
    assert!(text(&edited, "error").starts_with("404 Client Error"));
    assert_eq!(bench.replicate.fetches(), []);
}

#[test]
fn several_pictures_are_all_used() {
    let mut bench = Bench::new();
    let (sea, city) = (data_url(&picture("sea")), data_url(&picture("city")));
    for model in ["google/nano-banana", "google/nano-banana-pro", "bytedance/seedream-4"] {
        let mut of = |images: &[&String]| bench.made(model, &json!({"prompt": "red", "seed": 1, "output_format": "png", "image_input": images}));
        let (one, other, both, plain) = (of(&[&sea]), of(&[&city]), of(&[&sea, &city]), of(&[]));
        assert!(one != other && one != both && one != plain && !plain.is_empty(), "{model}");
    }
    let too_many = json!({"input": {"prompt": "x", "image_input": vec![&sea; 11]}});
    assert_eq!(bench.post("/models/bytedance/seedream-4/predictions", &too_many).status, 422);
}

#[test]
fn a_black_mask_is_painted_anew() {
    let mut bench = Bench::new();
    let sea = picture("sea");
    let model = "ideogram-ai/ideogram-v3-turbo";
    let input = |mask: &Value| json!({"prompt": "red desert", "seed": 1, "image": data_url(&sea), "mask": mask});
    let mut masked = |level: u8| bench.made(model, &input(&json!(data_url(&grey(level)))));
    let (kept, anew) = (masked(255), masked(0));
    assert_eq!(Source::read(&kept).expect("a picture").opaque(), Source::read(&sea).expect("a picture").opaque());
    assert_ne!(anew, kept);
    let alone = bench.make(model, &json!({"prompt": "x", "mask": data_url(&sea)}));
    assert_eq!(text(&alone, "error"), "mask can only be used together with image");
}

fn grey(level: u8) -> Vec<u8> {
    use image::ImageEncoder;
    let mut bytes = Vec::new();
    let encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    encoder.write_image(&[level; 4], 2, 2, image::ExtendedColorType::L8).expect("rows of the right size");
    bytes
}

#[test]
fn community_models_need_a_version_and_make_what_they_are_for() {
    let mut bench = Bench::new();
    let sea = data_url(&picture("sea"));
    for (model, deployment, size) in
        [("nightmareai/real-esrgan", "upscaler", (120, 80)), ("851-labs/background-remover", "background-remover", (60, 40))]
    {
        let input = json!({"image": sea, "scale": 2});
        assert_eq!(bench.post(&format!("/models/{model}/predictions"), &json!({"input": input})).status, 404);
        assert_eq!(bench.post("/predictions", &json!({"version": model, "input": input})).status, 422);
        assert_eq!(bench.post("/predictions", &json!({"version": "0", "input": {}})).status, 422);
        let shown = read(&bench.get(&format!("/models/{model}")));
        assert_eq!(shown["latest_version"]["openapi_schema"]["components"]["schemas"]["Input"]["required"], json!(["image"]));
        let version = text(&shown["latest_version"], "id").to_owned();
        let by_version = bench.post("/predictions", &json!({"version": version, "input": input}));
        let by_deployment = bench.post(&format!("/deployments/atelier/{deployment}/predictions"), &json!({"input": input}));
        let missing = bench.post("/predictions", &json!({"version": version, "input": {}}));
        assert_eq!((missing.status, text(&read(&missing), "detail")), (422, "- input.image: image is required\n"));
        bench.pass(20_000);
        for created in [by_version, by_deployment] {
            let done = bench.show(text(&read(&created), "id"));
            let file = bench.file(done["output"].as_str().expect("one address"));
            assert_eq!((file.header("content-type"), Source::read(&file.body).expect("a picture").size()), (Some("image/png"), size));
        }
    }
}

#[test]
fn films_begin_and_end_with_given_pictures() {
    let mut bench = Bench::new();
    let (sea, city) = (data_url(&picture("sea")), data_url(&picture("city")));
    let model = "bytedance/seedance-1-pro";
    let mut film = |more: Value| {
        let mut input = json!({"prompt": "a lake", "seed": 1, "duration": 2});
        input.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let body = bench.made(model, &input);
        assert_eq!(&body[4..8], b"ftyp");
        body
    };
    let (words, first, both) = (film(json!({})), film(json!({"image": sea})), film(json!({"image": sea, "last_frame_image": city})));
    assert!(words != first && first != both);
    let done = bench.make(model, &json!({"prompt": "x"}));
    let url = done["output"].as_str().expect("one address").to_owned();
    assert!(url.ends_with("/output.mp4"));
    assert_eq!(bench.file(&url).header("content-type"), Some("video/mp4"));
    let alone = bench.make(model, &json!({"prompt": "x", "last_frame_image": city}));
    assert_eq!(text(&alone, "status"), "failed");
    let model = "kwaivgi/kling-v2.1";
    let standard = bench.make(model, &json!({"prompt": "x", "start_image": sea, "end_image": city}));
    assert_eq!(text(&standard, "error"), "end_image is only supported in pro mode");
    assert_eq!(text(&bench.make(model, &json!({"prompt": "x", "start_image": sea, "end_image": city, "mode": "pro"})), "status"), "succeeded");
    for wrong in [
        json!({"prompt": "x"}),
        json!({"prompt": "x", "start_image": sea, "duration": 7}),
        json!({"prompt": "x", "start_image": sea, "duration": "5"}),
    ] {
        assert_eq!(bench.post(&format!("/models/{model}/predictions"), &json!({"input": wrong})).status, 422);
    }
}

#[test]
fn films_of_references_have_no_frames() {
    let mut bench = Bench::new();
    let (sea, city) = (data_url(&picture("sea")), data_url(&picture("city")));
    let model = "bytedance/seedance-2.0";
    let mut film = |references: &[&String]| bench.made(model, &json!({"prompt": "a lake", "seed": 1, "reference_images": references}));
    assert!(film(&[]) != film(&[&sea]) && film(&[&sea]) != film(&[&city]));
    let both = bench.make(model, &json!({"prompt": "x", "image": sea, "reference_images": [city]}));
    assert_eq!(text(&both, "error"), "reference_images cannot be used together with image or last_frame_image");
}

#[test]
fn one_of_two_frames_may_be_needed() {
    let mut bench = Bench::new();
    let (sea, city) = (data_url(&picture("sea")), data_url(&picture("city")));
    let model = "kwaivgi/kling-v1.6-pro";
    assert_eq!(text(&bench.make(model, &json!({"prompt": "x"})), "error"), "start_image or end_image is required");
    let mut film = |name: &str, picture: &str| bench.made(model, &json!({"prompt": "x", "seed": 1, name: picture}));
    let films = [film("start_image", &sea), film("start_image", &city), film("end_image", &sea), film("end_image", &city)];
    assert!(films.iter().enumerate().all(|(place, film)| !film.is_empty() && !films[..place].contains(film)));
}

#[test]
fn what_inputs_may_not_be_together() {
    let mut bench = Bench::new();
    let sea = data_url(&picture("sea"));
    let tolerant = json!({"prompt": "x", "input_image": sea, "safety_tolerance": 3});
    let edit = bench.make("black-forest-labs/flux-kontext-pro", &tolerant);
    assert_eq!(text(&edit, "error"), "safety_tolerance must be at most 2 when an input image is given");
    let words = bench.make("black-forest-labs/flux-kontext-pro", &json!({"prompt": "x", "safety_tolerance": 6}));
    assert_eq!(text(&words, "status"), "succeeded");
    let input = json!({"prompt": "x", "image_input": [sea], "sequential_image_generation": "auto", "max_images": 15});
    assert_eq!(text(&bench.make("bytedance/seedream-4", &input), "error"), "input images and max_images must be at most 15 together");
}

#[test]
fn a_sequence_has_as_many_pictures_as_were_asked_for() {
    let mut bench = Bench::new();
    let input = json!({"prompt": "x", "sequential_image_generation": "auto", "max_images": 3});
    assert_eq!(bench.make("bytedance/seedream-4", &input)["output"].as_array().map(Vec::len), Some(3));
    assert_eq!(bench.make("bytedance/seedream-4", &json!({"prompt": "x", "max_images": 3}))["output"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_prediction_that_is_cancelled_while_it_fetches_stays_so() {
    let mut bench = Bench::new();
    let id = bench.start("black-forest-labs/flux-dev", &json!({"prompt": "red", "image": STUDIO}));
    let fetch = bench.replicate.fetches().remove(0);
    assert_eq!(bench.send("POST", &format!("/replicate/v1/predictions/{id}/cancel"), &[], b"").status, 200);
    bench.replicate.fetched(bench.now_ms, fetch.id, Fetched::Bytes(picture("sea")));
    bench.pass(60_000);
    assert_eq!(text(&bench.show(&id), "status"), "canceled");
    let large = format!("data:image/png;base64,{}", "A".repeat(1_500_000));
    assert_eq!(bench.post("/models/black-forest-labs/flux-dev/predictions", &json!({"input": {"prompt": "x", "image": large}})).status, 422);
}
