//! The audit: every invariant of the ledger, asked of the database itself at one moment. Balances that are wrong can be built again from the
//! entries, which are the ledger; nothing else is ever put right by a program.

use atelier::store::ledger::invariants::{self, Invariant};

use crate::error::Error;
use crate::hrana::Database;

/// How many offenders of an invariant are shown.
const SHOWN_MAX: usize = 20;

/// What the ledger has.
const SIZE: &str = r#"SELECT (SELECT count(*) FROM ledger_entry), (SELECT count(DISTINCT "userId") FROM ledger_account)"#;

/// Accounts whose balance is not what their entries add up to: id, balance, sum.
const WRONG: &str = r#"SELECT a."id", a."balance", coalesce(t."total", 0) AS "total" FROM ledger_account a LEFT JOIN (
    SELECT m."account", sum(m."change") AS "total" FROM (
      SELECT e."dst" AS "account", e."amount" AS "change" FROM ledger_entry e UNION ALL SELECT e."src", -e."amount" FROM ledger_entry e) m
    GROUP BY m."account") t ON t."account" = a."id"
  WHERE a."balance" <> coalesce(t."total", 0)"#;

/// What an audit found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// How many invariants were asked.
    pub invariants: usize,
    /// How many entries the ledger has.
    pub entries: String,
    /// How many users have accounts in it.
    pub users: String,
    /// Those that are broken.
    pub broken: Vec<Broken>,
}

/// An invariant that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Which.
    pub invariant: Invariant,
    /// The ids of what contradicts it, as many as are shown.
    pub rows: Vec<String>,
    /// Whether there are more.
    pub more: bool,
}

/// A balance that was put right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    /// The account.
    pub account: String,
    /// What it said.
    pub was: String,
    /// What its entries say.
    pub is: String,
}

/// Asks every invariant at one moment.
///
/// # Errors
/// Why the database could not be asked.
pub fn audit(database: &Database) -> Result<Report, Error> {
    let invariants = invariants::all();
    let mut queries = vec![SIZE.to_owned()];
    queries.extend(invariants.iter().map(|one| format!("SELECT * FROM (\n{}\n) LIMIT {}", one.sql, SHOWN_MAX + 1)));
    let mut answers = database.at_one_moment(&queries)?.into_iter();
    let size = answers.next().and_then(|rows| rows.into_iter().next()).unwrap_or_default();
    let mut size = size.into_iter();
    let (entries, users) = (size.next().unwrap_or_default(), size.next().unwrap_or_default());
    let mut broken = Vec::new();
    for (invariant, rows) in invariants.iter().copied().zip(answers) {
        let (more, shown) = (rows.len() > SHOWN_MAX, rows.into_iter().take(SHOWN_MAX));
        let rows: Vec<String> = shown.map(|row| row.into_iter().filter(|id| !id.is_empty()).collect::<Vec<_>>().join(" ")).collect();
        if !rows.is_empty() {
            broken.push(Broken { invariant, rows, more });
        }
    }
    Ok(Report { invariants: invariants.len(), entries, users, broken })
}

/// Sets every balance to what the entries say, all of them or none.
///
/// # Errors
/// [`Error::Rebuild`] if the entries give an account a balance of the wrong sign: then they are what is wrong. Else why the database could not be asked.
pub fn rebuild(database: &Database) -> Result<Vec<Mended>, Error> {
    let update = format!(r#"UPDATE ledger_account SET "balance" = w."total" FROM ({WRONG}) w WHERE ledger_account."id" = w."id""#);
    let rows = database.write(WRONG, &update).map_err(|error| match error {
        Error::Database(reason) if reason.contains("ledger_sign") => Error::Rebuild,
        other => other,
    })?;
    let mended = |row: Vec<String>| {
        let mut cells = row.into_iter();
        let mut cell = || cells.next().unwrap_or_default();
        Mended { account: cell(), was: cell(), is: cell() }
    };
    Ok(rows.into_iter().map(mended).collect())
}
