//! The sandbox: the foreign parties of Atelier as local state machines, for development, tests and the simulation.
//!
//! It speaks each vendor's contract on its own, without a line of the `atelier` crate, so that it can judge that crate.
//!
//! - [`google`]: sign-in with Google: authorization, tokens, keys, with people to choose from. Pure as well.
//! - [`replicate`]: the model host, pure and synchronous, with time as an argument. Words in a prompt ask it for trouble.
//! - [`picture`]: what its models "paint": landscapes drawn from prompt and seed.
//! - [`mailbox`]: the mail vendor, and the messages it accepted.
//! - [`server`]: all of these over HTTP, with a clock that can be advanced.

pub mod dice;
pub mod exchange;
pub mod google;
mod html;
pub mod mailbox;
mod multipart;
pub mod picture;
pub mod replicate;
pub mod server;
pub mod signing;
pub mod time;
