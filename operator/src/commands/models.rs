//! `models check`.

use std::process::ExitCode;

use atelier_operator::{error::Error, models};
use lexopt::Parser;

use super::{Done, flag, text, unknown, variable};

pub fn run(mut parser: Parser) -> Done {
    let mut api = None;
    while let Some(flag) = flag(&mut parser)? {
        match flag.as_str() {
            "api" => api = Some(text(&mut parser)?),
            "help" => return Ok(None),
            other => return Err(unknown(other)),
        }
    }
    let token = variable("REPLICATE_API_TOKEN").ok_or_else(|| Error::Usage("no key: set REPLICATE_API_TOKEN".to_owned()))?;
    let checked = models::check(&models::Replicate::new(api.or_else(|| variable("REPLICATE_API_URL")).as_deref(), &token))?;
    let mut sound = true;
    for models::Checked { model, at, differences } in checked {
        match differences {
            None => println!("not compared  {model:<24}{at}: the host publishes nothing"),
            Some(differences) if differences.is_empty() => println!("the same      {model:<24}{at}"),
            Some(differences) => {
                sound = false;
                println!("DIFFERENT     {model:<24}{at}");
                for difference in differences {
                    println!("                {difference}");
                }
            }
        }
    }
    Ok(Some(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE }))
}
