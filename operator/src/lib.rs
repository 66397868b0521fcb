//! The operator's tool: brings a libSQL database to the schema of this checkout (`atelier-operator migrate`).
//! [`folder`] reads `migrations/`, [`history`] what the database has, [`migrate`] closes the gap over [`hrana`].

pub mod error;
pub mod folder;
pub mod history;
pub mod hrana;
pub mod migrate;
