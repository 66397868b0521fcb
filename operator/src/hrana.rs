//! The little of Hrana over HTTP that migrations need: `POST {url}/v2/pipeline`, one stream per call.
//! Source: libsql's `docs/HRANA_3_SPEC.md`, "Hrana over HTTP".

use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;

use crate::error::Error;

/// A schema change on a large table may rewrite it; a hung connection should still end some day.
const ANSWER_WITHIN: Duration = Duration::from_mins(5);
/// A server that has not taken the connection by now is not there.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

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
        let results = self.pipeline(&[json!({"type": "execute", "stmt": {"sql": sql}})])?;
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

    fn pipeline(&self, requests: &[Value]) -> Result<Vec<Value>, Error> {
        let mut requests = requests.to_vec();
        requests.push(json!({"type": "close"}));
        let body = json!({"baton": null, "requests": requests}).to_string();
        let mut request = self.agent.post(format!("{}/v2/pipeline", self.url)).content_type("application/json");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let unreachable = |error: ureq::Error| Error::Unreachable { url: self.url.clone(), reason: error.to_string() };
        let mut response = request.send(body).map_err(unreachable)?;
        let status = response.status().as_u16();
        match status {
            200 => {}
            401 | 403 => {
                return Err(Error::Refused { url: self.url.clone(), status });
            }
            _ => return Err(self.odd(&format!("it answered {status}"))),
        }
        let text = response.body_mut().read_to_string().map_err(unreachable)?;
        let mut answer: Value = serde_json::from_str(&text).map_err(|_| self.odd("its answer is not JSON"))?;
        match answer.get_mut("results").map(Value::take) {
            Some(Value::Array(results)) => Ok(results),
            _ => Err(self.odd("an answer without results")),
        }
    }

    fn odd(&self, answer: &str) -> Error {
        Error::NotADatabase { url: self.url.clone(), answer: answer.to_owned() }
    }
}

/// The answer of one request in a pipeline, or the database's message.
fn outcome(result: Option<&Value>) -> Result<&Value, String> {
    let result = result.ok_or("the answer is incomplete")?;
    if let Some(response) = result.get("response") {
        return Ok(response);
    }
    let message = result.pointer("/error/message").and_then(Value::as_str);
    Err(message.unwrap_or("no reason given").trim_start_matches("SQLite error: ").to_owned())
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
