//! The customer's page, which can be clicked and driven by plain forms: `action` is `change` (with `price`), `cancel`,
//! `resume`, `card-works`, `card-fails` or `return`, with `subscription` when there are several.

use serde_json::Value;

use super::{
    Stripe,
    form::Params,
    page::{day, document, message},
    plan_change::Switch,
    portal::{allows, offers, waits},
    seconds,
    value::{at, int, money, owned, text, yes},
};
use crate::{
    exchange::{Request, Response},
    html::escape,
};

const NOT_HERE: &str = "That cannot be done here.";
/// The vendor's sessions are short-lived, too.
const VALID_S: i64 = 60 * 60;

impl Stripe {
    pub(super) fn portal_page(&mut self, now_ms: i64, request: &Request, id: &str) -> Response {
        let Some(session) = self.store.get("billing_portal.session", id).cloned() else {
            return message(404, "Nothing here", "There is no such portal session.", None);
        };
        let return_url = at(&session, "/return_url").as_str();
        let customer = text(&session, "/customer");
        if seconds(now_ms) > int(&session, "/created") + VALID_S || self.living_customer(customer, None).is_err() {
            return message(410, "Too late", "This portal session has expired. Ask the studio for another.", return_url);
        }
        if request.method == "GET" {
            return self.overview(&session, 200, None);
        }
        let form = Params::read(&String::from_utf8_lossy(&request.body));
        let configuration = self.configuration_of(&session);
        let subscription = self.theirs(customer, form.text("subscription"));
        let done = match (form.text("action").unwrap_or_default(), subscription) {
            ("return", _) => {
                return return_url.map_or_else(|| self.overview(&session, 200, None), |url| Response::redirect(303, url));
            }
            ("card-works" | "card-fails", _) if !allows(&configuration, "payment_method_update") => Err(NOT_HERE.to_owned()),
            ("change", _) if !allows(&configuration, "subscription_update") => Err(NOT_HERE.to_owned()),
            ("cancel" | "resume", _) if !allows(&configuration, "subscription_cancel") => Err(NOT_HERE.to_owned()),
            (action @ ("card-works" | "card-fails"), _) => {
                self.set_card(now_ms, customer, action == "card-works");
                Ok(())
            }
            ("change", Some(subscription)) => self.change_plan(now_ms, &configuration, &subscription, form.text("price").unwrap_or_default()),
            (action @ ("cancel" | "resume"), Some(subscription)) => {
                self.cancel_later(now_ms, &owned(&subscription, "/id"), action == "cancel");
                Ok(())
            }
            _ => Err("There is nothing to do that with.".to_owned()),
        };
        match done {
            // Reloading the page must not do it again.
            Ok(()) => Response::redirect(303, text(&session, "/url")),
            Err(fault) => self.overview(&session, 400, Some(&fault)),
        }
    }

    fn change_plan(&mut self, now_ms: i64, configuration: &Value, subscription: &Value, price: &str) -> Result<(), String> {
        let price = self.sellable(price, "price").map_err(|fault| fault.message)?.clone();
        let item = at(subscription, "/items/data/0");
        if at(&price, "/recurring").is_null() || at(&price, "/id") == at(item, "/price/id") {
            return Err("Choose another plan.".into());
        }
        if !offers(configuration, &price) {
            return Err("That plan is not offered here.".into());
        }
        if waits(configuration, at(item, "/price"), &price) {
            self.switch_later(now_ms, text(subscription, "/id"), &price);
            return Ok(());
        }
        let quantity = int(item, "/quantity");
        let switch = Switch { price, quantity, behaviour: "always_invoice".into(), anew: false, at_s: seconds(now_ms) };
        self.apply(now_ms, text(subscription, "/id"), subscription.clone(), Some(switch));
        Ok(())
    }

    /// The customer's subscription that has not ended: the one that is named, or the newest.
    fn theirs(&self, customer: &str, id: Option<&str>) -> Option<Value> {
        let living = |one: &&Value| text(one, "/customer") == customer && at(one, "/ended_at").is_null();
        self.store.all("subscription").rev().filter(living).find(|one| id.is_none_or(|id| text(one, "/id") == id)).cloned()
    }

    fn overview(&self, session: &Value, status: u16, fault: Option<&str>) -> Response {
        let customer = text(session, "/customer");
        let known = self.store.any(customer).cloned().unwrap_or_default();
        let fault = fault.map(|fault| format!("<p class=\"fault\" role=\"alert\">{}</p>", escape(fault))).unwrap_or_default();
        let configuration = self.configuration_of(session);
        let theirs = self.store.all("subscription").rev().filter(|one| text(one, "/customer") == customer);
        let plans: String = theirs.map(|one| self.plan_card(one, &configuration)).collect();
        let plans = if plans.is_empty() { "<section class=\"card\"><h2>Plan</h2><p>There is no subscription.</p></section>\n".into() } else { plans };
        let works = text(&known, "/_card") == "works";
        let (class, word) = if works { ("good", "works") } else { ("bad", "is declined") };
        let back = at(session, "/return_url").as_str().map(|_| form("return", "", "Return to the studio", "main")).unwrap_or_default();
        let main = format!(
            "<h1>Billing</h1>\n<p>{email}</p>\n{fault}{plans}<section class=\"card\">\n<h2>Payment method</h2>\n\
             <p>The card on file <b class=\"{class}\">{word}</b>. The next renewal, or the next attempt at an open invoice, goes with it.</p>\n<p>{fix} {cut}</p>\n</section>\n\
             <section class=\"card\">\n<h2>Invoices</h2>\n<ul>\n{invoices}</ul>\n</section>\n<div class=\"card\">{back}\
             <p class=\"small\"><code>{customer}</code></p></div>",
            email = escape(text(&known, "/email")),
            fix = form("card-works", "", "Use a card that works", ""),
            cut = form("card-fails", "", "Use a card that is declined", ""),
            invoices = self.invoice_rows(customer),
            customer = escape(customer),
        );
        document(status, "Billing", &main)
    }

    fn plan_card(&self, subscription: &Value, configuration: &Value) -> String {
        let item = at(subscription, "/items/data/0");
        let price = at(item, "/price");
        let (id, ended) = (text(subscription, "/id"), !at(subscription, "/ended_at").is_null());
        let when = match at(subscription, "/cancel_at").as_i64() {
            _ if ended => format!("Ended on {}.", day(int(subscription, "/ended_at"))),
            None if !at(subscription, "/_next").is_null() => {
                format!("Becomes {} on {}.", self.plan_name(at(subscription, "/_next")), day(int(item, "/current_period_end")))
            }
            Some(cancel_at) => format!("Ends on {}.", day(cancel_at)),
            None => format!("Renews on {}.", day(int(item, "/current_period_end"))),
        };
        let hidden = format!("<input type=\"hidden\" name=\"subscription\" value=\"{}\">", escape(id));
        let cancel = match (ended, yes(subscription, "/cancel_at_period_end")) {
            (true, _) => String::new(),
            _ if !allows(configuration, "subscription_cancel") => String::new(),
            (false, true) => form("resume", &hidden, "Do not cancel", ""),
            (false, false) => form("cancel", &hidden, "Cancel at the end of the period", ""),
        };
        let fits = |other: &&Value| yes(other, "/active") && !at(other, "/recurring").is_null() && at(other, "/currency") == at(price, "/currency");
        let may = !ended && allows(configuration, "subscription_update");
        let offered = |other: &&Value| may && offers(configuration, other) && at(other, "/id") != at(price, "/id");
        let others = self.store.all("price").filter(fits).filter(offered);
        let others: Vec<String> = others
            .map(|other| {
                let choose = format!("{hidden}<input type=\"hidden\" name=\"price\" value=\"{}\">", escape(text(other, "/id")));
                format!("<li><span>{}</span>{}</li>\n", self.plan_name(other), form("change", &choose, "Change", ""))
            })
            .collect();
        let others = if others.is_empty() { String::new() } else { format!("<h2>Other plans</h2><ul>\n{}</ul>\n", others.concat()) };
        format!(
            "<section class=\"card\">\n<h2>Plan</h2>\n<div class=\"row\"><span><b>{}</b></span><span class=\"note\">{}</span></div>\n<p>{when}</p>\n\
             <p>{cancel}</p>\n{others}</section>\n",
            self.plan_name(price),
            escape(text(subscription, "/status")),
        )
    }

    fn plan_name(&self, price: &Value) -> String {
        let amount = money(int(price, "/unit_amount"), text(price, "/currency"));
        let nickname = match text(price, "/nickname") {
            "" => String::new(),
            nickname => format!(" ({nickname})"),
        };
        escape(&format!("{}{nickname}, {amount} every {}", self.name_of(price), text(price, "/recurring/interval")))
    }

    fn invoice_rows(&self, customer: &str) -> String {
        let theirs = self.store.all("invoice").rev().filter(|invoice| text(invoice, "/customer") == customer);
        let rows: Vec<String> = theirs
            .filter(|invoice| text(invoice, "/status") != "draft")
            .map(|invoice| {
                let amount = money(int(invoice, "/amount_due"), text(invoice, "/currency"));
                format!(
                    "<li><a href=\"{}\">{}</a><span>{}</span><b>{}</b><span class=\"note\">{}</span></li>\n",
                    escape(text(invoice, "/hosted_invoice_url")),
                    escape(text(invoice, "/number")),
                    day(int(invoice, "/created")),
                    escape(&amount),
                    escape(text(invoice, "/status")),
                )
            })
            .collect();
        if rows.is_empty() { "<li><span>None so far.</span></li>\n".into() } else { rows.concat() }
    }
}

/// A form of one button.
fn form(action: &str, hidden: &str, label: &str, class: &str) -> String {
    format!("<form class=\"inline\" method=\"post\">{hidden}<button class=\"{class}\" name=\"action\" value=\"{action}\">{label}</button></form>")
}
