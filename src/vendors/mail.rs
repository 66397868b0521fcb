//! Mail by Resend's `POST /emails`: what it says, in two languages, and how it is sent. The same message is always written in the same
//! bytes, because Resend drops repeats by key *and* body.

use crate::{
    domain::time::{DAY_MS, HOUR_MS, MINUTE_MS},
    lanes::{Configured, Database, Email, In, Mail, MailBody, MailLink, Outbound, Owner, PersonName},
    outbound_body,
};
use serde::Deserialize;

mod en;
mod fr;

/// A longer name is not a name.
const NAME_CHARS_MAX: usize = 40;

/// The messages that are sent; each carries one link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    /// To whoever forgot the password; the link holds an hour.
    ResetPassword,
    /// To a new account's address; an hour.
    VerifyEmail,
    /// To the old address of an account; an hour.
    ChangeEmailConfirm,
    /// To the new address of an account; an hour.
    ChangeEmailVerify,
    /// Signs in; five minutes.
    MagicLink,
    /// Deletes the account; a day.
    DeleteAccount,
    /// A plan's payment failed; three days.
    PaymentFailed,
    /// Four fifths of a day's limit are spent; until the day is over.
    SpendingAlert,
}

impl Message {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::ResetPassword,
        Self::VerifyEmail,
        Self::ChangeEmailConfirm,
        Self::ChangeEmailVerify,
        Self::MagicLink,
        Self::DeleteAccount,
        Self::PaymentFailed,
        Self::SpendingAlert,
    ];

    /// Its code in the outbox.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::ResetPassword => "reset-password",
            Self::VerifyEmail => "verify-email",
            Self::ChangeEmailConfirm => "change-email-confirm",
            Self::ChangeEmailVerify => "change-email-verify",
            Self::MagicLink => "magic-link",
            Self::DeleteAccount => "delete-account",
            Self::PaymentFailed => "payment-failed",
            Self::SpendingAlert => "spending-alert",
        }
    }
    /// Reads [`Message::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|message| message.code() == code)
    }
    /// How long its link holds, in milliseconds: what the words say.
    #[must_use]
    pub const fn life_ms(self) -> i64 {
        match self {
            Self::ResetPassword | Self::VerifyEmail | Self::ChangeEmailConfirm | Self::ChangeEmailVerify => HOUR_MS,
            Self::MagicLink => 5 * MINUTE_MS,
            Self::DeleteAccount | Self::SpendingAlert => DAY_MS,
            Self::PaymentFailed => 3 * DAY_MS,
        }
    }
}

/// The languages that messages are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English, also for everybody whose language we do not write.
    En,
    /// French.
    Fr,
}

impl Language {
    /// The language that an `Accept-Language` header likes best among ours; the first of equals.
    #[must_use]
    pub fn from_accept_language(header: &str) -> Self {
        let mut best = (0.0, Self::En);
        for choice in header.split(',') {
            let mut parts = choice.split(';').map(str::trim);
            let tag = parts.next().unwrap_or_default();
            let weight: f32 = parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |weight| weight.trim().parse().unwrap_or(0.0));
            let language = match tag.split('-').next().unwrap_or_default().to_ascii_lowercase().as_str() {
                "en" => Self::En,
                "fr" => Self::Fr,
                _ => continue,
            };
            if weight > best.0 && weight <= 1.0 {
                best = (weight, language);
            }
        }
        best.1
    }
    /// Its code: `en`, `fr`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Fr => "fr",
        }
    }
    /// Reads [`Language::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::En, Self::Fr].into_iter().find(|language| language.code() == code)
    }
}

/// What a message says in one language. `{studio}` stands for the studio's name.
struct Words {
    subject: &'static str,
    /// Why the message comes.
    why: &'static str,
    /// What the link does: the words on it.
    action: &'static str,
    /// How long it holds.
    holds: &'static str,
    /// What to do if it was somebody else.
    unasked: &'static str,
}

/// What all messages in one language share.
struct Frame {
    hello: &'static str,
    /// After the name.
    hello_end: &'static str,
    /// Before the link in full.
    copy: &'static str,
    /// Between what a link does and the link, in plain text.
    colon: &'static str,
    /// Why there is no use in answering.
    sent_by: &'static str,
}

/// A message, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Its subject.
    pub subject: &'static str,
    /// The message as plain text; the link stands on a line of its own.
    pub text: MailBody,
    /// The message as HTML; nothing in it is fetched from anywhere.
    pub html: MailBody,
}

/// Writes a message. `studio` is what the reader knows us by.
#[must_use]
pub fn render(message: Message, language: Language, link: &MailLink, name: Option<&PersonName>, studio: &str) -> Rendered {
    let (words, frame) = match language {
        Language::En => (en::words(message), en::FRAME),
        Language::Fr => (fr::words(message), fr::FRAME),
    };
    // The link was in the database's hands, and the name is told to the person whose name it is.
    let (link, name) = (In::<Database, _>::new(link.clone()), name.map(|name| In::<Owner, _>::new(name.clone())));
    let (link, name) = (link.text(), name.as_ref().and_then(|name| shown_name(name.text())));
    let hello = name.map_or_else(|| format!("{}{}", frame.hello, frame.hello_end), |name| format!("{} {name}{}", frame.hello, frame.hello_end));
    let why = words.why.replace("{studio}", studio);
    let sent_by = frame.sent_by.replace("{studio}", studio);
    let Words { subject, action, holds, unasked, .. } = words;
    let text = format!("{hello}\n\n{why}\n\n{action}{colon}\n{link}\n\n{holds}\n\n{unasked}\n\n-- \n{sent_by}\n", colon = frame.colon);
    let [hello, why, action, holds, unasked, sent_by, copy, title, link] =
        [&hello, &why, action, holds, unasked, &sent_by, frame.copy, subject, link].map(escape);
    let html = format!(
        "<!doctype html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"supported-color-schemes\" content=\"light dark\">\n<title>{title}</title>\n</head>\n\
         <body style=\"margin:0;padding:24px;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif\">\n\
         <div style=\"max-width:560px;margin:0 auto\">\n<p>{hello}</p>\n<p>{why}</p>\n\
         <p style=\"margin:24px 0\"><a href=\"{link}\" style=\"display:inline-block;padding:12px 20px;border-radius:8px;background:#3d4fd1;\
         color:#ffffff;font-weight:600;text-decoration:none\">{action}</a></p>\n<p>{holds}</p>\n<p>{unasked}</p>\n\
         <p style=\"font-size:14px;opacity:.8\">{copy}<br>\n<a href=\"{link}\" style=\"color:inherit;word-break:break-all\">{link}</a></p>\n\
         <p style=\"font-size:14px;opacity:.8\">{sent_by}</p>\n</div>\n</body>\n</html>\n",
        lang = language.code(),
    );
    Rendered { subject, text: MailBody::new(text), html: MailBody::new(html) }
}

/// The name, if it can be nothing but a name: anybody may sign up with somebody else's address, and what he calls himself must not
/// become a message of his own in the other's inbox.
fn shown_name(name: &str) -> Option<&str> {
    let name = name.trim();
    let invisible = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let odd = |c: char| c.is_control() || invisible(c) || "/\\:@<>[]{}()#%=?!&|\"$+*~^_`;".contains(c);
    let address = name.split('.').skip(1).any(|rest| rest.starts_with(char::is_alphanumeric));
    let plain = !name.is_empty() && name.chars().count() <= NAME_CHARS_MAX && !name.contains(odd) && !address;
    plain.then_some(name)
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

outbound_body! { Mail =>
    /// The body of `POST /emails`.
    pub struct Send {
        from: Configured,
        to: Vec<In<Mail, Email>>,
        subject: &'static str,
        text: In<Mail, MailBody>,
        html: In<Mail, MailBody>,
    }
}

/// Sends a message. With the same `id` (at most 256 characters) it can be asked for again and again, and is sent once.
#[must_use]
pub fn send(from: &str, to: &Email, message: Rendered, id: &str) -> Outbound<Mail> {
    let Rendered { subject, text, html } = message;
    let body = Send { from: Configured::new(from), to: vec![In::new(to.clone())], subject, text: In::new(text), html: In::new(html) };
    Outbound::post("/emails".to_owned(), &body).header("idempotency-key", id)
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is on its way, now or since an earlier attempt.
    Accepted,
    /// To be tried again.
    Later,
    /// It will never be sent.
    Refused,
}

/// Judges an answer of Resend's. 409 has two meanings: something was sent with this key already, or is being sent just now.
#[must_use]
pub fn judge(status: u16, body: &[u8]) -> Verdict {
    #[derive(Deserialize)]
    struct Refusal {
        name: String,
    }
    match status {
        200..=299 => Verdict::Accepted,
        409 if serde_json::from_slice::<Refusal>(body).is_ok_and(|refusal| refusal.name == "invalid_idempotent_request") => Verdict::Accepted,
        400..=499 if !matches!(status, 408 | 409 | 429) => Verdict::Refused,
        _ => Verdict::Later,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "https://studio.test/api/auth/verify-email?token=a.b-c_d&callbackURL=%2F";

    fn rendered(message: Message, language: Language, name: Option<&str>) -> (Rendered, String, String) {
        let name = name.map(PersonName::new);
        let rendered = render(message, language, &MailLink::new(LINK), name.as_ref(), "Tom & Co <studio>");
        let text = |body: &MailBody| In::<Mail, _>::new(body.clone()).text().to_owned();
        let (plain, html) = (text(&rendered.text), text(&rendered.html));
        (rendered, plain, html)
    }

    #[test]
    fn every_message_in_every_language() {
        let mut subjects = Vec::new();
        for language in [Language::En, Language::Fr] {
            for message in Message::ALL {
                let (rendered, text, html) = rendered(message, language, Some("Ada Lovelace"));
                assert_eq!(text.lines().filter(|line| *line == LINK).count(), 1, "{text}");
                assert_eq!(text.matches("http").count(), 1, "{text}");
                assert!(text.contains("Ada Lovelace") && html.contains("Ada Lovelace"), "{text}");
                assert!(text.contains("Tom & Co <studio>") && html.contains("Tom &amp; Co &lt;studio&gt;"), "{text}");
                assert!(!html.contains("<studio>") && !html.contains("{studio}") && !text.contains("{studio}"), "{html}");
                assert!(html.contains(&format!("<html lang=\"{}\">", language.code())), "{html}");
                let escaped = LINK.replace('&', "&amp;");
                assert_eq!((html.matches("http").count(), html.matches(&escaped).count(), html.matches("&callback").count()), (3, 3, 0));
                assert!(!["src=", "<img", "url(", "<script", "<link", "@import"].iter().any(|fetch| html.contains(fetch)), "{html}");
                let life = match (message, language) {
                    (Message::MagicLink, _) => "5\u{a0}minutes",
                    (Message::DeleteAccount, Language::En) => "24\u{a0}hours",
                    (Message::DeleteAccount, Language::Fr) => "24\u{a0}heures",
                    (Message::PaymentFailed | Message::SpendingAlert, _) => "",
                    (_, Language::En) => "one hour",
                    (_, Language::Fr) => "une heure",
                };
                assert!(text.contains(life), "{text}");
                assert!(text.lines().all(|line| line.len() < 998), "SMTP's longest line");
                subjects.push(rendered.subject);
                assert_eq!(Message::from_code(message.code()), Some(message));
            }
        }
        subjects.sort_unstable();
        subjects.dedup();
        assert_eq!(subjects.len(), 16);
    }

    #[test]
    fn nothing_that_is_not_a_name_is_greeted() {
        for name in ["Ada", "José María O’Neill-Smith", "J. R. R. Tolkien", "李小龍", "Ștefan", "अमित", "Ada."] {
            assert_eq!(shown_name(name), Some(name));
        }
        let long = "x".repeat(41);
        for name in ["", " ", "evil.example", "See www.evil.test", "http://x", "a\nb", "a@b", "<b>", "You won! Click", "a\u{202e}b", long.as_str()] {
            assert_eq!(shown_name(name), None, "{name}");
            let (_, text, html) = rendered(Message::VerifyEmail, Language::En, Some(name));
            assert!(text.starts_with("Hello,\n") && html.contains("<p>Hello,</p>"), "{text}");
        }
        assert!(rendered(Message::VerifyEmail, Language::Fr, None).1.starts_with("Bonjour,\n"));
        let (_, text, html) = rendered(Message::VerifyEmail, Language::En, Some("D'Arc"));
        assert!(text.starts_with("Hello D'Arc,\n") && html.contains("Hello D&#39;Arc,"), "{text}");
    }

    #[test]
    fn languages() {
        for (header, language) in [
            ("", Language::En),
            ("fr", Language::Fr),
            ("FR-ca,en;q=0.8", Language::Fr),
            ("en-US,en;q=0.9,fr;q=0.8", Language::En),
            ("de,fr;q=0.5,en;q=0.3", Language::Fr),
            ("de, *;q=0.5", Language::En),
            ("fr;q=0, de", Language::En),
            ("en;q=0.5, fr ; q=0.9", Language::Fr),
            ("fr;q=x,en;q=0.1", Language::En),
            ("fr;q=NaN", Language::En),
            ("fra", Language::En),
            (";;,,=", Language::En),
        ] {
            assert_eq!(Language::from_accept_language(header), language, "{header}");
        }
        for language in [Language::En, Language::Fr] {
            assert_eq!(Language::from_code(language.code()), Some(language));
        }
    }

    #[test]
    fn the_request() {
        let (message, text, _) = rendered(Message::ResetPassword, Language::En, None);
        let request = send("Atelier <hello@studio.test>", &Email::new("ada@example.com"), message.clone(), "mail_1");
        assert_eq!((request.method, request.path.as_str()), ("POST", "/emails"));
        assert_eq!(request.headers, [("idempotency-key", "mail_1".to_owned())]);
        let body: serde_json::Value = serde_json::from_slice(request.body.as_deref().unwrap()).unwrap();
        assert_eq!((&body["from"], &body["to"]), (&"Atelier <hello@studio.test>".into(), &["ada@example.com"][..].into()));
        assert_eq!((&body["text"], &body["subject"]), (&text.into(), &message.subject.into()));
        let again = send("Atelier <hello@studio.test>", &Email::new("ada@example.com"), message, "mail_1");
        assert_eq!(again.body, request.body);
    }

    #[test]
    fn verdicts() {
        let named = |name: &str| format!(r#"{{"statusCode":409,"name":"{name}","message":"x"}}"#).into_bytes();
        assert_eq!(judge(200, br#"{"id":"x"}"#), Verdict::Accepted);
        assert_eq!(judge(409, &named("invalid_idempotent_request")), Verdict::Accepted);
        assert_eq!(judge(409, &named("concurrent_idempotent_requests")), Verdict::Later);
        for status in [408, 409, 429, 500, 503, 599, 302] {
            assert_eq!(judge(status, b""), Verdict::Later, "{status}");
        }
        for status in [400, 401, 403, 404, 422] {
            assert_eq!(judge(status, &named("validation_error")), Verdict::Refused, "{status}");
        }
    }
}
