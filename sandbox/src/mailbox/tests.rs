//! The vendor as the studio sees it, and the page as a developer does.

use serde_json::{Value, json};

use super::{Mailbox, Outage};
use crate::{
    exchange::{Request, Response, Transfer},
    time::DAY_MS,
};

fn mail(subject: &str) -> Value {
    json!({"from": "Atelier <a@example.com>", "to": ["b@example.com"], "subject": subject, "text": "<b>hello</b>"})
}

fn send(mailbox: &mut Mailbox, now_ms: i64, key: Option<&str>, body: &Value) -> Response {
    let mut headers = vec![("authorization".to_owned(), "Bearer re_x".to_owned())];
    headers.extend(key.map(|key| ("idempotency-key".to_owned(), key.to_owned())));
    let request = Request { method: "POST".into(), path: "/mail/emails".into(), headers, body: body.to_string().into_bytes() };
    mailbox.handle(now_ms, &request)
}

fn read(response: &Response) -> Value {
    serde_json::from_slice(&response.body).expect("JSON")
}

fn page(mailbox: &Mailbox) -> String {
    String::from_utf8(mailbox.page().body).expect("text")
}

#[test]
fn newest_first_and_escaped() {
    let mut mailbox = Mailbox::new(1);
    let first = read(&send(&mut mailbox, 0, None, &mail("first")));
    send(&mut mailbox, 1, None, &mail("<script>second</script>"));
    assert_eq!(first["id"].as_str().map(str::len), Some(36));
    assert_eq!(mailbox.json()["messages"][1]["id"], first["id"]);
    let page = page(&mailbox);
    assert!(page.find("second").expect("shown") < page.find("first").expect("shown"));
    assert!(!page.contains("<script>") && !page.contains("<b>"));
}

#[test]
fn refusals_name_the_field() {
    let mut mailbox = Mailbox::new(1);
    assert_eq!(mailbox.accept(0, None, None, b"{}").expect_err("no key").status, 401);
    for field in ["from", "to", "subject"] {
        let mut body = mail("x");
        body[field] = Value::Null;
        let answer = send(&mut mailbox, 0, Some("refused"), &body);
        assert_eq!(answer.status, 422);
        assert!(read(&answer)["message"].as_str().expect("a message").contains(field));
    }
    assert_eq!(mailbox.messages().count(), 0);
    // What was refused has not used up its key.
    assert_eq!(send(&mut mailbox, 0, Some("refused"), &mail("x")).status, 200);
}

#[test]
fn a_repeated_key_sends_nothing_again_for_a_day() {
    let mut mailbox = Mailbox::new(1);
    let first = send(&mut mailbox, 0, Some("row-1"), &mail("x"));
    let again = send(&mut mailbox, DAY_MS - 1, Some("row-1"), &mail("x"));
    assert_eq!((again.status, read(&again)), (200, read(&first)));
    assert_eq!(mailbox.messages().count(), 1);
    let other = send(&mut mailbox, 1, Some("row-1"), &mail("y"));
    assert_eq!((other.status, read(&other)["name"].clone()), (409, json!("invalid_idempotent_request")));
    assert_eq!(read(&other)["statusCode"], 409);
    assert_eq!(mailbox.messages().count(), 1);
    assert_ne!(read(&send(&mut mailbox, 1, Some("row-2"), &mail("x"))), read(&first));
    assert_ne!(read(&send(&mut mailbox, DAY_MS, Some("row-1"), &mail("x"))), read(&first));
    assert_eq!(mailbox.messages().count(), 3);
}

#[test]
fn a_key_has_up_to_256_characters() {
    let mut mailbox = Mailbox::new(1);
    assert_eq!(send(&mut mailbox, 0, Some(&"é".repeat(256)), &mail("x")).status, 200);
    for key in [String::new(), "x".repeat(257)] {
        let answer = send(&mut mailbox, 0, Some(&key), &mail("x"));
        assert_eq!((answer.status, read(&answer)["name"].clone()), (400, json!("invalid_idempotency_key")));
    }
}

#[test]
fn outages() {
    let mut mailbox = Mailbox::new(1);
    mailbox.outage(Outage::Down);
    assert_eq!(send(&mut mailbox, 0, Some("a"), &mail("x")).status, 500);
    mailbox.outage(Outage::Throttled);
    let throttled = send(&mut mailbox, 0, Some("a"), &mail("x"));
    assert_eq!((throttled.status, throttled.header("retry-after")), (429, Some("1")));
    assert_eq!(mailbox.messages().count(), 0);
    mailbox.outage(Outage::LostAnswer);
    assert_eq!(send(&mut mailbox, 0, Some("a"), &mail("x")).transfer, Transfer::Dropped);
    mailbox.outage(Outage::Slow(9_000));
    assert_eq!(send(&mut mailbox, 0, Some("b"), &mail("x")).delay_ms, 9_000);
    mailbox.outage(Outage::Up);
    let told = send(&mut mailbox, 0, Some("a"), &mail("x"));
    assert_eq!((told.status, told.delay_ms, told.transfer), (200, 0, Transfer::Whole));
    assert_eq!(mailbox.messages().count(), 2);
}

#[test]
fn links_can_be_followed_and_html_is_caged() {
    let mut mailbox = Mailbox::new(1);
    let mut body = mail("Reset");
    body["text"] = json!("Follow\nhttp://127.0.0.1:8787/api/auth/reset-password/t?callbackURL=%2F&x=1\n");
    body["html"] = json!("<p onclick='x()'>Follow</p><script>alert(\"x\")</script></iframe>");
    send(&mut mailbox, 1_767_225_600_000, None, &body);
    let page = page(&mailbox);
    let url = "http://127.0.0.1:8787/api/auth/reset-password/t?callbackURL=%2F&amp;x=1";
    assert!(page.contains(&format!("<a href=\"{url}\" target=\"_blank\" rel=\"noreferrer\">{url}</a>\n")), "{page}");
    assert!(page.contains("<dd>b@example.com</dd>") && page.contains(">2026-01-01 00:00:00 UTC</time>"));
    assert!(page.contains("sandbox=\"allow-popups allow-popups-to-escape-sandbox\""));
    assert_eq!(page.matches("</iframe>").count(), 1);
    assert!(!page.contains("<script>") && !page.contains("onclick='"));
}
