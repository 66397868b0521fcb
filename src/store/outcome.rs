//! What a batch brought back. Constraint names become errors here, in one table.

use super::{Batch, Value};
use crate::platform::DbError;

/// What a batch brought back, step by step.
#[derive(Debug, Clone)]
pub struct Outcome {
    results: Vec<Option<Rows>>,
    errors: Vec<Option<StepError>>,
    repeated: bool,
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepError {
    /// The writer's lock was not to be had; nothing happened.
    Busy,
    /// The owner predicate named nobody: no valid session, or no such generation.
    NoOwner,
    /// The address has an account.
    EmailTaken,
    /// The idempotency key is taken.
    KeyTaken,
    /// The command was applied before.
    AlreadyApplied,
    /// Too few credits.
    InsufficientCredits,
    /// A day's limit of the account would be passed.
    DayLimit,
    /// A day's limit of the API key would be passed.
    KeyLimit,
    /// What the row belongs to was not written: the plan does not allow the order.
    NotAllowed,
    /// There is no settled hold to be refunded.
    HoldNotSettled,
    /// The hold was settled or released before.
    HoldNotOpen,
    /// A picture that is named is not there, or not the user's.
    NoSource,
    /// The generation that another was made from is not the user's.
    NoParent,
    /// There is a folder of that name.
    FolderTaken,
    /// The generation has ended before.
    GenerationClosed,
    /// The message is about another run than the one that is noted.
    OtherRun,
    /// A guard said that there is nothing to do.
    NothingToDo,
    /// Anything else: a mistake of ours, or a broken database.
    Other(String),
}

impl StepError {
    /// Reads SQLite's words. All constraint failures share one code, so the words are all there is.
    #[must_use]
    pub fn read(message: &str) -> Self {
        let table: [(&str, Self); 35] = [
            ("database is locked", Self::Busy),
            ("SQLITE_BUSY", Self::Busy),
            ("NOT NULL constraint failed: idempotency.userId", Self::NoOwner),
            ("NOT NULL constraint failed: ledger_op.userId", Self::NoOwner),
            ("NOT NULL constraint failed: generation.userId", Self::NoOwner),
            ("NOT NULL constraint failed: upload.userId", Self::NoOwner),
            ("NOT NULL constraint failed: generation_source", Self::NoSource),
            ("CHECK constraint failed: generation_source", Self::NoSource),
            ("UNIQUE constraint failed: upload.id", Self::AlreadyApplied),
            ("CHECK constraint failed: generation_parent", Self::NoParent),
            ("UNIQUE constraint failed: folder.id", Self::AlreadyApplied),
            ("UNIQUE constraint failed: folder.userId, folder.nameKey", Self::FolderTaken),
            ("UNIQUE constraint failed: share.id", Self::AlreadyApplied),
            ("UNIQUE constraint failed: user.email", Self::EmailTaken),
            ("UNIQUE constraint failed: idempotency.userId, idempotency.key", Self::KeyTaken),
            ("UNIQUE constraint failed: ledger_op.id", Self::AlreadyApplied),
            ("UNIQUE constraint failed: generation.id", Self::AlreadyApplied),
            ("UNIQUE constraint failed: stripe_event.id", Self::AlreadyApplied),
            ("UNIQUE constraint failed: checkout.id", Self::AlreadyApplied),
            ("UNIQUE constraint failed: api_key.id", Self::AlreadyApplied),
            ("UNIQUE constraint failed: user.id", Self::AlreadyApplied),
            ("UNIQUE constraint failed: session.", Self::AlreadyApplied),
            ("UNIQUE constraint failed: account.id", Self::AlreadyApplied),
            ("UNIQUE constraint failed: mail_outbox.id", Self::AlreadyApplied),
            ("UNIQUE constraint failed: verification.id", Self::AlreadyApplied),
            ("ledger:insufficient_credits", Self::InsufficientCredits),
            ("ledger:hold_not_open", Self::HoldNotOpen),
            ("ledger:hold_not_settled", Self::HoldNotSettled),
            ("ledger:day_limit", Self::DayLimit),
            ("ledger:key_limit", Self::KeyLimit),
            ("ledger:no_such_hold", Self::NoOwner),
            ("FOREIGN KEY constraint failed", Self::NotAllowed),
            ("generation:closed", Self::GenerationClosed),
            ("generation:other_run", Self::OtherRun),
            ("integer overflow", Self::NothingToDo),
        ];
        let known = table.into_iter().find(|(words, _)| message.contains(words)).map(|(_, error)| error);
        known.unwrap_or_else(|| Self::Other(message.to_owned()))
    }
}

impl Outcome {
    /// From the results and errors of the steps.
    #[must_use]
    pub fn new(results: Vec<Option<Rows>>, errors: Vec<Option<StepError>>) -> Self {
        Self { results, errors, repeated: false }
    }
    /// Marks the outcome of a batch that was sent twice.
    pub(super) fn repeat(mut self) -> Self {
        self.repeated = true;
        self
    }
    /// True if the batch may have been applied before by a try whose answer was lost: what it was to remove may be gone by it.
    #[must_use]
    pub fn may_have_been_applied(&self) -> bool {
        self.repeated
    }
    /// The rows of a step; an error if it failed or did not run.
    pub fn rows(&self, step: usize) -> Result<&Rows, DbError> {
        self.results.get(step).and_then(Option::as_ref).ok_or(DbError::Shape("a step without rows"))
    }
    /// True if the write was committed.
    #[must_use]
    pub fn committed(&self, batch: &Batch) -> bool {
        batch.commit().is_some_and(|commit| self.rows(commit).is_ok())
    }
    /// The first error but a guard's, which is no failure.
    #[must_use]
    pub fn error(&self) -> Option<StepError> {
        self.errors.iter().flatten().find(|error| **error != StepError::NothingToDo).cloned()
    }
    /// The number of the first step that failed.
    #[must_use]
    pub fn failed_step(&self) -> Option<usize> {
        self.errors.iter().position(|error| error.as_ref().is_some_and(|error| *error != StepError::NothingToDo))
    }
    /// True if a step did not get the writer's lock.
    #[must_use]
    pub fn was_busy(&self) -> bool {
        self.errors.iter().flatten().any(|error| *error == StepError::Busy)
    }
}

/// The rows of one step.
#[derive(Debug, Clone)]
pub struct Rows {
    columns: Vec<String>,
    values: Vec<Vec<Value>>,
    changed: u64,
}

impl Rows {
    /// From column names, rows, and the number of rows changed.
    #[must_use]
    pub fn new(columns: Vec<String>, rows: Vec<Vec<Value>>, changed: u64) -> Self {
        Self { columns, values: rows, changed }
    }
    /// The rows.
    pub fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        self.values.iter().map(|values| Row { columns: &self.columns, values })
    }
    /// The first row.
    #[must_use]
    pub fn first(&self) -> Option<Row<'_>> {
        self.iter().next()
    }
    /// How many rows the statement changed.
    #[must_use]
    pub fn changed(&self) -> u64 {
        self.changed
    }
}

/// One row, by column name.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    columns: &'a [String],
    values: &'a [Value],
}

impl<'a> Row<'a> {
    fn value(&self, column: &str) -> Result<&'a Value, DbError> {
        let index = self.columns.iter().position(|name| name == column);
        index.and_then(|index| self.values.get(index)).ok_or(DbError::Shape("a column is missing"))
    }
    /// A text.
    pub fn text(&self, column: &str) -> Result<&'a str, DbError> {
        self.text_or_null(column)?.ok_or(DbError::Shape("a text is missing"))
    }
    /// What was written as JSON.
    pub fn json<T: serde::de::DeserializeOwned>(&self, column: &str) -> Result<T, DbError> {
        serde_json::from_str(self.text(column)?).map_err(|_| DbError::Shape("not the JSON that we wrote"))
    }
    /// A text or nothing.
    pub fn text_or_null(&self, column: &str) -> Result<Option<&'a str>, DbError> {
        match self.value(column)? {
            Value::Text { value } => Ok(Some(value)),
            Value::Null => Ok(None),
            Value::Integer { .. } | Value::Float { .. } | Value::Blob { .. } => Err(DbError::Shape("not a text")),
        }
    }
    /// A whole number.
    pub fn integer(&self, column: &str) -> Result<i64, DbError> {
        self.integer_or_null(column)?.ok_or(DbError::Shape("a number is missing"))
    }
    /// A whole number or nothing.
    pub fn integer_or_null(&self, column: &str) -> Result<Option<i64>, DbError> {
        match self.value(column)? {
            Value::Integer { value } => Ok(Some(*value)),
            Value::Null => Ok(None),
            Value::Text { .. } | Value::Float { .. } | Value::Blob { .. } => Err(DbError::Shape("not a whole number")),
        }
    }
}
