//! Id tokens that the vendor would never sign, for tests of those who verify them.

use serde_json::{Map, Value, json};

use super::{
    Google,
    keys::{Keyring, Which},
    people::Person,
};

/// How a token differs from the one that the vendor would write.
#[derive(Debug, Clone, Default)]
pub struct Forgery {
    /// Laid over the claims; null takes one away.
    pub claims: Map<String, Value>,
    /// Laid over the header; null takes a field away. Its `alg` decides how the token is signed: RS256, RS384, RS512 and PS256
    /// with the key, HS256 with the public key's PEM as the secret, none without a signature, anything else as RS256.
    pub header: Map<String, Value>,
    /// Whose key signs.
    pub key: Which,
}

impl Forgery {
    /// Reads the body of a control.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence.
    pub fn read(body: &Value) -> Result<Self, String> {
        let object = |name: &str| match body.get(name) {
            None | Some(Value::Null) => Ok(Map::new()),
            Some(Value::Object(object)) => Ok(object.clone()),
            Some(_) => Err(format!("{name} must be an object.")),
        };
        let key = match body.get("key") {
            None | Some(Value::Null) => Which::Current,
            Some(name) => name.as_str().and_then(Which::named).ok_or("key is \"current\", \"next\" or \"foreign\".")?,
        };
        Ok(Self { claims: object("claims")?, header: object("header")?, key })
    }

    pub(super) fn sign(&self, keys: &Keyring, mut claims: Map<String, Value>) -> String {
        let signer = keys.signer(self.key);
        let mut header = Map::from_iter([("alg".into(), json!("RS256")), ("kid".into(), json!(signer.kid)), ("typ".into(), json!("JWT"))]);
        lay_over(&mut header, &self.header);
        lay_over(&mut claims, &self.claims);
        signer.jwt(&Value::Object(header), &Value::Object(claims))
    }
}

fn lay_over(base: &mut Map<String, Value>, over: &Map<String, Value>) {
    for (name, value) in over {
        if value.is_null() {
            base.remove(name);
        } else {
            base.insert(name.clone(), value.clone());
        }
    }
}

impl Google {
    /// An id token of a person for the client with everything that one can ask for, changed as told.
    #[must_use]
    pub fn mint(&self, now_ms: i64, person: &Person, forgery: &Forgery) -> String {
        let scopes = ["openid", "email", "profile"].map(str::to_owned);
        forgery.sign(&self.keys, self.claims(now_ms, person, &scopes))
    }

    /// The next id token that the token endpoint gives is changed as told; those after it are not.
    pub fn forge_next(&mut self, forgery: Forgery) {
        self.forgery = Some(forgery);
    }
}
