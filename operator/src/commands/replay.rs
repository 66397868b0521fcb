//! `stripe replay`.

use std::process::ExitCode;

use atelier_operator::clock;
use atelier_operator::error::Error;
use atelier_operator::stripe::replay::{Wanted, fetch, play};
use lexopt::Parser;

use super::{Done, Places, flag, text, unknown, variable};

pub fn run(mut parser: Parser) -> Done {
    let (mut places, mut wanted) = (Places::default(), Wanted::default());
    while let Some(flag) = flag(&mut parser)? {
        match flag.as_str() {
            "event" => wanted.events.push(event(&text(&mut parser)?)?),
            "since" => wanted.since = Some(clock::now().seconds() - age(&text(&mut parser)?)?),
            "undelivered" => wanted.undelivered = true,
            "help" => return Ok(None),
            other => {
                if !places.take(other, &mut parser)? {
                    return Err(unknown(other));
                }
            }
        }
    }
    if wanted == Wanted::default() {
        return Err(Error::Usage("which events? Give --event, --since or --undelivered".to_owned()));
    }
    let secrets = variable("STRIPE_WEBHOOK_SECRET").ok_or_else(|| Error::Usage("no secret to sign with: set STRIPE_WEBHOOK_SECRET".to_owned()))?;
    let secret = secrets.split(',').map(str::trim).find(|secret| !secret.is_empty()).unwrap_or_default();
    let (studio, stripe) = (places.studio()?, places.stripe()?);
    let events = fetch(&stripe, &wanted)?;
    let mut refused = 0;
    for event in &events {
        let heard = play(&studio, secret, event, clock::now())?;
        println!("{} {} {}", event.id, event.kind, heard.word);
        refused += usize::from(!heard.accepted);
    }
    println!("{} events played, {refused} not taken", events.len());
    Ok(Some(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }))
}

/// An event's id, which goes into a path.
fn event(id: &str) -> Result<String, Error> {
    let plain = id.starts_with("evt_") && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if plain { Ok(id.to_owned()) } else { Err(Error::Usage(format!("--event is the id of an event, evt_…, not `{id}`"))) }
}

/// Seconds of `3d`, `12h` or `30m`.
fn age(text: &str) -> Result<i64, Error> {
    let unit = match text.chars().last() {
        Some('d') => 86_400,
        Some('h') => 3_600,
        Some('m') => 60,
        _ => 0,
    };
    let number = text.get(..text.len().saturating_sub(1)).and_then(|number| number.parse::<i64>().ok()).filter(|number| *number > 0 && unit > 0);
    let seconds = number.and_then(|number| number.checked_mul(unit));
    seconds.ok_or_else(|| Error::Usage(format!("--since is a number of days, hours or minutes: 3d, 12h, 30m, not `{text}`")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages() {
        assert_eq!((age("3d"), age("12h"), age("30m")), (Ok(259_200), Ok(43_200), Ok(1_800)));
        for bad in ["", "3", "d", "-1d", "0h", "3w", "9223372036854775807d", "3é"] {
            assert!(age(bad).is_err(), "{bad}");
        }
        assert!(event("evt_1A").is_ok() && event("../customers").is_err() && event("evt_/x").is_err());
    }
}
