//! The sandbox: the foreign parties of Atelier as local state machines, for development, tests and the simulation.
//!
//! It speaks each vendor's contract on its own, without a line of the `atelier` crate, so that it can judge that crate.
//!
//! - [`fal`]: the model host fal.ai: queue, direct runs, storage, signed webhooks. Pure, like the next ones.
//! - [`fetching`]: what a machine wants to have fetched, and what came of it.
//! - [`google`]: sign-in with Google: authorization, tokens, keys, with people to choose from. Pure as well.
//! - [`replicate`]: the model host, pure and synchronous, with time as an argument.
//! - [`picture`]: what the models "paint": landscapes drawn from prompt and seed, and edits of given pictures.
//! - [`video`]: what they "film": short MP4 files.
//! - [`mailbox`]: the mail vendor, and the messages it accepted.
//! - [`openai`]: the images API of `OpenAI` and of services that speak like it: synchronous. Pure as well.
//! - [`stripe`]: the payment vendor: its API, hosted pages, subscriptions and signed webhooks. Pure as well.
//! - [`words`]: what a prompt can ask a model host to do wrong.
//! - [`server`]: all of these over HTTP, with a clock that can be advanced.

// The payment vendor's objects have many fields, and `json!` recurses for each.
#![recursion_limit = "512"]

pub mod dice;
pub mod exchange;
pub mod fal;
pub mod fetching;
pub mod google;
mod html;
pub mod mailbox;
mod multipart;
pub mod openai;
pub mod picture;
pub mod replicate;
pub mod server;
pub mod signing;
pub mod stripe;
pub mod time;
pub mod video;
pub mod words;
