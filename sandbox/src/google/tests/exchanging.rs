//! Tokens: what they say, and when there are none.

use super::*;
use crate::time::{HOUR_MS, MINUTE_MS};

#[test]
fn a_sign_in_as_the_vendor_answers() {
    let mut bench = Bench::new();
    let code = bench.code(asked(), "ada@gmail.com");
    let answer = bench.exchange(&code);
    assert_eq!(answer.status, 200);
    assert!(answer.header("cache-control").expect("a header").contains("no-store"));
    let body = read(&answer);
    assert!(text(&body, "access_token").starts_with("ya29."));
    assert_eq!((body["expires_in"].as_i64(), text(&body, "token_type")), (Some(3_599), "Bearer".into()));
    assert_eq!(text(&body, "scope"), "openid https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/userinfo.profile");
    assert!(body.get("refresh_token").is_none());
    let token = text(&body, "id_token");
    let claims = bench.verified(&token).expect("a valid signature");
    assert_eq!(header(&token)["typ"], "JWT");
    let start_s = START_MS / 1_000;
    for (name, expected) in [
        ("iss", Value::from("https://accounts.google.com")),
        ("aud", CLIENT.into()),
        ("azp", CLIENT.into()),
        ("email", "ada@gmail.com".into()),
        ("email_verified", true.into()),
        ("nonce", "n-1".into()),
        ("name", "Ada Lovelace".into()),
        ("given_name", "Ada".into()),
        ("family_name", "Lovelace".into()),
        ("iat", start_s.into()),
        ("exp", (start_s + 3_600).into()),
    ] {
        assert_eq!(claims[name], expected, "{name}");
    }
    assert!(claims.get("hd").is_none());
    let hash = <sha2::Sha256 as sha2::Digest>::digest(text(&body, "access_token"));
    assert_eq!(text(&claims, "at_hash"), URL_SAFE_NO_PAD.encode(&hash[..16]));
    // The portrait is there.
    let picture = text(&claims, "picture");
    let portrait = bench.get(picture.strip_prefix("http://127.0.0.1:9000/google").expect("on this host"));
    assert_eq!((portrait.status, portrait.header("content-type"), &portrait.body[..4]), (200, Some("image/png"), &b"\x89PNG"[..]));
    assert_eq!(bench.get("/pictures/../x").status, 404);
}

#[test]
fn the_same_address_is_the_same_person() {
    let mut bench = Bench::new();
    let sub = text(&bench.sign_in("ada@gmail.com"), "sub");
    assert!(sub.len() == 21 && sub.bytes().all(|byte| byte.is_ascii_digit()), "{sub}");
    assert_eq!(text(&Bench::new().sign_in("Ada@Gmail.com"), "sub"), sub);
    assert_ne!(text(&bench.sign_in("ada@x.test"), "sub"), sub);
}

#[test]
fn people_differ() {
    let mut bench = Bench::new();
    let grace = bench.sign_in("grace@mail.example");
    assert_eq!((grace["email_verified"].as_bool(), grace.get("picture")), (Some(false), None));
    assert_eq!(bench.sign_in("mary@studio.example")["hd"], "studio.example");
    let anon = bench.sign_in("anon@gmail.com");
    assert!(["name", "given_name", "family_name", "picture"].iter().all(|name| anon.get(name).is_none()));
    assert_eq!(bench.sign_in("new.person@x.test")["name"], "New Person");
}

#[test]
fn scopes_and_nonce_decide_what_is_told() {
    let mut bench = Bench::new();
    let code = bench.code(without(with(asked(), "scope", "openid"), "nonce"), "ada@gmail.com");
    let body = read(&bench.exchange(&code));
    assert_eq!(text(&body, "scope"), "openid");
    let claims = bench.verified(&text(&body, "id_token")).expect("a valid signature");
    assert!(["email", "email_verified", "name", "picture", "nonce"].iter().all(|name| claims.get(name).is_none()));
}

#[test]
fn a_code_is_good_once_and_for_ten_minutes() {
    let mut bench = Bench::new();
    let code = bench.code(asked(), "ada@gmail.com");
    assert_eq!(bench.exchange(&code).status, 200);
    assert_eq!(refusal(&bench.exchange(&code)), (400, "invalid_grant".into()));
    assert_eq!(refusal(&bench.exchange("made up")), (400, "invalid_grant".into()));
    let late = bench.code(asked(), "ada@gmail.com");
    bench.now_ms += 10 * MINUTE_MS;
    assert_eq!(refusal(&bench.exchange(&late)), (400, "invalid_grant".into()));
}

#[test]
fn what_does_not_fit_is_refused() {
    let mut bench = Bench::new();
    let short = &VERIFIER[..42];
    let other = format!("{VERIFIER}x");
    for (change, status, error) in [
        (("client_id", "other"), 401, "invalid_client"),
        (("client_secret", "wrong"), 401, "invalid_client"),
        (("client_secret", ""), 400, "invalid_request"),
        (("client_id", ""), 400, "invalid_request"),
        (("grant_type", ""), 400, "invalid_request"),
        (("grant_type", "password"), 400, "unsupported_grant_type"),
        (("code", ""), 400, "invalid_request"),
        (("redirect_uri", "http://localhost:8787/other?a=b"), 400, "redirect_uri_mismatch"),
        (("redirect_uri", ""), 400, "invalid_request"),
        (("code_verifier", ""), 400, "invalid_grant"),
        (("code_verifier", short), 400, "invalid_grant"),
        (("code_verifier", other.as_str()), 400, "invalid_grant"),
    ] {
        let code = bench.code(asked(), "ada@gmail.com");
        let fields = with(exchange(&code), change.0, change.1);
        assert_eq!(refusal(&bench.post("/token", &fields)), (status, error.into()), "{change:?}");
    }
    let code = bench.code(asked(), "ada@gmail.com");
    let twice = [exchange(&code), vec![("code", "x")]].concat();
    assert_eq!(refusal(&bench.post("/token", &twice)), (400, "invalid_request".into()));
    let json = bench.send("POST", "/token", &[("content-type", "application/json")], "{}");
    assert_eq!(refusal(&json), (400, "invalid_request".into()));
    assert_eq!(bench.get("/token").status, 404);
}

#[test]
fn the_secret_may_come_in_a_header() {
    let mut bench = Bench::new();
    for (secret, status) in [(SECRET, 200), ("wrong", 401)] {
        let code = bench.code(asked(), "ada@gmail.com");
        let fields = without(without(exchange(&code), "client_id"), "client_secret");
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("authorization", &basic(CLIENT, secret))];
        assert_eq!(bench.send("POST", "/token", &headers, &encoded(&fields)).status, status);
    }
}

#[test]
fn refresh_tokens_come_with_the_first_offline_consent() {
    let mut bench = Bench::new();
    let offline = with(asked(), "access_type", "offline");
    let mut ask = |fields: Fields<'_>| {
        let code = bench.choose(&fields, &[("account", "ada@gmail.com")]);
        let code = back(&code, "code").expect("a code");
        read(&bench.exchange(&code))
    };
    let first = ask(offline.clone());
    assert!(ask(offline.clone()).get("refresh_token").is_none());
    assert!(ask(with(offline, "prompt", "consent")).get("refresh_token").is_some());
    let token = text(&first, "refresh_token");
    let fields = [("grant_type", "refresh_token"), ("refresh_token", &token), ("client_id", CLIENT), ("client_secret", SECRET)];
    let body = read(&bench.post("/token", &fields));
    assert_ne!(body["access_token"], first["access_token"]);
    let claims = bench.verified(&text(&body, "id_token")).expect("a valid signature");
    assert!(claims["email"] == "ada@gmail.com" && claims.get("nonce").is_none());
    assert_eq!(bench.post("/revoke", &[("token", &token)]).status, 200);
    assert_eq!(refusal(&bench.post("/revoke", &[("token", &token)])), (400, "invalid_token".into()));
    assert_eq!(refusal(&bench.post("/token", &fields)), (400, "invalid_grant".into()));
}

#[test]
fn userinfo_says_what_the_token_says() {
    let mut bench = Bench::new();
    let code = bench.code(asked(), "ada@gmail.com");
    let token = format!("Bearer {}", text(&read(&bench.exchange(&code)), "access_token"));
    let ask = |bench: &mut Bench, token: &str| bench.send("GET", "/v1/userinfo", &[("authorization", token)], "");
    let told = read(&ask(&mut bench, &token));
    assert_eq!((&told["sub"], &told["email"]), (&bench.sign_in("ada@gmail.com")["sub"], &Value::from("ada@gmail.com")));
    assert_eq!(ask(&mut bench, "Bearer ya29.other").status, 401);
    bench.now_ms += HOUR_MS;
    assert_eq!(ask(&mut bench, &token).status, 401);
}

#[test]
fn discovery_points_here() {
    let mut bench = Bench::new();
    let found = read(&bench.get("/.well-known/openid-configuration"));
    assert_eq!(text(&found, "issuer"), "https://accounts.google.com");
    assert_eq!(text(&found, "jwks_uri"), "http://127.0.0.1:9000/google/oauth2/v3/certs");
}
