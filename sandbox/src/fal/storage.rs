//! Uploads that inputs may point to: initiated with the key, sent without it, in one piece or in parts.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    Fal, Fault,
    faults::detail,
    keys::hex,
    media::{Content, File},
    not_found,
    submit::lifecycle_ms,
};
use crate::exchange::{Request, Response};

/// Where bytes are sent to; the address is the permission.
pub(super) const PUT_PATH: &str = "storage/upload/put/";

/// An upload that was initiated.
#[derive(Debug, Clone)]
pub(super) struct Upload {
    path: String,
    media_type: String,
    life_ms: i64,
    signature: String,
    parts: Option<BTreeMap<u64, Vec<u8>>>,
}

impl Fal {
    /// Everything below `rest.fal.ai/storage`.
    pub(super) fn storage(&mut self, now_ms: i64, request: &Request, path: &str, query: &[(String, String)]) -> Response {
        let value = |name: &str| query.iter().find(|(given, _)| given == name).map_or("", |(_, value)| value.as_str());
        match (request.method.as_str(), path) {
            ("POST", "storage/upload/initiate") => self.initiate(request, value("storage_type"), false),
            ("POST", "storage/upload/initiate-multipart") => self.initiate(request, value("storage_type"), true),
            (method, path) => match path.strip_prefix(PUT_PATH).map(|rest| rest.split_once('/').unwrap_or((rest, ""))) {
                Some((token, part)) => self.receive(now_ms, method, token, part, value("signature"), request),
                None => not_found(),
            },
        }
    }

    fn initiate(&mut self, request: &Request, storage_type: &str, multipart: bool) -> Response {
        if storage_type != "fal-cdn-v3" {
            return Fault::bad_request("storage_type is fal-cdn-v3").response();
        }
        let life_ms = match lifecycle_ms(request.header("x-fal-object-lifecycle")) {
            Ok(life_ms) => life_ms,
            Err(fault) => return fault.response(),
        };
        let body = serde_json::from_slice::<Value>(&request.body).unwrap_or_default();
        let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let (Some(media_type), Some(name)) = (text("content_type"), text("file_name")) else {
            let missing = ["content_type", "file_name"].into_iter().filter(|name| text(name).is_none());
            let missing: Vec<Value> = missing.map(|name| detail(&[name], "missing", "Field required", &body)).collect();
            return Fault::model(&missing).response();
        };
        let (token, signature) = (self.dice.id(32), self.dice.id(32));
        let path = format!("files/b/{}/{}_{}", self.dice.id(8), self.dice.token(21), harmless(name));
        let file_url = format!("{}/{path}", self.host("media"));
        let upload_url = format!("{}/{PUT_PATH}{token}?signature={signature}", self.host("rest"));
        let parts = multipart.then(BTreeMap::new);
        self.uploads.insert(token, Upload { path, media_type: media_type.to_owned(), life_ms, signature, parts });
        Response::json(200, &json!({"file_url": file_url, "upload_url": upload_url}))
    }

    fn receive(&mut self, now_ms: i64, method: &str, token: &str, part: &str, signature: &str, request: &Request) -> Response {
        let Some(upload) = self.uploads.get_mut(token).filter(|upload| upload.signature == signature) else {
            return Response::detail(403, "The upload address is not valid");
        };
        match (method, part, part.parse::<u64>(), &mut upload.parts) {
            ("PUT", "", _, None) => {
                let done = upload.clone();
                self.keep(now_ms, done, &request.body);
                Response::json(200, &json!({}))
            }
            ("PUT", _, Ok(number @ 1..), Some(parts)) => {
                let etag = etag(&request.body);
                parts.insert(number, request.body.clone());
                Response::json(200, &json!({"partNumber": number, "etag": etag}))
            }
            ("POST", "complete", _, Some(parts)) => {
                let body = serde_json::from_slice::<Value>(&request.body).unwrap_or_default();
                let Some(bytes) = assembled(parts, &body) else {
                    return Fault::bad_request("The parts are not those that were sent").response();
                };
                let done = upload.clone();
                self.keep(now_ms, done, &bytes);
                self.uploads.remove(token);
                Response::json(200, &json!({}))
            }
            _ => Response::detail(405, "Method Not Allowed"),
        }
    }

    fn keep(&mut self, now_ms: i64, upload: Upload, bytes: &[u8]) {
        let content = Content::Bytes(Arc::from(bytes));
        let file = File { media_type: upload.media_type, content, words: BTreeSet::new(), expires_ms: now_ms + upload.life_ms };
        self.files.insert(upload.path, file);
    }
}

/// The parts that a completion names, in its order, when each is the one that was sent.
fn assembled(parts: &BTreeMap<u64, Vec<u8>>, body: &Value) -> Option<Vec<u8>> {
    let named = body.get("parts")?.as_array().filter(|named| !named.is_empty())?;
    let part = |entry: &Value| {
        let bytes = parts.get(&entry.get("partNumber")?.as_u64()?)?;
        (entry.get("etag")?.as_str()? == etag(bytes)).then_some(bytes)
    };
    named.iter().map(part).collect::<Option<Vec<_>>>().map(|parts| parts.into_iter().flatten().copied().collect())
}

fn etag(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// A name that is safe in a path.
fn harmless(name: &str) -> String {
    let safe = |letter: char| if letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_') { letter } else { '_' };
    name.chars().take(100).map(safe).collect()
}
