//! What can go wrong, each said in one sentence that tells the operator what to do.

use std::fmt;

/// Why something was not done.
#[derive(Debug, PartialEq, Eq)]
pub enum Error {
    /// The command line makes no sense.
    Usage(String),
    /// The database's address is not one that can be spoken to over HTTP.
    Address(String),
    /// Nobody answered, or the answer broke off.
    Unreachable {
        /// The address that was asked.
        url: String,
        /// The transport's own words.
        reason: String,
    },
    /// The database answered 401 or 403.
    Refused {
        /// The address that was asked.
        url: String,
        /// 401 or 403.
        status: u16,
    },
    /// Whoever answered does not speak Hrana, or the address names no database.
    NotADatabase {
        /// The address that was asked.
        url: String,
        /// The status or the oddity that gave it away.
        answer: String,
    },
    /// The folder of migrations cannot be used as it is.
    Folder(String),
    /// The database has a history that this folder does not continue.
    History(String),
    /// The database refused a migration; nothing of that file was kept.
    Failed {
        /// The migration's file name.
        name: String,
        /// `SQLite`'s words.
        reason: String,
    },
    /// The database refused a statement of our own.
    Database(String),
    /// The ledger's entries contradict themselves, so no balance can be built from them.
    Rebuild,
    /// The text of what is sold is not in order.
    Plans(String),
    /// The payment provider, or the studio, does not answer, or answers what nobody understands.
    Silent {
        /// Who.
        who: &'static str,
        /// The address that was asked.
        url: String,
        /// What was heard instead.
        reason: String,
    },
    /// The payment provider refused a request.
    Stripe {
        /// Which request: method and path.
        request: String,
        /// Its own words.
        reason: String,
    },
    /// What was asked for cannot be done; the sentence says why.
    Cannot(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(what) => write!(f, "{what}; `atelier-operator --help` shows what there is"),
            Self::Address(url) => {
                write!(f, "`{url}` is no database address: give one that starts with libsql://, https:// or http://")
            }
            Self::Unreachable { url, reason } => {
                write!(f, "no database answers at {url} ({reason}): check the address and that the server runs")
            }
            Self::Refused { url, status } => {
                write!(
                    f,
                    "the database at {url} refused the token ({status}): check TURSO_AUTH_TOKEN, it may have expired or belong to another database"
                )
            }
            Self::NotADatabase { url, answer } => {
                write!(f, "{url} is no libSQL database ({answer}): check the address")
            }
            Self::Folder(what) | Self::History(what) | Self::Cannot(what) => f.write_str(what),
            Self::Failed { name, reason } => {
                write!(f, "{name} failed and nothing of it was kept: {reason}")
            }
            Self::Database(reason) if reason.contains("no such table") => {
                write!(f, "the database is older than this checkout ({reason}): bring it to its schema with `atelier-operator migrate`")
            }
            Self::Database(reason) => write!(f, "the database refused: {reason}"),
            Self::Rebuild => f.write_str(
                "the entries give an account a balance of the wrong sign, so they are what is wrong: no balance was changed, and a backup is needed",
            ),
            Self::Plans(reason) => write!(f, "what is sold is not in order ({reason}): correct PLANS, or plans.json"),
            Self::Silent { who, url, reason } => {
                write!(f, "{who} does not answer at {url} as it should ({reason}): check the address, then start again")
            }
            Self::Stripe { request, reason } => write!(f, "Stripe refused {request}: {reason}"),
        }
    }
}

impl std::error::Error for Error {}
