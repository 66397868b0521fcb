//! The routes of better-auth that are served, in short; its own documentation has the rest.

use super::schema;
use serde_json::{Map, Value, json};

/// A field: its name with `?` behind it if it may be missing, and its JSON type.
type Field = (&'static str, &'static str);

struct Described {
    path: &'static str,
    method: &'static str,
    id: &'static str,
    summary: &'static str,
    /// Of the body, or of the query of a `get`.
    fields: &'static [Field],
    /// What comes back; redirects come back as 302.
    answer: Answer,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Object,
    List,
    Token,
    Session,
    Redirect,
}

const fn get(path: &'static str, id: &'static str, summary: &'static str, fields: &'static [Field], answer: Answer) -> Described {
    Described { path, method: "get", id, summary, fields, answer }
}
const fn post(path: &'static str, id: &'static str, summary: &'static str, fields: &'static [Field], answer: Answer) -> Described {
    Described { path, method: "post", id, summary, fields, answer }
}

const TEXT: &str = "string";
const TEXT_OR_NULL: &str = "string|null";
const FLAG: &str = "boolean";
const CALLBACK: Field = ("callbackURL?", TEXT);
const ERROR_CALLBACK: Field = ("errorCallbackURL?", TEXT);
const NEW_USER_CALLBACK: Field = ("newUserCallbackURL?", TEXT);
const TOKEN: Field = ("token", TEXT);
const EMAIL: Field = ("email", TEXT);

const ROUTES: &[Described] = &[
    post(
        "sign-up/email",
        "signUpEmail",
        "Make an account",
        &[("name", TEXT), EMAIL, ("password", TEXT), ("image?", TEXT), CALLBACK, ("rememberMe?", FLAG), ("ageConfirmed?", FLAG)],
        Answer::Token,
    ),
    post("sign-in/email", "signInEmail", "Sign in", &[EMAIL, ("password", TEXT), CALLBACK, ("rememberMe?", FLAG)], Answer::Token),
    post("sign-out", "signOut", "End the session", &[], Answer::Object),
    get("get-session", "getSession", "The session, or null", &[("disableCookieCache?", TEXT), ("disableRefresh?", TEXT)], Answer::Session),
    get("list-sessions", "listSessions", "The user's sessions", &[], Answer::List),
    post("revoke-session", "revokeSession", "End a session", &[TOKEN], Answer::Object),
    post("revoke-sessions", "revokeSessions", "End all sessions", &[], Answer::Object),
    post("revoke-other-sessions", "revokeOtherSessions", "End all sessions but this one", &[], Answer::Object),
    post("update-session", "updateSession", "Refused: sessions have no fields to change", &[], Answer::Object),
    post("update-user", "updateUser", "Change name and picture", &[("name?", TEXT), ("image?", TEXT_OR_NULL)], Answer::Object),
    post("change-email", "changeEmail", "Ask for another address", &[("newEmail", TEXT), CALLBACK], Answer::Object),
    post(
        "change-password",
        "changePassword",
        "Change the password",
        &[("newPassword", TEXT), ("currentPassword", TEXT), ("revokeOtherSessions?", FLAG)],
        Answer::Token,
    ),
    post("verify-password", "verifyPassword", "Check the password", &[("password", TEXT)], Answer::Object),
    post("request-password-reset", "requestPasswordReset", "Ask for a link to set a password", &[EMAIL, ("redirectTo?", TEXT)], Answer::Object),
    get("reset-password/{token}", "openPasswordReset", "The link of that mail", &[("callbackURL", TEXT)], Answer::Redirect),
    post("reset-password", "resetPassword", "Set a password", &[("newPassword", TEXT), ("token?", TEXT)], Answer::Object),
    post("send-verification-email", "sendVerificationEmail", "Ask for a link that proves the address", &[EMAIL, CALLBACK], Answer::Object),
    get("verify-email", "verifyEmail", "The link of that mail", &[TOKEN, CALLBACK], Answer::Object),
    post(
        "sign-in/social",
        "signInSocial",
        "Sign in with Google",
        &[
            ("provider", TEXT),
            CALLBACK,
            NEW_USER_CALLBACK,
            ERROR_CALLBACK,
            ("disableRedirect?", FLAG),
            ("idToken?", "object"),
            ("scopes?", "array"),
            ("requestSignUp?", FLAG),
            ("loginHint?", TEXT),
            ("additionalParams?", "object"),
            ("additionalData?", "object"),
        ],
        Answer::Object,
    ),
    get(
        "callback/google",
        "googleCallback",
        "Where Google sends browsers back to",
        &[("state?", TEXT), ("code?", TEXT), ("error?", TEXT)],
        Answer::Redirect,
    ),
    post(
        "link-social",
        "linkSocial",
        "Link Google to the account",
        &[("provider", TEXT), CALLBACK, ERROR_CALLBACK, ("disableRedirect?", FLAG), ("idToken?", "object"), ("scopes?", "array")],
        Answer::Object,
    ),
    post("unlink-account", "unlinkAccount", "Take a way to sign in away", &[("accountId", TEXT)], Answer::Object),
    get("list-accounts", "listAccounts", "The ways to sign in", &[], Answer::List),
    post("delete-user", "deleteUser", "Delete the account", &[CALLBACK, ("password?", TEXT), ("token?", TEXT)], Answer::Object),
    get("delete-user/callback", "deleteUserCallback", "The link of that mail", &[TOKEN, CALLBACK], Answer::Object),
    post(
        "sign-in/magic-link",
        "signInMagicLink",
        "Ask for a link that signs in",
        &[EMAIL, ("name?", TEXT), CALLBACK, NEW_USER_CALLBACK, ERROR_CALLBACK, ("metadata?", "object")],
        Answer::Object,
    ),
    get("magic-link/verify", "verifyMagicLink", "The link of that mail", &[TOKEN, CALLBACK, ERROR_CALLBACK, NEW_USER_CALLBACK], Answer::Redirect),
    get("ok", "ok", "better-auth's routes are served", &[], Answer::Object),
    get("error", "authError", "Where failed sign-ins lead: on to the page", &[("error?", TEXT), ("error_description?", TEXT)], Answer::Redirect),
];

fn field((name, kind): &Field) -> (&'static str, bool, Value) {
    let required = !name.ends_with('?');
    let schema = match *kind {
        "array" => json!({"type": "array", "items": {"type": "string"}}),
        TEXT_OR_NULL => json!({"type": ["string", "null"]}),
        kind => json!({ "type": kind }),
    };
    (name.trim_end_matches('?'), required, schema)
}

fn answer(answer: Answer) -> Value {
    let user = json!({"$ref": "#/components/schemas/User"});
    match answer {
        Answer::Object => json!({"type": "object"}),
        Answer::List => json!({"type": "array", "items": {"type": "object"}}),
        Answer::Token => {
            json!({"type": "object", "required": ["token", "user"], "properties": {"token": {"type": ["string", "null"]}, "user": user}})
        }
        Answer::Session => {
            json!({"type": ["object", "null"], "required": ["session", "user"], "properties": {"session": {"type": "object"}, "user": user}})
        }
        Answer::Redirect => Value::Null,
    }
}

fn operation(route: &Described) -> Value {
    let done = if route.answer == Answer::Redirect {
        ("302", json!({"description": "On to the page"}))
    } else {
        ("200", json!({"description": "Done", "content": {"application/json": {"schema": answer(route.answer)}}}))
    };
    let mut operation = json!({
        "operationId": route.id, "summary": route.summary, "security": [],
        "responses": { done.0: done.1, "default": {"description": "better-auth's own error shape", "content": schema("AuthError")} },
    });
    let mut parameters = Vec::new();
    if route.path.contains("{token}") {
        parameters.push(json!({"name": "token", "in": "path", "required": true, "schema": {"type": "string"}}));
    }
    if route.method == "get" {
        parameters.extend(
            route
                .fields
                .iter()
                .map(field)
                .map(|(name, required, schema)| json!({"name": name, "in": "query", "required": required, "schema": schema})),
        );
    } else if !route.fields.is_empty() {
        let properties: Map<String, Value> = route.fields.iter().map(field).map(|(name, _, schema)| (name.to_owned(), schema)).collect();
        let required: Vec<_> = route.fields.iter().map(field).filter(|(_, required, _)| *required).map(|(name, _, _)| name).collect();
        let body = json!({"type": "object", "properties": properties, "required": required});
        operation["requestBody"] = json!({"content": {"application/json": {"schema": body}}});
    }
    if !parameters.is_empty() {
        operation["parameters"] = Value::from(parameters);
    }
    operation
}

/// Path, method and description of each.
pub(super) fn operations() -> impl Iterator<Item = (String, &'static str, Value)> {
    ROUTES.iter().map(|route| (format!("/api/auth/{}", route.path), route.method, operation(route)))
}
