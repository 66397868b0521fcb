//! The Hrana protocol over HTTP, version 3, as far as one batch needs it. The statement, value and error types are
//! `libsql-client`'s; its batch conditions are of an older version of the protocol, so the batch around them is ours.

use crate::{
    platform::DbError,
    store::{Batch, Outcome, Rows, StepError, When},
};
use libsql_client::proto::{Error as WireError, Stmt, StmtResult};
use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap as _};

/// Path below the database's address.
pub const PATH: &str = "/v3/pipeline";

#[derive(Serialize)]
struct Pipeline {
    baton: Option<()>,
    requests: [Request; 2],
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Request {
    Batch { batch: WireBatch },
    Close,
}

#[derive(Serialize)]
struct WireBatch {
    steps: Vec<WireStep>,
}

#[derive(Serialize)]
struct WireStep {
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<Condition>,
    stmt: Stmt,
}

struct Condition(When);

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(2))?;
        match &self.0 {
            When::Always => map.serialize_entry("type", "ok")?,
            When::Ok(step) => {
                map.serialize_entry("type", "ok")?;
                map.serialize_entry("step", step)?;
            }
            When::Began { begin, commit } => {
                map.serialize_entry("type", "and")?;
                map.serialize_entry(
                    "conds",
                    &[serde_json::json!({"type": "ok", "step": begin}), serde_json::json!({"type": "not", "cond": {"type": "ok", "step": commit}})],
                )?;
            }
        }
        map.end()
    }
}

/// Writes a batch as one request body.
///
/// # Panics
/// Never: the types are plain structs, which always serialise.
#[must_use]
pub fn encode(batch: &Batch) -> Vec<u8> {
    let steps = batch.steps().iter().map(|step| {
        let mut stmt = Stmt::new(step.sql.text, true);
        for (name, value) in &step.args {
            stmt.bind_named((*name).to_owned(), value.clone());
        }
        WireStep { condition: (step.when != When::Always).then_some(Condition(step.when)), stmt }
    });
    let batch = WireBatch { steps: steps.collect() };
    serde_json::to_vec(&Pipeline { baton: None, requests: [Request::Batch { batch }, Request::Close] }).expect("plain structs serialise")
}

#[derive(Deserialize)]
struct Answer {
    results: Vec<AnswerResult>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum AnswerResult {
    Ok { response: Response },
    Error { error: WireError },
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Response {
    Batch { result: BatchResult },
    Close {},
}

#[derive(Deserialize)]
struct BatchResult {
    step_results: Vec<Option<StmtResult>>,
    step_errors: Vec<Option<WireError>>,
}

/// Reads the answer to a batch. 429 and 4xx come before anything ran; 5xx may come after it.
pub fn decode(status: u16, body: &[u8]) -> Result<Outcome, DbError> {
    match status {
        200 => {}
        400..=499 => return Err(DbError::Refused),
        _ => return Err(DbError::Unknown),
    }
    let answer: Answer = serde_json::from_slice(body).map_err(|_| DbError::Unknown)?;
    match answer.results.into_iter().next() {
        Some(AnswerResult::Ok { response: Response::Batch { result } }) => {
            let rows = |result: StmtResult| {
                Rows::new(result.cols.into_iter().map(|col| col.name.unwrap_or_default()).collect(), result.rows, result.affected_row_count)
            };
            Ok(Outcome::new(
                result.step_results.into_iter().map(|step| step.map(rows)).collect(),
                result.step_errors.into_iter().map(|error| error.map(|error| StepError::read(&error.message))).collect(),
            ))
        }
        Some(AnswerResult::Ok { response: Response::Close {} }) | None => Err(DbError::Shape("no batch in the answer")),
        // An error of the whole request: the stream broke on the way.
        Some(AnswerResult::Error { error }) => {
            Err(if StepError::read(&error.message) == StepError::Busy { DbError::Refused } else { DbError::Unknown })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::upkeep;

    #[test]
    fn snapshot_of_a_write() {
        let batch = Batch::write(vec![upkeep::PROBE.step(&[("probe", 1_i64.into())])], vec![]);
        let text = String::from_utf8(encode(&batch)).unwrap();
        assert!(text.contains(r#""condition":{"type":"ok","step":0}"#), "{text}");
        assert!(text.contains(r#"{"type":"and","conds":[{"step":0,"type":"ok"},{"cond":{"step":2,"type":"ok"},"type":"not"}]}"#), "{text}");
        assert!(text.ends_with(r#"{"type":"close"}]}"#), "{text}");
    }

    #[test]
    fn answers() {
        let good = br#"{"baton":null,"base_url":null,"results":[{"type":"ok","response":{"type":"batch","result":{"step_results":[{"cols":[{"name":"a"}],"rows":[[{"type":"integer","value":"7"}]],"affected_row_count":0,"last_insert_rowid":null},null],"step_errors":[null,{"message":"SQLite error: UNIQUE constraint failed: user.email","code":"SQLITE_CONSTRAINT"}]}}},{"type":"ok","response":{"type":"close"}}]}"#;
        let outcome = decode(200, good).unwrap();
        assert_eq!(outcome.rows(0).unwrap().first().unwrap().integer("a"), Ok(7));
        assert_eq!(outcome.error(), Some(StepError::EmailTaken));
        assert_eq!(decode(400, b"baton has already been used").unwrap_err(), DbError::Refused);
        for (status, body) in [(502, &b"<html>"[..]), (200, b"{\"results\":[{\"type\":\"ok\",\"resp"), (200, b"")] {
            assert_eq!(decode(status, body).unwrap_err(), DbError::Unknown);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_answer_makes_it_panic(body in proptest::collection::vec(0_u8.., 0..300)) {
            let _ = decode(200, &body);
        }
    }
}
