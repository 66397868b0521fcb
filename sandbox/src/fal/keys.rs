//! The Ed25519 keys that sign webhooks. They are derived from a public text, so that a start takes no time; nothing but this
//! sandbox may ever trust them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The published pair of keys, which moves on with each rotation: the one that was next signs, and a new one is published.
#[derive(Debug, Default)]
pub(super) struct Keyring {
    rotations: u64,
}

/// Whom a webhook is for: what is signed beside its body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seal<'a> {
    pub request_id: &'a str,
    pub user_id: &'a str,
    /// Unix seconds of this attempt.
    pub at_seconds: i64,
}

impl Keyring {
    pub const fn rotate(&mut self) {
        self.rotations += 1;
    }

    /// `{"keys": […]}`: the one that signs, and the one that will.
    pub fn json(&self) -> Value {
        json!({"keys": [jwk(self.rotations), jwk(self.rotations + 1)]})
    }

    /// The names of both keys.
    pub fn names(&self) -> Value {
        json!({"current": kid(self.rotations), "next": kid(self.rotations + 1)})
    }

    /// The headers of a signed webhook.
    pub fn headers(&self, seal: Seal<'_>, body: &[u8]) -> Vec<(String, String)> {
        vec![
            ("x-fal-webhook-request-id".into(), seal.request_id.into()),
            ("x-fal-webhook-user-id".into(), seal.user_id.into()),
            ("x-fal-webhook-timestamp".into(), seal.at_seconds.to_string()),
            ("x-fal-webhook-signature".into(), sign(&seed(self.rotations), seal, body)),
        ]
    }
}

fn kid(number: u64) -> String {
    format!("sandbox-{}", number + 1)
}

fn seed(number: u64) -> [u8; 32] {
    Sha256::digest(format!("atelier-sandbox development only fal {number}")).into()
}

fn jwk(number: u64) -> Value {
    let public = URL_SAFE_NO_PAD.encode(pair(&seed(number)).public_key());
    json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": kid(number), "x": public})
}

fn pair(seed: &[u8; 32]) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(seed).expect("every 32 bytes are the seed of an Ed25519 key")
}

/// What is signed: four lines, the last of them the SHA-256 of the body, without a line feed at the end.
fn message(seal: Seal<'_>, body: &[u8]) -> String {
    format!("{}\n{}\n{}\n{}", seal.request_id, seal.user_id, seal.at_seconds, hex(&Sha256::digest(body)))
}

fn sign(seed: &[u8; 32], seal: Seal<'_>, body: &[u8]) -> String {
    hex(pair(seed).sign(message(seal, body).as_bytes()).as_ref())
}

/// Lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::{ED25519, UnparsedPublicKey};

    const ID: &str = "123e4567-e89b-12d3-a456-426614174000";
    const OK: &str = r#"{"request_id":"123e4567-e89b-12d3-a456-426614174000","gateway_request_id":"123e4567-e89b-12d3-a456-426614174000","status":"OK","payload":{"images":[{"url":"https://v3.fal.media/files/x/y.png","content_type":"image/png","file_name":"y.png","file_size":1824075,"width":1024,"height":1024}],"seed":42}}"#;
    const ERROR: &str = r#"{"request_id":"123e4567-e89b-12d3-a456-426614174000","gateway_request_id":"123e4567-e89b-12d3-a456-426614174000","status":"ERROR","error":"Invalid status code: 422","payload":{"detail":[{"loc":["body","prompt"],"msg":"field required","type":"value_error.missing"}]}}"#;
    const VEC_1: &str = "c69993d8357d02bfedf93770717be2b5713988602565826f65582db8fd67ac73";
    const VEC_2: &str = "ea928a8660a6d5a515ef5bf7f25b88326ae5a16eb24237260219296bfc21e953";

    fn bytes(hex: &str) -> [u8; 32] {
        std::array::from_fn(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("hexadecimal digits"))
    }

    fn seal(at_seconds: i64) -> Seal<'static> {
        Seal { request_id: ID, user_id: "github|1234567", at_seconds }
    }

    /// Every vector in lower case that is `valid` in the collection which the verifier is tested with.
    #[test]
    fn valid_vectors_are_reproduced() {
        for (seed, at_seconds, body, signature) in [
            (
                VEC_1,
                1_767_225_600,
                OK,
                "41cded38a0aa9ddf0cd992b501109eb539be62fda08368e2e8f14a79260e9f7de73ec8ce0995fc307ae1c5ce7fa778c8e390dcc2a32a23ebfdc1cc0c2b141301",
            ),
            (
                VEC_2,
                1_767_225_600,
                OK,
                "0ffe924e3c6c3057d5e580ea1d20671ab9cc51c8e9152e1cae2df95fa9a137998d10d3adecd8abd74d320b91ec5e191d53b9c314071492dfa8857e8ffe285506",
            ),
            (
                VEC_1,
                1_767_225_600,
                ERROR,
                "0b26e6847f96d749b434fea3bf1b064e53b741d75ec0ab29dd404c9eb40cec7bd58ff74bbd814a9d8b656b935fa2921b8a742056eccb3d273c362176b812ca01",
            ),
            (
                VEC_1,
                1_767_225_300,
                OK,
                "10abb0484e6a81cdd1187718cb3df0d45bc5000971121be771119966eeac8bb4be40b489115da3cbf6d7f1a4d268f966537f44cfb801edf3a21b2802f41cd10e",
            ),
        ] {
            assert_eq!(sign(&bytes(seed), seal(at_seconds), body.as_bytes()), signature);
        }
    }

    #[test]
    fn the_message_and_the_published_keys_are_those_of_the_vectors() {
        let expected =
            "123e4567-e89b-12d3-a456-426614174000\ngithub|1234567\n1767225600\n3517ae1b4fb7e77caddc8099713ef208687b2b445a34e446258ab9633381cc0f";
        assert_eq!(message(seal(1_767_225_600), OK.as_bytes()), expected);
        for (seed, public) in [(VEC_1, "VNfXJpKI_aJxv8H89nuREMJ1FoyJeLOS0394X_MPti8"), (VEC_2, "KYFXQjXPpzBRrmG5DXrhqEoVotwxlXamkAPdAhqkbgg")] {
            assert_eq!(URL_SAFE_NO_PAD.encode(pair(&bytes(seed)).public_key()), public);
        }
    }

    #[test]
    fn a_rotation_moves_both_keys_on() {
        let mut keys = Keyring::default();
        let before = keys.json();
        keys.rotate();
        assert_eq!(keys.json()["keys"][0], before["keys"][1]);
        assert_ne!(keys.json()["keys"][1]["x"], before["keys"][0]["x"]);
        let header = &keys.headers(seal(7), b"{}")[3].1;
        let signature: Vec<u8> = (0..64).map(|at| u8::from_str_radix(&header[2 * at..2 * at + 2], 16).expect("digits")).collect();
        let verify = |key: &Value| {
            let public = URL_SAFE_NO_PAD.decode(key["x"].as_str().expect("a key")).expect("base64");
            UnparsedPublicKey::new(&ED25519, public).verify(message(seal(7), b"{}").as_bytes(), &signature).is_ok()
        };
        assert!(verify(&before["keys"][1]) && !verify(&before["keys"][0]));
    }
}
