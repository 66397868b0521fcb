//! Signing in or linking by an id token that a client got from Google itself (contract: better-auth, section 6.12).

use super::{
    Answered, Asked, Asker, Client, Opened, ask, google,
    social::{Arrived, NewcomerTerms, arrive, link as social_link},
};
use crate::{
    error::Error,
    lanes::OAuthToken,
    platform::Platform,
    store::{
        Batch,
        social::{self, Linked},
        submit,
    },
    vendors::google::Tokens,
};

/// An id token that a client got from Google itself.
#[derive(Debug, Clone)]
pub struct Direct {
    /// The id token.
    pub token: OAuthToken,
    /// What it has to bring back.
    pub nonce: Option<String>,
    /// An access token, to be kept.
    pub access: Option<OAuthToken>,
    /// A refresh token, to be kept where the account is linked.
    pub refresh: Option<OAuthToken>,
}

impl Direct {
    fn tokens(&self, with_refresh: bool) -> Tokens {
        Tokens {
            access: self.access.clone(),
            refresh: self.refresh.clone().filter(|_| with_refresh),
            id: Some(self.token.clone()),
            access_expires_in_s: None,
            refresh_expires_in_s: None,
            scope: String::new(),
        }
    }
}

/// Why an id token does not sign in or link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It is not Google's, or not for us.
    Token,
    /// It names no address.
    NoEmail,
    /// The address has an account that may not be linked.
    NotLinked,
    /// There is no account, and none was to be made.
    Unknown,
    /// It is somebody else's.
    Foreign,
    /// The session ended meanwhile.
    Failed,
    /// Google has no proof of the address.
    NotAllowed,
    /// The account has another address.
    OtherEmail,
}

/// Signs in by an id token. One round trip.
pub async fn sign_in(
    p: &impl Platform,
    client: Client,
    client_id: &str,
    direct: &Direct,
    terms: NewcomerTerms,
) -> Result<Result<Box<Opened>, Refused>, Error> {
    let Some(profile) = google::verify(p, client_id, &direct.token, direct.nonce.as_deref()).await else { return Ok(Err(Refused::Token)) };
    let Some(email) = profile.email.clone() else { return Ok(Err(Refused::NoEmail)) };
    Ok(match arrive(p, client, profile, email, direct.tokens(false), terms).await? {
        Arrived::Welcome(opened, _) => Ok(opened),
        Arrived::NotLinked => Err(Refused::NotLinked),
        Arrived::Unknown => Err(Refused::Unknown),
    })
}

/// Links by an id token. Two round trips.
pub async fn link(p: &impl Platform, who: &Asker, client_id: &str, direct: &Direct) -> Asked<Result<(), Refused>> {
    let Some(asked) = ask(p, who, Vec::new(), |_, _| Ok(())).await? else { return Ok(None) };
    let verdict = judge_link(p, who, &asked, client_id, direct).await?;
    Ok(Some(asked.with(verdict)))
}

async fn judge_link(p: &impl Platform, who: &Asker, asked: &Answered<()>, client_id: &str, direct: &Direct) -> Result<Result<(), Refused>, Error> {
    let Some(profile) = google::verify(p, client_id, &direct.token, direct.nonce.as_deref()).await else { return Ok(Err(Refused::Token)) };
    let Some(email) = &profile.email else { return Ok(Err(Refused::NoEmail)) };
    let user = &asked.session.user;
    let batch = Batch::read(vec![social::owner(&profile)]);
    let owner = social::read_owner(submit(p, &batch).await?.rows(0)?)?;
    match owner {
        Some(owner) if owner != user.id => return Ok(Err(Refused::Foreign)),
        None if !profile.email_verified => return Ok(Err(Refused::NotAllowed)),
        None if *email != user.email.lower() => return Ok(Err(Refused::OtherEmail)),
        Some(_) | None => {}
    }
    Ok(match social_link(p, &profile, &direct.tokens(true), &user.id, Some(who.key.clone())).await? {
        Linked::Done => Ok(()),
        Linked::Foreign => Err(Refused::Foreign),
        Linked::Gone => Err(Refused::Failed),
    })
}
