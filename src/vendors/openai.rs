//! The images API of `OpenAI`, and of servers that speak like it, one's own included: the answer to an order is the result.
//! Source: the types of npm's `openai` 7.57.0.

use super::hosts::{Access, Created, File, Host, Job, Progress, is_refusal};
use crate::{
    domain::generation::{Failure, FailureCode},
    lanes::{Call, Lane as _, ModelInput, OpenAi as Lane, Outbound},
    outbound_body,
    platform::Inbound,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use std::borrow::Cow;

/// This host.
pub const HOST: OpenAi = OpenAi;

/// See [`HOST`].
#[derive(Debug, Clone, Copy)]
pub struct OpenAi;

/// Files come with the answer, or are at the server itself.
const ACCESS: Access =
    Access { key: "OPENAI_API_KEY", scheme: "Bearer", bases: &[("OPENAI_API_URL", "https://api.openai.com/v1")], secrets: None, deliveries: &[] };

outbound_body! { Lane =>
    /// A request for pictures.
    struct Create {
        model: &'static str,
        #[serde(flatten)]
        input: ModelInput<Lane>,
    }
}

/// Borrowed from the answer: it holds whole pictures.
#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    data: Vec<Image<'a>>,
}

#[derive(Deserialize)]
struct Image<'a> {
    #[serde(borrow)]
    b64_json: Option<Cow<'a, str>>,
    url: Option<String>,
}

#[derive(Default, Deserialize)]
struct Problem {
    error: Trouble,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Trouble {
    message: Option<String>,
    code: Option<String>,
}

impl Image<'_> {
    fn file(self) -> Option<File> {
        match (self.b64_json, self.url) {
            (Some(bytes), _) => STANDARD.decode(bytes.as_bytes()).ok().map(File::Here),
            (None, url) => url.map(File::At),
        }
    }
}

impl Host for OpenAi {
    fn name(&self) -> &'static str {
        Lane::NAME
    }

    fn access(&self) -> &'static Access {
        &ACCESS
    }

    fn answers_at_once(&self) -> bool {
        true
    }

    fn create(&self, job: Job) -> Option<Call> {
        let body = Create { model: job.target.model, input: ModelInput::new(job.told()?) };
        Some(Outbound::<Lane>::post("/images/generations".to_owned(), &body).patient().into())
    }

    /// 400 says many things: what it means stands in the code.
    fn created(&self, answer: &Inbound) -> Created {
        if (200..300).contains(&answer.status) {
            let images = serde_json::from_slice::<Answer<'_>>(&answer.body).map(|answer| answer.data).unwrap_or_default();
            return Created::Ended(Progress::with_files(images.into_iter().filter_map(Image::file).collect::<Vec<_>>()));
        }
        let Trouble { message, code } = serde_json::from_slice::<Problem>(&answer.body).unwrap_or_default().error;
        let words = message.unwrap_or_else(|| format!("the host answered {}", answer.status));
        match code.as_deref() {
            Some("moderation_blocked" | "content_policy_violation") => {
                Created::Ended(Progress::Ended(Failure::new(FailureCode::ContentRefused, &words)))
            }
            Some("billing_hard_limit_reached" | "insufficient_quota") => Created::Refused { reason: words, elsewhere: true, busy: false },
            _ if answer.status == 400 && is_refusal(&words) => Created::Ended(Progress::Ended(Failure::new(FailureCode::ContentRefused, &words))),
            _ => Created::failed(answer.status, Some(words)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn judged(status: u16, body: &Value) -> Created {
        HOST.created(&Inbound { status, body: body.to_string().into_bytes(), cache_control: None })
    }
    fn trouble(status: u16, code: &str) -> Created {
        judged(status, &json!({"error": {"message": "No.", "type": "x", "param": null, "code": code}}))
    }

    #[test]
    fn the_answer_is_the_result() {
        let files = |body: Value| match judged(200, &body) {
            Created::Ended(progress) => progress,
            other => panic!("{other:?}"),
        };
        let both = files(json!({"created": 1, "data": [{"b64_json": "AAEC"}, {"url": "https://x.test/y.png", "revised_prompt": "z"}]}));
        assert_eq!(both, Progress::Succeeded(vec![File::Here(vec![0, 1, 2]), File::At("https://x.test/y.png".to_owned())]));
        let one = files(json!({"data": [{"b64_json": "?"}, {"b64_json": "AAEC"}]}));
        assert_eq!(one, Progress::Succeeded(vec![File::Here(vec![0, 1, 2])]), "one that cannot be read takes none with it");
        for useless in [json!({"data": []}), json!({"data": [{}]}), json!({"data": [{"b64_json": "?"}]}), json!({}), json!("x")] {
            let Progress::Ended(failure) = files(useless) else { panic!("nothing came") };
            assert_eq!(failure.code, FailureCode::OutputUnusable);
        }
    }

    #[test]
    fn refusals_are_told_apart_by_their_code() {
        let Created::Ended(Progress::Ended(failure)) = trouble(400, "moderation_blocked") else { panic!("a filter's refusal") };
        assert_eq!(failure.code, FailureCode::ContentRefused);
        for (status, code, elsewhere) in [
            (400, "billing_hard_limit_reached", true),
            (401, "invalid_api_key", true),
            (429, "rate_limit_exceeded", true),
            (400, "invalid_value", false),
        ] {
            assert_eq!(
                trouble(status, code),
                Created::Refused { reason: "No.".to_owned(), elsewhere, busy: status == 429 && elsewhere && code == "rate_limit_exceeded" },
                "{code}"
            );
        }
        assert_eq!(trouble(500, "server_error"), Created::Unknown);
        assert_eq!(HOST.created(&Inbound { status: 503, body: b"<html>".to_vec(), cache_control: None }), Created::Unknown);
    }
}
