//! The authorization endpoint: what is asked for, who is chosen, and the way back.

use super::{Google, form, page, people::Person, token::Grant, value};
use crate::{
    exchange::{Request, Response, encode, query},
    time::MINUTE_MS,
};

/// How long a code is good.
const CODE_MS: i64 = 10 * MINUTE_MS;
/// The parameters that may be given once only.
const SINGLE: [&str; 11] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "access_type",
    "prompt",
    "login_hint",
];

/// Why the vendor shows an error page: it never sends people to an address that is not registered.
pub(super) struct Fault {
    pub status: u16,
    pub error: &'static str,
    pub text: String,
}

/// A request that is in order.
pub(super) struct Asked {
    pub client_id: String,
    pub redirect_uri: String,
    pub state: Option<String>,
    pub scopes: Vec<String>,
    nonce: Option<String>,
    challenge: String,
    offline: bool,
    prompts: Vec<String>,
    pub login_hint: Option<String>,
}

impl Asked {
    fn wants(&self, prompt: &str) -> bool {
        self.prompts.iter().any(|given| given == prompt)
    }

    fn back(&self, parameters: &[(&str, &str)]) -> Response {
        let mut url = self.redirect_uri.clone();
        let state = self.state.as_deref().map(|state| ("state", state));
        for (name, value) in state.iter().chain(parameters) {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.extend([name, "=", &encode(value)]);
        }
        Response::redirect(302, &url)
    }
}

/// What was done on the page.
enum Choice {
    None,
    Cancel,
    Account(String),
    Another { email: String, name: String, verified: bool },
}

impl Google {
    pub(super) fn authorize(&mut self, now_ms: i64, request: &Request, query_text: &str) -> Response {
        let mut parameters = query(query_text);
        let is_post = request.method == "POST";
        if is_post {
            parameters.extend(form(request).unwrap_or_default());
        }
        let asked = match self.read(&parameters) {
            Ok(asked) => asked,
            Err(fault) => return page::error(&fault),
        };
        let choice = if is_post { chosen(&parameters) } else { Choice::None };
        match choice {
            Choice::Cancel => asked.back(&[("error", "access_denied")]),
            Choice::Account(email) => match self.people.of(&email) {
                Some(person) => self.grant(now_ms, &asked, person),
                None => self.ask(400, &asked, query_text, Some("That is not an e-mail address.")),
            },
            Choice::Another { email, name, verified } => match Person::new(&email, &name) {
                Some(person) => {
                    let person = Person { email_verified: verified, ..person };
                    self.people.keep(person.clone());
                    self.grant(now_ms, &asked, person)
                }
                None => self.ask(400, &asked, query_text, Some("That is not an e-mail address.")),
            },
            // Nobody is asked anything: programs choose by the hint.
            Choice::None if asked.wants("none") => match asked.login_hint.clone().and_then(|hint| self.people.of(&hint)) {
                Some(person) => self.grant(now_ms, &asked, person),
                None => asked.back(&[("error", "login_required")]),
            },
            Choice::None => self.ask(200, &asked, query_text, None),
        }
    }

    fn ask(&self, status: u16, asked: &Asked, query_text: &str, fault: Option<&str>) -> Response {
        page::chooser(status, asked, query_text, &self.people, fault)
    }

    fn grant(&mut self, now_ms: i64, asked: &Asked, person: Person) -> Response {
        self.codes.retain(|_, grant| now_ms < grant.expires_ms);
        let code = format!("4/0A{}", self.dice.token(66));
        let scope = granted(&asked.scopes);
        let hd = person.hd.clone();
        let grant = Grant {
            person,
            redirect_uri: asked.redirect_uri.clone(),
            challenge: asked.challenge.clone(),
            nonce: asked.nonce.clone(),
            scopes: asked.scopes.clone(),
            offline: asked.offline,
            consent: asked.wants("consent"),
            expires_ms: now_ms + CODE_MS,
        };
        self.codes.insert(code.clone(), grant);
        let mut back = vec![("code", code.as_str()), ("scope", scope.as_str()), ("authuser", "0")];
        if let Some(hd) = &hd {
            back.push(("hd", hd));
        }
        back.push(("prompt", "consent"));
        asked.back(&back)
    }

    fn read(&self, parameters: &[(String, String)]) -> Result<Asked, Fault> {
        let invalid = |text: String| Fault { status: 400, error: "invalid_request", text };
        let need = |name: &str| value(parameters, name).ok_or_else(|| invalid(format!("Missing required parameter: {name}")));
        if let Some(name) = SINGLE.iter().find(|name| parameters.iter().filter(|(given, _)| given == *name).count() > 1) {
            return Err(invalid(format!("OAuth 2 parameters can only have a single value: {name}")));
        }
        let client_id = need("client_id")?;
        if client_id != self.config.client_id {
            return Err(Fault { status: 401, error: "invalid_client", text: "The OAuth client was not found.".into() });
        }
        let redirect_uri = need("redirect_uri")?;
        if !self.config.redirect_uris.iter().any(|registered| registered == redirect_uri) {
            let text = format!(
                "The redirect URI in the request, {redirect_uri}, does not match the ones authorized for the OAuth client: {}.",
                self.config.redirect_uris.join(", ")
            );
            return Err(Fault { status: 400, error: "redirect_uri_mismatch", text });
        }
        let response_type = need("response_type")?;
        if response_type != "code" {
            let text = format!("The sandbox knows the response type code only, not {response_type}.");
            return Err(Fault { status: 400, error: "unsupported_response_type", text });
        }
        let scopes = scopes(need("scope")?)?;
        let method = value(parameters, "code_challenge_method").unwrap_or("plain");
        let challenge = need("code_challenge")?;
        if method != "S256" {
            return Err(invalid(format!("Code challenge method is {method}, and only S256 is safe.")));
        }
        if challenge.len() != 43 || !challenge.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) {
            return Err(invalid("Code challenge must be a base64url encoded SHA-256, 43 characters without padding.".into()));
        }
        let access = value(parameters, "access_type").unwrap_or("online");
        if !["online", "offline"].contains(&access) {
            return Err(invalid(format!("Invalid parameter value for access_type: {access}")));
        }
        let prompts: Vec<String> = value(parameters, "prompt").unwrap_or_default().split_whitespace().map(str::to_owned).collect();
        let unknown = prompts.iter().find(|prompt| !["none", "consent", "select_account"].contains(&prompt.as_str()));
        if let Some(prompt) = unknown {
            return Err(invalid(format!("Invalid parameter value for prompt: Invalid prompt: {prompt}")));
        }
        if prompts.len() > 1 && prompts.iter().any(|prompt| prompt == "none") {
            return Err(invalid("Invalid parameter value for prompt: none cannot be combined.".into()));
        }
        let owned = |name: &str| value(parameters, name).map(str::to_owned);
        Ok(Asked {
            client_id: client_id.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            state: owned("state"),
            scopes,
            nonce: owned("nonce"),
            challenge: challenge.to_owned(),
            offline: access == "offline",
            prompts,
            login_hint: owned("login_hint"),
        })
    }
}

fn chosen(parameters: &[(String, String)]) -> Choice {
    let text = |name: &str| value(parameters, name).unwrap_or_default().to_owned();
    if value(parameters, "cancel").is_some() {
        return Choice::Cancel;
    }
    if value(parameters, "account").is_some() {
        return Choice::Account(text("account"));
    }
    if parameters.iter().any(|(name, _)| name == "email") {
        let verified = text("verified") != "no";
        return Choice::Another { email: text("email"), name: text("name"), verified };
    }
    Choice::None
}

/// Scopes by their short names where they have one; `openid` must be among them.
fn scopes(text: &str) -> Result<Vec<String>, Fault> {
    let mut scopes: Vec<String> = Vec::new();
    for given in text.split_whitespace() {
        let short = match given {
            "https://www.googleapis.com/auth/userinfo.email" => "email",
            "https://www.googleapis.com/auth/userinfo.profile" => "profile",
            other => other,
        };
        if !["openid", "email", "profile"].contains(&short) && !short.starts_with("https://www.googleapis.com/auth/") {
            let text = format!("Some requested scopes were invalid. {{invalid=[{given}]}}");
            return Err(Fault { status: 400, error: "invalid_scope", text });
        }
        if !scopes.iter().any(|before| before == short) {
            scopes.push(short.to_owned());
        }
    }
    if !scopes.iter().any(|scope| scope == "openid") {
        return Err(Fault { status: 400, error: "invalid_scope", text: "Without the scope openid there is no id token.".into() });
    }
    Ok(scopes)
}

/// The scopes as the callback shows them: short names, then the long ones.
fn granted(scopes: &[String]) -> String {
    let short: Vec<&str> = scopes.iter().map(String::as_str).filter(|scope| ["email", "profile"].contains(scope)).collect();
    short.into_iter().map(str::to_owned).chain(long_names(scopes)).collect::<Vec<_>>().join(" ")
}

/// The scopes as the vendor writes them.
pub(super) fn long_names(scopes: &[String]) -> Vec<String> {
    let long = |scope: &String| match scope.as_str() {
        "email" | "profile" => format!("https://www.googleapis.com/auth/userinfo.{scope}"),
        _ => scope.clone(),
    };
    let (first, rest): (Vec<String>, Vec<String>) = scopes.iter().map(long).partition(|scope| scope == "openid");
    first.into_iter().chain(rest).collect()
}
