//! SQLite in memory, with the production migrations and the meaning that sqld gives to a batch.

use atelier::store::{Batch, Outcome, Rows, Step, StepError, Value, When};
use rusqlite::{
    Connection, ToSql,
    backup::Backup,
    config::DbConfig,
    functions::FunctionFlags,
    types::{Value as Cell, ValueRef},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

/// Statements that stay prepared: all that a history uses.
const PREPARED_MAX: usize = 1_000;

pub struct Database {
    pub connection: Connection,
    /// What `unixepoch()` says, in milliseconds.
    clock: Arc<AtomicI64>,
}

thread_local! {
    /// The tables, made once: a copy takes a fraction of the time.
    static TABLES: Connection = migrated();
}

fn migrated() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    let mut files: Vec<_> =
        std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        connection.execute_batch(&std::fs::read_to_string(file).unwrap()).unwrap();
    }
    connection
}

impl Database {
    pub fn new() -> Self {
        TABLES.with(Self::copy)
    }

    /// Another database with the same rows.
    pub fn copy(of: &Connection) -> Self {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.set_prepared_statement_cache_capacity(PREPARED_MAX);
        // Plans do not depend on what is bound: otherwise every use would prepare anew.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).unwrap();
        Backup::new(of, &mut connection).unwrap().run_to_completion(i32::MAX, Duration::ZERO, None).unwrap();
        connection.execute_batch("PRAGMA foreign_keys = ON").unwrap();
        let clock = Arc::new(AtomicI64::new(0));
        let ours = Arc::clone(&clock);
        // Triggers and invariants ask SQLite for the time: here it has ours. The real one answers with a fraction where it is asked for it.
        let unixepoch = move |context: &rusqlite::functions::Context<'_>| {
            let ms = ours.load(Ordering::Relaxed);
            #[expect(clippy::cast_precision_loss, reason = "milliseconds of this century have 41 bits")]
            let subsec = Cell::Real(ms as f64 / 1000.0);
            Ok(if context.is_empty() { Cell::Integer(ms.div_euclid(1000)) } else { subsec })
        };
        connection.create_scalar_function("unixepoch", -1, FunctionFlags::SQLITE_UTF8, unixepoch).unwrap();
        Self { connection, clock }
    }

    /// Sets the database's clock.
    pub fn at(&self, now_ms: i64) -> &Self {
        self.clock.store(now_ms, Ordering::Relaxed);
        self
    }

    /// Runs a batch. Like sqld, a stream that ends with an open transaction rolls it back.
    pub fn run(&self, batch: &Batch) -> Outcome {
        let mut results: Vec<Option<Rows>> = Vec::new();
        let mut errors = Vec::new();
        for step in batch.steps() {
            let succeeded = |index: usize| results.get(index).is_some_and(Option::is_some);
            let runs = match step.when {
                When::Always => true,
                When::Ok(before) => succeeded(before),
                When::Began { begin, commit } => succeeded(begin) && !succeeded(commit),
            };
            match runs.then(|| self.step(step)) {
                None => {
                    results.push(None);
                    errors.push(None);
                }
                Some(Ok(rows)) => {
                    results.push(Some(rows));
                    errors.push(None);
                }
                Some(Err(error)) => {
                    results.push(None);
                    errors.push(Some(StepError::read(&error.to_string())));
                }
            }
        }
        if !self.connection.is_autocommit() {
            self.connection.execute_batch("ROLLBACK").unwrap();
        }
        Outcome::new(results, errors)
    }

    fn step(&self, step: &Step) -> rusqlite::Result<Rows> {
        let mut statement = self.connection.prepare_cached(step.sql.text)?;
        // sqld refuses a request with a surplus or a missing argument; so do we.
        assert_eq!(statement.parameter_count(), step.args.len(), "arguments of {}", step.sql.name);
        for (name, value) in &step.args {
            let index = statement.parameter_index(&format!(":{name}"))?.unwrap_or_else(|| panic!("{} has no :{name}", step.sql.name));
            statement.raw_bind_parameter(index, bound(value))?;
        }
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut rows = Vec::new();
        let before = self.connection.total_changes();
        let mut cursor = statement.raw_query();
        while let Some(row) = cursor.next()? {
            rows.push((0..columns.len()).map(|index| read(row.get_ref_unwrap(index))).collect());
        }
        drop(cursor);
        drop(statement);
        let changed = if self.connection.total_changes() > before { self.connection.changes() } else { 0 };
        Ok(Rows::new(columns, rows, changed))
    }

    /// A query of the auditor's: rows of texts.
    pub fn ask(&self, sql: &str) -> Vec<Vec<String>> {
        self.ask_about(sql, &[])
    }

    /// The same with what stands for `?1`, `?2`, …: prepared once, whatever it is asked about.
    pub fn ask_about(&self, sql: &str, about: &[&dyn ToSql]) -> Vec<Vec<String>> {
        let mut statement = self.connection.prepare_cached(sql).unwrap();
        let columns = statement.column_count();
        let rows = statement.query_map(about, |row| {
            Ok((0..columns)
                .map(|index| match row.get_ref_unwrap(index) {
                    ValueRef::Null => String::new(),
                    ValueRef::Integer(number) => number.to_string(),
                    ValueRef::Real(number) => number.to_string(),
                    ValueRef::Text(text) | ValueRef::Blob(text) => String::from_utf8_lossy(text).into_owned(),
                })
                .collect())
        });
        rows.unwrap().map(Result::unwrap).collect()
    }
}

fn bound(value: &Value) -> Box<dyn ToSql> {
    match value {
        Value::Null => Box::new(Option::<i64>::None),
        Value::Integer { value } => Box::new(*value),
        Value::Float { value } => Box::new(*value),
        Value::Text { value } => Box::new(value.clone()),
        Value::Blob { value } => Box::new(value.clone()),
    }
}

fn read(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(value) => Value::Integer { value },
        ValueRef::Real(value) => Value::Float { value },
        ValueRef::Text(text) => Value::Text { value: String::from_utf8_lossy(text).into_owned() },
        ValueRef::Blob(bytes) => Value::Blob { value: bytes.to_vec() },
    }
}
