//! Begins a purchase: writes it down, sees to a customer at Stripe, and asks for Stripe's page. Two round trips to the database.
//!
//! Every request to Stripe has a key that follows from the purchase or the user, so whatever is sent twice happens once. The customer is made when it is
//! first needed, under a name that says nothing of the person.

use super::apply_stripe::{self, ask};
use crate::{
    bugs::{Bug, planted},
    domain::{
        ids,
        plans::Interval,
        time::{MINUTE_MS, SECOND_MS, Timestamp},
    },
    error::Error,
    lanes::{Outbound, SessionKey, Stripe, StripeCustomer, StripeReference},
    platform::{Platform, SendError},
    store::{
        billing::{self, Begun, Item},
        submit,
    },
    vendors::{
        mail::Language,
        stripe::{self, Checkout, Id, Named, Session, Trouble},
    },
};

/// What is to be bought.
#[derive(Debug, Clone)]
pub enum Wish {
    /// A plan, by the month or by the year.
    Plan(String, Interval),
    /// Credits.
    Pack(String),
}

/// A purchase that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Our id of it.
    pub id: String,
    /// Stripe's page.
    pub url: String,
}

/// Begins a purchase. `return_to` is a path of this origin.
pub async fn run(p: &impl Platform, who: &SessionKey, wish: &Wish, return_to: &str, language: Language) -> Result<Opened, Error> {
    let settings = p.settings();
    if settings.stripe.is_none() {
        return Err(Error::BillingOff);
    }
    let (item, lookup_key) = item_of(p, wish)?;
    let id = ids::sortable(p.now(), |bytes| p.random(bytes));
    let batch = billing::begin(who, &id, &item, settings.starting_credits, p.now());
    let outcome = submit(p, &batch).await?;
    let begun = billing::begun(&outcome, &batch)?.ok_or(Error::Unauthenticated)?;
    if !begun.written {
        return match begun.open.iter().find(|(_, name, _, _)| *name == item.name) {
            _ if begun.subscribed => Err(Error::AlreadySubscribed),
            Some((id, _, _, url)) => Ok(Opened { id: id.clone(), url: url.clone() }),
            None => Err(Error::Unavailable("another purchase is under way")),
        };
    }
    let made = make_page(p, &begun, &id, &item, lookup_key, return_to).await;
    let (customer, session) = match made {
        Ok(made) => made,
        Err(error) => {
            // So that it does not stand in the way of the next try. Should the page be there all the same, nobody has its address.
            submit(p, &billing::given_up(who, &id, p.now())).await?;
            return Err(error);
        }
    };
    let url = session.url.clone().ok_or(Error::Unavailable("Stripe made a page without an address"))?;
    let ends = session.expires_at_s.map_or_else(|| p.now().plus_ms(30 * MINUTE_MS), |seconds| Timestamp::from_ms(seconds * SECOND_MS));
    let closed: Vec<_> = begun.open.into_iter().filter(|_| item.is_plan).map(|(_, _, session, _)| session).collect();
    let batch = billing::opened(who, &id, &customer, language, (session.id.as_str(), &url, ends), &closed, p.now());
    let outcome = submit(p, &batch).await?;
    if billing::is_noted(&outcome, &batch)? || planted(Bug::TwoPlansAtOnce) {
        Ok(Opened { id, url })
    } else {
        Err(Error::Unavailable("the page was not noted"))
    }
}

/// Everything that is asked of Stripe.
async fn make_page(
    p: &impl Platform,
    begun: &Begun,
    id: &str,
    item: &Item,
    lookup_key: String,
    return_to: &str,
) -> Result<(StripeCustomer, Session), Error> {
    // One page that sells a plan is enough: two that are paid would be two subscriptions.
    for (_, _, session, _) in begun.open.iter().filter(|_| item.is_plan) {
        if let Some(session) = Id::parse(session) {
            close_page(p, &session).await?;
        }
    }
    if let Some(customer) = begun.customer.as_ref().filter(|_| item.is_plan && !planted(Bug::TwoPlansAtOnce)) {
        refuse_second(p, customer).await?;
    }
    let keys = vec![lookup_key];
    let prices = ask(p, stripe::prices(&keys), stripe::read_prices).await?.map(|list| list.items).unwrap_or_default();
    let price = prices.into_iter().find(|price| price.active).ok_or(Error::Unavailable("Stripe has no such price: npm run stripe:setup makes it"))?;
    let url = |more: &str| {
        let joint = if return_to.contains('?') { '&' } else { '?' };
        format!("{}{return_to}{joint}checkout={id}{more}", p.settings().public_origin)
    };
    let wanted = Wanted { id, item, price: price.id, success_url: url(""), cancel_url: url("&canceled=1") };
    open_page(p, begun, &wanted).await
}

/// Refuses a second subscription. That there is a first one may not have come here yet, and Stripe would sell both.
async fn refuse_second(p: &impl Platform, customer: &StripeCustomer) -> Result<(), Error> {
    let theirs = match ask(p, stripe::subscriptions_of(customer), stripe::read_subscriptions).await {
        Err(Error::NoCustomer) => None,
        other => other?,
    };
    let lives = |status: &str| matches!(status, "active" | "trialing" | "past_due" | "unpaid" | "paused");
    match theirs.and_then(|list| list.items.into_iter().find(|one| lives(&one.status))) {
        Some(first) => {
            apply_stripe::again(p, &Named::Subscription(first.id), None).await?;
            Err(Error::AlreadySubscribed)
        }
        None => Ok(()),
    }
}

/// Closes a page that sells a plan, unless it was paid meanwhile.
async fn close_page(p: &impl Platform, session: &Id) -> Result<(), Error> {
    let Some(page) = ask(p, stripe::session(session), stripe::read_session).await? else { return Ok(()) };
    match page.status.as_str() {
        "open" => ask(p, stripe::expire_session(session, &format!("expire:{}", session.as_str())), |_| Some(())).await.map(|_| ()),
        "complete" => Err(Error::AlreadySubscribed),
        _ => Ok(()),
    }
}

fn item_of(p: &impl Platform, wish: &Wish) -> Result<(Item, String), Error> {
    let plans = &p.settings().plans;
    let unknown = |field: &str| Error::Invalid { field: field.to_owned(), limit: "one of those that GET /api/plans lists".to_owned() };
    match wish {
        Wish::Plan(id, interval) => {
            let plan = plans.plan(id).ok_or_else(|| unknown("plan"))?;
            plan.price(*interval).ok_or_else(|| unknown("interval"))?;
            let name = format!("{id}:{}", interval.name());
            Ok((Item { is_plan: true, name, credits: plan.credits_per_period(*interval) }, plan.lookup_key(*interval)))
        }
        Wish::Pack(id) => {
            let pack = plans.pack(id).ok_or_else(|| unknown("pack"))?;
            Ok((Item { is_plan: false, name: id.clone(), credits: pack.credits }, pack.lookup_key()))
        }
    }
}

struct Wanted<'a> {
    id: &'a str,
    item: &'a Item,
    price: Id,
    success_url: String,
    cancel_url: String,
}

/// Asks for the page. If the customer that we know is gone at Stripe without our having heard of it, another one is made, once.
async fn open_page(p: &impl Platform, begun: &Begun, wanted: &Wanted<'_>) -> Result<(StripeCustomer, Session), Error> {
    let customer = match &begun.customer {
        Some(customer) => customer.clone(),
        None => make_customer(p, begun, begun.former).await?,
    };
    if let Some(session) = session(p, &customer, wanted).await? {
        return Ok((customer, session));
    }
    submit(p, &billing::gone_at_stripe(&customer, p.now())).await?;
    let customer = make_customer(p, begun, begun.former + 1).await?;
    let session = session(p, &customer, wanted).await?.ok_or(Error::Unavailable("Stripe does not know its customer"))?;
    Ok((customer, session))
}

/// One customer for each user: the key follows from the user, so tabs and retries find the same one.
async fn make_customer(p: &impl Platform, begun: &Begun, former: i64) -> Result<StripeCustomer, Error> {
    let reference = p.settings().customer_key.sign(&[begun.user_id.as_bytes()]);
    let key = if planted(Bug::CustomerEachTime) { ids::auth_id(|bytes| p.random(bytes)) } else { format!("customer:{reference}:{former}") };
    let made = twice(p, || stripe::create_customer(&key, StripeReference::new(&reference)), stripe::read_customer).await?;
    let customer = made.ok_or(Error::Unavailable("Stripe made no customer"))?.id;
    let address = ids::auth_id(|bytes| p.random(bytes));
    // Its page can ask for the address too.
    let _ = ask(p, stripe::set_email(&customer, &begun.email, &address), |_| Some(())).await;
    Ok(customer)
}

/// The page of a purchase; nothing if Stripe does not know the customer.
async fn session(p: &impl Platform, customer: &StripeCustomer, wanted: &Wanted<'_>) -> Result<Option<Session>, Error> {
    let key = format!("checkout:{}", wanted.id);
    let request = || {
        let checkout = Checkout {
            reference: StripeReference::new(wanted.id),
            customer: customer.clone(),
            price: &wanted.price,
            item: wanted.item.name.split(':').next().unwrap_or_default(),
            credits: wanted.item.credits,
            success_url: &wanted.success_url,
            cancel_url: &wanted.cancel_url,
        };
        if wanted.item.is_plan { stripe::checkout_plan(&key, checkout) } else { stripe::checkout_pack(&key, checkout) }
    };
    match twice(p, request, stripe::read_session).await {
        Err(Error::NoCustomer) => Ok(None),
        other => other,
    }
}

/// Sends a request that has a key of its own once more if the answer was lost. `NoCustomer` if Stripe does not know the customer.
async fn twice<T>(p: &impl Platform, request: impl Fn() -> Outbound<Stripe>, read: impl Fn(&[u8]) -> Option<T>) -> Result<Option<T>, Error> {
    for _ in 0..2 {
        match p.send(request()).await {
            Ok(answer) => match stripe::judge(answer.status, &answer.body) {
                Ok(body) => return read(body).map(Some).ok_or(Error::Unavailable("Stripe answered something else")),
                Err(Trouble::NotFound) => return Ok(None),
                Err(Trouble::Invalid { code, param, .. }) if code == "resource_missing" && param.as_deref() == Some("customer") => {
                    return Err(Error::NoCustomer);
                }
                Err(Trouble::Later) => {}
                Err(trouble) => {
                    p.log("stripe.trouble", &[("status", &answer.status.to_string()), ("trouble", &trouble.to_string())]);
                    return Err(Error::Unavailable("Stripe does not take the request"));
                }
            },
            Err(SendError::NotSent) => return Err(Error::BillingOff),
            Err(SendError::Unknown) => {}
        }
    }
    Err(Error::Unavailable("Stripe did not answer"))
}
