//! What the API shows: the shapes of its JSON, which the OpenAPI document describes from these types.

use crate::{
    domain::{
        catalogue::Model,
        credits::Credits,
        generation::{Advice, FailureCode, GenerationId, Status},
        library::FolderId,
        picture::{MediaType, PictureFacts, size},
        secret::Keys,
        time::Timestamp,
    },
    http::{library::ParentShown, money::SpendingShown},
    lanes::{Avatar, Email, In, IpAddress, Owner, PersonName, Place, Prompt, SessionKey, UserAgent},
    store::{
        sessions::{ListedSession, UserRow},
        shown::GenerationRow,
    },
    vendors::media_url,
};
use serde::Serialize;

/// The catalogue.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct ModelList {
    /// The models on sale; the first is the default.
    pub models: Vec<Model>,
}

/// A generation.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Generation {
    /// Its id.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = String, example = "01j9zq3v9x0c7m2k4t8w6r5n1a"))]
    pub id: GenerationId,
    /// The catalogue's id of the model.
    pub model: String,
    /// Where it stands.
    pub status: Status,
    /// What was asked for.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = String))]
    pub prompt: In<Owner, Prompt>,
    /// All inputs, defaults and the drawn seed included.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = std::collections::BTreeMap<String, serde_json::Value>))]
    pub inputs: serde_json::Value,
    /// Credits held for it.
    pub price: i64,
    /// Credits charged; null while it runs, 0 if it failed.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
    pub charged: Option<i64>,
    /// When it was ordered.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// True while it waits for others of the owner's to end, or for a host that is too busy.
    pub waiting: bool,
    /// When its owner wished it stopped.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required, value_type = Option<String>, format = DateTime))]
    pub cancel_requested_at: Option<Timestamp>,
    /// The model's version that ran, if the host says it.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
    pub version: Option<String>,
    /// The seed that the host says it used; where it says none, the one among the inputs counts.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
    pub seed: Option<i64>,
    /// When the host began.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required, value_type = Option<String>, format = DateTime))]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required, value_type = Option<String>, format = DateTime))]
    pub finished_at: Option<Timestamp>,
    /// Why there is no output.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
    pub failure: Option<FailureShown>,
    /// What came out.
    pub outputs: Vec<Output>,
    /// The pictures that it started from.
    pub sources: Vec<SourceShown>,
    /// True if it is a favourite.
    pub favourite: bool,
    /// The folder that it is in.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required, value_type = Option<String>))]
    pub folder: Option<FolderId>,
    /// What it was made from, by its words and inputs; null if that is gone.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
    pub parent: Option<ParentShown>,
}

/// A picture that a generation started from.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct SourceShown {
    /// The input.
    pub input: String,
    /// A signed address on this origin, good for 6 to 12 hours; null if it was deleted.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
    pub url: Option<String>,
    /// `{generation}/{n}` if it was made here.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
    pub parent: Option<String>,
}

/// Why a generation ended without output: what happened, what was charged for it, what can be done, and what to name when asking for help.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct FailureShown {
    /// What kind of failure it was.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = crate::domain::generation::FailureCode))]
    pub code: String,
    /// The host's words, or ours.
    pub detail: String,
    /// Credits charged for it: none.
    pub charged: i64,
    /// What can be done.
    pub advice: Advice,
    /// What to name when asking for help.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = String))]
    pub reference: GenerationId,
}

/// A kept output.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Output {
    /// A signed address on this origin, good for 6 to 12 hours.
    pub url: String,
    /// Its type, told by its content.
    pub media_type: String,
    /// Width in pixels.
    pub width: i64,
    /// Height in pixels.
    pub height: i64,
    /// Size in bytes.
    pub bytes: i64,
    /// Small copies, smallest first: none of films, of what is no wider, or of what is too large to be made smaller here.
    pub sizes: Vec<SizeShown>,
}

/// A small copy of a picture. It is made when it is first asked for.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct SizeShown {
    /// Its width in pixels.
    pub width: u32,
    /// A signed address on this origin, good for 6 to 12 hours.
    pub url: String,
}

impl SizeShown {
    /// The copies that there are of a picture.
    pub fn of(media_keys: &Keys, now: Timestamp, key: &str, (media_type, width, height, bytes): (&str, i64, i64, i64)) -> Vec<Self> {
        let facts = MediaType::from_name(media_type).zip(u32::try_from(width).ok()).zip(u32::try_from(height).ok());
        let facts = facts.map(|((media_type, width), height)| PictureFacts { media_type, width, height });
        let widths = facts.into_iter().flat_map(|facts| size::offered(facts, bytes.unsigned_abs()));
        widths.map(|width| Self { width, url: media_url::sized(media_keys, now, key, width) }).collect()
    }
}

/// One generation and the balance.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct OneGeneration {
    /// The generation.
    pub generation: Generation,
    /// The balance.
    pub credits: Credits,
}

/// A generation that was just ordered.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct OrderedGeneration {
    /// The generation.
    pub generation: Generation,
    /// The balance.
    pub credits: Credits,
    /// What was spent today, this included.
    pub spending: SpendingShown,
}

/// A page of generations, newest first, and the balance.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct GenerationPage {
    /// The generations.
    pub generations: Vec<Generation>,
    /// What to pass as `cursor` for older ones; null at the end.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
    pub next_cursor: Option<String>,
    /// The balance.
    pub credits: Credits,
}

/// What the page has to know of the studio before anybody signs in.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
#[expect(clippy::struct_excessive_bools, reason = "each says whether the operator has switched one thing on")]
pub struct StudioShown {
    /// The least age of a user in years.
    pub minimum_age: i64,
    /// Sign-in with Google.
    pub google: bool,
    /// Sign-in by a link that is sent by mail.
    pub magic_link: bool,
    /// Mail can be sent.
    pub mail: bool,
    /// Signing in takes a proved address.
    pub require_verification: bool,
    /// Deleting an account takes a link that is sent by mail.
    pub delete_verification: bool,
    /// `GET /api/live` tells of changes.
    pub live: bool,
}

/// The account as its owner sees it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct AccountShown {
    /// Who it is.
    pub user: AccountUser,
    /// When the person said to be old enough; null asks for it.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required, value_type = Option<String>, format = DateTime))]
    pub age_confirmed_at: Option<Timestamp>,
    /// True if there is a password to sign in with.
    pub has_password: bool,
    /// Our copy of the profile picture: a signed address on this origin.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required))]
    pub avatar_url: Option<String>,
}

/// Who an account belongs to.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct AccountUser {
    /// The id.
    pub id: String,
    /// The name.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = String))]
    pub name: In<Owner, PersonName>,
    /// The address.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = String))]
    pub email: In<Owner, Email>,
    /// True if the address was proved.
    pub email_verified: bool,
    /// The picture's own address.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required, value_type = Option<String>))]
    pub image: Option<In<Owner, Avatar>>,
    /// When the account was made.
    #[cfg_attr(not(target_arch = "wasm32"), schema(format = DateTime))]
    pub created_at: String,
}

impl AccountShown {
    /// Shows an account.
    pub fn of(user: UserRow, age_confirmed_at: Option<Timestamp>, has_password: bool, avatar_url: Option<String>) -> Self {
        let user = AccountUser {
            id: user.id,
            name: In::new(user.name),
            email: In::new(user.email),
            email_verified: user.email_verified,
            image: user.image.map(In::new),
            created_at: user.created_at,
        };
        Self { user, age_confirmed_at, has_password, avatar_url }
    }
}

/// One of the user's sessions.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct AccountSession {
    /// Its id.
    pub id: String,
    /// True for the one that asks.
    pub current: bool,
    /// What the client said of itself.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = String))]
    pub user_agent: In<Owner, UserAgent>,
    /// Where it was opened; empty if unknown.
    #[cfg_attr(not(target_arch = "wasm32"), schema(value_type = String))]
    pub ip_address: In<Owner, IpAddress>,
    /// The country, two letters.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required, value_type = Option<String>))]
    pub country: Option<In<Owner, Place>>,
    /// The city.
    #[cfg_attr(not(target_arch = "wasm32"), schema(required, value_type = Option<String>))]
    pub city: Option<In<Owner, Place>>,
    /// When it was opened.
    #[cfg_attr(not(target_arch = "wasm32"), schema(format = DateTime))]
    pub created_at: String,
    /// When it was last extended, to within a day.
    #[cfg_attr(not(target_arch = "wasm32"), schema(format = DateTime))]
    pub last_active_at: String,
    /// When it ends.
    #[cfg_attr(not(target_arch = "wasm32"), schema(format = DateTime))]
    pub expires_at: String,
}

impl AccountSession {
    /// Shows a session to whoever asks with `key`. Its token stays here: the page has no use for it.
    pub fn of(row: ListedSession, key: &SessionKey) -> Self {
        Self {
            id: row.id,
            current: row.key == *key,
            user_agent: In::new(row.user_agent),
            ip_address: In::new(row.ip_address),
            country: row.country.map(In::new),
            city: row.city.map(In::new),
            created_at: row.created_at,
            last_active_at: row.updated_at,
            expires_at: row.expires_at,
        }
    }
}

/// The user's sessions, newest activity first.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct AccountSessionList {
    /// The sessions.
    pub sessions: Vec<AccountSession>,
}

impl Generation {
    /// Shows a row, with media addresses signed now.
    pub fn show(row: GenerationRow, media_keys: &Keys, now: Timestamp) -> Self {
        let outputs = row.outputs.into_iter().map(|output| Output {
            sizes: SizeShown::of(media_keys, now, &output.media_key, (&output.media_type, output.width, output.height, output.bytes)),
            url: media_url::path(media_keys, now, &output.media_key),
            media_type: output.media_type,
            width: output.width,
            height: output.height,
            bytes: output.bytes,
        });
        let sources = row.sources.into_iter().map(|source| SourceShown {
            input: source.input,
            url: source.media_key.map(|key| media_url::path(media_keys, now, &key)),
            parent: source.parent.zip(source.parent_n).map(|(parent, n)| format!("{parent}/{n}")),
        });
        let failure = row.failure.map(|(code, detail)| FailureShown {
            advice: FailureCode::from_name(&code).map_or(Advice::TryAgain, FailureCode::advice),
            code,
            detail,
            charged: row.charged.unwrap_or(0),
            reference: row.id.clone(),
        });
        Self {
            id: row.id,
            model: row.model,
            status: row.status,
            prompt: In::new(row.prompt),
            inputs: row.inputs,
            price: row.price,
            charged: row.charged,
            created_at: row.created_at,
            waiting: row.sent_at.is_none() && row.finished_at.is_none(),
            cancel_requested_at: row.cancel_at,
            version: row.version,
            seed: row.seed,
            started_at: row.started_at,
            finished_at: row.finished_at,
            failure,
            outputs: outputs.collect(),
            sources: sources.collect(),
            favourite: row.kept.favourite,
            folder: row.kept.folder,
            parent: row.kept.parent.map(|(id, relation)| ParentShown { id, relation }),
        }
    }
}
