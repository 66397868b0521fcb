//! Credits that are given: to new users, for a payment, by the operator. A grant's cause in the world is its id, so it is given once.

use super::{repay, reversals};
use crate::{
    bugs::{Bug, planted},
    domain::{
        credits::{PLAN_PRIORITY, PROMO_PRIORITY, STARTING_CREDITS_MS, TOPUP_PRIORITY},
        secret::digest,
        time::Timestamp,
    },
    lanes::{Database, In, SessionKey, StripeCustomer},
    platform::DbError,
    store::{Batch, Rows, Scope, Step, Value, sql::statements},
};

/// True for a user without accounts of credits: one who was just made, or came with a database of better-auth's.
macro_rules! is_new {
    () => {
        r#"NOT EXISTS (SELECT 1 FROM ledger_account a WHERE a."userId" = o."userId" AND a."kind" = 'issued')"#
    };
}
/// The living user behind a customer of Stripe's.
macro_rules! living_customer {
    () => {
        r#"FROM stripe_customer c JOIN "user" u ON u."id" = c."userId" WHERE c."customerId" = :customer"#
    };
}

statements! {
    /// Welcome: fails unless the user is new to the ledger, so that the usual request takes no write lock.
    WELCOME_IS_DUE (Scope::Owner): r#"SELECT abs(-9223372036854775807 - (NOT EXISTS (SELECT 1 FROM session o WHERE o."token" = :session
        AND o."expiresAt" > :nowText AND "#, is_new!(), ")))";
    /// Welcome: the command that grants the starting credits, for a user who is new to the ledger.
    WELCOME_OP (Scope::Owner): r#"INSERT INTO ledger_op ("id", "kind", "userId", "ref", "digest", "at")
        SELECT 'grant:signup:' || o."userId", 'grant', o."userId", NULL, :digest, :now FROM session o
        WHERE o."token" = :session AND :amount > 0 AND "#, is_new!(), " ON CONFLICT DO NOTHING";
    /// Welcome: what was given, why, and until when.
    WELCOME_GRANT (Scope::Owner): r#"INSERT INTO credit_grant ("id", "userId", "kind", "source", "amount", "priority", "expiresAt", "createdAt")
        SELECT 'signup:' || o."userId", o."userId", 'promo', 'signup:' || o."userId", :amount, :priority, :expires, :now FROM session o
        WHERE o."token" = :session AND :amount > 0 AND "#, is_new!(), " ON CONFLICT DO NOTHING";
    /// Welcome: the accounts.
    WELCOME_ACCOUNTS (Scope::Owner): r#"INSERT INTO ledger_account ("id", "userId", "kind")
        SELECT CASE k.value WHEN 'grant' THEN 'g:signup:' || o."userId" ELSE 'u:' || o."userId" || ':' || k.value END, o."userId", k.value
        FROM session o JOIN json_each('["grant","held","spent","expired","revoked","debt","issued"]') k ON k.value <> 'grant' OR :amount > 0
        WHERE o."token" = :session AND "#, is_new!(), " ON CONFLICT DO NOTHING";
    /// Welcome: the entry, once.
    WELCOME_ENTRY (Scope::Owner): r#"INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at")
        SELECT 'grant:signup:' || o."userId", o."userId", 'u:' || o."userId" || ':issued', 'g:signup:' || o."userId", g."amount", :now
        FROM session o JOIN credit_grant g ON g."id" = 'signup:' || o."userId" AND g."userId" = o."userId" WHERE o."token" = :session
        AND NOT EXISTS (SELECT 1 FROM ledger_entry e WHERE e."userId" = o."userId" AND e."opId" = 'grant:signup:' || o."userId")"#;

    /// Grant for a payment: the accounts, if the user has none yet.
    PAID_ACCOUNTS (Scope::System(OF_CUSTOMER)): r#"INSERT INTO ledger_account ("id", "userId", "kind") SELECT 'u:' || c."userId" || ':' || k.value, c."userId", k.value
        FROM json_each('["held","spent","expired","revoked","debt","issued"]') k, stripe_customer c JOIN "user" u ON u."id" = c."userId"
        WHERE c."customerId" = :customer AND :amount > 0 ON CONFLICT DO NOTHING"#;
    /// Grant for a payment: the command.
    PAID_OP (Scope::System(OF_CUSTOMER)): r#"INSERT INTO ledger_op ("id", "kind", "userId", "ref", "digest", "at")
        SELECT 'grant:' || :source, 'grant', c."userId", NULL, :digest, :now "#, living_customer!(), " AND :amount > 0 ON CONFLICT DO NOTHING";
    /// Grant for a payment: what was given, why, and until when.
    PAID_GRANT (Scope::System(OF_CUSTOMER)): r#"INSERT INTO credit_grant ("id", "userId", "kind", "source", "chargeRef", "amount", "priority", "expiresAt", "createdAt")
        SELECT :source, c."userId", :kind, :source, :payment, :amount, :priority, :expires, :now "#, living_customer!(), " AND :amount > 0 ON CONFLICT DO NOTHING";
    /// Grant for a payment that was not known when the grant was made.
    PAID_BY (Scope::System(OF_CUSTOMER)): r#"UPDATE credit_grant SET "chargeRef" = :payment WHERE "id" = :source AND "chargeRef" IS NULL"#;

    /// Grant by the operator: the accounts, if the user has none yet.
    GIVEN_ACCOUNTS (Scope::System(BY_OPERATOR)): r#"INSERT INTO ledger_account ("id", "userId", "kind") SELECT 'u:' || u."id" || ':' || k.value, u."id", k.value
        FROM json_each('["held","spent","expired","revoked","debt","issued"]') k, "user" u WHERE u."id" = :user ON CONFLICT DO NOTHING"#;
    /// Grant by the operator: the command.
    GIVEN_OP (Scope::System(BY_OPERATOR)): r#"INSERT INTO ledger_op ("id", "kind", "userId", "ref", "digest", "at")
        VALUES ('grant:' || :source, 'grant', (SELECT u."id" FROM "user" u WHERE u."id" = :user), NULL, :digest, :now)"#;
    /// Grant by the operator: what was given, why, and until when.
    GIVEN_GRANT (Scope::System(BY_OPERATOR)): r#"INSERT INTO credit_grant ("id", "userId", "kind", "source", "amount", "priority", "expiresAt", "createdAt")
        VALUES (:source, :user, :kind, :source, :amount, :priority, :expires, :now)"#;

    /// Grant: its account.
    GRANT_ACCOUNT (Scope::System(OF_GRANT)): r#"INSERT INTO ledger_account ("id", "userId", "kind") SELECT 'g:' || g."id", g."userId", 'grant'
        FROM credit_grant g WHERE g."id" = :source ON CONFLICT DO NOTHING"#;
    /// Grant: the entry, once.
    GRANT_ENTRY (Scope::System(OF_GRANT)): r#"INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at")
        SELECT 'grant:' || g."id", g."userId", 'u:' || g."userId" || ':issued', 'g:' || g."id", g."amount", :now FROM credit_grant g
        WHERE g."id" = :source AND NOT EXISTS (SELECT 1 FROM ledger_entry e WHERE e."opId" = 'grant:' || g."id")"#;
    /// Grant: it repays what is owed.
    GRANT_REPAY (Scope::System(OF_GRANT)): repay!("'grant:' || :source", r#"(SELECT g."userId" FROM credit_grant g WHERE g."id" = :source)"#);
    /// What a command was applied with, and by which user.
    GRANTED (Scope::System(OF_GRANT)): r#"SELECT o."digest", o."userId" FROM ledger_op o WHERE o."id" = 'grant:' || :source"#;
}

const OF_CUSTOMER: &str = "Stripe was asked about a payment of one customer, whose user it is for";
const OF_GRANT: &str = "the grant that was made one statement before, by its cause";
const BY_OPERATOR: &str = "the operator names the user";

/// Where granted credits come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A plan's period was paid for.
    Plan,
    /// Credits were bought.
    TopUp,
    /// The operator gives them away.
    Promotion,
    /// The operator makes something good.
    Goodwill,
}

impl Cause {
    /// The name in rows and replies.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::TopUp => "topup",
            Self::Promotion => "promo",
            Self::Goodwill => "goodwill",
        }
    }
    /// From its name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Plan, Self::TopUp, Self::Promotion, Self::Goodwill].into_iter().find(|cause| cause.name() == name)
    }
    /// Lower is spent first.
    const fn priority(self) -> i64 {
        match self {
            Self::Plan => PLAN_PRIORITY,
            Self::TopUp => TOPUP_PRIORITY,
            Self::Promotion | Self::Goodwill => PROMO_PRIORITY,
        }
    }
}

/// Credits about to be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGrant {
    /// Why.
    pub cause: Cause,
    /// The cause in the world, once for ever: an invoice's id, a checkout session's, the operator's own key. Never an event's.
    pub source: String,
    /// The payment behind it.
    pub payment: Option<String>,
    /// How many credits; 0 gives nothing.
    pub amount: i64,
    /// Until when they can be spent.
    pub expires_at: Timestamp,
}

impl NewGrant {
    fn digest(&self, who: &str) -> String {
        digest(&[self.cause.name().as_bytes(), who.as_bytes(), &self.amount.to_be_bytes()])
    }
    fn args(&self, now: Timestamp) -> Vec<(&'static str, Value)> {
        vec![
            ("source", Value::from(&self.source)),
            ("kind", Value::from(self.cause.name())),
            ("amount", Value::from(self.amount)),
            ("priority", Value::from(self.cause.priority())),
            ("expires", Value::from(self.expires_at.ms())),
            ("now", Value::from(now.ms())),
        ]
    }
}

/// Opens the accounts of a user who is new to the ledger and grants the starting credits; nothing for anybody else. Every way of opening
/// a session ends with it.
pub fn welcome(key: &SessionKey, amount: i64, now: Timestamp) -> Vec<Step> {
    let [session, _] = crate::store::sessions::asking(key, now);
    let (at, credits) = (("now", Value::from(now.ms())), ("amount", Value::from(amount)));
    let digest = ("digest", Value::from(digest(&[b"welcome", &amount.to_be_bytes()])));
    vec![
        WELCOME_OP.step(&[session.clone(), at.clone(), credits.clone(), digest]),
        WELCOME_GRANT.step(&[
            session.clone(),
            at.clone(),
            credits.clone(),
            ("priority", Value::from(PROMO_PRIORITY)),
            ("expires", Value::from(now.plus_ms(STARTING_CREDITS_MS).ms())),
        ]),
        WELCOME_ACCOUNTS.step(&[session.clone(), credits]),
        WELCOME_ENTRY.step(&[session, at]),
    ]
}

/// Welcomes a user whose session was opened by better-auth itself, if that was not done before; then `reads`.
#[must_use]
pub fn welcome_first(key: &SessionKey, amount: i64, now: Timestamp, reads: Vec<Step>) -> Batch {
    Batch::guarded_write(WELCOME_IS_DUE.step(&crate::store::sessions::asking(key, now)), welcome(key, amount, now), reads)
}

fn customer(id: &StripeCustomer) -> (&'static str, Value) {
    ("customer", Value::from(In::<Database, _>::new(id.clone()).text()))
}

fn source(new: &NewGrant) -> (&'static str, Value) {
    ("source", Value::from(&new.source))
}

/// Gives credits to the user behind a customer, once for their cause; nothing if that user is gone or unknown. If the payment is known to have been
/// taken back, the credits go back at once.
#[must_use]
pub fn grant_of_customer(of: &StripeCustomer, new: &NewGrant, now: Timestamp) -> Vec<Step> {
    let who = customer(of);
    let amount = ("amount", Value::from(new.amount));
    let payment = ("payment", Value::from(new.payment.as_deref()));
    let digest = ("digest", Value::from(new.digest(In::<Database, _>::new(of.clone()).text())));
    let op = [who.clone(), source(new), amount.clone(), digest, ("now", Value::from(now.ms()))];
    let grant = [&new.args(now)[..], &[who.clone(), payment.clone()]].concat();
    let mut steps = vec![PAID_ACCOUNTS.step(&[who, amount]), PAID_OP.step(&op), PAID_GRANT.step(&grant), PAID_BY.step(&[source(new), payment])];
    steps.extend(open(new, now));
    if let Some(payment) = new.payment.as_deref().filter(|_| !planted(Bug::RefundBeforeGrantIsLost)) {
        steps.extend(reversals::claw(payment, now));
    }
    steps
}

/// The account and the entry of a grant whose row was just written, and what it repays.
fn open(new: &NewGrant, now: Timestamp) -> Vec<Step> {
    let at = ("now", Value::from(now.ms()));
    vec![GRANT_ACCOUNT.step(&[source(new)]), GRANT_ENTRY.step(&[source(new), at.clone()]), GRANT_REPAY.step(&[source(new), at])]
}

/// Gives credits to a user by the operator's hand, once for their cause. Fails with `NoOwner` if there is no such user and with `AlreadyApplied` if the
/// cause was used; read 0 tells with what. Read with [`read_granted`].
#[must_use]
pub fn grant_by_operator(user_id: &str, new: &NewGrant, now: Timestamp) -> Batch {
    let user = ("user", Value::from(user_id));
    let digest = ("digest", Value::from(new.digest(user_id)));
    let mut steps = vec![
        GIVEN_OP.step(&[user.clone(), source(new), digest, ("now", Value::from(now.ms()))]),
        GIVEN_ACCOUNTS.step(std::slice::from_ref(&user)),
        GIVEN_GRANT.step(&[&new.args(now)[..], &[user]].concat()),
    ];
    steps.extend(open(new, now));
    Batch::write(steps, vec![granted(new)])
}

/// With what a grant was applied. Read with [`read_granted`].
#[must_use]
pub fn granted(new: &NewGrant) -> Step {
    GRANTED.step(&[source(new)])
}

/// Whether a grant stands as it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Granted {
    /// It does.
    AsAsked,
    /// Its cause was used before, for other credits or for somebody else.
    Otherwise,
    /// It does not stand.
    Not,
}

/// Reads [`GRANTED`]: `who` is the customer, or the user if the operator gave.
pub fn read_granted(rows: &Rows, new: &NewGrant, who: &str) -> Result<Granted, DbError> {
    let Some(row) = rows.first() else { return Ok(Granted::Not) };
    Ok(if row.text("digest")? == new.digest(who) { Granted::AsAsked } else { Granted::Otherwise })
}
