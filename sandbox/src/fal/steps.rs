//! What happens to a request by itself: steps that are planned and taken when their time has come.

use serde_json::Value;

use super::{
    Fal, Fault,
    faults::explained,
    inputs,
    job::{Job, Line, Outcome, Status},
};
use crate::{
    time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS},
    words::Word,
};

/// No run is longer.
const RUN_MAX_MS: i64 = 30 * MINUTE_MS;
/// "About 30 days": how long request and response are kept.
const KEPT_MS: i64 = 30 * DAY_MS;
/// How long a result is there that is not to be stored.
const UNSTORED_MS: i64 = HOUR_MS;
/// How long "slow" runs.
const SLOW_MS: i64 = 15 * SECOND_MS;
/// How long "long queue" waits.
const LONG_QUEUE_MS: i64 = 30 * SECOND_MS;
/// How long "odd status" lasts.
const PAUSED_MS: i64 = 2 * SECOND_MS;
/// How long a model takes to look at its input.
const LOOK_MS: i64 = 40;
/// How long a runner takes to hear that it should stop.
const STOP_MS: i64 = 300;
/// Ten attempts that find no runner.
const ATTEMPTS_MS: i64 = 9 * SECOND_MS;

/// Something that will happen.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// A runner may take it.
    Ready,
    /// No runner will ever take it ("aborted"): the first attempt is over.
    NoRunner,
    /// All attempts are over.
    GiveUp,
    /// The caller's limit for the start passes.
    StartBy,
    /// What it wanted to fetch has not come.
    Unfetched,
    /// The model writes a line of progress, in percent.
    Progress(u8),
    /// It shows an unknown status, or no longer.
    Odd(bool),
    /// It ends, well or not.
    Finish,
    /// The runner obeys a cancellation.
    Stop,
    /// The run limit passes.
    Limit,
    /// Its input and output are removed.
    Forget,
}

impl Fal {
    pub(super) fn plan(&mut self, at_ms: i64, id: &str, step: Step) {
        self.counter += 1;
        let key = (at_ms, self.counter);
        self.steps.insert(key, (id.to_owned(), step));
        if let Some(job) = self.jobs.get_mut(id) {
            // What comes after the end must survive it.
            if !matches!(step, Step::Forget) {
                job.planned.push(key);
            }
        }
    }

    /// Plans what happens to a new request in the queue.
    pub(super) fn plan_life(&mut self, id: &str, start_ms: Option<i64>) {
        let Some((words, created_ms)) = self.jobs.get(id).map(|job| (job.words.clone(), job.created_ms)) else {
            return;
        };
        let queue_ms = if words.contains(&Word::LongQueue) { LONG_QUEUE_MS } else { self.roll(80, 320) };
        let queue_ms = if words.contains(&Word::Reorder) { 1 } else { self.hurried(queue_ms) };
        if let Some(start_ms) = start_ms {
            self.plan(created_ms + start_ms, id, Step::StartBy);
        }
        let step = if words.contains(&Word::Aborted) { Step::NoRunner } else { Step::Ready };
        self.plan(created_ms + queue_ms, id, step);
    }

    fn roll(&mut self, low: i64, high: i64) -> i64 {
        low + i64::try_from(self.dice.below(u64::try_from(high - low).unwrap_or(1))).unwrap_or(0)
    }

    /// A time of the vendor's pace at the asked one.
    pub(super) fn hurried(&self, ms: i64) -> i64 {
        (ms / i64::from(self.config.speed.max(1))).max(1)
    }

    /// Takes every step that is due, each at its own time.
    pub(super) fn settle(&mut self, now_ms: i64) {
        while let Some(entry) = self.steps.first_entry() {
            let at_ms = entry.key().0;
            if at_ms > now_ms {
                break;
            }
            let (id, step) = entry.remove();
            self.take(at_ms, &id, step);
        }
    }

    fn take(&mut self, at_ms: i64, id: &str, step: Step) {
        let Some(job) = self.jobs.get_mut(id) else {
            return;
        };
        match step {
            Step::Ready => {
                job.ready = true;
                self.call_up(at_ms);
            }
            Step::NoRunner if job.no_retry || job.direct => self.end(at_ms, id, Outcome::Fault(no_runner())),
            Step::NoRunner => {
                let (gateway_id, wait_ms) = (self.uuid(), self.hurried(ATTEMPTS_MS));
                if let Some(job) = self.jobs.get_mut(id) {
                    job.gateway_id = gateway_id;
                }
                self.plan(at_ms + wait_ms, id, Step::GiveUp);
            }
            Step::GiveUp => self.end(at_ms, id, Outcome::Fault(no_runner())),
            Step::StartBy if job.status == Status::InQueue => self.end(at_ms, id, Outcome::Fault(Fault::start_timeout())),
            Step::StartBy => {}
            Step::Progress(percent) => {
                let done = usize::from(percent) / 10;
                let message = format!("{percent:3}%|{}{}| {}/28", "█".repeat(done), " ".repeat(10 - done), u32::from(percent) * 28 / 100);
                job.logs.push(Line { at_ms, level: "STDERR", message });
            }
            Step::Unfetched => self.give_up_fetching(at_ms, id),
            Step::Odd(odd) => job.odd = odd,
            Step::Finish => {
                let outcome = self.verdict(at_ms, id);
                self.end(at_ms, id, outcome);
            }
            Step::Stop => self.end(at_ms, id, Outcome::Fault(cancelled())),
            Step::Limit => self.end(at_ms, id, Outcome::Fault(Fault::platform(504, "request_timeout", "Request timed out"))),
            Step::Forget => {
                job.forgotten = true;
                job.input.clear();
                job.sources.clear();
                job.logs.clear();
                if let Some(Outcome::Output(output)) = &mut job.outcome {
                    *output = Value::Null;
                }
            }
        }
    }

    /// Free runners take who waits, in the order of the queue.
    fn call_up(&mut self, at_ms: i64) {
        while self.running < self.config.concurrency.max(1) {
            let waiting = self.queued.values().find(|id| self.jobs.get(*id).is_some_and(|job| job.ready));
            let Some(id) = waiting.cloned() else {
                return;
            };
            self.start(at_ms, &id);
        }
    }

    fn start(&mut self, at_ms: i64, id: &str) {
        let Some(job) = self.jobs.get_mut(id) else {
            return;
        };
        self.running += 1;
        self.queued.remove(&job.place());
        job.status = Status::InProgress;
        job.started_ms = Some(at_ms);
        job.logs.push(Line { at_ms, level: "INFO", message: format!("Using seed: {}", job.seed) });
        let details = inputs::faults(job.model, &job.input);
        self.plan(at_ms + RUN_MAX_MS, id, Step::Limit);
        if !details.is_empty() {
            return self.refuse(at_ms, id, &details);
        }
        self.load(at_ms, id);
    }

    /// The model has looked at its input and will do nothing with it.
    pub(super) fn refuse(&mut self, at_ms: i64, id: &str, details: &[Value]) {
        let look_ms = self.hurried(LOOK_MS);
        self.with(id, |job| job.refusal = Some(Fault::model(details)));
        self.plan_finish(at_ms + look_ms, id);
    }

    /// What comes when a run has all it needs.
    pub(super) fn run_on(&mut self, at_ms: i64, id: &str) {
        let Some((words, run_ms)) = self.jobs.get(id).map(|job| (job.words.clone(), job.model.run_ms)) else {
            return;
        };
        let run_ms = if words.contains(&Word::Slow) { SLOW_MS } else { self.roll(run_ms * 4 / 5, run_ms * 6 / 5) };
        let run_ms = if words.contains(&Word::Reorder) { 1 } else { self.hurried(run_ms) };
        for percent in [25, 50, 75] {
            self.plan(at_ms + run_ms * i64::from(percent) / 100, id, Step::Progress(percent));
        }
        if words.contains(&Word::Forever) {
            return;
        }
        let mut end_ms = at_ms + run_ms;
        if words.contains(&Word::OddStatus) {
            self.plan(end_ms - run_ms / 2, id, Step::Odd(true));
            end_ms += PAUSED_MS;
            self.plan(end_ms, id, Step::Odd(false));
        }
        self.plan_finish(end_ms, id);
    }

    fn plan_finish(&mut self, at_ms: i64, id: &str) {
        self.with(id, |job| job.finish_ms = Some(at_ms));
        self.plan(at_ms, id, Step::Finish);
    }

    pub(super) fn with(&mut self, id: &str, change: impl FnOnce(&mut Job)) {
        if let Some(job) = self.jobs.get_mut(id) {
            change(job);
        }
    }

    /// How a run ends by itself.
    fn verdict(&mut self, at_ms: i64, id: &str) -> Outcome {
        let Some(job) = self.jobs.get_mut(id) else {
            return Outcome::Fault(no_runner());
        };
        if let Some(refusal) = job.refusal.take() {
            return Outcome::Fault(refusal);
        }
        if job.words.contains(&Word::Nsfw) {
            let prompt = job.input.get("prompt").cloned().unwrap_or_default();
            let message = "The content could not be processed because it contained material flagged by a content checker.";
            let refused = explained(&["prompt"], "content_policy_violation", message, &prompt);
            // The checker has looked at what was made: a GPU has worked.
            return Outcome::Fault(Fault { spent: true, ..Fault::model(&[refused]) });
        }
        if job.words.contains(&Word::Fail) {
            return Outcome::Fault(Fault::platform(500, "runner_server_error", "The runner failed: CUDA out of memory (it was asked to fail)"));
        }
        Outcome::Output(self.output(at_ms, id))
    }

    /// A wish to cancel a request that has not ended: it leaves the queue, or its runner is told. The run goes on and is
    /// billed when more than half of it is over.
    pub(super) fn wish_to_cancel(&mut self, now_ms: i64, id: &str) {
        let Some(job) = self.jobs.get(id) else {
            return;
        };
        let Some(started_ms) = job.started_ms else {
            return self.end(now_ms, id, Outcome::Fault(cancelled()));
        };
        let too_late = job.finish_ms.is_some_and(|finish_ms| finish_ms - now_ms < now_ms - started_ms);
        if !too_late {
            let stop_ms = self.hurried(STOP_MS);
            self.plan(now_ms + stop_ms, id, Step::Stop);
        }
    }

    fn end(&mut self, at_ms: i64, id: &str, outcome: Outcome) {
        let Some(job) = self.jobs.get_mut(id) else {
            return;
        };
        if job.status == Status::InProgress {
            self.running -= 1;
        }
        self.queued.remove(&job.place());
        self.fetching.forget(id);
        job.status = Status::Completed;
        job.ended_ms = Some(at_ms);
        job.outcome = Some(outcome);
        let kept_ms = if job.stored { KEPT_MS } else { UNSTORED_MS };
        for key in std::mem::take(&mut job.planned) {
            self.steps.remove(&key);
        }
        self.plan(at_ms + kept_ms, id, Step::Forget);
        self.notify(at_ms, id);
        self.call_up(at_ms);
    }
}

fn no_runner() -> Fault {
    Fault::platform(503, "runner_scheduling_failure", "No runner could be allocated to handle the request")
}

fn cancelled() -> Fault {
    Fault::platform(499, "client_cancelled", "Request was cancelled by the client")
}
