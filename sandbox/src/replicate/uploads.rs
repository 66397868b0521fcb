//! The files API: uploads that inputs may point to.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Replicate;
use crate::{
    exchange::{Request, Response, query},
    multipart,
    signing::hmac_base64,
    time::{DAY_MS, rfc3339},
};

/// The vendor's words: "Files must be less than 100MB in size".
const UPLOAD_BYTES_MAX: usize = 100 * 1_024 * 1_024;
/// The name in bytes.
const NAME_BYTES_MAX: usize = 255;
/// How long uploads are kept. Not documented; 24 hours is what people report.
const KEPT_MS: i64 = DAY_MS;

/// An upload.
#[derive(Debug, Clone)]
pub(super) struct Upload {
    name: String,
    content_type: String,
    metadata: Value,
    bytes: Vec<u8>,
    created_ms: i64,
}

impl Replicate {
    /// `POST /files`.
    pub(super) fn upload(&mut self, now_ms: i64, request: &Request) -> Response {
        let Some(parts) =
            request.header("content-type").and_then(multipart::boundary).and_then(|boundary| multipart::parts(&request.body, &boundary))
        else {
            return Response::problem(400, "Bad request", "The body is not multipart/form-data.");
        };
        let part = |name: &str| parts.iter().find(|part| part.name == name);
        let text = |name: &str| part(name).map(|part| String::from_utf8_lossy(&part.content).into_owned());
        let Some(content) = part("content") else {
            return Response::problem(422, "Input validation failed", "- content is required\n");
        };
        if content.content.len() >= UPLOAD_BYTES_MAX {
            return Response::detail(413, "Files must be less than 100MB in size");
        }
        let name = text("filename").or_else(|| content.filename.clone()).unwrap_or_else(|| "file".into());
        if name.len() > NAME_BYTES_MAX {
            return Response::problem(422, "Input validation failed", "- filename: Must be at most 255 bytes\n");
        }
        let metadata = match text("metadata").map(|text| serde_json::from_str::<Value>(&text)) {
            None => json!({}),
            Some(Ok(metadata)) if metadata.is_object() => metadata,
            Some(_) => return Response::problem(422, "Input validation failed", "- metadata: Must be a JSON object\n"),
        };
        let content_type = text("type").or_else(|| content.content_type.clone()).unwrap_or_else(|| "application/octet-stream".into());
        let id = self.dice.id(26);
        let upload = Upload { name, content_type, metadata, bytes: content.content.clone(), created_ms: now_ms };
        let response = Response::json(201, &self.upload_json(&id, &upload));
        self.uploads.insert(id, upload);
        response
    }

    /// `GET /files`: a single page.
    pub(super) fn list_uploads(&self) -> Response {
        let results: Vec<Value> = self.uploads.iter().map(|(id, upload)| self.upload_json(id, upload)).collect();
        Response::json(200, &json!({"next": null, "previous": null, "results": results}))
    }

    /// `GET /files/{id}`.
    pub(super) fn show_upload(&self, id: &str) -> Response {
        self.uploads.get(id).map_or_else(missing, |upload| Response::json(200, &self.upload_json(id, upload)))
    }

    /// `DELETE /files/{id}`.
    pub(super) fn delete_upload(&mut self, id: &str) -> Response {
        self.uploads.remove(id).map_or_else(missing, |_| Response { headers: Vec::new(), ..Response::bytes(204, "", Vec::new()) })
    }

    /// `GET /files/{id}/download?expiry=&owner=&signature=`: the signature stands in for the token.
    pub(super) fn download_upload(&self, now_ms: i64, id: &str, query_text: &str) -> Response {
        let values = query(query_text);
        let value = |name: &str| values.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str()).unwrap_or_default();
        let (owner, expiry) = (value("owner"), value("expiry"));
        let signed = value("signature") == self.upload_signature(owner, id, expiry);
        let fresh = expiry.parse::<i64>().is_ok_and(|expiry_s| expiry_s * 1_000 > now_ms);
        if !signed || !fresh {
            return Response::detail(403, "The signature is wrong or has expired.");
        }
        let download = |upload: &Upload| {
            let response = Response::bytes(200, &upload.content_type, upload.bytes.clone());
            response.with("content-disposition", &format!("attachment; filename=\"{}\"", upload.name.replace(['"', '\r', '\n'], "_")))
        };
        self.uploads.get(id).map_or_else(missing, download)
    }

    /// The signature of a download address: base64 of HMAC-SHA256 over `"{owner} {id} {expiry}"`, expiry in Unix seconds.
    #[must_use]
    pub fn upload_signature(&self, owner: &str, id: &str, expiry: &str) -> String {
        hmac_base64(format!("files {}", self.config.token).as_bytes(), format!("{owner} {id} {expiry}").as_bytes())
    }

    /// The bytes of an upload, for a model that was given its address.
    pub(super) fn upload_bytes(&self, id: &str) -> Option<&[u8]> {
        self.uploads.get(id).map(|upload| upload.bytes.as_slice())
    }

    /// Uploads expire by themselves.
    pub(super) fn expire_uploads(&mut self, now_ms: i64) {
        self.uploads.retain(|_, upload| upload.created_ms + KEPT_MS > now_ms);
    }

    fn upload_json(&self, id: &str, upload: &Upload) -> Value {
        let digest = Sha256::digest(&upload.bytes).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        json!({
            "id": id,
            "name": upload.name,
            "content_type": upload.content_type,
            "size": upload.bytes.len(),
            "etag": digest[..32],
            "checksums": {"sha256": digest},
            "metadata": upload.metadata,
            "created_at": rfc3339(upload.created_ms),
            "expires_at": rfc3339(upload.created_ms + KEPT_MS),
            "urls": {"get": format!("{}/files/{id}", self.config.api_url)},
        })
    }
}

fn missing() -> Response {
    Response::detail(404, "The requested resource could not be found.")
}
