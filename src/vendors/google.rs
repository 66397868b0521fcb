//! Sign-in with Google (contracts: Google; better-auth, section 6.12): where the browser is sent, what is asked with the code that it
//! brings back, and what an id token says. Requests go out on lane [`Google`]; RSA is the platform's.

use crate::{
    domain::{account, secret::sha256_text},
    lanes::{Avatar, Configured, Database, Email, Google, In, OAuthCode, OAuthToken, Outbound, PersonName, PkceVerifier, Subject},
    outbound_body,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

mod id_token;
pub use id_token::{Expect, IdTokenError, Jwk, Signed, check_claims, key_for, max_age_s, parse_signed, read_jwks};

/// The provider's name in account rows.
pub const PROVIDER: &str = "google";
/// Stands for the address of the token endpoint: the platform knows which one that is.
pub const TOKEN_PATH: &str = "/token";
/// Stands for the address of Google's keys, likewise.
pub const KEYS_PATH: &str = "/certs";
const SCOPES: [&str; 3] = ["email", "profile", "openid"];
/// Parameters of the authorization request that no client sets (better-auth's `RESERVED_AUTHORIZATION_PARAMS`).
pub const RESERVED: [&str; 8] = ["state", "client_id", "redirect_uri", "response_type", "code_challenge", "code_challenge_method", "nonce", "scope"];

/// What a browser is sent to Google with.
#[derive(Debug, Clone, Copy)]
pub struct Authorization<'a> {
    /// Google's authorization endpoint.
    pub auth_url: &'a str,
    /// Our id at Google.
    pub client_id: &'a str,
    /// Names the sign-in that has begun.
    pub state: &'a str,
    /// Where Google sends the browser back to.
    pub redirect_uri: &'a str,
    /// The secret behind the challenge.
    pub verifier: &'a PkceVerifier,
    /// Further scopes.
    pub scopes: &'a [String],
    /// Whom Google's page shall suggest.
    pub login_hint: Option<&'a str>,
    /// Further parameters; reserved ones are passed over.
    pub additional: &'a [(String, String)],
}

/// The challenge of a verifier, by S256.
#[must_use]
pub fn challenge(verifier: &PkceVerifier) -> String {
    sha256_text(In::<Google, _>::new(verifier.clone()).text())
}

/// The address that a browser is sent to, its parameters in better-auth's order.
#[must_use]
pub fn authorization_url(with: &Authorization<'_>) -> String {
    let scope = SCOPES.into_iter().chain(with.scopes.iter().map(String::as_str)).collect::<Vec<_>>().join(" ");
    let challenge = challenge(with.verifier);
    let mut parameters =
        vec![("response_type", "code"), ("client_id", with.client_id), ("state", with.state), ("scope", &scope), ("redirect_uri", with.redirect_uri)];
    parameters.extend(with.login_hint.filter(|hint| !hint.is_empty()).map(|hint| ("login_hint", hint)));
    parameters.extend([("code_challenge_method", "S256"), ("code_challenge", &challenge), ("include_granted_scopes", "true")]);
    for (name, value) in with.additional.iter().filter(|(name, _)| !RESERVED.contains(&name.as_str())) {
        match parameters.iter_mut().find(|(known, _)| known == name) {
            Some(parameter) => parameter.1 = value,
            None => parameters.push((name, value)),
        }
    }
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("{}{}{query}", with.auth_url, if with.auth_url.contains('?') { '&' } else { '?' })
}

outbound_body! { Google =>
    /// The token request's body. The secret is not in it: the platform adds it on the way out.
    pub struct TokenRequest {
        grant_type: &'static str,
        code: In<Google, OAuthCode>,
        code_verifier: In<Google, PkceVerifier>,
        redirect_uri: Configured,
        client_id: Configured,
    }
}

/// Asks for the tokens of a one-time code. Sent once: a code that was used is worth nothing.
#[must_use]
pub fn token_request(client_id: &str, redirect_uri: &str, code: OAuthCode, verifier: PkceVerifier) -> Outbound<Google> {
    let (redirect_uri, client_id) = (Configured::new(redirect_uri), Configured::new(client_id));
    let (code, code_verifier) = (In::new(code), In::new(verifier));
    let body = TokenRequest { grant_type: "authorization_code", code, code_verifier, redirect_uri, client_id };
    Outbound::post_form(TOKEN_PATH.to_owned(), &body).header("accept", "application/json")
}

/// Asks for Google's keys.
#[must_use]
pub fn keys_request() -> Outbound<Google> {
    Outbound::get(KEYS_PATH.to_owned()).header("accept", "application/json")
}

/// What Google gave for a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// For Google's interfaces.
    pub access: Option<OAuthToken>,
    /// For new access tokens.
    pub refresh: Option<OAuthToken>,
    /// Who signed in.
    pub id: Option<OAuthToken>,
    /// Seconds that the access token holds.
    pub access_expires_in_s: Option<i64>,
    /// Seconds that the refresh token holds.
    pub refresh_expires_in_s: Option<i64>,
    /// What was granted, joined by commas as the account row has it.
    pub scope: String,
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// Reads the answer to a token request; none unless it is a JSON object. What is not in it is missing there.
#[must_use]
pub fn read_tokens(body: &[u8]) -> Option<Tokens> {
    let answer: Map<String, Value> = serde_json::from_slice(body).ok()?;
    let token = |name| text(&answer, name).map(OAuthToken::new);
    let seconds = |name| answer.get(name).and_then(Value::as_i64).filter(|seconds| (1..=1_000_000_000).contains(seconds));
    let scopes: Vec<&str> = match answer.get("scope") {
        Some(Value::String(scopes)) => scopes.split_whitespace().collect(),
        Some(Value::Array(scopes)) => scopes.iter().filter_map(Value::as_str).map(str::trim).filter(|scope| !scope.is_empty()).collect(),
        _ => Vec::new(),
    };
    Some(Tokens {
        access: token("access_token"),
        refresh: token("refresh_token"),
        id: token("id_token"),
        access_expires_in_s: seconds("expires_in"),
        refresh_expires_in_s: seconds("refresh_token_expires_in"),
        scope: scopes.join(","),
    })
}

/// Who somebody is at Google.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The only thing that never changes.
    pub subject: Subject,
    /// The address, lower-cased. One of a form that no account has is none: normalising would make another one of it
    /// (GHSA-7rqj-j65f-68wh).
    pub email: Option<Email>,
    /// Whether Google has proof that the address is theirs.
    pub email_verified: bool,
    /// The name; may be empty.
    pub name: PersonName,
    /// Address of a picture.
    pub picture: Option<Avatar>,
}

impl Profile {
    fn of(claims: &Map<String, Value>) -> Option<Self> {
        let subject = match claims.get("sub")? {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        // Texts that JavaScript makes of nothing are nobody.
        if subject.trim().is_empty() || subject.len() > 255 || matches!(subject.as_str(), "undefined" | "null") {
            return None;
        }
        Some(Self {
            subject: Subject::new(subject),
            email: text(claims, "email").and_then(account::email),
            email_verified: claims.get("email_verified").is_some_and(|claim| *claim == true || *claim == "true"),
            name: PersonName::new(text(claims, "name").unwrap_or_default()),
            picture: text(claims, "picture").map(Avatar::new),
        })
    }
}

/// Reads the profile of an id token without a look at its signature: for a token that came from Google itself over TLS.
#[must_use]
pub fn profile(id_token: &OAuthToken) -> Option<Profile> {
    // The token is on its way to the account's row.
    let token = In::<Database, _>::new(id_token.clone());
    let mut parts = token.text().split('.');
    let (Some(_), Some(claims), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else { return None };
    Profile::of(&serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    fn url(scopes: &[String], login_hint: Option<&str>, additional: &[(String, String)]) -> String {
        authorization_url(&Authorization {
            auth_url: "https://accounts.google.com/o/oauth2/v2/auth",
            client_id: "1234-x.apps.googleusercontent.com",
            state: "s_-1",
            redirect_uri: "https://app.example/api/auth/callback/google",
            verifier: &PkceVerifier::new(VERIFIER),
            scopes,
            login_hint,
            additional,
        })
    }

    /// Made by `createAuthorizationURL` of better-auth 1.7.25.
    #[test]
    fn as_better_auth_sends_them() {
        const BEGIN: &str = "https://accounts.google.com/o/oauth2/v2/auth?response_type=code&client_id=1234-x.apps.googleusercontent.com\
            &state=s_-1&scope=email+profile+openid";
        const BACK: &str = "&redirect_uri=https%3A%2F%2Fapp.example%2Fapi%2Fauth%2Fcallback%2Fgoogle";
        const PKCE: &str = "&code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let pairs = |list: &[(&str, &str)]| list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>();
        assert_eq!(url(&[], None, &[]), format!("{BEGIN}{BACK}{PKCE}&include_granted_scopes=true"));
        assert_eq!(url(&[], Some(""), &[]), url(&[], None, &[]));
        assert_eq!(
            url(&["https://www.googleapis.com/auth/drive.file".to_owned()], Some("ada+x@example.com"), &[]),
            format!(
                "{BEGIN}+https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fdrive.file{BACK}&login_hint=ada%2Bx%40example.com{PKCE}\
                &include_granted_scopes=true"
            )
        );
        let additional = pairs(&[
            ("prompt", "select_account consent"),
            ("login_hint", "b"),
            ("state", "evil"),
            ("include_granted_scopes", "false"),
            ("x'y", "é*~"),
        ]);
        assert_eq!(
            url(&[], Some("a"), &additional),
            format!("{BEGIN}{BACK}&login_hint=b{PKCE}&include_granted_scopes=false&prompt=select_account+consent&x%27y=%C3%A9*%7E")
        );
    }

    #[test]
    fn the_secret_is_not_in_the_token_request() {
        let request = token_request("me", "https://app.example/cb?x=é", OAuthCode::new("4/0A&b"), PkceVerifier::new(VERIFIER));
        assert_eq!((request.method, request.path.as_str()), ("POST", "/token"));
        let keys = keys_request();
        assert_eq!((keys.method, keys.path.as_str(), keys.body.clone()), ("GET", "/certs", None));
        let body = String::from_utf8(request.body.clone().unwrap()).unwrap();
        let mut fields: Vec<_> = body.split('&').collect();
        fields.sort_unstable();
        let verifier = format!("code_verifier={VERIFIER}");
        let redirect = "redirect_uri=https%3A%2F%2Fapp.example%2Fcb%3Fx%3D%C3%A9";
        assert_eq!(fields, ["client_id=me", "code=4%2F0A%26b", &verifier, "grant_type=authorization_code", redirect]);
    }

    #[test]
    fn answers() {
        let tokens = read_tokens(
            br#"{"access_token":"ya29.x","expires_in":3599,"scope":"openid  https://www.googleapis.com/auth/userinfo.email",
            "token_type":"Bearer","id_token":"a.b.c","refresh_token":"1//r","refresh_token_expires_in":604799}"#,
        )
        .unwrap();
        assert_eq!(tokens.access, Some(OAuthToken::new("ya29.x")));
        assert_eq!(tokens.refresh, Some(OAuthToken::new("1//r")));
        assert_eq!(tokens.id, Some(OAuthToken::new("a.b.c")));
        assert_eq!((tokens.access_expires_in_s, tokens.refresh_expires_in_s), (Some(3599), Some(604_799)));
        assert_eq!(tokens.scope, "openid,https://www.googleapis.com/auth/userinfo.email");
        let none = Tokens { access: None, refresh: None, id: None, access_expires_in_s: None, refresh_expires_in_s: None, scope: String::new() };
        assert_eq!(read_tokens(b"{}"), Some(none.clone()));
        assert_eq!(read_tokens(br#"{"access_token":"","expires_in":0,"id_token":1,"scope":null}"#), Some(none));
        assert_eq!(read_tokens(br#"{"scope":[" a ","",1,"b"]}"#).unwrap().scope, "a,b");
        assert_eq!((read_tokens(b""), read_tokens(b"[]"), read_tokens(b"<html>")), (None, None, None));
    }

    #[test]
    fn profiles() {
        let read = |claims: &str| profile(&OAuthToken::new(format!("x.{}.", URL_SAFE_NO_PAD.encode(claims))));
        let full = read(r#"{"sub":"110","email":"Ada@Example.com","email_verified":true,"name":"Ada","picture":"https://p/x"}"#).unwrap();
        assert_eq!(full.subject, Subject::new("110"));
        assert_eq!((full.email, full.email_verified), (Some(Email::new("ada@example.com")), true));
        assert_eq!((full.name, full.picture), (PersonName::new("Ada"), Some(Avatar::new("https://p/x"))));
        let bare = read(r#"{"sub":12,"email":"","name":null,"email_verified":"false"}"#).unwrap();
        assert_eq!((bare.subject, bare.email, bare.email_verified), (Subject::new("12"), None, false));
        assert!(read(r#"{"sub":"1","email_verified":"true"}"#).unwrap().email_verified);
        for nobody in ["{}", r#"{"sub":""}"#, r#"{"sub":"null"}"#, r#"{"sub":{}}"#, "[]", ""] {
            assert_eq!(read(nobody), None, "{nobody}");
        }
        for token in ["", "a.b", "a.b.c", "a.e30.c.d", "a.e30"] {
            assert_eq!(profile(&OAuthToken::new(token)), None, "{token}");
        }
    }
}
