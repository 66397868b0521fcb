//! The catalogue's tables of money. Stripe's numbers name payments and say nothing of a person by themselves; names, addresses and cards are
//! at Stripe alone.

use super::{
    Category::{Credential, Key, Money, Usage},
    Ownership::{Nobody, User},
    Purpose::{Accounting, Security, Service},
    Retention, Table,
};

/// API keys.
pub(super) const API_KEY: Table = Table {
    name: "api_key",
    owner: User("userId"),
    retention: Retention::Account,
    columns: &[
        ("id", Key, Security),
        ("userId", Key, Security),
        ("name", Usage, Service),
        ("key", Credential, Security),
        ("hint", Credential, Security),
        ("dayLimit", Usage, Service),
        ("createdAt", Usage, Service),
    ],
};
/// Customers at Stripe.
pub(super) const STRIPE_CUSTOMER: Table = Table {
    name: "stripe_customer",
    owner: User("userId"),
    retention: Retention::Invoices,
    columns: &[
        ("customerId", Key, Accounting),
        ("userId", Key, Accounting),
        ("language", Usage, Service),
        ("createdAt", Money, Accounting),
        ("removeAt", Money, Accounting),
        ("deletedAt", Money, Accounting),
    ],
};
/// Purchases.
pub(super) const CHECKOUT: Table = Table {
    name: "checkout",
    owner: User("userId"),
    retention: Retention::Account,
    columns: &[
        ("id", Key, Accounting),
        ("userId", Key, Accounting),
        ("kind", Money, Accounting),
        ("item", Money, Accounting),
        ("credits", Money, Accounting),
        ("state", Money, Accounting),
        ("sessionId", Key, Accounting),
        ("url", Money, Accounting),
        ("invoiceId", Key, Accounting),
        ("createdAt", Money, Accounting),
        ("expiresAt", Money, Accounting),
    ],
};
/// Subscriptions.
pub(super) const SUBSCRIPTION: Table = Table {
    name: "subscription",
    owner: User("userId"),
    retention: Retention::Invoices,
    columns: &[
        ("id", Key, Accounting),
        ("userId", Key, Accounting),
        ("customerId", Key, Accounting),
        ("status", Money, Accounting),
        ("plan", Money, Accounting),
        ("price", Money, Accounting),
        ("periodStart", Money, Accounting),
        ("periodEnd", Money, Accounting),
        ("cancelAt", Money, Accounting),
        ("endedAt", Money, Accounting),
        ("seenAt", Key, Accounting),
        ("checkAt", Key, Accounting),
    ],
};
/// Invoices.
pub(super) const INVOICE: Table = Table {
    name: "invoice",
    owner: User("userId"),
    retention: Retention::Invoices,
    columns: &[
        ("id", Key, Accounting),
        ("userId", Key, Accounting),
        ("customerId", Key, Accounting),
        ("subscriptionId", Key, Accounting),
        ("number", Money, Accounting),
        ("status", Money, Accounting),
        ("reason", Money, Accounting),
        ("currency", Money, Accounting),
        ("total", Money, Accounting),
        ("amountDue", Money, Accounting),
        ("amountPaid", Money, Accounting),
        ("hostedUrl", Money, Accounting),
        ("pdfUrl", Money, Accounting),
        ("createdAt", Money, Accounting),
        ("paidAt", Money, Accounting),
        ("nextAttemptAt", Money, Accounting),
        ("seenAt", Key, Accounting),
        ("checkAt", Key, Accounting),
    ],
};
/// Payments and what of them went back.
pub(super) const PAYMENT: Table = Table {
    name: "payment",
    owner: Nobody,
    retention: Retention::Invoices,
    columns: &[
        ("id", Key, Accounting),
        ("charged", Money, Accounting),
        ("reversed", Money, Accounting),
        ("chargeId", Key, Accounting),
        ("seenAt", Key, Accounting),
        ("checkAt", Key, Accounting),
    ],
};
/// Messages of Stripe's.
pub(super) const STRIPE_EVENT: Table = Table {
    name: "stripe_event",
    owner: Nobody,
    retention: Retention::Hours(35 * 24),
    columns: &[
        ("id", Key, Accounting),
        ("type", Key, Accounting),
        ("objectId", Key, Accounting),
        ("customerId", Key, Accounting),
        ("created", Money, Accounting),
        ("livemode", Key, Accounting),
        ("source", Key, Accounting),
        ("outcome", Key, Accounting),
        ("receivedAt", Money, Accounting),
    ],
};
/// How far cron has looked.
pub(super) const MARK: Table =
    Table { name: "mark", owner: Nobody, retention: Retention::Account, columns: &[("name", Key, Service), ("at", Key, Service)] };
/// What models earned and cost.
pub(super) const MODEL_DAY: Table = Table {
    name: "model_day",
    owner: Nobody,
    retention: Retention::Invoices,
    columns: &[
        ("model", Key, Accounting),
        ("day", Key, Accounting),
        ("generations", Money, Accounting),
        ("outputs", Money, Accounting),
        ("credits", Money, Accounting),
        ("cost", Money, Accounting),
    ],
};
