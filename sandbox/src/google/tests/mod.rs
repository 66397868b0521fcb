//! The vendor as browsers and the client see it.

mod authorizing;
mod exchanging;
mod forging;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde_json::Value;

use super::{Config, Google, Request, Response};
use crate::exchange::{encode, query};

/// 2026-01-01T00:00:00Z.
const START_MS: i64 = 1_767_225_600_000;
const CLIENT: &str = "atelier-dev.apps.googleusercontent.com";
const SECRET: &str = "GOCSPX-secret";
const CALLBACK: &str = "http://127.0.0.1:8787/api/auth/callback/google";
/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

struct Bench {
    google: Google,
    now_ms: i64,
}

type Fields<'a> = Vec<(&'a str, &'a str)>;

/// What the studio asks for; tests change what they are about.
fn asked() -> Fields<'static> {
    vec![
        ("client_id", CLIENT),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "email profile openid"),
        ("state", "st&te="),
        ("nonce", "n-1"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

fn with<'a>(mut fields: Fields<'a>, name: &'a str, value: &'a str) -> Fields<'a> {
    fields.retain(|(given, _)| *given != name);
    fields.push((name, value));
    fields
}

fn without<'a>(mut fields: Fields<'a>, name: &str) -> Fields<'a> {
    fields.retain(|(given, _)| *given != name);
    fields
}

fn encoded(fields: &[(&str, &str)]) -> String {
    fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&")
}

impl Bench {
    fn new() -> Self {
        let config = Config {
            client_id: CLIENT.into(),
            client_secret: SECRET.into(),
            redirect_uris: vec![CALLBACK.into(), "http://localhost:8787/other?a=b".into()],
            base_url: "http://127.0.0.1:9000/google".into(),
            seed: 7,
        };
        Self { google: Google::new(config), now_ms: START_MS }
    }

    fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
        let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let request = Request { method: method.into(), path: format!("/google{path}"), headers, body: body.as_bytes().to_vec() };
        self.google.handle(self.now_ms, &request)
    }

    fn get(&mut self, path: &str) -> Response {
        self.send("GET", path, &[], "")
    }

    fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.send("POST", path, &[("content-type", "application/x-www-form-urlencoded")], &encoded(fields))
    }

    fn authorize(&mut self, fields: &[(&str, &str)]) -> Response {
        self.get(&format!("/o/oauth2/v2/auth?{}", encoded(fields)))
    }

    fn choose(&mut self, fields: &[(&str, &str)], choice: &[(&str, &str)]) -> Response {
        self.post(&format!("/o/oauth2/v2/auth?{}", encoded(fields)), choice)
    }

    /// A code for somebody, without a page.
    fn code(&mut self, fields: Fields<'_>, email: &str) -> String {
        let fields = with(with(fields, "prompt", "none"), "login_hint", email);
        back(&self.authorize(&fields), "code").expect("a code")
    }

    fn exchange(&mut self, code: &str) -> Response {
        self.post("/token", &exchange(code))
    }

    /// The claims of a sign-in, whose signature is verified with the published keys.
    fn sign_in(&mut self, email: &str) -> Value {
        let code = self.code(asked(), email);
        let answer = self.exchange(&code);
        assert_eq!(answer.status, 200);
        let token = text(&read(&answer), "id_token");
        self.verified(&token).expect("a valid signature")
    }

    /// The claims, when a published key signed them with RS256.
    fn verified(&mut self, token: &str) -> Option<Value> {
        let keys = read(&self.get("/oauth2/v3/certs"));
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let header = part(header);
        let key = keys["keys"].as_array()?.iter().find(|key| key["kid"] == header["kid"])?;
        let bytes = |name: &str| URL_SAFE_NO_PAD.decode(text(key, name)).expect("base64url");
        let key = RsaPublicKeyComponents { n: bytes("n"), e: bytes("e") };
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        key.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature).ok()?;
        (header["alg"] == "RS256").then(|| part(claims))
    }
}

fn exchange(code: &str) -> Fields<'_> {
    vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("client_id", CLIENT),
        ("client_secret", SECRET),
        ("code_verifier", VERIFIER),
    ]
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

/// A part of a JWT.
fn part(base64: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(base64).expect("base64url")).expect("JSON")
}

fn header(token: &str) -> Value {
    part(token.split('.').next().expect("a header"))
}

fn read(response: &Response) -> Value {
    serde_json::from_slice(&response.body).expect("JSON")
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().expect("a text").to_owned()
}

fn page(response: &Response) -> String {
    String::from_utf8(response.body.clone()).expect("text")
}

/// A parameter of the way back.
fn back(response: &Response, name: &str) -> Option<String> {
    assert_eq!(response.status, 302);
    let location = response.header("location").expect("a location");
    let (_, parameters) = location.split_once('?').expect("parameters");
    query(parameters).into_iter().find(|(given, _)| given == name).map(|(_, value)| value)
}

/// Status and name of an error of the token endpoint.
fn refusal(response: &Response) -> (u16, String) {
    let body = read(response);
    assert!(!text(&body, "error_description").is_empty());
    (response.status, text(&body, "error"))
}
