//! What can go wrong with a request, in the program's own words. `http::problem` turns it into an answer.

use crate::{
    domain::{generation::GenerationId, library, time::Timestamp},
    platform::{DbError, MediaError},
    store::ledger::Blocked,
};

/// One small enum for all use cases. 4xx kinds tell the user what to do; `Unavailable` tells nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No valid session.
    #[error("sign in first")]
    Unauthenticated,
    /// There is no such thing, or it belongs to somebody else: the same answer for both.
    #[error("not found")]
    NotFound,
    /// An input is outside of what the catalogue allows.
    #[error("invalid input {field}: {limit}")]
    Invalid {
        /// The field's name in the request.
        field: String,
        /// What would be accepted.
        limit: String,
    },
    /// The model is not in the catalogue.
    #[error("unknown model")]
    UnknownModel,
    /// The balance does not suffice.
    #[error("insufficient credits")]
    InsufficientCredits {
        /// The price.
        needed: i64,
        /// What can be spent.
        available: i64,
        /// A cheaper model that can be paid for, and its price for the same.
        cheaper: Option<(&'static str, i64)>,
    },
    /// A day's limit would be passed.
    #[error("spending limit")]
    SpendingLimit {
        /// True for the API key's limit, false for the account's.
        of_key: bool,
        /// The limit in credits.
        limit: i64,
        /// When a new day begins.
        resets_at: Timestamp,
    },
    /// The plan does not allow the order.
    #[error("not in the plan")]
    Blocked(Blocked),
    /// The quote has expired.
    #[error("quote expired")]
    QuoteExpired,
    /// The quote is not ours, or is about something else.
    #[error("quote refused")]
    QuoteRefused,
    /// The operator takes no money.
    #[error("billing is off")]
    BillingOff,
    /// There is a subscription that can be changed instead.
    #[error("already subscribed")]
    AlreadySubscribed,
    /// Nothing was ever bought.
    #[error("no customer")]
    NoCustomer,
    /// There are as many API keys as there may be.
    #[error("too many keys")]
    TooManyKeys,
    /// The library does not take it.
    #[error("the library refuses")]
    Library(library::Refused),
    /// The client asks too often.
    #[error("too many requests")]
    TooManyRequests {
        /// Seconds to wait.
        wait_s: i64,
    },
    /// As many uploads as an account may have that nothing uses.
    #[error("too many unused uploads")]
    TooManyUploads,
    /// The idempotency key was used for another request.
    #[error("idempotency key reused")]
    KeyReused,
    /// The generation has ended already, or its host has.
    #[error("too late to stop it")]
    TooLate,
    /// The generation's host cannot stop it.
    #[error("cannot be stopped")]
    CannotStop,
    /// The generation still runs.
    #[error("generation still open")]
    GenerationOpen,
    /// The model host refused; nothing is charged.
    #[error("the model host refused")]
    HostRefused {
        /// The failed generation, which stays visible.
        generation: GenerationId,
    },
    /// A webhook that is not what it says.
    #[error("webhook refused: {0}")]
    WebhookRefused(&'static str),
    /// The operator has nothing that pushes changes.
    #[error("no live updates")]
    NotLive,
    /// A media address that is not ours, was changed, or has expired.
    #[error("media address refused")]
    MediaRefused,
    /// Something of ours or of a processor's failed; trying again may help.
    #[error("unavailable: {0}")]
    Unavailable(&'static str),
}

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Refused => Self::Unavailable("database refused"),
            DbError::Unknown => Self::Unavailable("database answer lost"),
            DbError::Shape(what) => Self::Unavailable(what),
        }
    }
}

impl From<MediaError> for Error {
    fn from(MediaError: MediaError) -> Self {
        Self::Unavailable("media storage")
    }
}
