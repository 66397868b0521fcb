//! The pages that people see: whom to be, and what is wrong. Everything that was sent is escaped.

use super::{
    authorize::{Asked, Fault},
    people::{People, Person},
};
use crate::{exchange::Response, html::escape};

const STYLE: &str = r"
:root { color-scheme: light dark; --ink: #1f1f1f; --soft: #5b6066; --line: #dfe3e8; --card: #fff; --ground: #f1f4f9; --accent: #0b57d0; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8eb; --soft: #a3a9b1; --line: #3a3e44; --card: #1b1d20; --ground: #0f1012; --accent: #a8c7fa; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem 1rem; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 27rem; padding: 2rem 1.75rem; border-radius: 24px; background: var(--card); border: 1px solid var(--line); }
h1 { margin: 0; font-size: 1.6rem; font-weight: 500; } h2 { margin: 0; font-size: 1rem; font-weight: 500; }
p { margin: .4rem 0 0; color: var(--soft); overflow-wrap: anywhere; } p.fault { color: #c5221f; } p.small { font-size: .85rem; }
ul { list-style: none; margin: 1.25rem 0 0; padding: 0; border-top: 1px solid var(--line); }
li { border-bottom: 1px solid var(--line); }
button { font: inherit; color: inherit; cursor: pointer; }
.person { display: flex; gap: .85rem; align-items: center; width: 100%; padding: .7rem .5rem; border: 0; background: none; text-align: start; }
.person:hover { background: var(--ground); }
.person b { display: block; font-weight: 500; overflow-wrap: anywhere; }
.person small { display: block; color: var(--soft); overflow-wrap: anywhere; }
.face { flex: none; width: 2.5rem; height: 2.5rem; border-radius: 50%; display: grid; place-items: center; background: var(--accent);
  color: var(--card); font-weight: 600; }
.note { margin-inline-start: auto; flex: none; font-size: .75rem; color: var(--soft); border: 1px solid var(--line); border-radius: 99px; padding: .05rem .5rem; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
details { margin-top: 1rem; } summary { cursor: pointer; color: var(--accent); padding: .25rem .5rem; }
label { display: block; margin-top: .75rem; font-size: .85rem; color: var(--soft); }
input, select { display: block; width: 100%; margin-top: .2rem; padding: .55rem .7rem; font: inherit; color: var(--ink); background: var(--ground);
  border: 1px solid var(--line); border-radius: 8px; }
.row { display: flex; justify-content: space-between; gap: 1rem; margin-top: 1.25rem; }
.row button { padding: .5rem 1.25rem; border-radius: 99px; border: 1px solid var(--line); background: none; color: var(--accent); }
.row button.main { background: var(--accent); color: var(--card); border-color: var(--accent); }
code { overflow-wrap: anywhere; }
";

fn document(status: u16, title: &str, main: &str) -> Response {
    let title = escape(title);
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<main>\n{main}\n</main>\n</body>\n</html>\n"
    );
    Response::page(status, html)
}

/// The page that ends everything: nobody is sent anywhere.
pub(super) fn error(fault: &Fault) -> Response {
    let heading = format!("Error {}: {}", fault.status, fault.error);
    let main = format!(
        "<h1>Access blocked</h1>\n<p>{}</p>\n<p><code>{}</code></p>\n<p class=\"small\">Atelier sandbox: this is not Google.</p>",
        escape(&fault.text),
        escape(&heading)
    );
    document(fault.status, &heading, &main)
}

/// The accounts, a form for another one, and a way out.
pub(super) fn chooser(status: u16, asked: &Asked, query: &str, people: &People, fault: Option<&str>) -> Response {
    let action = format!("?{}", escape(query));
    let hinted = asked.login_hint.as_deref();
    let known = hinted.and_then(|hint| people.find(hint));
    let others = people.shown().filter(|person| known.is_none_or(|known| known.email != person.email));
    let list: String = known.into_iter().map(|person| entry(person, true)).chain(others.map(|person| entry(person, false))).collect();
    let fresh = hinted.filter(|_| known.is_none()).unwrap_or_default();
    let open = if fault.is_some() || !fresh.is_empty() { " open" } else { "" };
    let fault = fault.map(|fault| format!("<p class=\"fault\" role=\"alert\">{}</p>", escape(fault))).unwrap_or_default();
    let main = format!(
        "<h1>Choose an account</h1>\n<p>to continue to <b>{app}</b></p>\n{fault}\n\
         <form method=\"post\" action=\"{action}\">\n<ul>\n{list}</ul>\n</form>\n\
         <details{open}>\n<summary>Use another account</summary>\n<form method=\"post\" action=\"{action}\">\n\
         <label>E-mail address <input name=\"email\" type=\"email\" required autocomplete=\"off\" value=\"{fresh}\"></label>\n\
         <label>Name <input name=\"name\" autocomplete=\"off\"></label>\n\
         <label>Address verified <select name=\"verified\"><option value=\"yes\">yes</option><option value=\"no\">no</option></select></label>\n\
         <div class=\"row\"><span></span><button class=\"main\">Continue</button></div>\n</form>\n</details>\n\
         <form method=\"post\" action=\"{action}\"><div class=\"row\"><button name=\"cancel\" value=\"1\">Cancel</button></div></form>\n\
         <p class=\"small\">Atelier sandbox: this is not Google, and no password is asked for. The studio asks for {scopes} as <code>{client}</code>.</p>",
        app = escape(origin(&asked.redirect_uri)),
        fresh = escape(fresh),
        scopes = escape(&asked.scopes.join(", ")),
        client = escape(&asked.client_id),
    );
    document(status, "Sign in: Atelier sandbox", &main)
}

fn entry(person: &Person, first: bool) -> String {
    let name = person.name.as_deref().unwrap_or(&person.email);
    let face = if person.picture {
        // From `/google/o/oauth2/v2/auth`, whatever name this machine was called by.
        format!("<img class=\"face\" src=\"../../../pictures/{}\" alt=\"\">", person.sub)
    } else {
        format!("<span class=\"face\" aria-hidden=\"true\">{}</span>", escape(&name.chars().take(1).collect::<String>().to_uppercase()))
    };
    let note = match (&person.hd, person.email_verified, &person.name) {
        (_, false, _) => "not verified",
        (Some(_), ..) => "Workspace",
        (None, true, None) => "no name",
        (None, true, Some(_)) => "",
    };
    let note = if note.is_empty() { String::new() } else { format!("<span class=\"note\">{note}</span>") };
    let focus = if first { " autofocus" } else { "" };
    let (email, name) = (escape(&person.email), escape(name));
    format!(
        "<li><button class=\"person\" name=\"account\" value=\"{email}\"{focus}>{face}<span><b>{name}</b><small>{email}</small></span>{note}</button></li>\n"
    )
}

/// Scheme, host and port of an absolute URL.
fn origin(url: &str) -> &str {
    let host_at = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(host_at..).and_then(|rest| rest.find('/')).map_or(url.len(), |at| host_at + at);
    url.get(..end).unwrap_or(url)
}
