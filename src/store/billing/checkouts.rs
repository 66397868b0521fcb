//! Purchases that were begun here. Stripe knows each by the id that we chose, so an answer that was lost loses nothing.

use super::{customer_arg, user_of_customer};
use crate::{
    domain::time::{DAY_MS, MINUTE_MS, Timestamp},
    lanes::{Database, Email, In, SessionKey, StripeCustomer, StripeReference},
    platform::DbError,
    store::{
        Batch, Rows, Scope, Step, Value, ledger, sessions,
        sql::{owner, statements},
    },
    vendors::mail::Language,
};

/// A plan can be bought while no subscription is there that could be changed instead.
macro_rules! live_subscription {
    () => {
        concat!(r#"FROM subscription b WHERE b."status" IN ('active','trialing','past_due','unpaid','paused') AND b."userId" = "#, owner!())
    };
}

/// A plan that was bought today, whose subscription is not known here yet.
macro_rules! just_bought {
    () => {
        concat!(
            r#"FROM checkout k WHERE k."kind" = 'plan' AND k."id" <> :checkout AND k."state" IN ('pending','paid') AND k."expiresAt" > :now
            AND NOT EXISTS (SELECT 1 FROM invoice i JOIN subscription b ON b."id" = i."subscriptionId" AND b."userId" = i."userId"
              WHERE i."id" = k."invoiceId" AND i."userId" = k."userId") AND k."userId" = "#,
            owner!()
        )
    };
}

statements! {
    /// Writes down what is about to be bought; a plan only if there is no subscription, no page open that sells the same one, and none under way.
    CHECKOUT_INSERT (Scope::Owner): r#"INSERT INTO checkout ("id", "userId", "kind", "item", "credits", "createdAt", "expiresAt")
        SELECT :checkout, "#, owner!(), r#", :kind, :item, :credits, :now, :expires WHERE :kind = 'topup' OR (NOT EXISTS (SELECT 1 "#, live_subscription!(), r#")
          AND NOT EXISTS (SELECT 1 FROM checkout k WHERE k."kind" = 'plan' AND k."item" = :item AND k."state" = 'open' AND k."url" IS NOT NULL
            AND k."expiresAt" > :later AND k."userId" = "#, owner!(), r#")
          AND NOT EXISTS (SELECT 1 FROM checkout k WHERE k."kind" = 'plan' AND k."state" = 'open' AND k."url" IS NULL AND k."createdAt" > :lately AND k."userId" = "#, owner!(), "))";
    /// Who buys.
    BUYER (Scope::Owner): r#"SELECT u."id", u."email",
        (SELECT c."customerId" FROM stripe_customer c WHERE c."deletedAt" IS NULL AND c."userId" = u."id") AS "customer",
        (SELECT count(*) FROM stripe_customer c WHERE c."userId" = u."id" AND c."deletedAt" IS NOT NULL) AS "former",
        EXISTS (SELECT 1 "#, live_subscription!(), r#") AS "subscribed"
        FROM "user" u WHERE u."id" = "#, owner!();
    /// The user's pages that sell plans and are open.
    OPEN_PLANS (Scope::Owner): r#"SELECT k."id", k."item", k."sessionId", k."url" FROM checkout k WHERE k."kind" = 'plan' AND k."state" = 'open' AND k."id" <> :checkout
        AND k."sessionId" IS NOT NULL AND k."expiresAt" > :later AND k."userId" = "#, owner!(), r#" ORDER BY k."id" DESC LIMIT 5"#;
    /// Notes the customer, unless there is one.
    CUSTOMER_INSERT (Scope::Owner): r#"INSERT INTO stripe_customer ("customerId", "userId", "language", "createdAt") SELECT :customer, "#, owner!(), r#", :language, :now
        WHERE NOT EXISTS (SELECT 1 FROM stripe_customer c WHERE c."deletedAt" IS NULL AND c."userId" = "#, owner!(), ") ON CONFLICT DO NOTHING";
    /// Forgets a purchase whose page could not be made.
    CHECKOUT_GIVE_UP (Scope::Owner): r#"DELETE FROM checkout WHERE "id" = :checkout AND "url" IS NULL AND "state" = 'open' AND "userId" = "#, owner!();
    /// Notes that pages were closed at Stripe.
    CHECKOUT_CLOSED (Scope::Owner): r#"UPDATE checkout SET "state" = 'expired' WHERE "state" = 'open' AND "sessionId" IN (SELECT value FROM json_each(:closed))
        AND "userId" = "#, owner!();
    /// Notes Stripe's page, if it is for the customer that counts: what is paid for another one would be nobody's. One that sells a plan only if no
    /// other one was noted meanwhile: whoever pays both has two.
    CHECKOUT_SESSION (Scope::Owner): r#"UPDATE checkout SET "sessionId" = :sessionId, "url" = :url, "expiresAt" = :expires
        WHERE "id" = :checkout AND EXISTS (SELECT 1 FROM stripe_customer c WHERE c."customerId" = :customer AND c."deletedAt" IS NULL AND c."userId" = checkout."userId")
        AND ("kind" = 'topup' OR (NOT EXISTS (SELECT 1 "#, live_subscription!(), ") AND NOT EXISTS (SELECT 1 ", just_bought!(), r#")
          AND NOT EXISTS (SELECT 1 FROM checkout k WHERE k."kind" = 'plan' AND k."id" <> :checkout AND k."state" = 'open' AND k."url" IS NOT NULL AND k."expiresAt" > :now
            AND k."userId" = "#, owner!(), r#"))) AND "userId" = "#, owner!();
    /// A purchase of the asking user's.
    CHECKOUT_GET (Scope::Owner): r#"SELECT k."id", k."kind", k."item", k."credits", k."state", k."sessionId" FROM checkout k
        WHERE k."id" = :checkout AND k."userId" = "#, owner!();
    /// What Stripe says of a session. What was paid stays paid, by a trigger; a failure is not forgotten by an older word.
    CHECKOUT_RESULT (Scope::System(super::OF_CUSTOMER)): r#"UPDATE checkout SET "state" = CASE WHEN "state" = 'failed' AND :state = 'pending' THEN 'failed' ELSE :state END,
        "sessionId" = :sessionId, "invoiceId" = coalesce(:invoice, "invoiceId") WHERE "id" = :checkout AND "userId" = "#, user_of_customer!();
}

/// For so long a page that was asked for and is not there yet keeps another one that sells a plan from being made: whoever pays both has two.
const UNDER_WAY_MS: i64 = MINUTE_MS;
/// A page of Stripe's that is about to end is not shown again.
const LATER_MS: i64 = 10 * MINUTE_MS;

/// What is bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// True for a plan, false for credits.
    pub is_plan: bool,
    /// The plan and its interval, or the pack.
    pub name: String,
    /// What is promised: credits of a period, or of the pack.
    pub credits: i64,
}

/// What stands at the beginning of a purchase.
#[derive(Debug, Clone)]
pub struct Begun {
    /// The user's id.
    pub user_id: String,
    /// The address.
    pub email: Email,
    /// The customer, if there is one.
    pub customer: Option<StripeCustomer>,
    /// How many customers this user had that are gone at Stripe.
    pub former: i64,
    /// True if there is a subscription that can be changed.
    pub subscribed: bool,
    /// Pages of Stripe's that sell plans and are open: our id, item, session, address.
    pub open: Vec<(String, String, String, String)>,
    /// True if the purchase was written down.
    pub written: bool,
}

/// Begins a purchase. Read with [`begun`].
#[must_use]
pub fn begin(key: &SessionKey, id: &str, item: &Item, starting_credits: i64, now: Timestamp) -> Batch {
    let who = sessions::asking(key, now);
    let with = |more: &[(&'static str, Value)]| [&who, more].concat();
    let (checkout, later) = (("checkout", Value::from(id)), ("later", Value::from(now.plus_ms(LATER_MS).ms())));
    let mut steps = ledger::welcome(key, starting_credits, now);
    steps.push(CHECKOUT_INSERT.step(&with(&[
        checkout.clone(),
        later.clone(),
        ("kind", Value::from(if item.is_plan { "plan" } else { "topup" })),
        ("item", Value::from(&item.name)),
        ("credits", Value::from(item.credits)),
        ("now", Value::from(now.ms())),
        ("expires", Value::from(now.plus_ms(DAY_MS).ms())),
        ("lately", Value::from(now.plus_ms(-UNDER_WAY_MS).ms())),
    ])));
    let get = CHECKOUT_GET.step(&with(std::slice::from_ref(&checkout)));
    Batch::write(steps, vec![BUYER.step(&who), OPEN_PLANS.step(&with(&[checkout, later])), get])
}

/// Reads [`begin`]; nothing without a session.
pub fn begun(outcome: &crate::store::Outcome, batch: &Batch) -> Result<Option<Begun>, DbError> {
    let Some(row) = outcome.rows(batch.nth_read(0))?.first() else { return Ok(None) };
    let open = outcome.rows(batch.nth_read(1))?.iter().map(|row| {
        let text = |column| Ok::<_, DbError>(row.text_or_null(column)?.unwrap_or_default().to_owned());
        Ok((text("id")?, text("item")?, text("sessionId")?, text("url")?))
    });
    Ok(Some(Begun {
        user_id: row.text("id")?.to_owned(),
        email: Email::new(row.text("email")?),
        customer: row.text_or_null("customer")?.map(StripeCustomer::new),
        former: row.integer("former")?,
        subscribed: row.integer("subscribed")? != 0,
        open: open.collect::<Result<_, DbError>>()?,
        written: outcome.rows(batch.nth_read(2))?.first().is_some(),
    }))
}

/// Forgets a purchase whose page could not be made.
#[must_use]
pub fn given_up(key: &SessionKey, id: &str, now: Timestamp) -> Batch {
    Batch::read(vec![CHECKOUT_GIVE_UP.step(&[&sessions::asking(key, now)[..], &[("checkout", Value::from(id))]].concat())])
}

/// Notes customer and page of a purchase, and that others were closed for it. Read with [`is_noted`].
#[must_use]
pub fn opened(
    key: &SessionKey,
    id: &str,
    of: &StripeCustomer,
    language: Language,
    page: (&str, &str, Timestamp),
    closed: &[String],
    now: Timestamp,
) -> Batch {
    let who = sessions::asking(key, now);
    let with = |more: &[(&'static str, Value)]| [&who, more].concat();
    let (session_id, url, ends) = page;
    let customer = [customer_arg(of), ("language", Value::from(language.code())), ("now", Value::from(now.ms()))];
    let session = [
        customer_arg(of),
        ("checkout", Value::from(id)),
        ("sessionId", Value::from(session_id)),
        ("url", Value::from(url)),
        ("expires", Value::from(ends.ms())),
        ("now", Value::from(now.ms())),
    ];
    let closed = ("closed", Value::from(serde_json::Value::from(closed).to_string()));
    let steps = vec![CUSTOMER_INSERT.step(&with(&customer)), CHECKOUT_CLOSED.step(&with(&[closed])), CHECKOUT_SESSION.step(&with(&session))];
    Batch::write(steps, vec![])
}

/// Reads [`opened`]: true if the page was noted, and may be shown.
pub fn is_noted(outcome: &crate::store::Outcome, batch: &Batch) -> Result<bool, DbError> {
    Ok(outcome.committed(batch) && outcome.rows(Batch::nth_write(2))?.changed() > 0)
}

/// Where a purchase stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The page is open.
    Open,
    /// The bank takes its time.
    Pending,
    /// Paid.
    Paid,
    /// Not paid, and will not be.
    Failed,
    /// The page was closed without a payment.
    Expired,
}

impl State {
    /// The name in rows and replies.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Pending => "pending",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Expired => "expired",
        }
    }
    fn from_name(name: &str) -> Option<Self> {
        [Self::Open, Self::Pending, Self::Paid, Self::Failed, Self::Expired].into_iter().find(|state| state.name() == name)
    }
}

/// A purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// Our id.
    pub id: String,
    /// What is bought.
    pub item: Item,
    /// Where it stands.
    pub state: State,
    /// Stripe's id of the page.
    pub session_id: Option<String>,
}

/// A purchase of the asking user's. Read with [`read_checkout`].
#[must_use]
pub fn checkout_of(key: &SessionKey, id: &str, now: Timestamp) -> Step {
    CHECKOUT_GET.step(&[&sessions::asking(key, now)[..], &[("checkout", Value::from(id))]].concat())
}

/// Reads [`CHECKOUT_GET`].
pub fn read_checkout(rows: &Rows) -> Result<Option<Checkout>, DbError> {
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(Checkout {
        id: row.text("id")?.to_owned(),
        item: Item { is_plan: row.text("kind")? == "plan", name: row.text("item")?.to_owned(), credits: row.integer("credits")? },
        state: State::from_name(row.text("state")?).ok_or(DbError::Shape("not a state"))?,
        session_id: row.text_or_null("sessionId")?.map(str::to_owned),
    }))
}

/// Notes what Stripe says of a session that was begun here; nothing if it was not, or by somebody else.
#[must_use]
pub fn result_of_session(of: &StripeCustomer, id: &StripeReference, state: State, session_id: &str, invoice: Option<&str>) -> Step {
    CHECKOUT_RESULT.step(&[
        customer_arg(of),
        ("checkout", Value::from(In::<Database, _>::new(id.clone()).text())),
        ("state", Value::from(state.name())),
        ("sessionId", Value::from(session_id)),
        ("invoice", Value::from(invoice)),
    ])
}
