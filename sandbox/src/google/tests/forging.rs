//! Keys that change, tokens that lie, and a vendor that is unwell.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

use super::*;
use crate::google::{Forgery, Outage, Person, Which};

fn mint(bench: &Bench, body: &Value) -> String {
    let ada = Person::new("ada@gmail.com", "Ada Lovelace").expect("an address");
    bench.google.mint(START_MS, &ada, &Forgery::read(body).expect("a forgery"))
}

fn kids(bench: &mut Bench) -> Vec<String> {
    let keys = read(&bench.get("/oauth2/v3/certs"));
    keys["keys"].as_array().expect("keys").iter().map(|key| text(key, "kid")).collect()
}

#[test]
fn two_keys_are_published_and_move_on() {
    let mut bench = Bench::new();
    let answer = bench.get("/oauth2/v3/certs");
    assert!(answer.header("cache-control").expect("a header").contains("max-age="));
    let key = read(&answer)["keys"][0].clone();
    assert_eq!((key["kty"].as_str(), key["use"].as_str(), key["alg"].as_str()), (Some("RSA"), Some("sig"), Some("RS256")));
    let mut seen = kids(&mut bench);
    let old = mint(&bench, &json!({}));
    assert_eq!(header(&old)["kid"], seen[0]);
    for _ in 0..9 {
        let told = bench.google.rotate();
        let now = kids(&mut bench);
        assert_eq!((&told["current"], &told["next"]), (&json!(now[0]), &json!(now[1])));
        assert_eq!(seen.last(), now.first());
        assert!(now[1].len() == 40 && !seen.contains(&now[1]));
        seen.push(now[1].clone());
        assert!(bench.verified(&old).is_none());
        assert_eq!(header(&mint(&bench, &json!({})))["kid"], now[0]);
        assert_eq!(bench.sign_in("ada@gmail.com")["email"], "ada@gmail.com");
    }
}

#[test]
fn claims_and_header_are_laid_over() {
    let mut bench = Bench::new();
    let token = mint(&bench, &json!({"claims": {"aud": "other", "exp": null, "nonce": "n"}, "header": {"typ": null}}));
    let claims = bench.verified(&token).expect("a valid signature");
    assert_eq!((&claims["aud"], claims.get("exp"), &claims["nonce"]), (&json!("other"), None, &json!("n")));
    assert!(header(&token).get("typ").is_none());
    for body in [json!({"key": "mine"}), json!({"claims": []}), json!({"header": 1})] {
        assert!(Forgery::read(&body).is_err(), "{body}");
    }
}

#[test]
fn keys_can_be_the_next_or_a_strangers() {
    let mut bench = Bench::new();
    assert!(bench.verified(&mint(&bench, &json!({"key": "next"}))).is_some());
    let foreign = mint(&bench, &json!({"key": "foreign"}));
    assert!(!kids(&mut bench).contains(&text(&header(&foreign), "kid")));
    let kid = kids(&mut bench)[0].clone();
    let under_a_known_name = mint(&bench, &json!({"key": "foreign", "header": {"kid": kid}}));
    assert_eq!(header(&under_a_known_name)["kid"], kid);
    assert!(bench.verified(&under_a_known_name).is_none());
}

#[test]
fn algorithms_can_be_confused() {
    let bench = Bench::new();
    let unsigned = mint(&bench, &json!({"header": {"alg": "none"}}));
    assert!(unsigned.ends_with('.'));
    let confused = mint(&bench, &json!({"header": {"alg": "HS256"}}));
    let (signed, signature) = confused.rsplit_once('.').expect("three parts");
    let pem = bench.google.keys.signer(Which::Current).public_pem();
    assert!(pem.starts_with("-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"));
    let mut mac = Hmac::<Sha256>::new_from_slice(pem.as_bytes()).expect("any length");
    mac.update(signed.as_bytes());
    assert_eq!(signature, URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()));
    for alg in ["RS384", "RS512", "PS256", "XX256"] {
        let token = mint(&bench, &json!({"header": {"alg": alg}}));
        assert_eq!(token.rsplit('.').next().map(str::len), Some(342), "{alg}");
        assert_eq!(header(&token)["alg"], alg);
    }
}

#[test]
fn one_exchange_can_be_forged() {
    let mut bench = Bench::new();
    bench.google.forge_next(Forgery::read(&json!({"claims": {"email": "forged@x.test"}})).expect("a forgery"));
    let forged = bench.sign_in("ada@gmail.com");
    // What belongs to the exchange is still there.
    assert_eq!((&forged["email"], &forged["nonce"]), (&json!("forged@x.test"), &json!("n-1")));
    assert_eq!(bench.sign_in("ada@gmail.com")["email"], "ada@gmail.com");
}

#[test]
fn outages() {
    let mut bench = Bench::new();
    let mode = |name: &str| Outage::named(name, 9_000).expect("a mode");
    let mut ask = |outage: Outage| {
        bench.google.outage(Outage::Up);
        let code = bench.code(asked(), "ada@gmail.com");
        bench.google.outage(outage);
        let exchanged = bench.exchange(&code);
        (bench.get("/o/oauth2/v2/auth").status, exchanged, bench.get("/oauth2/v3/certs"))
    };
    let statuses = |(page, token, keys): &(u16, Response, Response)| (*page, token.status, keys.status);
    assert_eq!(statuses(&ask(mode("down"))), (503, 503, 503));
    assert_eq!(statuses(&ask(mode("keys-down"))), (400, 200, 503));
    let slow = ask(mode("slow"));
    assert_eq!((statuses(&slow), slow.1.delay_ms, slow.2.delay_ms), ((400, 200, 200), 9_000, 9_000));
    let garbage = ask(mode("garbage"));
    assert_eq!(statuses(&garbage), (400, 200, 200));
    assert!(serde_json::from_slice::<Value>(&garbage.1.body).is_err() && serde_json::from_slice::<Value>(&garbage.2.body).is_err());
    assert!(read(&ask(mode("no-id-token")).1).get("id_token").is_none());
    assert_eq!(refusal(&ask(mode("invalid-grant")).1), (400, "invalid_grant".into()));
    let redirect = ask(mode("redirect"));
    assert_eq!(statuses(&redirect), (400, 307, 307));
    assert_eq!(redirect.1.header("location"), Some("http://127.0.0.1:9000/google/elsewhere"));
    let well = ask(mode("up"));
    assert_eq!((statuses(&well), well.1.delay_ms), ((400, 200, 200), 0));
    assert_eq!(Outage::named("odd", 0), None);
}

#[test]
fn a_person_can_be_changed() {
    let mut bench = Bench::new();
    let sub = text(&bench.sign_in("ada@gmail.com"), "sub");
    let moved = Person { sub: sub.clone(), ..Person::new("ada@x.test", "Ada King").expect("an address") };
    bench.google.meet(moved);
    let claims = bench.sign_in("ada@x.test");
    assert_eq!((text(&claims, "sub"), &claims["email"], &claims["name"]), (sub, &json!("ada@x.test"), &json!("Ada King")));
}
