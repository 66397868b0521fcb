//! Pure and synchronous: what things are and which rules hold. No I/O, no clock, no randomness.

pub mod account;
pub mod bundle;
pub mod catalogue;
pub mod credits;
pub mod generation;
pub mod ids;
pub mod library;
pub mod live;
pub mod picture;
pub mod plans;
pub mod privacy;
pub mod quote;
pub mod rate_limit;
pub mod search;
pub mod secret;
pub mod settings;
pub mod time;
pub mod upload;
pub mod zip;
