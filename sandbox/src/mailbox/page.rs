//! The mailbox for people.

use super::{Mailbox, Message};
use crate::{
    exchange::Response,
    html::{escape, linked},
    time::rfc3339,
};

impl Mailbox {
    /// A page, newest message first. Text is escaped, with the addresses in it as links; HTML stays behind a toggle, in a
    /// frame where no script runs and nothing is fetched.
    #[must_use]
    pub fn page(&self) -> Response {
        let mut list: String = self.messages().map(article).collect();
        if list.is_empty() {
            list.push_str("<p class=\"empty\">No mail yet. What Atelier sends in development appears here.</p>");
        }
        Response::page(200, [HEAD, &list, "</body>\n</html>\n"].concat())
    }
}

fn article(message: &Message) -> String {
    let (at, from, to) = (rfc3339(message.at_ms), escape(&message.from), escape(&message.to.join(", ")));
    let subject = escape(&message.subject);
    let text = message.text.as_deref().map(|text| format!("<pre>{}</pre>", linked(text))).unwrap_or_default();
    let html = message.html.as_deref().map(|html| frame(html, &subject)).unwrap_or_default();
    format!(
        "<article>\n<header><h2>{subject}</h2><time datetime=\"{at}\">{} UTC</time></header>\n\
         <dl><dt>To</dt><dd>{to}</dd><dt>From</dt><dd>{from}</dd></dl>\n{text}\n{html}</article>\n",
        at.get(..19).unwrap_or(&at).replace('T', " ")
    )
}

/// Links in the frame open in a tab of their own: most pages refuse to be shown in a frame.
fn frame(html: &str, subject: &str) -> String {
    let document = escape(&format!("<!doctype html><meta charset=\"utf-8\"><base target=\"_blank\">{html}"));
    format!(
        "<details><summary>As HTML</summary><iframe title=\"{subject}\" sandbox=\"allow-popups allow-popups-to-escape-sandbox\" \
         referrerpolicy=\"no-referrer\" loading=\"lazy\" srcdoc=\"{document}\"></iframe></details>\n"
    )
}

const HEAD: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mailbox · Atelier sandbox</title>
<style>
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 15%, transparent); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem; }
article { border: 1px solid var(--line); border-radius: 12px; padding: 1rem 1.25rem; margin: 1rem 0; }
header { display: flex; gap: 1rem; align-items: baseline; justify-content: space-between; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.05rem; margin: 0; overflow-wrap: anywhere; }
time, dl, .empty, summary { opacity: .75; font-size: .85rem; } time { flex: none; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 .75rem; margin: .35rem 0 .9rem; } dd { margin: 0; overflow-wrap: anywhere; }
pre { margin: 0; font: inherit; white-space: pre-wrap; overflow-wrap: anywhere; }
details { margin-top: .9rem; } summary { cursor: pointer; }
iframe { width: 100%; height: 26rem; margin-top: .5rem; border: 1px solid var(--line); border-radius: 8px; background: #fff; color-scheme: light; }
</style>
</head>
<body>
<h1>Mailbox</h1>
"#;
