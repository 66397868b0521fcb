//! The keys that sign. They are fixed and public, so that a start takes no time; nothing but this sandbox may ever trust them.

use std::sync::LazyLock;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use hmac::{Hmac, KeyInit, Mac};
use ring::{
    rand::SystemRandom,
    rsa::{KeyPair, PublicKeyComponents},
    signature::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaEncoding},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const FOREIGN_PEM: &str = include_str!("keys/development-only-foreign.pem");
const PEMS: [&str; 4] = [
    include_str!("keys/development-only-1.pem"),
    include_str!("keys/development-only-2.pem"),
    include_str!("keys/development-only-3.pem"),
    include_str!("keys/development-only-4.pem"),
];

/// Read at the first use: most runs never sign.
static KEYS: LazyLock<Vec<KeyPair>> = LazyLock::new(|| PEMS.iter().map(|pem| read(pem)).collect());
static FOREIGN: LazyLock<KeyPair> = LazyLock::new(|| read(FOREIGN_PEM));

/// What comes before an RSA key of 2048 bits and exponent 65537 in a `SubjectPublicKeyInfo`.
const SPKI_HEAD: [u8; 24] =
    [0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x03, 0x82, 0x01, 0x0f, 0x00];

fn read(pem: &str) -> KeyPair {
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = STANDARD.decode(base64).expect("an embedded key is base64");
    KeyPair::from_pkcs8(&der).expect("an embedded key is an RSA key in PKCS #8")
}

/// Whose key signs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Which {
    /// The one that signs now.
    #[default]
    Current,
    /// The one that is published already, and signs after the next rotation.
    Next,
    /// A stranger's, never published.
    Foreign,
}

impl Which {
    /// By its name in a control's body.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "current" => Some(Self::Current),
            "next" => Some(Self::Next),
            "foreign" => Some(Self::Foreign),
            _ => None,
        }
    }
}

/// The published pair of keys, which moves on with each rotation. Every rotation brings a new `kid`.
#[derive(Debug, Default)]
pub(super) struct Keyring {
    rotations: usize,
}

impl Keyring {
    pub fn rotate(&mut self) {
        self.rotations += 1;
    }

    pub fn signer(&self, which: Which) -> Signer {
        match which {
            Which::Current => Signer::published(self.rotations),
            Which::Next => Signer::published(self.rotations + 1),
            Which::Foreign => Signer { pair: &FOREIGN, kid: kid("foreign") },
        }
    }

    /// `{"keys": […]}`, the two that are published.
    pub fn json(&self) -> Value {
        json!({"keys": [self.signer(Which::Current).jwk(), self.signer(Which::Next).jwk()]})
    }
}

/// A key and the name that it has now.
pub(super) struct Signer {
    pair: &'static KeyPair,
    pub kid: String,
}

/// 40 hexadecimal digits, like the vendor's.
fn kid(name: &str) -> String {
    let hash = Sha256::digest(format!("atelier-sandbox development only {name}"));
    let digits = hash.iter().take(20).flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
}

impl Signer {
    fn published(number: usize) -> Self {
        let pair = KEYS.get(number % KEYS.len()).expect("a remainder is less than the divisor");
        Self { pair, kid: kid(&number.to_string()) }
    }

    fn jwk(&self) -> Value {
        let parts = PublicKeyComponents::<Vec<u8>>::from(self.pair.public());
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({"kty": "RSA", "alg": "RS256", "use": "sig", "kid": self.kid, "n": text(&parts.n), "e": text(&parts.e)})
    }

    /// The public key as programs keep it in a file.
    pub fn public_pem(&self) -> String {
        let der = [&SPKI_HEAD, self.pair.public().as_ref()].concat();
        let base64 = STANDARD.encode(der);
        let lines = base64.as_bytes().chunks(64).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\n");
        format!("-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n")
    }

    /// A compact JWT. The header's `alg` decides how it is signed; one that is not known is signed as RS256.
    pub fn jwt(&self, header: &Value, claims: &Value) -> String {
        let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let alg = header.get("alg").and_then(Value::as_str).unwrap_or_default();
        let signature = match alg {
            "HS256" => confused(&self.public_pem(), &text),
            "RS384" => self.rsa(&RSA_PKCS1_SHA384, &text),
            "RS512" => self.rsa(&RSA_PKCS1_SHA512, &text),
            "PS256" => self.rsa(&RSA_PSS_SHA256, &text),
            _ if alg.eq_ignore_ascii_case("none") => Vec::new(),
            _ => self.rsa(&RSA_PKCS1_SHA256, &text),
        };
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn rsa(&self, padding: &'static dyn RsaEncoding, text: &str) -> Vec<u8> {
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair.sign(padding, &SystemRandom::new(), text.as_bytes(), &mut signature).expect("an RSA key signs, when the system has randomness");
        signature
    }
}

/// The forgery of algorithm confusion: what everyone knows, the public key, serves as the secret.
fn confused(pem: &str, text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(pem.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}
