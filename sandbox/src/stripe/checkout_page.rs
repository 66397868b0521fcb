//! The page of a checkout session, which can be clicked and driven by plain forms: `how` is `paid`, `later`, `later-fails`,
//! `declined` or `cancel`.

use serde_json::Value;

use super::{
    Stripe,
    completion::How,
    form::Params,
    page::{document, message},
    value::{at, entries, int, money, text},
};
use crate::{
    exchange::{Request, Response},
    html::escape,
};

/// What `success_url` may hold.
const PLACE: &str = "{CHECKOUT_SESSION_ID}";

impl Stripe {
    pub(super) fn checkout_page(&mut self, now_ms: i64, request: &Request, id: &str) -> Response {
        let Some(session) = self.store.get("checkout.session", id).cloned() else {
            return message(404, "Nothing here", "There is no such checkout session.", None);
        };
        let success = text(&session, "/success_url").replace(PLACE, id);
        match text(&session, "/status") {
            "open" => {}
            "complete" => return message(200, "All done", "This checkout has been completed.", Some(&success)),
            _ => return message(200, "Too late", "This checkout session has expired.", at(&session, "/cancel_url").as_str()),
        }
        if request.method == "GET" {
            return self.offer(&session, 200, None);
        }
        let form = Params::read(&String::from_utf8_lossy(&request.body));
        let how = form.text("how").unwrap_or_default();
        if how == "cancel" {
            return match at(&session, "/cancel_url").as_str() {
                Some(cancel_url) => Response::redirect(303, cancel_url),
                None => self.offer(&session, 200, Some("There is nowhere to go back to: the session has no cancel_url.")),
            };
        }
        let Some(how) = How::named(how) else {
            return self.offer(&session, 400, Some("Choose how to pay."));
        };
        match self.pay(now_ms, id, how, form.text("email").unwrap_or_default()) {
            Ok(()) if how == How::Declined => self.offer(&session, 402, Some("Your card was declined.")),
            Ok(()) => Response::redirect(303, &success),
            Err(fault) => self.offer(&session, fault.status, Some(&fault.message)),
        }
    }

    fn offer(&self, session: &Value, status: u16, fault: Option<&str>) -> Response {
        let currency = text(session, "/currency");
        let lines: Vec<String> = entries(session, "/_lines")
            .iter()
            .map(|line| {
                let each = match text(line, "/price/recurring/interval") {
                    "" => String::new(),
                    interval => format!(" <span class=\"note\">every {interval}</span>"),
                };
                let (quantity, name) = (int(line, "/quantity"), escape(text(line, "/description")));
                format!("<li><span>{quantity} × {name}{each}</span><b>{}</b></li>\n", escape(&money(int(line, "/amount_total"), currency)))
            })
            .collect();
        let known = self.store.any(text(session, "/customer"));
        let who = match known.map(|customer| text(customer, "/email")) {
            Some(email) => format!("<p class=\"small\">For {}</p>", escape(email)),
            None => String::new(),
        };
        let email = if known.is_some() {
            String::new()
        } else {
            let given = escape(text(session, "/customer_email"));
            format!(
                "<label>E-mail address <input name=\"email\" type=\"email\" autocomplete=\"off\" value=\"{given}\" placeholder=\"guest@example.com\"></label>\n"
            )
        };
        let trial = at(session, "/_trial_days").as_i64().map(|days| format!("<p>{days} days free, then as below.</p>")).unwrap_or_default();
        let fault = fault.map(|fault| format!("<p class=\"fault\" role=\"alert\">{}</p>", escape(fault))).unwrap_or_default();
        let subscribes = text(session, "/mode") == "subscription";
        let main = format!(
            "<h1>{heading}</h1>\n<p class=\"amount\">{total}</p>{trial}{who}\n<section class=\"card\"><h2>Order</h2><ul>\n{lines}</ul></section>\n\
             <section class=\"card\">\n<h2>Payment</h2>{fault}\n<form class=\"choices\" method=\"post\">\n{email}\
             <button class=\"main\" name=\"how\" value=\"paid\">Pay with a card that works</button>\n\
             <button name=\"how\" value=\"later\">Pay by debit: it succeeds a minute later</button>\n\
             <button name=\"how\" value=\"later-fails\">Pay by debit: it fails a minute later</button>\n\
             <button name=\"how\" value=\"declined\">Pay with a card that is declined</button>\n\
             <button name=\"how\" value=\"cancel\">Go back without paying</button>\n</form>\n</section>\n\
             <p class=\"small\"><code>{id}</code></p>",
            heading = if subscribes { "Subscribe" } else { "Pay" },
            lines = lines.concat(),
            total = escape(&money(int(session, "/amount_total"), currency)),
            id = escape(text(session, "/id")),
        );
        document(status, if subscribes { "Subscribe" } else { "Pay" }, &main)
    }
}
