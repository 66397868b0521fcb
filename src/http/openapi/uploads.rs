//! The routes of uploads in the OpenAPI document.

use super::{described, operation, schema};
use serde_json::{Value, json};

/// The description of a route; none if it is not one of these.
pub(super) fn describe(id: &str) -> Option<Value> {
    let signed_out = ("401", "unauthenticated");
    let foreign = ("403", "foreign_origin");
    let good = |status, words, name| (status, described(words, schema(name)));
    let mut described = match id {
        "beginUpload" => {
            let good = good("201", "Where to bring it", "UploadOpened");
            operation(id, "Announce a picture", true, good, &[signed_out, foreign, ("409", "too_many_uploads: delete some, or use them")])
        }
        "takeUpload" => {
            let bad = [
                ("400", "invalid_input: neither PNG, JPEG nor WebP, damaged, moving, too small or too large"),
                ("403", "media_refused: not an address of ours, or it has ended"),
                ("404", "not_found: it was deleted meanwhile"),
                ("408", "body_too_slow: it did not come within two minutes"),
                ("413", "body_too_large"),
                ("503", "unavailable: too much is being brought at once; Retry-After says when to bring it again"),
            ];
            operation(id, "Bring the picture. Its metadata are removed", false, good("201", "It is kept", "UploadShown"), &bad)
        }
        "listUploads" => {
            operation(id, "The user's pictures, newest first", true, good("200", "A page", "UploadPage"), &[("400", "invalid_input"), signed_out])
        }
        "deleteUpload" => {
            let done = ("204", json!({"description": "Row and file are gone; what was made from it stays"}));
            operation(id, "Delete a picture", true, done, &[signed_out, foreign, ("404", "not_found")])
        }
        _ => return None,
    };
    match id {
        "takeUpload" => {
            described["parameters"] = json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}]);
            let picture = json!({"schema": {"type": "string", "contentMediaType": "image/*"}});
            described["requestBody"] = json!({"required": true, "content": {"image/*": picture}});
        }
        "listUploads" => described["parameters"] = super::page_parameters(),
        "deleteUpload" => {
            described["parameters"] =
                json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "string", "pattern": "^[0-9a-z]{26}$"}}]);
        }
        _ => {}
    }
    Some(described)
}
