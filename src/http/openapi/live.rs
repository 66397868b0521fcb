//! The WebSocket's description.

use super::operation;
use serde_json::{Value, json};

/// What the WebSocket says, for people: the document's format knows no messages.
const MESSAGES: &str = r#"A WebSocket that tells what becomes of the user's generations. Its messages are `{"n":1767225600000,"generation":"…","status":"running"}`: the number `n` grows
with each; `status` is a generation's, or `deleted`. At first comes what was missed since `after`, for an hour at most, and then `{"n":…}`; with `"reset":true` what was missed is not
known, and the list has to be read. A client sends `ping` and is answered `pong`; anything else ends the connection. It also ends after 50 minutes (4000) and when one of the user's
sessions has ended (4001): come again with the last `n` as `after`. The oldest of more than 20 is ended with 4002."#;

pub(super) fn describe(id: &str) -> Option<Value> {
    (id == "listen").then(|| {
        let bad = [
            ("401", "unauthenticated"),
            ("403", "foreign_origin"),
            ("426", "upgrade_required"),
            ("501", "live_off: the operator has no Durable Objects"),
        ];
        let mut operation = operation(id, "What becomes of the user's generations, as it happens", true, ("101", json!({"description": "A WebSocket"})), &bad);
        operation["description"] = json!(MESSAGES.replace('\n', " "));
        operation["parameters"] = json!([{
            "name": "after", "in": "query", "required": false, "description": "The number of the last message that was seen", "schema": {"type": "integer"},
        }]);
        operation
    })
}
