//! The tool as an operator meets it, against a real database server and the sandbox's Stripe.

mod audit;
mod billing;
mod credits;
mod margin;
mod migrate;
mod models;
mod replay;
mod support;
mod vendor;
