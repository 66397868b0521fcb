//! Atelier: an AI creative studio at the edge.
//!
//! This comment is the map. Modules in reading order; nothing points back:
//! `domain` ← `lanes` ← `vendors`, `store` ← `platform`, `usecases` ← `http` ← `edge`.
//!
//! ```text
//! browser ── POST /api/generations {prompt, model, …}  Idempotency-Key
//!   edge      JavaScript's Request → plain Request
//!   http      route table → signed cookie → typed input, or a 4xx problem
//!   usecase   1 price (pure)   2 id from time and randomness (pure)
//!             3 one batch: session, idempotency key, hold, generation, balance ──► libSQL     (the one round trip)
//!             4 Outbound<Models>: the callback address carries the id and a MAC  ──► Replicate
//!             5 accepted or no answer → 202;  refused → released, 502 with a reason
//!
//! host ── POST /webhooks/replicate/{id}.{mac}
//!   http      raw bytes; address and signature checked in constant time, with age limit, before any parsing
//!   usecase   1 prediction (pure)   2 succeeded: files → R2 (streamed, type told by content)
//!             3 one batch: state moves only from an open one, settle or release, outputs ──► libSQL   (the one round trip)
//! cron ── the reconciler does the same for every open generation whose webhook never came
//!
//! Stripe ── POST /webhooks/stripe
//!   usecase   1 signature over the raw bytes, age   2 what the event names is read back from Stripe: the event itself is only a hint
//!             3 one batch: the inbox, the reading, credits granted or taken back ──► libSQL   (the one round trip)
//! cron ── compares the list of Stripe's events with the inbox, and reads again what was read lately
//! ```
//!
//! `domain` is pure and synchronous; `vendors` are pure codecs, one file per foreign party; `store` is SQL; a use case is one deed
//! per file; `http` is plain requests and responses; `edge` (WASM only) decides nothing.

pub mod bugs;
pub mod domain;
pub mod error;
pub mod http;
pub mod lanes;
pub mod platform;
pub mod store;
pub mod usecases;
pub mod vendors;

#[cfg(target_arch = "wasm32")]
mod edge;
