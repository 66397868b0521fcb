//! Asks a host for a run, once: no host has idempotency keys, and a second request could be a second, billed run.

use crate::{
    bugs::{Bug, planted},
    domain::{
        catalogue::{Parameters, Target},
        generation::GenerationId,
    },
    lanes::{Prompt, SourceUrl},
    platform::{Platform, SendError},
    vendors::{
        callback,
        hosts::{self, Created, Job},
        media_url,
    },
};

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The prompt.
    pub prompt: &'a Prompt,
    /// The inputs.
    pub parameters: &'a Parameters,
    /// The pictures: inputs and media keys.
    pub sources: &'a [(String, String)],
}

/// Orders a run at one host, or has it ordered from the queue if the host takes its time to answer.
pub async fn order(p: &impl Platform, id: &GenerationId, asked: Asked<'_>, target: &'static Target) -> Created {
    let Some(host) = hosts::host(target.host) else { return not_there("no such host") };
    if host.answers_at_once() {
        return match p.enqueue(id).await {
            // Whoever is told that it was not taken may have been told wrongly: whoever runs it claims it first.
            Ok(()) | Err(SendError::Unknown) => Created::Accepted(None),
            Err(SendError::NotSent) => not_there("there is no queue"),
        };
    }
    run(p, id, asked, target).await
}

fn not_there(reason: &str) -> Created {
    Created::Refused { reason: reason.to_owned(), elsewhere: true, busy: false }
}

/// Orders a run at one host, and judges its answer.
pub async fn run(p: &impl Platform, id: &GenerationId, asked: Asked<'_>, target: &'static Target) -> Created {
    let Some(host) = hosts::host(target.host) else { return not_there("no such host") };
    let settings = p.settings();
    let callback = callback::url(&settings.callback_keys, &settings.public_origin, target.host, id);
    // The host fetches them from here, for as long as it may work.
    let address = |key: &str| SourceUrl::new(format!("{}{}", settings.public_origin, media_url::brief(&settings.media_keys, p.now(), key)));
    let sources = asked.sources.iter().map(|(input, key)| (input.clone(), address(key))).collect();
    let job = Job { target, prompt: asked.prompt.clone(), parameters: asked.parameters.clone(), sources, callback };
    let Some(request) = host.create(job) else { return not_there("the host does not take these inputs") };
    match p.call(request).await {
        Ok(answer) => host.created(&answer),
        Err(SendError::Unknown) if planted(Bug::UnknownMeansRefused) => {
            Created::Refused { reason: "no answer".to_owned(), elsewhere: false, busy: false }
        }
        Err(SendError::Unknown) => Created::Unknown,
        Err(SendError::NotSent) => not_there("the host is not configured"),
    }
}
