//! The commands: each reads its flags, with the environment behind them, does its work and says what it did.

mod audit;
mod credits;
mod margin;
mod migrate;
mod models;
mod replay;
mod setup;

use std::ffi::OsString;
use std::process::ExitCode;

use atelier::domain::plans::Plans;
use atelier_operator::error::Error;
use atelier_operator::hrana::Database;
use atelier_operator::stripe::Stripe;
use lexopt::{Arg, Parser};

/// What a command ends with; nothing if help was asked for.
type Done = Result<Option<ExitCode>, Error>;

/// Why a command failed, and the exit code that says so.
pub struct Failure {
    pub error: Error,
    pub code: u8,
}

/// Runs the command that the arguments name.
pub fn run(words: Vec<OsString>) -> Result<Option<ExitCode>, Failure> {
    let audits = words.first().is_some_and(|word| word == "ledger");
    // A ledger that could not be asked is neither sound nor broken.
    dispatch(words).map_err(|error| Failure { code: if audits || matches!(error, Error::Usage(_)) { 2 } else { 1 }, error })
}

fn dispatch(words: Vec<OsString>) -> Done {
    let word = |n: usize| words.get(n).and_then(|word| word.to_str()).unwrap_or_default();
    let (first, second) = (word(0), word(1));
    let (command, length): (fn(Parser) -> Done, usize) = match (first, second) {
        ("margin", _) => (margin::run, 1),
        ("models", "check") => (models::run, 2),
        ("ledger", "audit") => (audit::run, 2),
        ("credits", "grant") => (credits::grant, 2),
        ("credits", "refund") => (credits::refund, 2),
        ("stripe", "setup") => (setup::run, 2),
        ("stripe", "replay") => (replay::run, 2),
        ("ledger" | "credits" | "models" | "stripe", "--help" | "-h" | "") => return Ok(None),
        ("ledger" | "credits" | "models" | "stripe", _) => return Err(Error::Usage(format!("there is no command `{first} {second}`"))),
        _ => return migrate::run(Parser::from_args(words)),
    };
    command(Parser::from_args(words.into_iter().skip(length)))
}

/// The next flag's name, `help` also for `-h`; nothing at the end.
fn flag(parser: &mut Parser) -> Result<Option<String>, Error> {
    let unusable = |error: lexopt::Error| Error::Usage(error.to_string());
    Ok(match parser.next().map_err(unusable)? {
        None => None,
        Some(Arg::Long(name)) => Some(name.to_owned()),
        Some(Arg::Short('h')) => Some("help".to_owned()),
        Some(other) => return Err(unusable(other.unexpected())),
    })
}

fn unknown(flag: &str) -> Error {
    Error::Usage(format!("there is no flag `--{flag}` here"))
}

/// A flag's value.
fn text(parser: &mut Parser) -> Result<String, Error> {
    let value = parser.value().map_err(|error| Error::Usage(error.to_string()))?;
    value.into_string().map_err(|_| Error::Usage("a value is not text".to_owned()))
}

/// A flag's value as a whole number above zero.
fn number(parser: &mut Parser, name: &str) -> Result<i64, Error> {
    let value = text(parser)?;
    let number = value.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| Error::Usage(format!("--{name} is a whole number above 0, not `{value}`")))
}

/// A variable of the environment that says something.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// Where the database is.
#[derive(Default)]
struct Connection {
    url: Option<String>,
    token: Option<String>,
}

impl Connection {
    /// Takes the flags that are its own; false for any other.
    fn take(&mut self, flag: &str, parser: &mut Parser) -> Result<bool, Error> {
        match flag {
            "url" => self.url = Some(text(parser)?),
            "token" => self.token = Some(text(parser)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn open(self) -> Result<Database, Error> {
        let url = self.url.filter(|url| !url.is_empty()).or_else(|| variable("TURSO_DATABASE_URL"));
        let url = url.ok_or_else(|| Error::Usage("no database: give --url or set TURSO_DATABASE_URL".to_owned()))?;
        Database::new(&url, self.token.or_else(|| variable("TURSO_AUTH_TOKEN")))
    }
}

/// Where Stripe and the studio are.
#[derive(Default)]
struct Places {
    studio: Option<String>,
    api: Option<String>,
}

impl Places {
    /// Takes the flags that are its own; false for any other.
    fn take(&mut self, flag: &str, parser: &mut Parser) -> Result<bool, Error> {
        match flag {
            "studio" => self.studio = Some(text(parser)?),
            "api" => self.api = Some(text(parser)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn stripe(&self) -> Result<Stripe, Error> {
        let key = variable("STRIPE_SECRET_KEY").ok_or_else(|| Error::Usage("no key: set STRIPE_SECRET_KEY".to_owned()))?;
        let api = self.api.clone().or_else(|| variable("STRIPE_API_URL"));
        Stripe::new(api.as_deref(), &key)
    }

    /// The studio's origin, without a slash at the end.
    fn studio(&self) -> Result<String, Error> {
        let studio = self.studio.clone().or_else(|| variable("BETTER_AUTH_URL"));
        let studio = studio.ok_or_else(|| Error::Usage("no studio: give --studio or set BETTER_AUTH_URL".to_owned()))?;
        if !studio.starts_with("https://") && !studio.starts_with("http://") {
            return Err(Error::Usage(format!("`{studio}` is no studio's origin: it begins with https://")));
        }
        Ok(studio.trim_end_matches('/').to_owned())
    }
}

/// What is sold: of a file, of the environment, or the checkout's.
fn plans(file: Option<&str>) -> Result<Plans, Error> {
    let text = match file {
        Some(file) => Some(std::fs::read_to_string(file).map_err(|error| Error::Usage(format!("{file} cannot be read: {error}")))?),
        None => variable("PLANS"),
    };
    text.map_or_else(|| Ok(Plans::standard()), |text| Plans::parse(&text).map_err(Error::Plans))
}
