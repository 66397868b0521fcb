//! A generation's life: queued → starting → running → saving → succeeded | failed | canceled | expired. It never leaves an end.

use super::{ids::sortable_id, time};
use serde::Serialize;

sortable_id! {
    /// The id of a generation, chosen by us before anything is sent.
    GenerationId
}

/// Where a generation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub enum Status {
    /// Credits are held; its turn has not come, or the host has said nothing yet.
    Queued,
    /// The host has it and waits for a machine.
    Starting,
    /// The host works on it.
    Running,
    /// The host is done; what came out is being copied.
    Saving,
    /// The outputs are kept and the hold is settled.
    Succeeded,
    /// It failed; nothing is charged.
    Failed,
    /// It was stopped at the host; nothing is charged.
    Canceled,
    /// It never came to an end in time; nothing is charged.
    Expired,
}

impl Status {
    /// The name in rows and replies.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Saving => "saving",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Expired => "expired",
        }
    }
    /// From its name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Queued, Self::Starting, Self::Running, Self::Saving, Self::Succeeded, Self::Failed, Self::Canceled, Self::Expired]
            .into_iter()
            .find(|status| status.name() == name)
    }
}

/// Why a generation ended without outputs. The page has words for each, in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub enum FailureCode {
    /// The host's filter refused what was asked or what came out.
    ContentRefused,
    /// The model failed.
    HostFailed,
    /// The host did not take the request.
    HostRefused,
    /// What came back is nothing that may be kept.
    OutputUnusable,
    /// The host deleted the output before it could be copied.
    OutputLost,
    /// No end within the time limit.
    TimedOut,
    /// Stopped at the host.
    Canceled,
}

impl FailureCode {
    /// The name in rows and replies.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ContentRefused => "content_refused",
            Self::HostFailed => "host_failed",
            Self::HostRefused => "host_refused",
            Self::OutputUnusable => "output_unusable",
            Self::OutputLost => "output_lost",
            Self::TimedOut => "timed_out",
            Self::Canceled => "canceled",
        }
    }
    /// From its name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Self::ContentRefused, Self::HostFailed, Self::HostRefused, Self::OutputUnusable, Self::OutputLost, Self::TimedOut, Self::Canceled];
        all.into_iter().find(|code| code.name() == name)
    }
    /// What can be done about it.
    #[must_use]
    pub const fn advice(self) -> Advice {
        match self {
            Self::ContentRefused => Advice::ChangeRequest,
            Self::HostFailed | Self::OutputUnusable | Self::OutputLost | Self::TimedOut => Advice::TryAgain,
            Self::HostRefused => Advice::OtherModel,
            Self::Canceled => Advice::Nothing,
        }
    }
    /// The state it leads to.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::ContentRefused | Self::HostFailed | Self::HostRefused | Self::OutputUnusable => Status::Failed,
            Self::Canceled => Status::Canceled,
            Self::OutputLost | Self::TimedOut => Status::Expired,
        }
    }
}

/// What can be done about a generation that ended without outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub enum Advice {
    /// The same again will be refused again: change what is asked for.
    ChangeRequest,
    /// The same again may succeed.
    TryAgain,
    /// Another model, or the same later.
    OtherModel,
    /// It was wished.
    Nothing,
}

/// An end without outputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its kind.
    pub code: FailureCode,
    /// The host's words, shortened, or ours.
    pub detail: String,
    /// How many outputs the host has made all the same.
    pub outputs: usize,
}

impl Failure {
    /// A failure with words of at most 300 characters: host errors can hold whole stack traces.
    #[must_use]
    pub fn new(code: FailureCode, detail: &str) -> Self {
        Self { code, detail: detail.chars().filter(|c| !c.is_control()).take(300).collect(), outputs: 0 }
    }
    /// Its owner had it stopped before any host ran it.
    #[must_use]
    pub fn stopped() -> Self {
        Self::new(FailureCode::Canceled, "stopped before it began")
    }
    /// The same, of a run that made so many outputs.
    #[must_use]
    pub fn after(self, outputs: usize) -> Self {
        Self { outputs, ..self }
    }
}

/// A generation the host has surely never heard of is given up after this time: a create request that was lost on the way
/// arrives within minutes or not at all.
pub const UNSEEN_MS: i64 = 5 * time::MINUTE_MS;
/// A generation of which nobody knows whether a host without a list has it is given up after this time: its only message has not come.
pub const UNLISTED_MS: i64 = 35 * time::MINUTE_MS;
/// A generation whose host answers with the result itself is given up after this time: longer than that host is waited for, from a queue that may be behind.
pub const AT_ONCE_MS: i64 = 20 * time::MINUTE_MS;
/// After this time it is given up whatever the host says: the outputs, kept for an hour, are gone.
pub const LIFE_MS_MAX: i64 = 90 * time::MINUTE_MS;
/// A generation that waits for its turn is given up after this time.
pub const WAIT_MS_MAX: i64 = time::HOUR_MS;
/// The hold outlives the generation, so that a late settlement still finds it.
pub const HOLD_MS: i64 = WAIT_MS_MAX + LIFE_MS_MAX + time::HOUR_MS;
/// When the reconciler first looks at a generation: webhooks come sooner.
pub const FIRST_CHECK_MS: i64 = 30 * time::SECOND_MS;
/// How long the reconciler waits before it looks again.
pub const NEXT_CHECK_MS: i64 = time::MINUTE_MS;

/// Where an output of a generation is kept.
#[must_use]
pub fn media_key(generation: &GenerationId, n: usize) -> String {
    format!("{generation}/{n}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for name in ["queued", "starting", "running", "saving", "succeeded", "failed", "canceled", "expired"] {
            assert_eq!(Status::from_name(name).unwrap().name(), name);
        }
        assert_eq!(Status::from_name("paused"), None);
    }

    #[test]
    fn details_are_short_and_plain() {
        let failure = Failure::new(FailureCode::HostFailed, &"a\n\u{7}b".repeat(400));
        assert_eq!(failure.detail.chars().count(), 300);
        assert!(!failure.detail.contains('\n'));
    }
}
