//! What the hosted pages have in common. Everything that was sent is escaped.

use crate::{exchange::Response, html::escape};

const STYLE: &str = r"
:root { color-scheme: light dark; --ink: #1a1f36; --soft: #545a70; --line: #dfe2ec; --card: #fff; --ground: #f4f5fa; --accent: #4b45d6; --on: #fff;
  --good: #0b6b3a; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #eceef6; --soft: #a6acc2; --line: #363b4e; --card: #1a1d29; --ground: #0f111a; --accent: #a6a2ff; --on: #14121f;
    --good: #7bd9a4; --bad: #ff9c94; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; padding: 2rem 1rem 3rem; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 34rem; margin: 0 auto; }
h1 { margin: 0; font-size: 1.5rem; font-weight: 600; } h2 { margin: 0 0 .5rem; font-size: 1rem; font-weight: 600; }
p { margin: .4rem 0 0; color: var(--soft); overflow-wrap: anywhere; } .small { font-size: .85rem; }
.banner { margin: 0 0 1.25rem; padding: .5rem .8rem; border: 1px dashed var(--line); border-radius: 10px; font-size: .85rem; }
.card { margin-top: 1rem; padding: 1.25rem; border: 1px solid var(--line); border-radius: 16px; background: var(--card); }
.amount { font-size: 2.2rem; font-weight: 650; letter-spacing: -.01em; margin: .25rem 0 0; color: var(--ink); }
ul { list-style: none; margin: .75rem 0 0; padding: 0; }
li, .row { display: flex; justify-content: space-between; align-items: center; gap: 1rem; padding: .45rem 0; border-top: 1px solid var(--line); }
li > span, .row > span { overflow-wrap: anywhere; min-width: 0; }
button, .button { font: inherit; cursor: pointer; padding: .55rem 1.1rem; border-radius: 10px; border: 1px solid var(--line); background: none; color: var(--ink);
  text-decoration: none; display: inline-block; }
button:hover, .button:hover { border-color: var(--accent); }
button.main { width: 100%; background: var(--accent); border-color: var(--accent); color: var(--on); font-weight: 600; padding: .75rem 1.1rem; }
form.choices { display: grid; gap: .6rem; margin-top: 1rem; }
form.inline { display: inline; }
label { display: block; font-size: .85rem; color: var(--soft); }
input { display: block; width: 100%; margin-top: .2rem; padding: .55rem .7rem; font: inherit; color: var(--ink); background: var(--ground);
  border: 1px solid var(--line); border-radius: 8px; }
a { color: var(--accent); } :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.card p + h2 { margin-top: 1.25rem; } form.inline button { margin-block: .15rem; }
.fault { color: var(--bad); } .note { flex: none; white-space: nowrap; font-size: .8rem; border: 1px solid var(--line); border-radius: 99px; padding: .05rem .6rem; color: var(--soft); }
.good { color: var(--good); } .bad { color: var(--bad); } code { overflow-wrap: anywhere; }
";

pub(super) fn document(status: u16, title: &str, main: &str) -> Response {
    let title = escape(title);
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}: Atelier sandbox</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <p class=\"banner\">Atelier sandbox: this is not Stripe. No card is asked for, and no money moves.</p>\n{main}\n</main>\n</body>\n</html>\n"
    );
    Response::page(status, html)
}

/// A page that only says something.
pub(super) fn message(status: u16, title: &str, text: &str, back: Option<&str>) -> Response {
    let back = back.map(|url| format!("<p><a class=\"button\" href=\"{}\">Go back</a></p>", escape(url))).unwrap_or_default();
    document(status, title, &format!("<h1>{}</h1>\n<p>{}</p>\n{back}", escape(title), escape(text)))
}

/// `15 Jan 2026` of seconds since the epoch.
pub(super) fn day(at_s: i64) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (year, month, day) = crate::time::civil(at_s.div_euclid(86_400));
    let month = usize::try_from(month - 1).ok().and_then(|month| MONTHS.get(month)).unwrap_or(&"");
    format!("{day} {month} {year}")
}
