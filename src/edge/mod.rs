//! The edge: JavaScript's objects in, plain ones through, JavaScript's objects out. It decides nothing.

mod archive;
mod config;
mod crypto;
mod js;
mod listing;
mod live;
mod net;
mod plain;
mod platform;
mod storage;
mod wire;

use crate::{
    domain::{generation::GenerationId, ids},
    http::{self, Payload},
    platform::Platform as _,
    usecases::{compare_stripe, expire_credits, reconcile, run_queued, send_mail, sweep_media},
};
use config::Config;
use platform::{Edge, Until};
use std::rc::Rc;
use worker::{Context, Env, MessageBatch, MessageExt as _, ScheduleContext, ScheduledEvent, event, web_sys};

/// Once per isolate: a panic shows its message and place in the log instead of `unreachable`.
#[event(start)]
fn start() {
    console_error_panic_hook::set_once();
}

/// Every request that is not a file of the page.
#[event(fetch)]
async fn fetch(request: web_sys::Request, env: Env, context: Context) -> worker::Result<web_sys::Response> {
    match Config::of(&env) {
        Ok(config) => {
            let edge = Edge::new(Rc::clone(&config), env, Until::Event(context));
            let (request, room) = wire::read(&edge, &request).await?;
            let response = http::handle(&edge, &request).await;
            if let Some(ticket) = room {
                edge.leave_room(ticket);
            }
            match &response.body {
                Payload::Feed(listening) => match edge.listen(listening).await {
                    Ok(handed_on) => Ok(handed_on),
                    Err(_) => wire::write(http::feed_is_away(config.settings.is_https(), &ids::sortable(platform::now(), platform::random))),
                },
                _ => wire::write(response),
            }
        }
        Err(misconfigured) => {
            platform::log("misconfigured", &[("reason", &misconfigured.to_string())]);
            let id = ids::sortable(platform::now(), platform::random);
            wire::write(http::refuse_to_serve(&misconfigured, &id))
        }
    }
}

/// Generations whose host answers with the result itself. One that fails comes again; whoever has claimed it keeps it.
#[event(queue)]
async fn queue(batch: MessageBatch<()>, env: Env, context: Context) -> worker::Result<()> {
    let Ok(config) = Config::of(&env) else {
        batch.retry_all();
        return Ok(());
    };
    let edge = Edge::new(config, env, Until::Event(context));
    for message in batch.raw_iter() {
        let Some(id) = message.body().as_string().as_deref().and_then(GenerationId::parse) else {
            message.ack();
            continue;
        };
        match run_queued::run(&edge, &id).await {
            Ok(()) => message.ack(),
            Err(error) => {
                edge.log("queue.later", &[("generation", id.as_str()), ("error", &error.to_string())]);
                message.retry();
            }
        }
    }
    Ok(())
}

/// Cron: mail that is due, the reconciler, credits whose time has come, and what Stripe knows and we do not.
#[event(scheduled)]
async fn scheduled(event: ScheduledEvent, env: Env, context: ScheduleContext) {
    match Config::of(&env) {
        Ok(config) => {
            let edge = Edge::new(config, env, Until::Schedule(context)).not_before(event.schedule());
            if let Err(error) = send_mail::run(&edge).await {
                edge.log("mail.failed", &[("error", &error.to_string())]);
            }
            if let Err(error) = reconcile::run(&edge).await {
                edge.log("reconcile.failed", &[("error", &error.to_string())]);
            }
            if let Err(error) = sweep_media::run(&edge).await {
                edge.log("sweep.failed", &[("error", &error.to_string())]);
            }
            if let Err(error) = expire_credits::run(&edge).await {
                edge.log("expire.failed", &[("error", &error.to_string())]);
            }
            if let Err(error) = compare_stripe::run(&edge).await {
                edge.log("compare.failed", &[("error", &error.to_string())]);
            }
        }
        Err(misconfigured) => platform::log("misconfigured", &[("reason", &misconfigured.to_string())]),
    }
}
