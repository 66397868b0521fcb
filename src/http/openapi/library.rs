//! The routes of the library in the OpenAPI document.

use super::{described, operation, page_parameters, schema};
use crate::domain::library::{BULK_MAX, FOLDER_CHARS_MAX, SHARE_DAYS, SHARE_DAYS_MAX};
use serde_json::{Value, json};

const SIGNED_OUT: (&str, &str) = ("401", "unauthenticated");
const FOREIGN: (&str, &str) = ("403", "foreign_origin");
const BAD: (&str, &str) = ("400", "invalid_input");
const GONE: (&str, &str) = ("404", "not_found");

/// The description of a route; none if it is not one of these.
pub(super) fn describe(id: &str) -> Option<Value> {
    let good = |status, words, name| (status, described(words, schema(name)));
    let done = |words: &str| ("204", json!({"description": words}));
    let mut described = match id {
        "listGenerations" => operation(id, "The user's generations, newest first", true, good("200", "A page", "GenerationPage"), &[BAD, SIGNED_OUT]),
        "changeGeneration" => {
            let words = "Make it a favourite or not, or move it into a folder";
            operation(id, words, true, good("200", "The generation", "OneGeneration"), &[BAD, SIGNED_OUT, FOREIGN, GONE])
        }
        "bulkGenerations" => {
            let words = "Do the same to many generations: each as its own route would";
            operation(id, words, true, good("200", "What became of each", "BulkShown"), &[BAD, SIGNED_OUT, FOREIGN])
        }
        "zipGenerations" => {
            let archive = json!({"application/zip": {"schema": {"type": "string", "contentMediaType": "application/zip"}}});
            let bad = [
                BAD,
                SIGNED_OUT,
                FOREIGN,
                ("404", "not_found: none of them has any file"),
                ("409", "archive_too_large"),
                ("429", "too_many_requests"),
            ];
            let words = "The files of generations as one archive. What is missing is named in its missing.txt";
            operation(id, words, true, ("200", super::described("The archive", archive)), &bad)
        }
        "getLineage" => {
            let words = "What a generation was made from, and what was made from it";
            operation(id, words, true, good("200", "Its kin", "LineageShown"), &[SIGNED_OUT, GONE])
        }
        "listFolders" => operation(id, "The folders", true, good("200", "By name", "FolderList"), &[SIGNED_OUT]),
        "makeFolder" => {
            let bad = [BAD, SIGNED_OUT, FOREIGN, ("409", "folder_exists or too_many_folders")];
            operation(id, "Make a folder", true, good("201", "The folder", "FolderShown"), &bad)
        }
        "renameFolder" => {
            let bad = [BAD, SIGNED_OUT, FOREIGN, GONE, ("409", "folder_exists")];
            operation(id, "Rename a folder", true, good("200", "The folder", "FolderShown"), &bad)
        }
        "deleteFolder" => operation(id, "Delete a folder", true, done("It is gone; its works stay"), &[SIGNED_OUT, FOREIGN, GONE]),
        "makeShare" => {
            let bad = [BAD, SIGNED_OUT, FOREIGN, GONE, ("409", "nothing_to_share or too_many_shares")];
            operation(id, "Make a link by which others see a generation", true, good("201", "The link", "ShareShown"), &bad)
        }
        "listShares" => operation(id, "The links that have not ended", true, good("200", "Newest first", "ShareList"), &[BAD, SIGNED_OUT]),
        "endShare" => operation(id, "Take a link back", true, done("It shows nothing any more"), &[SIGNED_OUT, FOREIGN, GONE]),
        "openShared" => {
            let bad = [("404", "not_found: unknown, ended or taken back"), ("429", "too_many_requests")];
            operation(id, "What a link shows", false, good("200", "The work", "SharedWork"), &bad)
        }
        _ => return None,
    };
    if let Some(parameters) = parameters(id) {
        described["parameters"] = parameters;
    }
    if let Some((required, properties)) = body(id) {
        let schema = json!({"type": "object", "required": required, "properties": properties, "additionalProperties": false});
        described["requestBody"] = json!({"required": true, "content": {"application/json": {"schema": schema}}});
    }
    Some(described)
}

fn parameters(id: &str) -> Option<Value> {
    let text = json!({"type": "string"});
    let query = |name: &str, words: &str, schema: &Value| json!({"name": name, "in": "query", "description": words, "schema": schema});
    Some(match id {
        "listGenerations" => {
            let list = |words: &str| json!({"type": "string", "description": words, "example": "a,b"});
            let mut parameters = page_parameters();
            let more = [
                query("kind", "Kinds of GET /api/models, separated by commas", &list("kinds")),
                query("model", "Ids of models, separated by commas, also of models that are gone", &list("models")),
                query("status", "States, separated by commas", &list("states")),
                query(
                    "ratio",
                    "Width to height: what was asked for, or, where nothing was, what came out (to 3 %)",
                    &json!({"type": "string", "example": "16:9"}),
                ),
                query("favourite", "Favourites, or everything else", &json!({"type": "boolean"})),
                query("folder", "The id of a folder, or `none`", &text),
                query("from", "Ordered then or later: a day or a moment in UTC", &text),
                query("to", "Ordered before: a day or a moment in UTC", &text),
                query("q", "Words of the prompt: all of them, as beginnings of words; what stands in quotes word for word", &text),
            ];
            if let Some(list) = parameters.as_array_mut() {
                list.extend(more);
            }
            parameters
        }
        "zipGenerations" => {
            json!([{"name": "ids", "in": "query", "required": true, "description": format!("1 to {BULK_MAX} ids, separated by commas"), "schema": text}])
        }
        "listShares" => json!([query("generation", "Those of one generation", &text)]),
        "openShared" => json!([{"name": "token", "in": "path", "required": true, "schema": text}]),
        "changeGeneration" | "getLineage" | "renameFolder" | "deleteFolder" | "makeShare" | "endShare" => {
            json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "string", "pattern": "^[0-9a-z]{26}$"}}])
        }
        _ => return None,
    })
}

/// Required fields and fields of a body.
fn body(id: &str) -> Option<(Value, Value)> {
    let folder = json!({"type": ["string", "null"], "description": "The id of a folder; null for none"});
    Some(match id {
        "changeGeneration" => (json!([]), json!({"favourite": {"type": "boolean"}, "folder": folder})),
        "bulkGenerations" => (
            json!(["ids", "action"]),
            json!({
                "ids": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": BULK_MAX},
                "action": {"type": "string", "enum": ["favourite", "unfavourite", "move", "delete"]},
                "folder": folder,
            }),
        ),
        "makeFolder" | "renameFolder" => (json!(["name"]), json!({"name": {"type": "string", "minLength": 1, "maxLength": FOLDER_CHARS_MAX}})),
        "makeShare" => (
            json!([]),
            json!({
                "days": {"type": "integer", "minimum": 1, "maximum": SHARE_DAYS_MAX, "default": SHARE_DAYS},
                "recipe": {"type": "boolean", "default": false, "description": "Show words and inputs too"},
                "output": {"type": ["integer", "null"], "minimum": 0, "description": "Which output; all of them if none is named"},
            }),
        ),
        _ => return None,
    })
}
