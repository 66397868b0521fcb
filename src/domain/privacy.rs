//! The privacy catalogue: every column of every table, what kind of datum it is and why it is held. A migration that adds a column
//! which is not listed fails `tests/laws/privacy.rs`. The privacy page, the export and the sweeper will read this same table.

mod library;
mod live;
mod money;

pub use live::LIVE;

/// Whose rows a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    /// A user's, found by this column.
    User(&'static str),
    /// Nobody's.
    Nobody,
}

/// What kind of datum a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// Who the person is.
    Identity,
    /// What proves it.
    Credential,
    /// Where from and with what the person signed in.
    Technical,
    /// What the person asked for and when.
    Usage,
    /// What the person's work is.
    Content,
    /// Credits and what they were spent on.
    Money,
    /// Names rows; says nothing about a person by itself.
    Key,
}

/// Why it is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To give the person what was asked for.
    Service,
    /// To keep others out.
    Security,
    /// To know what is owed.
    Accounting,
}

/// How long a table's rows are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retention {
    /// As long as the account.
    Account,
    /// Until the user deletes it.
    UntilDeleted,
    /// Until the user deletes it, or a day after nothing uses it any more; then cron removes it.
    UntilUnused,
    /// Until it ends by itself; then cron removes it.
    UntilExpired,
    /// As long as tax law says, also after the account: they name nobody.
    Invoices,
    /// So many hours; then cron removes it.
    Hours(u32),
}

/// A table.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Whose rows it holds.
    pub owner: Ownership,
    /// How long they are kept.
    pub retention: Retention,
    /// Its columns: name, category, purpose.
    pub columns: &'static [(&'static str, Category, Purpose)],
}

use Category::{Content, Credential, Identity, Key, Money, Technical, Usage};
use Ownership::{Nobody, User};
use Purpose::{Accounting, Security, Service};

/// The catalogue.
pub const TABLES: &[Table] = &[
    Table {
        name: "user",
        owner: User("id"),
        retention: Retention::Account,
        columns: &[
            ("id", Key, Service),
            ("name", Identity, Service),
            ("email", Identity, Service),
            ("emailVerified", Identity, Security),
            ("image", Identity, Service),
            ("createdAt", Usage, Service),
            ("updatedAt", Usage, Service),
        ],
    },
    Table {
        name: "session",
        owner: User("userId"),
        retention: Retention::UntilExpired,
        columns: &[
            ("id", Key, Security),
            ("expiresAt", Technical, Security),
            ("token", Credential, Security),
            ("createdAt", Technical, Security),
            ("updatedAt", Technical, Security),
            ("ipAddress", Technical, Security),
            ("userAgent", Technical, Security),
            ("userId", Key, Security),
        ],
    },
    Table {
        name: "account",
        owner: User("userId"),
        retention: Retention::Account,
        columns: &[
            ("id", Key, Security),
            ("accountId", Key, Security),
            ("providerId", Identity, Security),
            ("userId", Key, Security),
            ("accessToken", Credential, Security),
            ("refreshToken", Credential, Security),
            ("idToken", Credential, Security),
            ("accessTokenExpiresAt", Technical, Security),
            ("refreshTokenExpiresAt", Technical, Security),
            ("scope", Technical, Security),
            ("password", Credential, Security),
            ("createdAt", Usage, Security),
            ("updatedAt", Usage, Security),
        ],
    },
    Table {
        name: "verification",
        owner: Nobody,
        retention: Retention::UntilExpired,
        columns: &[
            ("id", Key, Security),
            ("identifier", Credential, Security),
            ("value", Credential, Security),
            ("expiresAt", Technical, Security),
            ("createdAt", Technical, Security),
            ("updatedAt", Technical, Security),
        ],
    },
    Table {
        name: "ledger_op",
        owner: User("userId"),
        retention: Retention::Account,
        columns: &[
            ("id", Key, Accounting),
            ("kind", Money, Accounting),
            ("userId", Key, Accounting),
            ("ref", Key, Accounting),
            ("digest", Key, Accounting),
            ("at", Money, Accounting),
        ],
    },
    Table {
        name: "ledger_account",
        owner: User("userId"),
        retention: Retention::Account,
        columns: &[("id", Key, Accounting), ("userId", Key, Accounting), ("kind", Money, Accounting), ("balance", Money, Accounting)],
    },
    Table {
        name: "credit_grant",
        owner: User("userId"),
        retention: Retention::Account,
        columns: &[
            ("id", Key, Accounting),
            ("userId", Key, Accounting),
            ("kind", Money, Accounting),
            ("source", Money, Accounting),
            ("chargeRef", Money, Accounting),
            ("amount", Money, Accounting),
            ("priority", Money, Accounting),
            ("expiresAt", Money, Accounting),
            ("clawed", Money, Accounting),
            ("clawSeen", Money, Accounting),
            ("createdAt", Money, Accounting),
        ],
    },
    Table {
        name: "credit_hold",
        owner: User("userId"),
        retention: Retention::Account,
        columns: &[
            ("id", Key, Accounting),
            ("userId", Key, Accounting),
            ("amount", Money, Accounting),
            ("state", Money, Accounting),
            ("captured", Money, Accounting),
            ("refunded", Money, Accounting),
            ("expiresAt", Money, Accounting),
            ("createdAt", Money, Accounting),
            ("closedAt", Money, Accounting),
            ("keyId", Key, Accounting),
        ],
    },
    Table {
        name: "credit_hold_part",
        owner: User("userId"),
        retention: Retention::Account,
        columns: &[
            ("holdId", Key, Accounting),
            ("seq", Key, Accounting),
            ("userId", Key, Accounting),
            ("grantId", Key, Accounting),
            ("amount", Money, Accounting),
            ("captured", Money, Accounting),
            ("refunded", Money, Accounting),
        ],
    },
    Table {
        name: "ledger_entry",
        owner: User("userId"),
        retention: Retention::Account,
        columns: &[
            ("n", Key, Accounting),
            ("opId", Key, Accounting),
            ("userId", Key, Accounting),
            ("src", Money, Accounting),
            ("dst", Money, Accounting),
            ("amount", Money, Accounting),
            ("at", Money, Accounting),
        ],
    },
    Table {
        name: "generation",
        owner: User("userId"),
        retention: Retention::UntilDeleted,
        columns: &[
            ("id", Key, Service),
            ("userId", Key, Service),
            ("model", Usage, Service),
            ("prompt", Content, Service),
            ("inputs", Usage, Service),
            ("status", Usage, Service),
            ("price", Money, Accounting),
            ("units", Usage, Accounting),
            ("charged", Money, Accounting),
            ("host", Key, Service),
            ("hostId", Key, Service),
            ("hostVersion", Usage, Service),
            ("hostMs", Usage, Service),
            ("failureCode", Usage, Service),
            ("failureDetail", Usage, Service),
            ("createdAt", Usage, Service),
            ("startedAt", Usage, Service),
            ("finishedAt", Usage, Service),
            ("checkAt", Technical, Service),
            ("turns", Technical, Service),
            ("sentAt", Usage, Service),
            ("sentBy", Technical, Service),
            ("savingAt", Usage, Service),
            ("cancelAt", Usage, Service),
            ("seed", Usage, Service),
            ("cost", Usage, Accounting),
            ("favouriteAt", Usage, Service),
            ("folderId", Key, Service),
            ("parentId", Key, Service),
            ("relation", Usage, Service),
        ],
    },
    Table {
        name: "generation_output",
        owner: User("userId"),
        retention: Retention::UntilDeleted,
        columns: &[
            ("generationId", Key, Service),
            ("n", Key, Service),
            ("userId", Key, Service),
            ("mediaKey", Content, Service),
            ("mediaType", Usage, Service),
            ("bytes", Usage, Service),
            ("width", Usage, Service),
            ("height", Usage, Service),
            ("etag", Technical, Service),
            ("createdAt", Usage, Service),
        ],
    },
    Table {
        name: "generation_source",
        owner: User("userId"),
        retention: Retention::UntilDeleted,
        columns: &[
            ("generationId", Key, Service),
            ("slot", Usage, Service),
            ("n", Key, Service),
            ("userId", Key, Service),
            ("uploadId", Key, Service),
            ("parentId", Key, Service),
            ("parentN", Key, Service),
            ("mediaKey", Content, Service),
            ("width", Usage, Service),
            ("height", Usage, Service),
        ],
    },
    Table {
        name: "upload",
        owner: User("userId"),
        retention: Retention::UntilUnused,
        columns: &[
            ("id", Key, Service),
            ("userId", Key, Service),
            ("createdAt", Usage, Service),
            ("storedAt", Usage, Service),
            ("mediaType", Usage, Service),
            ("width", Usage, Service),
            ("height", Usage, Service),
            ("bytes", Usage, Service),
        ],
    },
    Table {
        name: "idempotency",
        owner: User("userId"),
        retention: Retention::Hours(24),
        columns: &[
            ("userId", Key, Service),
            ("key", Technical, Service),
            ("digest", Technical, Service),
            ("generationId", Key, Service),
            ("createdAt", Usage, Service),
        ],
    },
    Table {
        name: "media_removal",
        owner: User("userId"),
        retention: Retention::Hours(2),
        columns: &[("mediaKey", Key, Service), ("userId", Key, Service), ("createdAt", Usage, Service), ("triedAt", Technical, Service)],
    },
    Table {
        name: "lease",
        owner: Nobody,
        retention: Retention::UntilExpired,
        columns: &[("name", Key, Service), ("token", Key, Service), ("expiresAt", Technical, Service)],
    },
    Table {
        name: "person",
        owner: User("userId"),
        retention: Retention::Account,
        columns: &[
            ("userId", Key, Service),
            ("ageConfirmedAt", Identity, Service),
            ("ageConfirmed", Identity, Service),
            ("avatarKey", Content, Service),
            ("dayLimit", Usage, Service),
        ],
    },
    Table {
        name: "session_place",
        owner: User("userId"),
        retention: Retention::UntilExpired,
        columns: &[("sessionId", Key, Security), ("userId", Key, Security), ("country", Technical, Security), ("city", Technical, Security)],
    },
    Table {
        name: "mail_outbox",
        owner: User("userId"),
        retention: Retention::UntilExpired,
        columns: &[
            ("id", Key, Service),
            ("userId", Key, Service),
            ("address", Identity, Service),
            ("name", Identity, Service),
            ("message", Usage, Service),
            ("language", Usage, Service),
            ("link", Credential, Service),
            ("createdAt", Usage, Service),
            ("nextAt", Technical, Service),
            ("expiresAt", Technical, Service),
            ("tries", Technical, Service),
        ],
    },
    Table {
        name: "password_tries",
        owner: Nobody,
        retention: Retention::Hours(24),
        columns: &[
            ("key", Credential, Security),
            ("tries", Technical, Security),
            ("wrong", Technical, Security),
            ("locks", Technical, Security),
            ("until", Technical, Security),
            ("at", Technical, Security),
        ],
    },
    library::FOLDER,
    library::SHARE,
    library::GENERATION_WORD,
    library::GENERATION_SEARCH,
    money::API_KEY,
    money::STRIPE_CUSTOMER,
    money::CHECKOUT,
    money::SUBSCRIPTION,
    money::INVOICE,
    money::PAYMENT,
    money::STRIPE_EVENT,
    money::MARK,
    money::MODEL_DAY,
];
