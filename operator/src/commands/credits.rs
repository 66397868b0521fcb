//! `credits grant` and `credits refund`.

use std::process::ExitCode;

use atelier::domain::generation::GenerationId;
use atelier::domain::time::DAY_MS;
use atelier::store::ledger::{Cause, NewGrant};
use atelier_operator::clock;
use atelier_operator::credits::{self, Applied};
use atelier_operator::error::Error;
use lexopt::Parser;

use super::{Connection, Done, flag, number, text, unknown};

const DAYS: i64 = 365;
/// Further away no date can be written.
const DAYS_MAX: i64 = 36_500;

fn missing(flag: &str) -> Error {
    Error::Usage(format!("--{flag} is missing"))
}

pub fn grant(mut parser: Parser) -> Done {
    let mut connection = Connection::default();
    let (mut user, mut email, mut amount, mut kind, mut key, mut days) = (None, None, None, None, None, DAYS);
    while let Some(flag) = flag(&mut parser)? {
        match flag.as_str() {
            "user" => user = Some(text(&mut parser)?),
            "email" => email = Some(text(&mut parser)?),
            "credits" => amount = Some(number(&mut parser, "credits")?),
            "kind" => kind = Some(text(&mut parser)?),
            "key" => key = Some(text(&mut parser)?),
            "days" => days = number(&mut parser, "days")?.min(DAYS_MAX),
            "help" => return Ok(None),
            other => {
                if !connection.take(other, &mut parser)? {
                    return Err(unknown(other));
                }
            }
        }
    }
    let kind = kind.ok_or_else(|| missing("kind"))?;
    let cause = Cause::from_name(&kind).filter(|cause| matches!(cause, Cause::Promotion | Cause::Goodwill));
    let cause = cause.ok_or_else(|| Error::Usage(format!("--kind is goodwill or promo, not `{kind}`")))?;
    let key = key.ok_or_else(|| missing("key"))?;
    let source = format!("operator:{}", credits::key(&key)?);
    let amount = amount.ok_or_else(|| missing("credits"))?;
    if user.is_some() == email.is_some() {
        return Err(Error::Usage("to whom? Give --user or --email".to_owned()));
    }
    let database = connection.open()?;
    let user = match (user, email) {
        (Some(user), _) => user,
        (None, email) => credits::user_of(&database, &email.unwrap_or_default())?,
    };
    let now = clock::now();
    let new = NewGrant { cause, source, payment: None, amount, expires_at: now.plus_ms(days * DAY_MS) };
    match credits::grant(&database, &user, &new, now)? {
        Applied::Now => println!("{user} was given {amount} credits until {} (grant {})", new.expires_at.iso(), new.source),
        Applied::Before => println!("{user} was given these {amount} credits before: nothing was done (grant {})", new.source),
    }
    Ok(Some(ExitCode::SUCCESS))
}

pub fn refund(mut parser: Parser) -> Done {
    let mut connection = Connection::default();
    let (mut generation, mut amount, mut key) = (None, None, None);
    while let Some(flag) = flag(&mut parser)? {
        match flag.as_str() {
            "generation" => generation = Some(text(&mut parser)?),
            "credits" => amount = Some(number(&mut parser, "credits")?),
            "key" => key = Some(text(&mut parser)?),
            "help" => return Ok(None),
            other => {
                if !connection.take(other, &mut parser)? {
                    return Err(unknown(other));
                }
            }
        }
    }
    let generation = generation.ok_or_else(|| missing("generation"))?;
    let id = GenerationId::parse(&generation).ok_or_else(|| Error::Usage(format!("--generation is the id of a generation, not `{generation}`")))?;
    let amount = amount.ok_or_else(|| missing("credits"))?;
    let key = key.ok_or_else(|| missing("key"))?;
    match credits::refund(&connection.open()?, &id, amount, credits::key(&key)?, clock::now())? {
        Applied::Now => println!("{amount} credits of {generation} were given back"),
        Applied::Before => println!("these {amount} credits of {generation} were given back before: nothing was done"),
    }
    Ok(Some(ExitCode::SUCCESS))
}
