//! What happens to a prediction by itself: steps that are planned at its creation and taken when their time has come.

use serde_json::{Value, json};

use super::{
    Replicate, Word,
    prediction::{Prediction, Status},
    webhooks::Event,
};
use crate::time::{HOUR_MS, MINUTE_MS, SECOND_MS};

/// Runs end after 30 minutes by default (the vendor's lifecycle page).
const RUN_MAX_MS: i64 = 30 * MINUTE_MS;
/// Inputs, outputs, files and logs of API predictions are removed after one hour.
const KEPT_MS: i64 = HOUR_MS;
/// How long "slow" runs.
const SLOW_MS: i64 = 15 * SECOND_MS;
/// How long "long queue" waits.
const LONG_QUEUE_MS: i64 = 30 * SECOND_MS;
/// How long "odd status" lasts.
const PAUSED_MS: i64 = 2 * SECOND_MS;

/// Something that will happen.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// A worker takes it.
    Start,
    /// What it wanted to fetch has not come.
    Unfetched,
    /// The model writes a line of progress, in percent.
    Progress(u8),
    /// It shows an unknown status.
    Pause,
    /// The model hands over its next file.
    File,
    /// It ends, well or not.
    Finish,
    /// It is aborted in the queue.
    Abort,
    /// The deadline of `Cancel-After` passes.
    Deadline,
    /// The run limit passes.
    Limit,
    /// Its data is removed.
    Remove,
    /// An event that had to wait for calm.
    Emit(Event),
}

impl Replicate {
    /// Plans a step.
    pub(super) fn plan(&mut self, at_ms: i64, id: &str, step: Step) {
        self.counter += 1;
        let key = (at_ms, self.counter);
        self.steps.insert(key, (id.to_owned(), step));
        if let Some(prediction) = self.predictions.get_mut(id) {
            // What comes after the end must survive it.
            if !matches!(step, Step::Remove | Step::Emit(_)) {
                prediction.planned.push(key);
            }
        }
    }

    /// Plans the deadline of `Cancel-After`.
    pub(super) fn plan_deadline(&mut self, id: &str) {
        if let Some(deadline_ms) = self.predictions.get(id).and_then(|prediction| prediction.deadline_ms) {
            self.plan(deadline_ms, id, Step::Deadline);
        }
    }

    /// Plans the life of a prediction that has all it needs, from this moment on.
    pub(super) fn plan_life(&mut self, now_ms: i64, id: &str) {
        let Some(prediction) = self.predictions.get(id) else {
            return;
        };
        let (words, model_ms, files) = (prediction.words.clone(), prediction.model.run_ms, prediction.to_make);
        let broken = prediction.source_fault().is_some();
        let speed = i64::from(self.config.speed.max(1));
        let mut roll = |low: i64, high: i64| low + i64::try_from(self.dice.below(u64::try_from(high - low).unwrap_or(1))).unwrap_or(0);
        let queue_ms = if words.contains(&Word::LongQueue) { LONG_QUEUE_MS } else { roll(80, 320) } / speed;
        let run_ms = if words.contains(&Word::Slow) { SLOW_MS } else { roll(model_ms * 4 / 5, model_ms * 6 / 5) } / speed;
        let start_ms = now_ms + queue_ms.max(1);
        if words.contains(&Word::Aborted) {
            return self.plan(start_ms, id, Step::Abort);
        }
        self.plan(start_ms, id, Step::Start);
        self.plan(start_ms + RUN_MAX_MS, id, Step::Limit);
        if broken {
            // The model reads its inputs before it does anything else.
            return self.plan(start_ms + (run_ms / 20).max(1), id, Step::Finish);
        }
        for percent in [25, 50, 75] {
            self.plan(start_ms + run_ms * i64::from(percent) / 100, id, Step::Progress(percent));
        }
        if words.contains(&Word::Forever) {
            return;
        }
        let mut end_ms = start_ms + run_ms.max(2);
        if words.contains(&Word::OddStatus) {
            self.plan(end_ms - run_ms / 2, id, Step::Pause);
            end_ms += PAUSED_MS;
        }
        if !words.contains(&Word::Fail) && !words.contains(&Word::Nsfw) && !words.contains(&Word::NoOutput) {
            // The last file comes a moment before the end, the others in the second half of the run.
            for left in (0..i64::from(files)).rev() {
                let before_end_ms = (run_ms / 20).max(1) + left * run_ms / (2 * i64::from(files));
                self.plan(end_ms - before_end_ms, id, Step::File);
            }
        }
        self.plan(end_ms, id, Step::Finish);
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
        let Some(prediction) = self.predictions.get_mut(id) else {
            return;
        };
        match step {
            Step::Start => {
                prediction.status = Status::Processing;
                prediction.started_ms = Some(at_ms);
                prediction.logs = format!("Using seed: {}\n", prediction.seed);
                self.notify(at_ms, id, Event::Start);
            }
            Step::Progress(percent) => {
                let (done, bar) = (usize::from(percent) / 10, "█".repeat(10));
                let filled: String = bar.chars().take(done).chain(" ".repeat(10 - done).chars()).collect();
                let line = format!("{percent:3}%|{filled}| {}/4\n", percent / 25);
                prediction.logs.push_str(&line);
                self.notify(at_ms, id, Event::Logs);
            }
            Step::Unfetched => self.give_up(at_ms, id),
            Step::Pause => prediction.status = Status::Paused,
            Step::File => {
                self.add_file(id);
                self.notify(at_ms, id, Event::Output);
            }
            Step::Finish => {
                let (status, error) = prediction.verdict();
                self.end(at_ms, id, status, error.as_deref());
            }
            Step::Abort => self.end(at_ms, id, Status::Aborted, None),
            Step::Deadline => self.cancel(at_ms, id, true),
            // Which state the limit leaves behind is not documented; an error is the harder one to handle.
            Step::Limit => self.end(at_ms, id, Status::Failed, Some("Prediction timed out after 30 minutes")),
            Step::Remove => self.remove_data(id),
            Step::Emit(event) => self.notify(at_ms, id, event),
        }
    }

    /// Cancels, by the user or by the deadline; a prediction that has ended stays as it is.
    pub(super) fn cancel(&mut self, now_ms: i64, id: &str, by_deadline: bool) {
        let Some(prediction) = self.predictions.get(id).filter(|prediction| !prediction.status.is_terminal()) else {
            return;
        };
        let unborn = by_deadline && prediction.started_ms.is_none();
        self.end(now_ms, id, if unborn { Status::Aborted } else { Status::Canceled }, None);
    }

    fn end(&mut self, at_ms: i64, id: &str, status: Status, error: Option<&str>) {
        let Some(prediction) = self.predictions.get_mut(id) else {
            return;
        };
        prediction.status = status;
        prediction.error = error.map(str::to_owned);
        prediction.completed_ms = Some(at_ms);
        if status == Status::Succeeded {
            prediction.logs += "100%|██████████| 4/4\n";
        }
        for key in std::mem::take(&mut prediction.planned) {
            self.steps.remove(&key);
        }
        self.plan(at_ms + KEPT_MS, id, Step::Remove);
        self.notify(at_ms, id, Event::Completed);
    }

    fn remove_data(&mut self, id: &str) {
        if let Some(prediction) = self.predictions.get_mut(id) {
            prediction.data_removed = true;
            prediction.input.clear();
            prediction.sources.clear();
            prediction.output = Value::Null;
            prediction.logs.clear();
        }
        self.files.retain(|_, file| file.prediction != id);
    }
}

impl Prediction {
    /// How a run ends by itself.
    fn verdict(&mut self) -> (Status, Option<String>) {
        let failed = |text: &str| (Status::Failed, Some(text.to_owned()));
        if self.words.contains(&Word::Nsfw) {
            return failed("NSFW content detected. Try running it again, or try a different prompt.");
        }
        if self.words.contains(&Word::Fail) {
            return failed("CUDA out of memory. Tried to allocate 2.00 GiB. (this model was asked to fail)");
        }
        if let Some(fault) = self.source_fault() {
            return failed(&fault);
        }
        if self.words.contains(&Word::NoOutput) && self.model.many {
            self.output = json!([]);
        }
        (Status::Succeeded, None)
    }
}
