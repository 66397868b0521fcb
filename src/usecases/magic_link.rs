//! Signing in by a link that is sent by mail (contract: better-auth, section 6.14).

use super::{Client, Opened, new_id, new_mail, new_session, read_opened, send_later, social::NewcomerTerms};
use crate::{
    bugs::{Bug, planted},
    domain::ids::{self, Alphabet},
    error::Error,
    lanes::{Database, Email, In, MailLink, PersonName, VerificationValue},
    platform::Platform,
    store::{
        Batch, accounts,
        mail::{self, Mail},
        people, sessions, submit,
        verifications::{self, NewToken, Purpose},
    },
    vendors::mail::Message,
};
use serde::{Deserialize, Serialize};

/// Length of the token in characters (contract: better-auth, section 6.14).
const TOKEN_LEN: usize = 32;

/// What a link is asked for with.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The address, as it was typed.
    pub email: Email,
    /// The address in the form that accounts have.
    pub address: Email,
    /// The name of a new user.
    pub name: Option<PersonName>,
    /// Where the link leads.
    pub callback: String,
    /// Where it leads a new user.
    pub new_user_callback: Option<String>,
    /// Where it leads if it does not hold.
    pub error_callback: Option<String>,
    /// For the case that it makes an account.
    pub terms: NewcomerTerms,
}

/// What a row says of a link. Written with `type` first, as better-auth does.
#[derive(Serialize)]
struct Row<'a> {
    r#type: &'static str,
    email: &'a In<Database, Email>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<In<Database, PersonName>>,
    // Ours; better-auth passes over what it does not know.
    #[serde(rename = "ageConfirmed", skip_serializing_if = "core::ops::Not::not")]
    age_confirmed: bool,
    #[serde(rename = "existingOnly", skip_serializing_if = "core::ops::Not::not")]
    existing_only: bool,
}

/// Sends a link to whoever asks: it makes an account if there is none. One round trip.
pub async fn request(p: &impl Platform, client: Client, asked: Asked) -> Result<(), Error> {
    let now = p.now();
    let token = ids::text(TOKEN_LEN, Alphabet::Letters, |bytes| p.random(bytes));
    let mut link = form_urlencoded::Serializer::new(String::new());
    link.append_pair("token", &token).append_pair("callbackURL", if asked.callback.is_empty() { "/" } else { &asked.callback });
    for (name, url) in [("newUserCallbackURL", &asked.new_user_callback), ("errorCallbackURL", &asked.error_callback)] {
        if let Some(url) = url.as_ref().filter(|url| !url.is_empty()) {
            link.append_pair(name, url);
        }
    }
    let link = format!("{}/api/auth/magic-link/verify?{}", p.settings().public_origin, link.finish());
    let row = Row {
        r#type: "magic-link",
        email: &In::new(asked.email),
        name: asked.name.map(In::new),
        age_confirmed: asked.terms.age_confirmed,
        existing_only: asked.terms.existing_only,
    };
    let value = VerificationValue::new(serde_json::to_string(&row).map_err(|_| Error::Unavailable("a row that cannot be written"))?);
    let new = NewToken { id: new_id(p), purpose: Purpose::MagicLink, token };
    let mail = Mail { new: new_mail(p, Message::MagicLink, client.language, MailLink::new(link)), to: asked.address, name: None };
    let mut steps = vec![verifications::insert(&new, &value, now)];
    if !planted(Bug::MailWithoutOutbox) {
        steps.push(mail::insert(&mail, None, now));
    }
    let batch = Batch::write(steps, vec![]);
    let outcome = submit(p, &batch).await?;
    if outcome.error().is_some_and(|error| error != crate::store::StepError::AlreadyApplied) {
        return Err(Error::Unavailable("the link was not written down"));
    }
    send_later(p, mail.new, mail.to, mail.name);
    Ok(())
}

/// What came of a link.
#[derive(Debug)]
pub enum Came {
    /// A session was opened; true if the user is new.
    In(Box<Opened>, bool),
    /// The link does not hold.
    Invalid,
    /// There is no account, and none was to be made.
    Unknown,
}

/// Opens a link and a session. Two round trips.
///
/// Whoever opens the link has the mailbox. If the account's address was not proved before, somebody else may have made it: what was
/// planted there, passwords and sessions, goes first (GHSA-qq9h-g4jm-xgf3).
pub async fn open(p: &impl Platform, client: Client, token: &str) -> Result<Came, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Stored {
        email: Email,
        name: Option<PersonName>,
        #[serde(default)]
        age_confirmed: bool,
        #[serde(default)]
        existing_only: bool,
    }
    let steps = vec![verifications::look(Purpose::MagicLink, token), verifications::user_of_magic_link(token)];
    let outcome = submit(p, &Batch::read(steps)).await?;
    let Some(value) = verifications::read_live(outcome.rows(0)?, p.now())? else { return Ok(Came::Invalid) };
    let Ok(stored) = serde_json::from_str::<Stored>(&verifications::text_of(&value)) else { return Ok(Came::Invalid) };
    let known = accounts::read_one_user(outcome.rows(1)?)?;
    let now = p.now();
    let session = new_session(p, client, now, true);
    let mut steps = verifications::spend(Purpose::MagicLink, token, now);
    if planted(Bug::LinkReadThenDeleted) {
        steps.remove(0);
    }
    let is_new = known.is_none();
    let ends_planted = known.as_ref().is_some_and(|user| !user.email_verified);
    if is_new && stored.existing_only {
        // A link works once, whatever it came to.
        let batch = Batch::write(steps, vec![]);
        let spent = submit(p, &batch).await?.committed(&batch);
        return Ok(if spent { Came::Unknown } else { Came::Invalid });
    }
    let user_id = if let Some(user) = known {
        // The link is worth something at the address that it was sent to, and at no other that the user may have changed to meanwhile.
        steps.push(accounts::still_at(&user.id, &user.email));
        if !user.email_verified {
            if !planted(Bug::PlantedPasswordStays) {
                steps.push(accounts::drop_all(&user.id));
            }
            steps.extend([sessions::end_unproved(&user.id), accounts::set_verified(&user.id, now)]);
        }
        user.id
    } else {
        let user_id = new_id(p);
        let name = stored.name.unwrap_or_else(|| PersonName::new(""));
        steps.push(accounts::insert_proved(&user_id, &name, &stored.email.lower(), now));
        if stored.age_confirmed {
            steps.push(people::confirm_age_of_new(&user_id, p.settings().minimum_age, now));
        }
        user_id
    };
    steps.extend(sessions::open(&session, &user_id, p.settings().starting_credits, now));
    let batch = Batch::write(steps, vec![sessions::just_opened(&session.key, now)]);
    let outcome = submit(p, &batch).await?;
    // Of many who open the link at once, one is the first.
    let Some(opened) = read_opened(&batch, &outcome, session.token)? else { return Ok(Came::Invalid) };
    if ends_planted {
        p.hang_up(&opened.session.user.id);
    }
    Ok(Came::In(Box::new(opened), is_new))
}
