//! The little of Hrana over HTTP that the tool needs: `POST {url}/v2/pipeline`, one stream per call; batches of the program go as it sends them itself.
//! Source: libsql's `docs/HRANA_3_SPEC.md`, "Hrana over HTTP".

use std::time::Duration;

use atelier::store::{Batch, Outcome};
use atelier::vendors::hrana as vendors;
use serde_json::{Value, json};
use ureq::Agent;

use crate::error::Error;

/// A schema change on a large table may rewrite it; a hung connection should still end some day.
const ANSWER_WITHIN: Duration = Duration::from_mins(5);
/// A server that has not taken the connection by now is not there.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// No answer that is meant is longer.
const ANSWER_BYTES_MAX: u64 = 64 << 20;

/// A libSQL database: `sqld` or Turso.
pub struct Database {
    agent: Agent,
    url: String,
    token: Option<String>,
}

impl Database {
    /// A database at `url` (`libsql://`, `https://` or `http://`), with a token unless it is open.
    ///
    /// # Errors
    /// [`Error::Address`] for any other kind of address.
    pub fn new(url: &str, token: Option<String>) -> Result<Self, Error> {
        let url = http_address(url)?;
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0) // a redirect would carry the token elsewhere
            .timeout_connect(Some(CONNECT_WITHIN))
            .timeout_global(Some(ANSWER_WITHIN))
            .build()
            .into();
        Ok(Self { agent, url, token: token.filter(|token| !token.is_empty()) })
    }

    /// Runs one statement and returns its rows, each a list of Hrana values.
    ///
    /// # Errors
    /// [`Error::Database`] with `SQLite`'s message, or why it could not be asked.
    pub fn rows(&self, sql: &str) -> Result<Vec<Value>, Error> {
        let results = self.pipeline(&[execute(sql, &[])])?;
        let response = outcome(results.first()).map_err(Error::Database)?;
        let rows = response.pointer("/result/rows").and_then(Value::as_array);
        rows.cloned().ok_or_else(|| self.odd("an answer without rows"))
    }

    /// Runs a script that opens and commits its own transaction, and rolls back what a failed one has left open.
    /// The inner result is the script's: `SQLite`'s message if it failed.
    ///
    /// # Errors
    /// Why the database could not be asked. The script may then have run.
    pub fn transaction(&self, script: &str) -> Result<Result<(), String>, Error> {
        // The requests of a pipeline run one after the other even if one fails. After a success the ROLLBACK finds no
        // transaction; its complaint is of no interest.
        let results = self.pipeline(&[json!({"type": "sequence", "sql": script}), json!({"type": "execute", "stmt": {"sql": "ROLLBACK"}})])?;
        Ok(outcome(results.first()).map(|_| ()))
    }

    /// Runs queries that all see the database as it is at one moment, and returns their rows: each cell as text, empty for NULL.
    ///
    /// # Errors
    /// [`Error::Database`] with `SQLite`'s message if one was refused, or why it could not be asked.
    pub fn at_one_moment(&self, queries: &[String]) -> Result<Vec<Vec<Vec<String>>>, Error> {
        let mut requests = vec![execute("BEGIN", &[])];
        requests.extend(queries.iter().map(|sql| execute(sql, &[])));
        requests.push(execute("ROLLBACK", &[]));
        let results = self.pipeline(&requests)?;
        outcome(results.first()).map_err(Error::Database)?;
        results.iter().skip(1).take(queries.len()).map(|result| self.cells(Some(result))).collect()
    }

    /// Runs a query and a statement in one transaction, and returns the query's rows: what there was before.
    ///
    /// # Errors
    /// [`Error::Database`] with `SQLite`'s message, after which nothing has changed, or why it could not be asked.
    pub fn write(&self, query: &str, statement: &str) -> Result<Vec<Vec<String>>, Error> {
        // Each step runs if the one before it succeeded. A stream that ends with its transaction open is rolled back.
        let step = |(n, sql): (usize, &str)| match n.checked_sub(1) {
            None => json!({"stmt": {"sql": sql}}),
            Some(before) => json!({"stmt": {"sql": sql}, "condition": {"type": "ok", "step": before}}),
        };
        let steps: Vec<Value> = ["BEGIN IMMEDIATE", query, statement, "COMMIT"].into_iter().enumerate().map(step).collect();
        let results = self.pipeline(&[json!({"type": "batch", "batch": {"steps": steps}})])?;
        let response = outcome(results.first()).map_err(Error::Database)?;
        let errors = response.pointer("/result/step_errors").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        if let Some(message) = errors.iter().find_map(|error| error.get("message")).and_then(Value::as_str) {
            return Err(Error::Database(plain(message)));
        }
        let rows = response.pointer("/result/step_results/1/rows").and_then(Value::as_array);
        Ok(cells(rows.ok_or_else(|| self.odd("an answer without rows"))?))
    }

    /// Runs a query with arguments by name, and returns its rows: each cell as text, empty for NULL.
    ///
    /// # Errors
    /// [`Error::Database`] with `SQLite`'s message, or why it could not be asked.
    pub fn ask(&self, sql: &str, args: &[(&str, Value)]) -> Result<Vec<Vec<String>>, Error> {
        self.cells(self.pipeline(&[execute(sql, args)])?.first())
    }

    /// Sends a batch of the program's own.
    ///
    /// # Errors
    /// Why it has no outcome.
    pub fn batch(&self, batch: &Batch) -> Result<Outcome, Error> {
        let (status, body) = self.post(vendors::PATH, vendors::encode(batch))?;
        vendors::decode(status, &body).map_err(|error| self.odd(&error.to_string()))
    }

    fn cells(&self, result: Option<&Value>) -> Result<Vec<Vec<String>>, Error> {
        let response = outcome(result).map_err(Error::Database)?;
        let rows = response.pointer("/result/rows").and_then(Value::as_array).ok_or_else(|| self.odd("an answer without rows"))?;
        Ok(cells(rows))
    }

    fn pipeline(&self, requests: &[Value]) -> Result<Vec<Value>, Error> {
        let mut requests = requests.to_vec();
        requests.push(json!({"type": "close"}));
        let body = json!({"baton": null, "requests": requests}).to_string();
        let (status, answer) = self.post("/v2/pipeline", body.into_bytes())?;
        if status != 200 {
            return Err(self.odd(&format!("it answered {status}")));
        }
        let mut answer: Value = serde_json::from_slice(&answer).map_err(|_| self.odd("its answer is not JSON"))?;
        match answer.get_mut("results").map(Value::take) {
            Some(Value::Array(results)) => Ok(results),
            _ => Err(self.odd("an answer without results")),
        }
    }

    /// Status and body of the answer to one request.
    fn post(&self, path: &str, body: Vec<u8>) -> Result<(u16, Vec<u8>), Error> {
        let mut request = self.agent.post(format!("{}{path}", self.url)).content_type("application/json");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let unreachable = |error: ureq::Error| Error::Unreachable { url: self.url.clone(), reason: error.to_string() };
        let mut response = request.send(body).map_err(unreachable)?;
        let status = response.status().as_u16();
        if matches!(status, 401 | 403) {
            return Err(Error::Refused { url: self.url.clone(), status });
        }
        let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec().map_err(unreachable)?;
        Ok((status, body))
    }

    fn odd(&self, answer: &str) -> Error {
        Error::NotADatabase { url: self.url.clone(), answer: answer.to_owned() }
    }
}

/// A request for one statement, with its arguments by name.
fn execute(sql: &str, args: &[(&str, Value)]) -> Value {
    let args: Vec<Value> = args
        .iter()
        .map(|(name, value)| {
            let value = match value {
                Value::Number(number) => json!({"type": "integer", "value": number.to_string()}),
                Value::String(text) => json!({"type": "text", "value": text}),
                _ => json!({"type": "null"}),
            };
            json!({"name": name, "value": value})
        })
        .collect();
    json!({"type": "execute", "stmt": {"sql": sql, "named_args": args}})
}

/// Rows with each cell as text.
fn cells(rows: &[Value]) -> Vec<Vec<String>> {
    rows.iter().map(|row| row.as_array().into_iter().flatten().map(text).collect()).collect()
}

/// A cell as text; integers travel as text already.
fn text(cell: &Value) -> String {
    match cell.get("value") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// The answer of one request in a pipeline, or the database's message.
fn outcome(result: Option<&Value>) -> Result<&Value, String> {
    let result = result.ok_or("the answer is incomplete")?;
    if let Some(response) = result.get("response") {
        return Ok(response);
    }
    let message = result.pointer("/error/message").and_then(Value::as_str);
    Err(plain(message.unwrap_or("no reason given")))
}

/// The database's own words.
fn plain(message: &str) -> String {
    message.trim_start_matches("SQLite error: ").to_owned()
}

fn http_address(url: &str) -> Result<String, Error> {
    let address = match url.split_once("://") {
        Some(("libsql" | "https", rest)) if !rest.is_empty() => format!("https://{rest}"),
        Some(("http", rest)) if !rest.is_empty() => format!("http://{rest}"),
        _ => return Err(Error::Address(url.to_owned())),
    };
    Ok(address.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_libsql_address_is_spoken_to_over_https() {
        assert_eq!(http_address("libsql://db.example.test").as_deref(), Ok("https://db.example.test"));
        assert_eq!(http_address("http://127.0.0.1:8080/").as_deref(), Ok("http://127.0.0.1:8080"));
    }

    #[test]
    fn other_addresses_are_refused() {
        for url in ["", "db.example.test", "wss://db.example.test", "libsql://", "file:data.db"] {
            assert_eq!(http_address(url), Err(Error::Address(url.to_owned())));
        }
    }

    #[test]
    fn an_error_is_the_databases_own_words() {
        let failed = json!({"type": "error", "error": {"message": "SQLite error: no such table: nope"}});
        assert_eq!(outcome(Some(&failed)), Err("no such table: nope".to_owned()));
        assert_eq!(outcome(None), Err("the answer is incomplete".to_owned()));
    }
}
