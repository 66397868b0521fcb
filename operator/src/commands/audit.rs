//! `ledger audit`.

use std::process::ExitCode;

use atelier_operator::audit::{Report, audit, rebuild};
use atelier_operator::error::Error;
use lexopt::Parser;

use super::{Connection, Done, flag, unknown};

pub fn run(mut parser: Parser) -> Done {
    let (mut connection, mut mend) = (Connection::default(), false);
    while let Some(flag) = flag(&mut parser)? {
        match flag.as_str() {
            "rebuild" => mend = true,
            "help" => return Ok(None),
            other => {
                if !connection.take(other, &mut parser)? {
                    return Err(unknown(other));
                }
            }
        }
    }
    let database = connection.open()?;
    if mend {
        match rebuild(&database) {
            Ok(mended) if mended.is_empty() => println!("every balance is what its entries add up to: nothing to rebuild"),
            Ok(mended) => mended.iter().for_each(|one| println!("{} said {}, its entries say {}: set", one.account, one.was, one.is)),
            // The audit that follows says more.
            Err(Error::Rebuild) => eprintln!("atelier-operator: {}.", Error::Rebuild),
            Err(error) => return Err(error),
        }
    }
    let report = audit(&database)?;
    Ok(Some(show(&report)))
}

fn show(report: &Report) -> ExitCode {
    let Report { invariants, entries, users, broken } = report;
    for one in broken {
        println!("{}: broken: {}", one.invariant.name, one.invariant.words);
        for row in &one.rows {
            println!("  {row}");
        }
        if one.more {
            println!("  … and more");
        }
    }
    if broken.is_empty() {
        println!("{invariants} invariants hold over {entries} entries of {users} users");
        return ExitCode::SUCCESS;
    }
    println!("{} of {invariants} invariants broken, over {entries} entries of {users} users", broken.len());
    ExitCode::FAILURE
}
