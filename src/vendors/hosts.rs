//! What a model host has to be able to do. Each is one file beside this one; `lanes.rs` lists them, and the catalogue says who has which model.

use crate::{
    domain::{
        catalogue::{self, Parameters, Target, Written},
        generation::{Failure, FailureCode},
        time::Timestamp,
    },
    lanes::{Call, CallbackUrl, HOSTS, Pictures, Prompt, SourceUrl, Told},
    platform::Inbound,
};

/// A model host. Pure: it writes requests and reads answers.
pub trait Host: Sync {
    /// Its name in rows, callback addresses, the catalogue and `lanes.rs`.
    fn name(&self) -> &'static str;
    /// How the operator configures it.
    fn access(&self) -> &'static Access;
    /// True if the answer to an order is the end of the run: such a host is asked from the queue, where there is time to wait.
    fn answers_at_once(&self) -> bool {
        false
    }
    /// Orders a run. This is sent once and never again: a second one could be a second, billed run. None if the host has no way to say what is asked for.
    fn create(&self, job: Job) -> Option<Call>;
    /// Judges the answer to the order.
    fn created(&self, answer: &Inbound) -> Created;
    /// Asks about a run; none if the host has nothing to be asked about.
    fn ask(&self, _target: &Target, _run: &RunId) -> Option<Call> {
        None
    }
    /// Reads the answer to such a question.
    fn heard(&self, _target: &Target, _run: &RunId, _answer: &Inbound) -> Heard {
        Heard::Nothing
    }
    /// Stops a run; none if the host cannot.
    fn cancel(&self, _target: &Target, _run: &RunId) -> Option<Call> {
        None
    }
    /// Reads the answer to that.
    fn stopped(&self, _run: &RunId, _answer: &Inbound) -> Stopped {
        Stopped::Perhaps
    }
    /// Reads a message to a callback address.
    fn message(&self, _body: &[u8]) -> Option<Report> {
        None
    }
    /// How such messages are signed.
    fn signature(&self) -> Signature {
        Signature::NoMessages
    }
    /// Asks for the runs that were ordered since a moment; none if the host keeps no list of them.
    fn list(&self, _since: Timestamp) -> Option<Call> {
        None
    }
    /// Reads a page of that list. `base` is the host's base address.
    fn listed(&self, _base: &str, _body: &[u8]) -> Option<Page> {
        None
    }
}

/// How a host is configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// The variable with the operator's key. Without it the host is not there.
    pub key: &'static str,
    /// What stands before the key in `Authorization`.
    pub scheme: &'static str,
    /// Variables of base addresses, and what is meant if they are not set: the vendor's own.
    pub bases: &'static [(&'static str, &'static str)],
    /// The variable with the secrets that its messages are signed with, if there are such.
    pub secrets: Option<&'static str>,
    /// Where its files are: these hosts and those below them.
    pub deliveries: &'static [&'static str],
}

/// The host of that name.
#[must_use]
pub fn host(name: &str) -> Option<&'static dyn Host> {
    HOSTS.iter().find(|host| host.name() == name).copied()
}

/// A host, and what a model of the catalogue is there; none if the catalogue knows the model or its host no more.
#[must_use]
pub fn place(model: &str, host: &str) -> Option<(&'static dyn Host, &'static Target)> {
    let target = catalogue::model(model)?.targets.iter().find(|target| target.host == host)?;
    Some((self::host(target.host)?, target))
}

/// The names of the hosts that answer with the result itself.
#[must_use]
pub fn at_once() -> Vec<&'static str> {
    HOSTS.iter().filter(|host| host.answers_at_once()).map(|host| host.name()).collect()
}

/// What a run is ordered with.
#[derive(Debug, Clone)]
pub struct Job {
    /// The model as this host has it.
    pub target: &'static Target,
    /// The prompt.
    pub prompt: Prompt,
    /// The inputs.
    pub parameters: Parameters,
    /// The pictures that it starts from, by our names of the inputs.
    pub sources: Vec<(String, SourceUrl)>,
    /// Where messages about it go.
    pub callback: CallbackUrl,
}

impl Job {
    /// What the model is told; none if the host has no way to say it.
    #[must_use]
    pub fn told(&self) -> Option<Told> {
        let values = self.parameters.at(self.target)?;
        let mut pictures = Vec::new();
        for wanted in self.target.inputs {
            let ours: Vec<_> = self.sources.iter().filter(|(input, _)| *input == wanted.ours).map(|(_, url)| url.clone()).collect();
            let Some(first) = ours.first() else { continue };
            let list = wanted.written == Written::List;
            pictures.push((wanted.theirs, if list { Pictures::List(ours) } else { Pictures::One(first.clone()) }));
        }
        Some(Told { prompt: Some(self.prompt.clone()).filter(|prompt| !prompt.is_blank()), values, pictures })
    }
}

/// What the answer to an order means for the held credits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// It runs, or is over already: under this name, if the answer tells and no message of the host would.
    Accepted(Option<RunId>),
    /// It has run, and this came of it.
    Ended(Progress),
    /// It surely did not start.
    Refused {
        /// The host's reason.
        reason: String,
        /// True if that says nothing of what was asked for, so that another host may be asked.
        elsewhere: bool,
        /// True if the host has too much to do just now.
        busy: bool,
    },
    /// It may have started: keep holding; the reconciler decides.
    Unknown,
}

impl Created {
    /// What a status says that is no success. 4xx is a refusal; 5xx may come from a proxy after the start, and so may its time limit, 408.
    #[must_use]
    pub fn failed(status: u16, reason: Option<String>) -> Self {
        match status {
            400..=407 | 409..=499 => Self::Refused {
                reason: reason.unwrap_or_else(|| format!("the host answered {status}")),
                // Our key, our balance, our rate, their model: nothing that is wrong with the order.
                elsewhere: matches!(status, 401..=404 | 429),
                busy: status == 429,
            },
            _ => Self::Unknown,
        }
    }
}

/// A host's name of a run. Checked before it becomes part of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunId(String);

impl RunId {
    /// Reads a name: letters, digits, `-` and `_`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = (8..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        plain.then(|| Self(text.to_owned()))
    }
    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A file that a run has made.
#[derive(Clone, PartialEq, Eq)]
pub enum File {
    /// It can be fetched from this address.
    At(String),
    /// It came with the answer.
    Here(Vec<u8>),
}

impl From<String> for File {
    fn from(address: String) -> Self {
        Self::At(address)
    }
}

impl From<&str> for File {
    fn from(address: &str) -> Self {
        Self::At(address.to_owned())
    }
}

impl core::fmt::Debug for File {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::At(address) => write!(f, "at {address}"),
            Self::Here(bytes) => write!(f, "{} bytes", bytes.len()),
        }
    }
}

/// Where a run stands, in our terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Waiting for a machine, or in a state that we do not know.
    Starting,
    /// Being worked on.
    Running,
    /// Done: the files.
    Succeeded(Vec<File>),
    /// Ended without outputs.
    Ended(Failure),
}

impl Progress {
    /// Done with these files, unless there are none.
    #[must_use]
    pub fn with_files<F: Into<File>>(files: Vec<F>) -> Self {
        if files.is_empty() {
            return Self::Ended(Failure::new(FailureCode::OutputUnusable, "the host reported success without any file"));
        }
        Self::Succeeded(files.into_iter().map(Into::into).collect())
    }
    /// True if it has not ended.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Starting | Self::Running)
    }
}

/// What a host says of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The host's name of it.
    pub run: RunId,
    /// The model's version that ran.
    pub version: Option<String>,
    /// Where it stands.
    pub progress: Progress,
    /// Compute time in milliseconds.
    pub compute_ms: Option<i64>,
    /// The seed that was used, if it says so.
    pub seed: Option<i64>,
    /// The callback address it was ordered with, if it says so.
    pub callback: Option<String>,
}

/// What came of a question.
#[derive(Debug)]
pub enum Heard {
    /// The host says this.
    Says(Box<Report>),
    /// One more question answers it.
    Ask(Call),
    /// The host has never heard of it, or has forgotten it.
    Unheard,
    /// The host says nothing that can be understood.
    Nothing,
}

/// What came of the wish to stop a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Stopped {
    /// The host says this of it now.
    Says(Box<Report>),
    /// It has left the queue: nobody will speak of it again.
    Gone,
    /// The host has been told, or nobody knows: it will say what became of it when it is asked.
    Perhaps,
}

/// A page of a host's list.
#[derive(Debug)]
pub struct Page {
    /// The runs that could be read.
    pub reports: Vec<Report>,
    /// True if none was left out.
    pub all_read: bool,
    /// The next page: none at the end; `Some(None)` if it is nowhere that may be asked.
    pub next: Option<Option<Call>>,
}

/// How a host's messages are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// Standard Webhooks: HMAC with a secret that we share.
    StandardWebhooks,
    /// fal's: Ed25519 with one of the host's published keys.
    Fal,
    /// It sends none.
    NoMessages,
}

/// Seconds as a host counts them, in milliseconds; nothing that is no time.
#[must_use]
pub fn milliseconds(seconds: Option<f64>) -> Option<i64> {
    let seconds = seconds.filter(|seconds| (0.0..1e7).contains(seconds))?;
    #[expect(clippy::cast_possible_truncation, reason = "in range by the filter before")]
    Some((seconds * 1000.0) as i64)
}

/// Words that models use when a filter has refused. There is no code for it in Replicate's contract.
#[must_use]
pub fn is_refusal(error: &str) -> bool {
    let error = error.to_ascii_lowercase();
    ["nsfw", "flagged as sensitive", "safety", "content policy", "content_policy", "moderation", "(e005)"].iter().any(|word| error.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalogue::{Accepts, MODELS};

    #[test]
    fn only_a_clear_refusal_releases() {
        let refused = |status| match Created::failed(status, None) {
            Created::Refused { elsewhere, .. } => Some(elsewhere),
            Created::Accepted(_) | Created::Ended(_) | Created::Unknown => None,
        };
        for status in [400, 405, 409, 413, 422] {
            assert_eq!(refused(status), Some(false), "{status}");
        }
        for status in [401, 402, 403, 404, 429] {
            assert_eq!(refused(status), Some(true), "{status}");
        }
        for status in [302, 408, 500, 502, 503, 504] {
            assert_eq!(refused(status), None, "{status}");
        }
    }

    #[test]
    fn names_of_runs_are_safe_in_paths() {
        for good in ["gm3qorzdhgbfurvjtvhg6dckhu", "764cabcf-b745-4b3e-ae38-1200304cf45b"] {
            assert_eq!(RunId::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "short", "../../../etc", "a/b/c/d/e/f", "aaaaaaaa?b", "aaaaaaaa%2f", &"a".repeat(65)] {
            assert_eq!(RunId::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn every_target_is_served() {
        for model in MODELS {
            assert!(!model.targets.is_empty(), "{} runs nowhere", model.id);
            let slots = model.inputs.iter().filter(|input| matches!(input.accepts, Accepts::Images { .. }));
            let given: serde_json::Map<_, _> = slots.map(|input| (input.name.to_owned(), "01kdvdxcq0rpgjaqdgyhh9t5rg/0".into())).collect();
            let parameters = model.accept(&given, || 7).unwrap();
            let sources: Vec<_> = given.keys().map(|input| (input.clone(), SourceUrl::new(format!("https://studio.test/{input}")))).collect();
            for target in model.targets {
                assert!(host(target.host).is_some(), "{} is at {}, which is no host", model.id, target.host);
                let prompt = Prompt::new(if model.prompt.required { "a fox" } else { "" });
                let callback = CallbackUrl::new("https://studio.test/x");
                let job = Job { target, prompt, parameters: parameters.clone(), sources: sources.clone(), callback };
                let body = host(target.host).unwrap().create(job).unwrap_or_else(|| panic!("{} cannot be ordered at {}", model.id, target.host)).body;
                let body = String::from_utf8(body.unwrap()).unwrap();
                for input in given.keys() {
                    assert!(body.contains(&format!("https://studio.test/{input}\"")), "{body}");
                }
                assert_eq!(body.contains("a fox"), model.prompt.required, "{body}");
            }
        }
    }
}
