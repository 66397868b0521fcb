//! The foreign parties of the sandbox, in process, as the lanes reach them.

use crate::sim::{ORIGIN, World};
use atelier::{
    lanes::{self, Call, Lane as _},
    platform::Inbound,
    vendors::google::{self as codec, Jwk},
};
use atelier_sandbox::{
    exchange::{Request, Response, Transfer},
    fal::{self, Fal},
    google::{self, Google},
    openai::{self, OpenAi},
    replicate::{self, Pictures, Replicate},
    stripe::{self, Stripe},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{ED25519, UnparsedPublicKey};
use rsa::{BigUint, Pkcs1v15Sign, RsaPublicKey, sha2::Digest as _, sha2::Sha256};
use serde_json::Value;

const SERVER: &str = "http://127.0.0.1:9";
const API: &str = "http://127.0.0.1:9/replicate/v1";
const WEBHOOK_SECRET: &str = "whsec_fxSqD+VWlRfTuuV6Sy3L7RWmNfg4L2Qz";
const CLIENT_ID: &str = "simulation.apps.googleusercontent.com";
const CLIENT_SECRET: &str = "GOCSPX-simulation";

/// The variables that every studio of the simulation has.
pub const VARIABLES: [(&str, &str); 6] = [
    ("BETTER_AUTH_URL", ORIGIN),
    ("BETTER_AUTH_SECRET", "auth-secret-of-thirty-two-chars!!"),
    ("MEDIA_SIGNING_SECRET", "media-secret-of-thirty-two-chars!"),
    ("REPLICATE_API_TOKEN", "r8_simulation"),
    ("REPLICATE_WEBHOOK_SECRET", WEBHOOK_SECRET),
    ("REPLICATE_API_URL", API),
];
/// Those of a studio that orders at fal.ai too.
pub const FAL: [(&str, &str); 3] =
    [("FAL_KEY", FAL_KEY), ("FAL_QUEUE_URL", "http://127.0.0.1:9/fal/queue"), ("FAL_REST_URL", "http://127.0.0.1:9/fal/rest")];
/// Those of a studio that orders at a host that answers with the result, too.
pub const OPENAI: [(&str, &str); 2] = [("OPENAI_API_KEY", OPENAI_KEY), ("OPENAI_API_URL", "http://127.0.0.1:9/openai/v1")];
const OPENAI_KEY: &str = "sk-simulation";
/// Those of a studio that orders at fal.ai alone.
pub const FAL_ALONE: [(&str, &str); 4] = [("REPLICATE_API_TOKEN", ""), FAL[0], FAL[1], FAL[2]];
const FAL_KEY: &str = "fal-simulation:secret";
/// fal's hosts, in the order of its base addresses.
const FAL_HOSTS: [&str; 2] = ["queue", "rest"];
/// Those of a studio with mail and Google.
pub const SIGN_IN: [(&str, &str); 6] = [
    ("GOOGLE_CLIENT_ID", CLIENT_ID),
    ("GOOGLE_CLIENT_SECRET", CLIENT_SECRET),
    ("GOOGLE_AUTH_URL", "http://127.0.0.1:9/google/o/oauth2/v2/auth"),
    ("MAIL_API_KEY", "re_simulation"),
    ("MAIL_FROM", "Atelier <studio@atelier.test>"),
    ("AUTH_MAGIC_LINK", "1"),
];

/// Those of a studio that takes money.
pub const STRIPE: [(&str, &str); 5] = [
    ("STRIPE_SECRET_KEY", STRIPE_KEY),
    ("STRIPE_WEBHOOK_SECRET", "whsec_of_the_simulation_that_is_new,whsec_of_the_simulation_that_is_old"),
    ("STRIPE_API_URL", "http://127.0.0.1:9/stripe/v1"),
    ("MAIL_API_KEY", "re_simulation"),
    ("MAIL_FROM", "Atelier <studio@atelier.test>"),
];
pub const STRIPE_KEY: &str = "sk_test_simulation";
/// The path of Stripe's interface.
pub const STRIPE_API: &str = "/stripe/v1";
/// An answer that takes longer never comes.
const LATE_MS: u64 = 20_000;
/// For a host whose answer is the result.
const PATIENT_MS: u64 = 600_000;

/// A message that the mail vendor accepted.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Its idempotency key.
    pub key: String,
    /// The vendor's id.
    pub id: String,
    /// The receiver.
    pub to: String,
    /// The link in it.
    pub link: String,
}

pub fn replicate(seed: u64) -> Replicate {
    Replicate::new(replicate::Config {
        token: "r8_simulation".to_owned(),
        webhook_secret: WEBHOOK_SECRET.to_owned(),
        api_url: API.to_owned(),
        delivery_url: format!("{SERVER}/replicate/delivery"),
        seed,
        pictures: Pictures::Small,
        speed: 1,
    })
}

pub fn fal(seed: u64) -> Fal {
    Fal::new(fal::Config {
        key: FAL_KEY.to_owned(),
        user_id: "github|simulation".to_owned(),
        base_url: format!("{SERVER}/fal"),
        seed,
        pictures: Pictures::Small,
        speed: 1,
        concurrency: 10,
    })
}

pub fn openai(seed: u64) -> OpenAi {
    OpenAi::new(openai::Config { key: OPENAI_KEY.to_owned(), base_url: format!("{SERVER}/openai"), seed, pictures: Pictures::Small, speed: 1 })
}

pub fn google(seed: u64) -> Google {
    Google::new(google::Config {
        client_id: CLIENT_ID.to_owned(),
        client_secret: CLIENT_SECRET.to_owned(),
        redirect_uris: vec![format!("{ORIGIN}/api/auth/callback/google")],
        base_url: format!("{SERVER}/google"),
        seed,
    })
}

pub fn stripe(seed: u64) -> Stripe {
    Stripe::new(stripe::Config {
        secret_keys: vec![STRIPE_KEY.to_owned()],
        webhook_secrets: vec!["whsec_of_the_simulation_that_is_new".to_owned(), "whsec_of_the_simulation_that_is_old".to_owned()],
        webhook_url: Some(format!("{ORIGIN}/webhooks/stripe")),
        base_url: format!("{SERVER}/stripe"),
        seed,
        speed: 1,
    })
}

/// A request on a lane; none if the connection breaks.
pub fn send(world: &mut World, request: Call) -> Option<Inbound> {
    let lane = request.lane();
    let mut headers: Vec<_> = request.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let mut body = request.body.unwrap_or_default();
    headers.push(("content-type".to_owned(), request.media_type.to_owned()));
    let mut bearer = |token: &str| headers.push(("authorization".to_owned(), format!("Bearer {token}")));
    let path = match lane {
        lanes::Fal::NAME => {
            headers.push(("authorization".to_owned(), format!("Key {FAL_KEY}")));
            format!("/fal/{}{}", FAL_HOSTS[request.base], request.path)
        }
        lanes::Replicate::NAME => {
            bearer("r8_simulation");
            format!("/replicate/v1{}", request.path)
        }
        lanes::OpenAi::NAME => {
            bearer(OPENAI_KEY);
            format!("/openai/v1{}", request.path)
        }
        lanes::Mail::NAME => {
            bearer("re_simulation");
            format!("/mail{}", request.path)
        }
        lanes::Stripe::NAME => {
            bearer(STRIPE_KEY);
            format!("{STRIPE_API}{}", request.path)
        }
        lanes::Google::NAME if request.path == codec::TOKEN_PATH => {
            body.extend(format!("&client_secret={CLIENT_SECRET}").into_bytes());
            "/google/token".to_owned()
        }
        lanes::Google::NAME => "/google/oauth2/v3/certs".to_owned(),
        other => panic!("nobody is at the end of {other}"),
    };
    let patient = request.patient;
    let answer = answer_in(if patient { PATIENT_MS } else { LATE_MS }, world, &Request { method: request.method.to_owned(), path, headers, body })?;
    let cache_control = answer.header("cache-control").map(str::to_owned);
    Some(Inbound { status: answer.status, body: answer.body, cache_control })
}

/// What a vendor answers; none if the connection breaks.
pub fn answer(world: &mut World, request: &Request) -> Option<Response> {
    answer_in(LATE_MS, world, request)
}

fn answer_in(late_ms: u64, world: &mut World, request: &Request) -> Option<Response> {
    let now = world.now_ms;
    let answer = if request.path.starts_with("/openai/") {
        world.openai.handle(now, request)
    } else if request.path.starts_with("/fal/") {
        world.fal.handle(now, request)
    } else if request.path.starts_with("/stripe/") {
        world.stripe.handle(now, request)
    } else if request.path.starts_with("/google/") {
        world.google.handle(now, request)
    } else if request.path.starts_with("/mail/") {
        let answer = world.mailbox.handle(now, request);
        file(world, request, &answer);
        answer
    } else {
        world.replicate.handle(now, request)
    };
    (answer.transfer != Transfer::Dropped && answer.delay_ms < late_ms).then_some(answer)
}

/// Notes a message that was accepted; one that the vendor knew already is the same.
fn file(world: &mut World, request: &Request, answer: &Response) {
    let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or_default();
    let (sent, accepted) = (json(&request.body), json(&answer.body));
    let Some(id) = accepted["id"].as_str().filter(|id| answer.status == 200 && world.letters.iter().all(|letter| letter.id != **id)) else {
        return;
    };
    let link = sent["text"].as_str().and_then(|text| text.lines().find(|line| line.starts_with(ORIGIN))).unwrap_or_default().to_owned();
    let to = sent["to"][0].as_str().unwrap_or_default().to_owned();
    let key = request.header("idempotency-key").unwrap_or_default().to_owned();
    world.note(&format!("  mail {key} to {to}: {link}"));
    world.letters.push(Letter { key, id: id.to_owned(), to, link });
}

/// What stands for scrypt: as long, and done at once. The real one has vectors of its own.
pub fn scrypt(password: &[u8], salt: &[u8]) -> [u8; 64] {
    let half = |n: u8| Sha256::new().chain_update([n]).chain_update(salt).chain_update([0]).chain_update(password).finalize();
    let mut key = [0; 64];
    key[..32].copy_from_slice(&half(1));
    key[32..].copy_from_slice(&half(2));
    key
}

/// Ed25519.
pub fn is_signed_by(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    UnparsedPublicKey::new(&ED25519, key).verify(message, signature).is_ok()
}

/// RSASSA-PKCS1-v1_5 with SHA-256.
pub fn is_signed(key: &Jwk, message: &[u8], signature: &[u8]) -> bool {
    let number = |text: &str| URL_SAFE_NO_PAD.decode(text).map(|bytes| BigUint::from_bytes_be(&bytes));
    let (Ok(n), Ok(e)) = (number(&key.n), number(&key.e)) else { return false };
    RsaPublicKey::new(n, e).is_ok_and(|key| key.verify(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message), signature).is_ok())
}
