//! `migrate`.

use std::path::PathBuf;
use std::process::ExitCode;

use atelier_operator::error::Error;
use atelier_operator::hrana::Database;
use atelier_operator::migrate::{self, Outcome};
use atelier_operator::{folder, history};
use lexopt::prelude::{Long, Short, Value};

use super::{Done, text};

struct Migrate {
    url: String,
    token: Option<String>,
    dir: PathBuf,
    status: bool,
}

pub fn run(parser: lexopt::Parser) -> Done {
    match arguments(parser)? {
        None => return Ok(None),
        Some(asked) if asked.status => status(&asked)?,
        Some(asked) => apply(&asked)?,
    }
    Ok(Some(ExitCode::SUCCESS))
}

/// The command line with the environment behind it, or nothing if help was asked for.
fn arguments(mut parser: lexopt::Parser) -> Result<Option<Migrate>, Error> {
    let usage = |error: lexopt::Error| Error::Usage(error.to_string());
    let mut command = None;
    let mut url = std::env::var("TURSO_DATABASE_URL").ok();
    let mut token = std::env::var("TURSO_AUTH_TOKEN").ok();
    let mut dir = PathBuf::from("migrations");
    let mut status = false;
    while let Some(argument) = parser.next().map_err(usage)? {
        match argument {
            Long("url") => url = Some(text(&mut parser)?),
            Long("token") => token = Some(text(&mut parser)?),
            Long("dir") => dir = parser.value().map_err(usage)?.into(),
            Long("status") => status = true,
            Long("help") | Short('h') => return Ok(None),
            Value(word) if command.is_none() => command = Some(word),
            other => return Err(usage(other.unexpected())),
        }
    }
    match command {
        None => return Ok(None),
        Some(word) if word == "migrate" => {}
        Some(word) => {
            return Err(Error::Usage(format!("there is no command `{}`", word.display())));
        }
    }
    match url.filter(|url| !url.is_empty()) {
        Some(url) => Ok(Some(Migrate { url, token, dir, status })),
        None => Err(Error::Usage("no database: give --url or set TURSO_DATABASE_URL".to_owned())),
    }
}

fn apply(asked: &Migrate) -> Result<(), Error> {
    let migrations = folder::read(&asked.dir)?;
    let database = Database::new(&asked.url, asked.token.clone())?;
    let mut applied = 0;
    let before = migrate::run(&database, &migrations, |migration, outcome| match outcome {
        Outcome::Applied => {
            applied += 1;
            println!("{} applied", migration.name);
        }
        Outcome::AppliedElsewhere => {
            println!("{} applied by another run at the same time", migration.name);
        }
    })?;
    println!("{applied} applied, {before} already there");
    Ok(())
}

fn status(asked: &Migrate) -> Result<(), Error> {
    let migrations = folder::read(&asked.dir)?;
    let known = history::read(&Database::new(&asked.url, asked.token.clone())?)?;
    for migration in &migrations {
        match known.iter().find(|known| known.name == migration.name) {
            Some(known) => println!("{} applied {}", migration.name, known.at),
            None => println!("{} pending", migration.name),
        }
    }
    history::pending(&migrations, &known).map(|_| ())
}
