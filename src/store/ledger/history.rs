//! The ledger as its owner reads it: one entry for each command, with what it did to the credits that can be spent.

use crate::{
    domain::time::Timestamp,
    lanes::SessionKey,
    platform::DbError,
    store::{
        Rows, Scope, Step, Value,
        sql::{owner, statements},
    },
};

statements! {
    /// A page of the asking user's ledger, newest first.
    HISTORY (Scope::Owner): r#"SELECT o."id", o."kind", o."at", o."ref",
        (SELECT coalesce(sum(CASE WHEN d."kind" = 'grant' THEN e."amount" ELSE 0 END - CASE WHEN s."kind" = 'grant' THEN e."amount" ELSE 0 END), 0)
          FROM ledger_entry e JOIN ledger_account d ON d."id" = e."dst" AND d."userId" = e."userId" JOIN ledger_account s ON s."id" = e."src" AND s."userId" = e."userId"
          WHERE e."opId" = o."id" AND e."userId" = o."userId") AS "amount",
        (SELECT sum(e."amount") FROM ledger_entry e WHERE e."opId" = o."id" AND e."userId" = o."userId" AND o."kind" = 'settle'
          AND e."dst" = 'u:' || e."userId" || ':spent') AS "charged",
        w."id" AS "generation", w."model", g."id" AS "grantId", g."kind" AS "grantKind", g."expiresAt",
        coalesce(i."id", k."invoiceId") AS "invoice"
        FROM ledger_op o
        LEFT JOIN generation w ON w."userId" = o."userId" AND w."id" = CASE WHEN o."kind" = 'hold' THEN substr(o."id", 6) ELSE o."ref" END
        LEFT JOIN credit_grant g ON g."userId" = o."userId" AND g."id" = CASE WHEN o."kind" = 'grant' THEN substr(o."id", 7) ELSE o."ref" END
        LEFT JOIN invoice i ON i."userId" = o."userId" AND i."id" = g."id"
        LEFT JOIN checkout k ON k."userId" = o."userId" AND k."sessionId" = g."id"
        WHERE o."userId" = "#, owner!(), r#" AND (o."at" < :beforeAt OR (o."at" = :beforeAt AND o."id" < :beforeId))
        ORDER BY o."at" DESC, o."id" DESC LIMIT :limit"#;
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The command's id.
    pub id: String,
    /// `grant`, `hold`, `settle`, `void`, `refund`, `claw`, `expire`.
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// What it did to the credits that can be spent.
    pub amount: i64,
    /// What was spent, of a settlement.
    pub charged: Option<i64>,
    /// The generation that it was for, which may be gone.
    pub generation: Option<String>,
    /// The model, unless the generation is gone.
    pub model: Option<String>,
    /// What kind of credits were given or taken, and until when they last.
    pub grant: Option<(String, Timestamp)>,
    /// The invoice that they were paid by.
    pub invoice: Option<String>,
}

/// A page of the asking user's ledger older than `before`. Read with [`read_history`].
#[must_use]
pub fn history(key: &SessionKey, before: Option<(Timestamp, &str)>, limit: usize, now: Timestamp) -> Step {
    let (at, id) = before.map_or((i64::MAX, ""), |(at, id)| (at.ms(), id));
    let page = [("beforeAt", Value::from(at)), ("beforeId", Value::from(id)), ("limit", Value::from(limit))];
    HISTORY.step(&[&crate::store::sessions::asking(key, now)[..], &page].concat())
}

/// Reads [`HISTORY`].
pub fn read_history(rows: &Rows) -> Result<Vec<Entry>, DbError> {
    rows.iter()
        .map(|row| {
            let text = |column| Ok::<_, DbError>(row.text_or_null(column)?.map(str::to_owned));
            let (id, kind) = (row.text("id")?.to_owned(), row.text("kind")?.to_owned());
            let of_work = matches!(kind.as_str(), "hold" | "settle" | "void" | "refund");
            let generation = if kind == "hold" { id.strip_prefix("hold:").map(str::to_owned) } else { text("ref")?.filter(|_| of_work) };
            let ends = row.integer_or_null("expiresAt")?.map(Timestamp::from_ms);
            Ok(Entry {
                at: Timestamp::from_ms(row.integer("at")?),
                amount: row.integer("amount")?,
                charged: row.integer_or_null("charged")?,
                generation,
                model: text("model")?,
                grant: text("grantKind")?.zip(ends),
                invoice: text("invoice")?,
                id,
                kind,
            })
        })
        .collect()
}
