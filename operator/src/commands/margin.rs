//! `margin`.

use std::process::ExitCode;

use atelier_operator::{clock, margin};
use lexopt::Parser;

use super::{Connection, Done, flag, number, plans, text, unknown};

const DAYS: i64 = 30;

pub fn run(mut parser: Parser) -> Done {
    let (mut connection, mut file, mut days, mut json) = (Connection::default(), None, DAYS, false);
    while let Some(flag) = flag(&mut parser)? {
        match flag.as_str() {
            "days" => days = number(&mut parser, "days")?,
            "json" => json = true,
            "plans" => file = Some(text(&mut parser)?),
            "help" => return Ok(None),
            other => {
                if !connection.take(other, &mut parser)? {
                    return Err(unknown(other));
                }
            }
        }
    }
    let margin = margin::read(&connection.open()?, &plans(file.as_deref())?, days, clock::now())?;
    if json {
        println!("{}", margin.json());
    } else {
        println!("{}", margin.table());
    }
    Ok(Some(ExitCode::SUCCESS))
}
