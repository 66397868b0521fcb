//! Invoices, as last read from Stripe, and the mail that goes out when one was not paid.

use super::{customer_arg, user_of_customer};
use crate::{
    domain::time::Timestamp,
    lanes::{Database, In, MailLink, SessionKey, StripeCustomer},
    platform::DbError,
    store::{
        Row, Rows, Scope, Step, Value, sessions,
        sql::{owner, statements},
    },
    vendors::{
        mail::Message,
        stripe::{Id, Invoice},
    },
};

macro_rules! shown {
    () => {
        r#"SELECT i."id", i."number", i."status", i."reason", i."subscriptionId", i."currency", i."total", i."amountDue", i."hostedUrl", i."pdfUrl", i."createdAt", i."paidAt",
        EXISTS (SELECT 1 FROM checkout k WHERE k."invoiceId" = i."id" AND k."userId" = i."userId") AS "topup" FROM invoice i"#
    };
}

statements! {
    /// Notes an invoice as it was read. What was paid or made void stays so; otherwise a later reading counts.
    INVOICE_NOTE (Scope::System(super::OF_CUSTOMER)): r#"INSERT INTO invoice ("id", "userId", "customerId", "subscriptionId", "number", "status", "reason", "currency", "total",
          "amountDue", "amountPaid", "hostedUrl", "pdfUrl", "createdAt", "paidAt", "nextAttemptAt", "seenAt", "checkAt")
        SELECT :id, "#, user_of_customer!(), r#", :customer, :subscription, :number, :status, :reason, :currency, :total, :due, :paid, :hosted, :pdf, :created, :paidAt,
          :next, :seen, :check WHERE "#, user_of_customer!(), r#" IS NOT NULL
        ON CONFLICT ("id") DO UPDATE SET "number" = excluded."number", "status" = excluded."status", "total" = excluded."total", "amountDue" = excluded."amountDue",
          "amountPaid" = excluded."amountPaid", "hostedUrl" = excluded."hostedUrl", "pdfUrl" = excluded."pdfUrl", "paidAt" = excluded."paidAt",
          "nextAttemptAt" = excluded."nextAttemptAt", "seenAt" = excluded."seenAt", "checkAt" = excluded."checkAt"
        WHERE excluded."status" IN ('paid','void') OR (invoice."status" NOT IN ('paid','void') AND excluded."seenAt" > invoice."seenAt")"#;
    /// Another reading of it stands: it is read again.
    INVOICE_DOUBT (Scope::System(super::OF_CUSTOMER)): r#"UPDATE invoice SET "checkAt" = "seenAt" + :doubt WHERE "id" = :id AND "seenAt" >= :seen
        AND "status" NOT IN ('paid','void')"#;
    /// Asks for the mail that tells of a payment that failed: once for each try of Stripe's.
    PAYMENT_FAILED_MAIL (Scope::System(super::OF_CUSTOMER)): r#"INSERT INTO mail_outbox ("id", "userId", "address", "name", "message", "language", "link", "createdAt", "nextAt", "expiresAt")
        SELECT :mail, u."id", u."email", u."name", :message, c."language", :link, :now, :now, :expires FROM stripe_customer c JOIN "user" u ON u."id" = c."userId"
        WHERE c."customerId" = :customer AND NOT EXISTS (SELECT 1 FROM invoice i WHERE i."id" = :id AND i."status" <> 'open') ON CONFLICT DO NOTHING"#;
    /// The invoice that the asking user's subscription waits for.
    INVOICE_DUE (Scope::Owner): r#"SELECT i."id", i."amountDue", i."currency", i."nextAttemptAt" FROM invoice i JOIN subscription b ON b."id" = i."subscriptionId" AND b."userId" = i."userId"
        WHERE i."status" = 'open' AND i."amountDue" > 0 AND b."status" IN ('past_due','unpaid') AND i."userId" = "#, owner!(), r#" ORDER BY i."createdAt" DESC LIMIT 1"#;
    /// The asking user's invoices, newest first.
    INVOICE_LIST (Scope::Owner): shown!(), r#" WHERE i."status" <> 'draft' AND i."userId" = "#, owner!(), r#" ORDER BY i."createdAt" DESC, i."id" DESC LIMIT :limit"#;
    /// One of them.
    INVOICE_GET (Scope::Owner): shown!(), r#" WHERE i."id" = :id AND i."userId" = "#, owner!();
}

/// Invoices that are listed.
const LISTED_MAX: i64 = 100;

fn ms(seconds: Option<i64>) -> Value {
    Value::from(seconds.map(|s| s.saturating_mul(1000)))
}

/// Notes an invoice as it was read at `seen`; nothing if its customer is unknown.
#[must_use]
pub fn note_invoice(read: &Invoice, of: &StripeCustomer, seen: Timestamp, check: Option<Timestamp>) -> Vec<Step> {
    let (id, seen) = (("id", Value::from(read.id.as_str())), ("seen", Value::from(seen.ms())));
    let doubt = INVOICE_DOUBT.step(&[id.clone(), seen.clone(), ("doubt", Value::from(super::DOUBT_MS))]);
    let note = INVOICE_NOTE.step(&[
        customer_arg(of),
        id,
        ("subscription", Value::from(read.subscription.as_ref().map(Id::as_str))),
        ("number", Value::from(read.number.as_deref())),
        ("status", Value::from(&read.status)),
        ("reason", Value::from(&read.reason)),
        ("currency", Value::from(&read.currency)),
        ("total", Value::from(read.total)),
        ("due", Value::from(read.amount_due)),
        ("paid", Value::from(read.amount_paid)),
        ("hosted", Value::from(read.hosted_url.as_deref())),
        ("pdf", Value::from(read.pdf_url.as_deref())),
        ("created", ms(Some(read.created_s))),
        ("paidAt", ms(read.paid_at_s)),
        ("next", ms(read.next_attempt_s)),
        seen,
        ("check", Value::from(check.map(Timestamp::ms))),
    ]);
    super::doubted(doubt, note)
}

/// Asks for the mail about an invoice that was not paid: once for each try of Stripe's.
#[must_use]
pub fn payment_failed(read: &Invoice, of: &StripeCustomer, link: &MailLink, now: Timestamp) -> Step {
    PAYMENT_FAILED_MAIL.step(&[
        customer_arg(of),
        ("id", Value::from(read.id.as_str())),
        ("mail", Value::from(format!("unpaid:{}:{}", read.id.as_str(), read.next_attempt_s.unwrap_or_default()))),
        ("message", Value::from(Message::PaymentFailed.code())),
        ("link", Value::from(In::<Database, _>::new(link.clone()).text())),
        ("now", Value::from(now.ms())),
        ("expires", Value::from(now.plus_ms(Message::PaymentFailed.life_ms()).ms())),
    ])
}

/// An invoice that is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Stripe's id.
    pub invoice: String,
    /// What is due, in the currency's minor unit.
    pub amount: i64,
    /// The currency.
    pub currency: String,
    /// When Stripe tries again.
    pub next_attempt_at: Option<Timestamp>,
}

/// The invoice that the asking user's subscription waits for. Read with [`read_due`].
#[must_use]
pub fn due(key: &SessionKey, now: Timestamp) -> Step {
    INVOICE_DUE.step(&sessions::asking(key, now))
}

/// Reads [`INVOICE_DUE`].
pub fn read_due(rows: &Rows) -> Result<Option<Due>, DbError> {
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(Due {
        invoice: row.text("id")?.to_owned(),
        amount: row.integer("amountDue")?,
        currency: row.text("currency")?.to_owned(),
        next_attempt_at: row.integer_or_null("nextAttemptAt")?.map(Timestamp::from_ms),
    }))
}

/// An invoice as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceRow {
    /// Stripe's id.
    pub id: String,
    /// The number printed on it.
    pub number: Option<String>,
    /// `plan`, `topup` or `other`.
    pub kind: &'static str,
    /// Stripe's word for where it stands.
    pub status: String,
    /// The currency.
    pub currency: String,
    /// The sum, in the currency's minor unit.
    pub total: i64,
    /// What is due.
    pub amount_due: i64,
    /// Stripe's page, and the PDF, as they were when it was read.
    pub urls: (Option<String>, Option<String>),
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
}

/// The asking user's invoices. Read with [`read_invoices`].
#[must_use]
pub fn list(key: &SessionKey, now: Timestamp) -> Step {
    INVOICE_LIST.step(&[&sessions::asking(key, now)[..], &[("limit", Value::from(LISTED_MAX))]].concat())
}

/// One of them. Read with [`read_invoices`].
#[must_use]
pub fn invoice_of(key: &SessionKey, id: &str, now: Timestamp) -> Step {
    INVOICE_GET.step(&[&sessions::asking(key, now)[..], &[("id", Value::from(id))]].concat())
}

/// Reads [`INVOICE_LIST`] and [`INVOICE_GET`].
pub fn read_invoices(rows: &Rows) -> Result<Vec<InvoiceRow>, DbError> {
    rows.iter().map(read_row).collect()
}

fn read_row(row: Row<'_>) -> Result<InvoiceRow, DbError> {
    let text = |column| Ok::<_, DbError>(row.text_or_null(column)?.map(str::to_owned));
    let kind = match (row.text_or_null("subscriptionId")?.is_some(), row.integer("topup")? != 0) {
        (true, _) => "plan",
        (false, true) => "topup",
        (false, false) => "other",
    };
    Ok(InvoiceRow {
        id: row.text("id")?.to_owned(),
        number: text("number")?,
        kind,
        status: row.text("status")?.to_owned(),
        currency: row.text("currency")?.to_owned(),
        total: row.integer("total")?,
        amount_due: row.integer("amountDue")?,
        urls: (text("hostedUrl")?, text("pdfUrl")?),
        created_at: Timestamp::from_ms(row.integer("createdAt")?),
        paid_at: row.integer_or_null("paidAt")?.map(Timestamp::from_ms),
    })
}
