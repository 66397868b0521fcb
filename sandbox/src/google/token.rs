//! The token endpoint: codes and refresh tokens against access tokens and id tokens.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{Google, ISSUER, Outage, authorize::long_names, form, people::Person, value};
use crate::{
    exchange::{Request, Response, query},
    time::SECOND_MS,
};

/// What the vendor says an access token lasts.
const ACCESS_S: i64 = 3_599;
/// How long an id token is good.
const ID_S: i64 = 3_600;

/// What a code stands for.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub person: Person,
    pub redirect_uri: String,
    pub challenge: String,
    pub nonce: Option<String>,
    pub scopes: Vec<String>,
    pub offline: bool,
    pub consent: bool,
    pub expires_ms: i64,
}

/// What an access token or a refresh token stands for.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub person: Person,
    pub scopes: Vec<String>,
    pub expires_ms: i64,
}

/// An error in the vendor's words.
fn refuse(status: u16, error: &str, description: &str) -> Response {
    fresh(Response::json(status, &json!({"error": error, "error_description": description})))
}

fn fresh(response: Response) -> Response {
    response.with("cache-control", "no-cache, no-store, max-age=0, must-revalidate").with("pragma", "no-cache")
}

impl Google {
    pub(super) fn token(&mut self, now_ms: i64, request: &Request) -> Response {
        let Some(parameters) = form(request) else {
            return refuse(400, "invalid_request", "The body must be application/x-www-form-urlencoded.");
        };
        let twice = |(at, (name, _)): (usize, &(String, String))| parameters.iter().take(at).any(|(before, _)| before == name);
        if parameters.iter().enumerate().any(twice) {
            return refuse(400, "invalid_request", "OAuth 2 parameters can only have a single value.");
        }
        if let Err(refused) = self.authenticate(request, &parameters) {
            return refused;
        }
        match value(&parameters, "grant_type") {
            _ if self.outage == Outage::InvalidGrant => refuse(400, "invalid_grant", "Bad Request"),
            Some("authorization_code") => self.exchange(now_ms, &parameters).unwrap_or_else(|refused| refused),
            Some("refresh_token") => self.refresh(now_ms, &parameters).unwrap_or_else(|refused| refused),
            Some(other) => refuse(400, "unsupported_grant_type", &format!("Invalid grant_type: {other}")),
            None => refuse(400, "invalid_request", "Missing required parameter: grant_type"),
        }
    }

    fn authenticate(&self, request: &Request, parameters: &[(String, String)]) -> Result<(), Response> {
        let basic = request.header("authorization").and_then(basic);
        let (id, secret) = match &basic {
            Some((id, secret)) => (Some(id.as_str()), Some(secret.as_str())),
            None => (value(parameters, "client_id"), value(parameters, "client_secret")),
        };
        match (id, secret) {
            (None, _) => Err(refuse(400, "invalid_request", "Could not determine client ID from request.")),
            (Some(id), _) if id != self.config.client_id => Err(refuse(401, "invalid_client", "The OAuth client was not found.")),
            (_, None) => Err(refuse(400, "invalid_request", "client_secret is missing.")),
            (_, Some(secret)) if secret != self.config.client_secret => Err(refuse(401, "invalid_client", "Unauthorized")),
            _ => Ok(()),
        }
    }

    fn exchange(&mut self, now_ms: i64, parameters: &[(String, String)]) -> Result<Response, Response> {
        let need = |name: &str| value(parameters, name).ok_or_else(|| refuse(400, "invalid_request", &format!("Missing required parameter: {name}")));
        let code = need("code")?;
        let redirect_uri = need("redirect_uri")?;
        // Good once: whoever presents it with something wrong beside it has spoilt it.
        let Some(grant) = self.codes.remove(code) else {
            let description = if code.starts_with("4/0A") { "Bad Request" } else { "Malformed auth code." };
            return Err(refuse(400, "invalid_grant", description));
        };
        if now_ms >= grant.expires_ms {
            return Err(refuse(400, "invalid_grant", "Bad Request"));
        }
        if redirect_uri != grant.redirect_uri {
            return Err(refuse(400, "redirect_uri_mismatch", "Bad Request"));
        }
        let verifier = value(parameters, "code_verifier").ok_or_else(|| refuse(400, "invalid_grant", "Missing code verifier."))?;
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let in_order = (43..=128).contains(&verifier.len()) && verifier.bytes().all(allowed);
        if !in_order || URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) != grant.challenge {
            return Err(refuse(400, "invalid_grant", "Invalid code verifier."));
        }
        let session = Session { person: grant.person, scopes: grant.scopes, expires_ms: now_ms + ACCESS_S * SECOND_MS };
        let mut body = self.issue(now_ms, &session, grant.nonce.as_deref());
        // The vendor gives it with the first consent, and again when consent is asked for again.
        if grant.offline && (self.consented.insert(session.person.sub.clone()) || grant.consent) {
            let refresh = format!("1//0{}", self.dice.token(60));
            body.insert("refresh_token".into(), json!(refresh));
            self.refreshes.insert(refresh, session);
        }
        Ok(fresh(Response::json(200, &Value::Object(body))))
    }

    fn refresh(&mut self, now_ms: i64, parameters: &[(String, String)]) -> Result<Response, Response> {
        let Some(token) = value(parameters, "refresh_token") else {
            return Err(refuse(400, "invalid_request", "Missing required parameter: refresh_token"));
        };
        let Some(session) = self.refreshes.get(token) else {
            return Err(refuse(400, "invalid_grant", "Token has been expired or revoked."));
        };
        let session = Session { expires_ms: now_ms + ACCESS_S * SECOND_MS, ..session.clone() };
        Ok(fresh(Response::json(200, &Value::Object(self.issue(now_ms, &session, None)))))
    }

    pub(super) fn revoke(&mut self, request: &Request) -> Response {
        let mut parameters = form(request).unwrap_or_default();
        parameters.extend(query(request.path.split_once('?').map_or("", |(_, query)| query)));
        let token = value(&parameters, "token").unwrap_or_default();
        match self.sessions.remove(token).or_else(|| self.refreshes.remove(token)) {
            Some(session) => {
                self.consented.remove(&session.person.sub);
                Response::json(200, &json!({}))
            }
            None => refuse(400, "invalid_token", "Token expired or revoked"),
        }
    }

    fn issue(&mut self, now_ms: i64, session: &Session, nonce: Option<&str>) -> Map<String, Value> {
        let access = format!("ya29.a0{}", self.dice.token(180));
        let mut claims = self.claims(now_ms, &session.person, &session.scopes);
        let half: Vec<u8> = Sha256::digest(&access).iter().take(16).copied().collect();
        claims.insert("at_hash".into(), json!(URL_SAFE_NO_PAD.encode(half)));
        if let Some(nonce) = nonce {
            claims.insert("nonce".into(), json!(nonce));
        }
        let forgery = self.forgery.take().unwrap_or_default();
        let mut body = Map::new();
        body.insert("access_token".into(), json!(access));
        body.insert("expires_in".into(), json!(ACCESS_S));
        body.insert("scope".into(), json!(long_names(&session.scopes).join(" ")));
        body.insert("token_type".into(), json!("Bearer"));
        if self.outage != Outage::NoIdToken {
            body.insert("id_token".into(), json!(forgery.sign(&self.keys, claims)));
        }
        self.sessions.retain(|_, session| now_ms < session.expires_ms);
        self.sessions.insert(access, session.clone());
        body
    }

    /// The claims of an id token, but for what belongs to one exchange.
    pub(super) fn claims(&self, now_ms: i64, person: &Person, scopes: &[String]) -> Map<String, Value> {
        let mut claims = person.claims(scopes, &self.config.base_url);
        let issued_s = now_ms.div_euclid(SECOND_MS);
        for (name, value) in [
            ("iss", json!(ISSUER)),
            ("azp", json!(self.config.client_id)),
            ("aud", json!(self.config.client_id)),
            ("iat", json!(issued_s)),
            ("exp", json!(issued_s + ID_S)),
        ] {
            claims.insert(name.into(), value);
        }
        claims
    }
}

/// Client id and secret of HTTP Basic, each of them form-encoded before (RFC 6749, 2.3.1).
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, credentials) = header.split_once(' ')?;
    let text = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    scheme.eq_ignore_ascii_case("basic").then(|| (crate::exchange::decode(id), crate::exchange::decode(secret)))
}
