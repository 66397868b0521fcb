//! The page of an invoice, on which an open one can be paid, its PDF, and the receipt of a charge.

use serde_json::Value;

use super::{
    Stripe,
    form::Params,
    page::{day, document, message},
    payments::Means,
    value::{entries, int, money, text},
};
use crate::{
    exchange::{Request, Response},
    html::escape,
};

impl Stripe {
    pub(super) fn invoice_page(&mut self, now_ms: i64, request: &Request, id: &str) -> Response {
        let known = |machine: &Self| machine.store.get("invoice", id).filter(|invoice| text(invoice, "/status") != "draft").cloned();
        let Some(invoice) = known(self) else {
            return message(404, "Nothing here", "There is no such invoice.", None);
        };
        if request.method == "GET" {
            return shown(&invoice, 200, None);
        }
        let form = Params::read(&String::from_utf8_lossy(&request.body));
        let means = match form.text("how") {
            Some("paid") => Means::Card,
            Some("declined") => Means::Declined,
            _ => return shown(&invoice, 400, Some("Choose how to pay.")),
        };
        self.try_invoice(now_ms, id, means);
        let invoice = known(self).unwrap_or(invoice);
        if means == Means::Declined {
            shown(&invoice, 402, Some("Your card was declined."))
        } else {
            Response::redirect(303, text(&invoice, "/hosted_invoice_url"))
        }
    }

    pub(super) fn invoice_pdf(&self, id: &str) -> Response {
        match self.store.get("invoice", id).filter(|invoice| text(invoice, "/status") != "draft") {
            Some(invoice) => Response::bytes(200, "application/pdf", pdf(&rows(invoice)))
                .with("content-disposition", &format!("attachment; filename=\"Invoice-{}.pdf\"", text(invoice, "/number"))),
            None => message(404, "Nothing here", "There is no such invoice.", None),
        }
    }

    pub(super) fn receipt_page(&self, id: &str) -> Response {
        match self.store.get("charge", id) {
            Some(charge) => {
                let amount = money(int(charge, "/amount"), text(charge, "/currency"));
                message(200, &format!("Receipt for {amount}"), &format!("{} on {}.", text(charge, "/status"), day(int(charge, "/created"))), None)
            }
            None => message(404, "Nothing here", "There is no such receipt.", None),
        }
    }
}

/// What an invoice says, line by line.
fn rows(invoice: &Value) -> Vec<(String, String)> {
    let amount = |value: i64| money(value, text(invoice, "/currency"));
    let line = |line: &Value| (text(line, "/description").to_owned(), amount(int(line, "/amount")));
    let mut rows: Vec<(String, String)> = entries(invoice, "/lines/data").iter().map(line).collect();
    rows.push(("Total".into(), amount(int(invoice, "/total"))));
    rows.extend(entries(invoice, "/total_taxes").iter().map(|tax| ("of which value added tax, 21 %".into(), amount(int(tax, "/amount")))));
    rows.push(("Due".into(), amount(int(invoice, "/amount_due"))));
    rows.push(("Paid".into(), amount(int(invoice, "/amount_paid"))));
    rows.insert(0, (format!("Invoice {}", text(invoice, "/number")), day(int(invoice, "/created"))));
    rows
}

fn shown(invoice: &Value, status: u16, fault: Option<&str>) -> Response {
    let list: Vec<String> =
        rows(invoice).iter().map(|(name, value)| format!("<li><span>{}</span><b>{}</b></li>\n", escape(name), escape(value))).collect();
    let list = list.concat();
    let fault = fault.map(|fault| format!("<p class=\"fault\" role=\"alert\">{}</p>", escape(fault))).unwrap_or_default();
    let pay = if text(invoice, "/status") == "open" {
        "<form class=\"choices\" method=\"post\"><button class=\"main\" name=\"how\" value=\"paid\">Pay with a card that works</button>\n\
         <button name=\"how\" value=\"declined\">Pay with a card that is declined</button></form>"
    } else {
        ""
    };
    let main = format!(
        "<h1>Invoice {}</h1>\n<p><span class=\"note\">{}</span></p>{fault}\n<section class=\"card\"><ul>\n{list}</ul>{pay}</section>\n\
         <p><a class=\"button\" href=\"{}\">Download PDF</a></p>",
        escape(text(invoice, "/number")),
        escape(text(invoice, "/status")),
        escape(text(invoice, "/invoice_pdf")),
    );
    document(status, "Invoice", &main)
}

/// A page of text as PDF, in the one typeface that every reader has.
fn pdf(rows: &[(String, String)]) -> Vec<u8> {
    let latin = |text: &str| {
        text.chars()
            .flat_map(|letter| match letter {
                '(' | ')' | '\\' => vec!['\\', letter],
                ' '..='~' => vec![letter],
                '€' => "EUR ".chars().collect(),
                '£' => "GBP ".chars().collect(),
                '×' => vec!['x'],
                _ => vec!['?'],
            })
            .collect::<String>()
    };
    let lines: Vec<String> = rows.iter().map(|(name, value)| format!("({}) Tj 0 -20 Td\n", latin(&format!("{name}: {value}")))).collect();
    let content = format!("BT /F1 12 Tf 60 760 Td\n(Atelier sandbox. This is not a tax document.) Tj 0 -30 Td\n{}ET", lines.concat());
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let (mut file, mut table) = ("%PDF-1.4\n".to_owned(), String::new());
    for (object, number) in objects.iter().zip(1..) {
        table = format!("{table}{:010} 00000 n \n", file.len());
        file = format!("{file}{number} 0 obj\n{object}\nendobj\n");
    }
    let (start, size) = (file.len(), objects.len() + 1);
    let end = format!("xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n");
    (file + &end).into_bytes()
}
