//! `stripe setup`.

use std::process::ExitCode;

use atelier_operator::error::Error;
use atelier_operator::stripe::setup;
use lexopt::Parser;

use super::{Done, Places, flag, plans, text, unknown};

pub fn run(mut parser: Parser) -> Done {
    let (mut places, mut file, mut dry, mut live) = (Places::default(), None, false, false);
    while let Some(flag) = flag(&mut parser)? {
        match flag.as_str() {
            "dry-run" => dry = true,
            "live" => live = true,
            "plans" => file = Some(text(&mut parser)?),
            "help" => return Ok(None),
            other => {
                if !places.take(other, &mut parser)? {
                    return Err(unknown(other));
                }
            }
        }
    }
    let (plans, studio, stripe) = (plans(file.as_deref())?, places.studio()?, places.stripe()?);
    if stripe.live() && !live {
        return Err(Error::Usage("STRIPE_SECRET_KEY is a live key, for real money: say --live if that is meant. Nothing was touched".to_owned()));
    }
    if live && !stripe.live() {
        return Err(Error::Usage("--live is said, but STRIPE_SECRET_KEY is a test key. Nothing was touched".to_owned()));
    }
    println!("Stripe, {}{}", if live { "LIVE: real money" } else { "test mode" }, if dry { ", dry run: nothing is changed" } else { "" });
    let changes = setup::run(&stripe, &plans, &studio, dry, &mut |line| println!("{line}"))?;
    let s = if changes == 1 { "" } else { "s" };
    match (changes, dry) {
        (0, _) => println!("nothing to do: Stripe has all that is sold"),
        (n, true) => println!("{n} change{s} would be made; nothing was touched"),
        (n, false) => println!("{n} change{s} made"),
    }
    Ok(Some(ExitCode::SUCCESS))
}
