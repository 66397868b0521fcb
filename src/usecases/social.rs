//! Signing in with Google, and linking Google to an account (contract: better-auth, section 6.12).

use super::{Client, Opened, google, new_id, new_session, read_opened};
use crate::{
    domain::{
        ids::{self, Alphabet},
        secret::Key,
        settings::Google,
    },
    error::Error,
    lanes::{Database, Email, In, OAuthCode, Owner, PkceVerifier, SessionKey, SessionToken, VerificationValue},
    platform::{Later, Platform},
    store::{
        Batch, StepError, accounts,
        sessions::SessionRow,
        social::{self, Arrival, Link, Linked},
        submit,
        verifications::{self, NewToken, Purpose},
    },
    vendors::{
        google::{self as vendor, Authorization, Profile, Tokens},
        link_token,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Length of a state and of a PKCE verifier in characters (contract: better-auth, section 6.12).
const STATE_LEN: usize = 32;
const VERIFIER_LEN: usize = 128;
/// The key under which the page says that the person is old enough, in what travels with the state.
pub const AGE_CONFIRMED: &str = "ageConfirmed";

/// The key under which it says that no account is to be made.
pub const EXISTING_ONLY: &str = "existingOnly";

/// What a sign-in is begun with.
#[derive(Debug, Clone, Default)]
pub struct Begin {
    /// Where the browser goes afterwards.
    pub callback: Option<String>,
    /// Where a new user's goes.
    pub new_user_callback: Option<String>,
    /// Where it goes if something is wrong.
    pub error_callback: Option<String>,
    /// Further scopes.
    pub scopes: Vec<String>,
    /// Whom Google's page shall suggest.
    pub login_hint: Option<String>,
    /// Further parameters for Google.
    pub additional_params: Vec<(String, String)>,
    /// What travels with the state.
    pub additional_data: Map<String, Value>,
    /// Kept as it came.
    pub request_sign_up: Option<bool>,
}

/// A sign-in that was begun.
#[derive(Debug, Clone)]
pub struct Begun {
    /// Where the browser goes.
    pub url: String,
    /// The state, for the cookie.
    pub state: String,
}

/// Who a link is for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LinkTo {
    user_id: String,
    #[serde(serialize_with = "address")]
    email: Email,
    #[serde(skip_serializing_if = "Option::is_none")]
    encrypted_session_token: Option<String>,
}

fn address<S: serde::Serializer>(email: &Email, to: S) -> Result<S::Ok, S::Error> {
    In::<Database, _>::new(email.clone()).serialize(to)
}

/// A state about to be written down, its keys in better-auth's order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewState<'a> {
    #[serde(flatten)]
    additional: Map<String, Value>,
    #[serde(rename = "callbackURL")]
    callback_url: String,
    code_verifier: In<crate::lanes::Google, PkceVerifier>,
    #[serde(rename = "errorURL", skip_serializing_if = "Option::is_none")]
    error_url: Option<String>,
    #[serde(rename = "newUserURL", skip_serializing_if = "Option::is_none")]
    new_user_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<LinkTo>,
    expires_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_sign_up: Option<bool>,
    oauth_state: &'a str,
}

/// The fields of a state, better-auth's internal ones included.
const OWN_FIELDS: [&str; 10] =
    ["callbackURL", "codeVerifier", "errorURL", "newUserURL", "link", "serverContext", "expiresAt", "requestSignUp", "idTokenNonce", "oauthState"];

/// What a state says, in better-auth's own form.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct State {
    #[serde(rename = "callbackURL")]
    callback_url: String,
    code_verifier: PkceVerifier,
    #[serde(rename = "errorURL")]
    error_url: Option<String>,
    #[serde(rename = "newUserURL")]
    new_user_url: Option<String>,
    link: Option<LinkTo>,
    expires_at: f64,
    #[serde(rename = "oauthState")]
    name: Option<String>,
    #[serde(default)]
    age_confirmed: Value,
    #[serde(default)]
    existing_only: Value,
}

/// What the page says beside a sign-in, for the case that it makes an account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NewcomerTerms {
    /// The person said to be old enough.
    pub age_confirmed: bool,
    /// No account is to be made: nobody was asked for the age yet.
    pub existing_only: bool,
}

impl NewcomerTerms {
    fn of(age_confirmed: Option<&Value>, existing_only: Option<&Value>) -> Self {
        let says = |value: Option<&Value>| value == Some(&Value::Bool(true));
        Self { age_confirmed: says(age_confirmed), existing_only: says(existing_only) }
    }
    /// Reads them from what travels with a state or a link.
    #[must_use]
    pub fn read(data: &Map<String, Value>) -> Self {
        Self::of(data.get(AGE_CONFIRMED), data.get(EXISTING_ONLY))
    }
}

/// Begins a sign-in: writes the state down and says where the browser goes. One round trip.
pub async fn begin(p: &impl Platform, provider: &Google, with: Begin) -> Result<Begun, Error> {
    begin_for(p, provider, with, None).await
}

/// Begins a link: whoever comes back has to be the one who went.
pub async fn begin_link(p: &impl Platform, provider: &Google, session: &SessionRow, token: &SessionToken, with: Begin) -> Result<Begun, Error> {
    let mut nonce = [0; link_token::NONCE_BYTES];
    p.random(&mut nonce);
    let sealed = link_token::seal(p.settings().auth_keys.first().bytes(), token, nonce);
    let to = LinkTo { user_id: session.user.id.clone(), email: session.user.email.clone(), encrypted_session_token: Some(sealed) };
    begin_for(p, provider, with, Some(to)).await
}

async fn begin_for(p: &impl Platform, provider: &Google, with: Begin, link: Option<LinkTo>) -> Result<Begun, Error> {
    let now = p.now();
    let random = |bytes: &mut [u8]| p.random(bytes);
    let state = ids::text(STATE_LEN, Alphabet::Url, random);
    let verifier = PkceVerifier::new(ids::text(VERIFIER_LEN, Alphabet::Url, random));
    let origin = &p.settings().public_origin;
    let mut additional = with.additional_data;
    // Nothing that travels with the state may pass for one of its own fields.
    for name in OWN_FIELDS {
        additional.remove(name);
    }
    let given = |url: Option<String>| url.filter(|url| !url.is_empty());
    let value = NewState {
        additional,
        callback_url: given(with.callback).unwrap_or_else(|| origin.clone()),
        code_verifier: In::new(verifier.clone()),
        error_url: given(with.error_callback),
        new_user_url: given(with.new_user_callback),
        link,
        expires_at: now.plus_ms(Purpose::OAuthState.life_ms()).ms(),
        request_sign_up: with.request_sign_up,
        oauth_state: &state,
    };
    let value = VerificationValue::new(serde_json::to_string(&value).map_err(|_| Error::Unavailable("a state that cannot be written"))?);
    let token = NewToken { id: new_id(p), purpose: Purpose::OAuthState, token: state.clone() };
    let outcome = submit(p, &Batch::read(vec![verifications::insert(&token, &value, now)])).await?;
    if outcome.error().is_some_and(|error| error != StepError::AlreadyApplied) {
        return Err(Error::Unavailable("the state was not written down"));
    }
    let redirect_uri = format!("{origin}{}", google::CALLBACK_PATH);
    let url = vendor::authorization_url(&Authorization {
        auth_url: &provider.auth_url,
        client_id: &provider.client_id,
        state: &state,
        redirect_uri: &redirect_uri,
        verifier: &verifier,
        scopes: &with.scopes,
        login_hint: with.login_hint.as_deref(),
        additional: &with.additional_params,
    });
    Ok(Begun { url, state })
}

/// What comes back from Google.
#[derive(Debug, Clone, Default)]
pub struct Comeback {
    /// Names the sign-in.
    pub state: String,
    /// True if the signed cookie of the browser names it too.
    pub cookie_matches: bool,
    /// True if the provider is one of ours.
    pub provider_known: bool,
    /// The one-time code.
    pub code: Option<OAuthCode>,
    /// What went wrong at Google.
    pub error: Option<String>,
    /// In more words.
    pub error_description: Option<String>,
}

/// Where a callback ends.
#[derive(Debug)]
pub struct Ended {
    /// Where the browser goes; none stands for the error page of the program.
    pub to: Option<String>,
    /// What went wrong, and in more words: added to the address.
    pub error: Option<(String, Option<String>)>,
    /// The session that was opened.
    pub opened: Option<Box<Opened>>,
    /// True if the sign-in is over, and its cookie has served.
    pub spent: bool,
}

impl Ended {
    fn wrong(to: Option<String>, code: &str, spent: bool) -> Self {
        Self { to, error: Some((code.to_owned(), None)), opened: None, spent }
    }
}

/// Ends a sign-in or a link. Two round trips.
pub async fn come_back(p: &impl Platform, client: Client, back: Comeback) -> Result<Ended, Error> {
    let batch = if back.cookie_matches {
        verifications::take(Purpose::OAuthState, &back.state)
    } else {
        Batch::read(vec![verifications::look(Purpose::OAuthState, &back.state)])
    };
    let outcome = submit(p, &batch).await?;
    let Some((value, holds)) = verifications::read(outcome.rows(0)?, p.now())? else { return Ok(Ended::wrong(None, "state_mismatch", false)) };
    let Ok(state) = serde_json::from_str::<State>(&verifications::text_of(&value)) else {
        return Ok(Ended::wrong(None, "internal_server_error", false));
    };
    let error_url = state.error_url.clone();
    let names_itself = state.name.as_ref().is_none_or(|named| *named == back.state);
    if !back.cookie_matches || !names_itself {
        return Ok(Ended::wrong(error_url, "state_mismatch", false));
    }
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are exact in a double")]
    let in_time = state.expires_at >= p.now().ms() as f64;
    if !holds || !in_time {
        return Ok(Ended::wrong(error_url, "state_mismatch", true));
    }
    let wrong = |code: &str| Ok(Ended::wrong(error_url.clone(), code, true));
    if let Some(error) = back.error {
        return Ok(Ended { to: error_url, error: Some((error, back.error_description)), opened: None, spent: true });
    }
    let Some(code) = back.code else { return wrong("no_code") };
    let Some(provider) = p.settings().google.clone().filter(|_| back.provider_known) else { return wrong("oauth_provider_not_found") };
    let Some(tokens) = google::tokens(p, &provider.client_id, code, state.code_verifier).await else { return wrong("invalid_code") };
    let Some(id_token) = &tokens.id else { return wrong("unable_to_get_user_info") };
    let Some(profile) = google::verify(p, &provider.client_id, id_token, None).await else { return wrong("unable_to_get_user_info") };
    if let Some(link) = state.link {
        let code = finish_link(p, &profile, &tokens, &link).await?;
        return Ok(match code {
            None => Ended { to: Some(state.callback_url), error: None, opened: None, spent: true },
            Some(code) => Ended::wrong(error_url, code, true),
        });
    }
    let Some(email) = profile.email.clone() else { return wrong("email_not_found") };
    let terms = NewcomerTerms::of(Some(&state.age_confirmed), Some(&state.existing_only));
    match arrive(p, client, profile, email, tokens, terms).await? {
        Arrived::Welcome(opened, is_new) => {
            let to = if is_new { state.new_user_url.unwrap_or(state.callback_url) } else { state.callback_url };
            Ok(Ended { to: Some(to), error: None, opened: Some(opened), spent: true })
        }
        Arrived::NotLinked => wrong("account_not_linked"),
        Arrived::Unknown => wrong("signup_disabled"),
    }
}

/// What came of somebody's coming from Google.
#[derive(Debug)]
pub enum Arrived {
    /// A session was opened; true if the user is new.
    Welcome(Box<Opened>, bool),
    /// The address has an account that may not be linked.
    NotLinked,
    /// There is no account, and none was to be made.
    Unknown,
}

pub(super) async fn arrive(
    p: &impl Platform,
    client: Client,
    profile: Profile,
    email: Email,
    tokens: Tokens,
    terms: NewcomerTerms,
) -> Result<Arrived, Error> {
    let now = p.now();
    let settings = p.settings();
    let session = new_session(p, client, now, true);
    let user_id = new_id(p);
    let picture = profile.picture.clone().map(|picture| In::<Owner, _>::new(picture).text().to_owned());
    let picture = picture.filter(|url| settings.may_fetch_picture(url)).map(|url| (url, format!("avatars/{user_id}")));
    let arrival = Arrival {
        profile,
        email,
        tokens,
        user_id: user_id.clone(),
        account_id: new_id(p),
        age: terms.age_confirmed.then_some(settings.minimum_age),
        may_make: !terms.existing_only,
        avatar_key: picture.as_ref().map(|(_, key)| key.clone()),
    };
    let batch = social::arrive(&arrival, &session, settings.starting_credits, now);
    let outcome = submit(p, &batch).await?;
    let Some(opened) = read_opened(&batch, &outcome, session.token)? else {
        return match outcome.error() {
            // Without an account to sign in by no session was opened, and what follows it in the transaction had nothing to do.
            None if accounts::read_one_user(outcome.rows(batch.nth_read(1))?)?.is_none() => Ok(Arrived::Unknown),
            None => Ok(Arrived::NotLinked),
            Some(_) => Err(Error::Unavailable("the sign-in was not applied")),
        };
    };
    let is_new = opened.session.user.id == user_id;
    if let Some((url, key)) = picture.filter(|_| is_new) {
        p.later(Later::Avatar { url, key });
    }
    Ok(Arrived::Welcome(Box::new(opened), is_new))
}

/// Links, if the session that began it lives and Google has proof of the account's own address; else the code of what is wrong.
async fn finish_link(p: &impl Platform, profile: &Profile, tokens: &Tokens, to: &LinkTo) -> Result<Option<&'static str>, Error> {
    let session = match &to.encrypted_session_token {
        None => None,
        Some(sealed) => match link_token::open(p.settings().auth_keys.iter().map(Key::bytes), sealed) {
            Some(token) => Some(token.key(p.settings().auth.hash_sessions)),
            None => return Ok(Some("unable_to_link_account")),
        },
    };
    if !profile.email_verified {
        return Ok(Some("unable_to_link_account"));
    }
    if profile.email != Some(to.email.lower()) {
        return Ok(Some("email_does_not_match"));
    }
    Ok(match link(p, profile, tokens, &to.user_id, session).await? {
        Linked::Done => None,
        Linked::Gone => Some("unable_to_link_account"),
        Linked::Foreign => Some("account_already_linked_to_different_user"),
    })
}

pub(super) async fn link(p: &impl Platform, profile: &Profile, tokens: &Tokens, user_id: &str, session: Option<SessionKey>) -> Result<Linked, Error> {
    let link = Link { user_id: user_id.to_owned(), session, account_id: new_id(p) };
    let batch = social::link(profile, tokens, &link, p.now());
    let outcome = submit(p, &batch).await?;
    Ok(social::read_link(outcome.rows(batch.nth_read(0))?, user_id)?)
}
