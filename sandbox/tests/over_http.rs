//! Google and the mail vendor over HTTP, with a server of this process.

use std::{net::SocketAddr, time::Duration};

use atelier_sandbox::{
    replicate::Pictures,
    server::{Options, serve},
};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, Error, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, time::timeout};

const CALLBACK: &str = "http://127.0.0.1:8787/api/auth/callback/google";
const AUTHORIZE: &str = "/google/o/oauth2/v2/auth?client_id=atelier&response_type=code&scope=openid%20email&state=s&prompt=none\
    &redirect_uri=http%3A%2F%2F127.0.0.1%3A8787%2Fapi%2Fauth%2Fcallback%2Fgoogle&login_hint=ada%40gmail.com\
    &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

struct Answer {
    status: u16,
    location: Option<String>,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

struct Caller {
    address: SocketAddr,
    http: Client<HttpConnector, Full<Bytes>>,
}

impl Caller {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let options = Options {
            public_url: format!("http://{address}"),
            replicate_token: "r8_x".into(),
            replicate_webhook_secret: "whsec_c2FuZGJveC1zYW5kYm94LXNhbmRib3g=".into(),
            fal_key: "fal:x".into(),
            fal_user: "github|x".into(),
            openai_key: "sk-x".into(),
            google_client_id: "atelier".into(),
            google_client_secret: "GOCSPX-x".into(),
            google_redirect_uris: vec![CALLBACK.into()],
            stripe_secret_keys: vec!["sk_test_x".into()],
            stripe_webhook_secrets: vec!["whsec_x".into()],
            stripe_webhook_url: None,
            seed: 1,
            speed: 10,
            pictures: Pictures::Small,
        };
        tokio::spawn(serve(listener, options));
        Self { address, http: Client::builder(TokioExecutor::new()).build_http() }
    }

    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: String) -> Result<Answer, Error> {
        let mut request = hyper::Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.http.request(request.body(Full::new(Bytes::from(body))).expect("a request")).await?;
        let status = response.status().as_u16();
        let location = response.headers().get("location").map(|value| value.to_str().expect("ASCII").to_owned());
        let body = response.into_body().collect().await.expect("a body").to_bytes().to_vec();
        Ok(Answer { status, location, body })
    }

    async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], String::new()).await.expect("an answer")
    }

    async fn control(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, &[], body.to_string()).await.expect("an answer")
    }

    async fn code(&self) -> String {
        let chosen = self.get(AUTHORIZE).await;
        assert_eq!(chosen.status, 302);
        let location = chosen.location.expect("a location");
        assert!(location.starts_with(CALLBACK));
        location.split("code=").nth(1).expect("a code").split('&').next().expect("a code").to_owned()
    }

    async fn token(&self) -> Result<Answer, Error> {
        let redirect = CALLBACK.replace(':', "%3A").replace('/', "%2F");
        let form = format!(
            "grant_type=authorization_code&client_id=atelier&client_secret=GOCSPX-x&redirect_uri={redirect}&code={}\
             &code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            self.code().await
        );
        self.send("POST", "/google/token", &[("content-type", "application/x-www-form-urlencoded")], form).await
    }

    async fn mail(&self, key: &str) -> Result<Answer, Error> {
        let body = json!({"from": "a@x.test", "to": ["b@x.test"], "subject": "Hello", "text": "http://x.test/"});
        self.send("POST", "/mail/emails", &[("authorization", "Bearer re_x"), ("idempotency-key", key)], body.to_string()).await
    }

    async fn messages(&self) -> usize {
        self.get("/mailbox/messages").await.json().get("messages").and_then(Value::as_array).map_or(0, Vec::len)
    }
}

#[tokio::test]
async fn google() {
    let caller = Caller::new().await;
    let answer = caller.token().await.expect("an answer");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["id_token"].as_str().expect("a token").split('.').count(), 3);
    assert_eq!(caller.get("/google/pictures/100000000000000000000").await.body[..4], *b"\x89PNG");

    let known = caller.control("/sandbox/google/people", json!({"email": "x@y.test", "hd": "y.test", "email_verified": false})).await.json();
    assert_eq!((&known["hd"], &known["email_verified"], &known["name"]), (&json!("y.test"), &json!(false), &Value::Null));
    let minted = caller.control("/sandbox/google/id-token", json!({"person": "x@y.test", "header": {"alg": "none"}})).await.json();
    assert!(minted["id_token"].as_str().expect("a token").ends_with('.'));
    assert_eq!(caller.control("/sandbox/google/id-token", json!({"next": true, "header": {"alg": "none"}})).await.status, 204);
    assert!(caller.token().await.expect("an answer").json()["id_token"].as_str().expect("a token").ends_with('.'));
    let rotated = caller.control("/sandbox/google/rotate", json!({})).await.json();
    assert_eq!(caller.get("/google/oauth2/v3/certs").await.json()["keys"][0]["kid"], rotated["current"]);

    for (path, body) in [("outage", json!({"mode": "odd"})), ("id-token", json!([])), ("id-token", json!({"key": "x"})), ("people", json!({}))] {
        assert_eq!(caller.control(&format!("/sandbox/google/{path}"), body).await.status, 422, "{path}");
    }
    assert_eq!(caller.control("/sandbox/google/outage", json!({"mode": "slow", "delayMs": 60_000})).await.status, 204);
    assert!(timeout(Duration::from_millis(200), caller.token()).await.is_err());
    caller.control("/sandbox/google/outage", json!({"mode": "up"})).await;
    assert_eq!(caller.token().await.expect("an answer").status, 200);
    // The vendors' requests are recorded, the controls are not.
    let traffic = caller.get("/sandbox/traffic").await.json();
    let paths: Vec<&str> = traffic["requests"].as_array().expect("requests").iter().filter_map(|request| request["path"].as_str()).collect();
    assert!(paths.contains(&"/google/token") && paths.iter().all(|path| path.starts_with("/google/")));
}

/// The model hosts fetch what inputs point to by themselves: here from this very server.
#[tokio::test]
async fn sources_are_fetched() {
    let caller = Caller::new().await;
    let portrait = format!("http://{}/google/pictures/100000000000000000000", caller.address);
    let nothing = format!("http://{}/google/pictures/nobody", caller.address);
    for (picture, status) in [(&portrait, "succeeded"), (&nothing, "failed"), (&"http://127.0.0.1:1/x".to_owned(), "failed")] {
        let headers = [("authorization", "Bearer r8_x"), ("prefer", "wait")];
        let input = json!({"input": {"prompt": "red", "input_image": picture}});
        let path = "/replicate/v1/models/black-forest-labs/flux-kontext-pro/predictions";
        let done = caller.send("POST", path, &headers, input.to_string()).await.expect("an answer").json();
        assert_eq!(done["status"], status, "{done}");
        let headers = [("authorization", "Key fal:x")];
        let input = json!({"image_url": picture});
        let done = caller.send("POST", "/fal/run/fal-ai/birefnet/v2", &headers, input.to_string()).await.expect("an answer");
        assert_eq!(done.status, if status == "succeeded" { 200 } else { 422 }, "{}", done.json());
    }
}

#[tokio::test]
async fn stripe() {
    let caller = Caller::new().await;
    let headers = [("authorization", "Bearer sk_test_x"), ("stripe-version", "2026-10-28.endive"), ("idempotency-key", "k")];
    let form = [&headers[..], &[("content-type", "application/x-www-form-urlencoded")]].concat();
    let create = || caller.send("POST", "/stripe/v1/customers", &form, "name=A".into());
    assert_eq!(caller.control("/sandbox/stripe/outage", json!({"mode": "lost-answer", "times": 1})).await.status, 200);
    assert!(create().await.is_err());
    let made = create().await.expect("an answer").json();
    let path = format!("/v1/customers/{}", made["id"].as_str().expect("an id"));
    assert_eq!(caller.send("GET", &path, &headers, String::new()).await.expect("an answer").json()["name"], "A");
    assert_eq!(caller.get("/sandbox/stripe/state").await.json()["customers"].as_array().map(Vec::len), Some(1));
    assert_eq!(caller.get("/stripe/checkout/cs_none").await.status, 404);
    assert_eq!(caller.control("/sandbox/stripe/nothing", json!({})).await.status, 404);
    assert_eq!(caller.control("/sandbox/stripe/pay", json!({"session": "cs_none", "how": "paid"})).await.status, 422);
}

#[tokio::test]
async fn mail() {
    let caller = Caller::new().await;
    let first = caller.mail("row-1").await.expect("an answer").json();
    assert_eq!(caller.mail("row-1").await.expect("an answer").json(), first);
    assert_eq!(caller.messages().await, 1);
    caller.control("/sandbox/mail/outage", json!({"mode": "lost-answer"})).await;
    assert!(caller.mail("row-2").await.is_err());
    for (mode, status) in [("down", 500), ("throttled", 429)] {
        assert_eq!(caller.control("/sandbox/mail/outage", json!({"mode": mode})).await.status, 204);
        assert_eq!(caller.mail("row-3").await.expect("an answer").status, status);
    }
    caller.control("/sandbox/mail/outage", json!({"mode": "up"})).await;
    assert_eq!(caller.mail("row-2").await.expect("an answer").status, 200);
    assert_eq!(caller.messages().await, 2);
    assert_eq!(caller.control("/sandbox/mail/outage", json!({"mode": "odd"})).await.status, 422);
    let page = String::from_utf8(caller.get("/mailbox").await.body).expect("text");
    assert!(page.contains("<a href=\"http://x.test/\""));
}
