//! The operator's tool. [`migrate`] brings a libSQL database to the schema of this checkout: [`folder`] reads `migrations/`, [`history`] what the database
//! has, [`hrana`] speaks to it. [`audit`] asks the ledger's invariants, [`credits`] gives and refunds by hand, [`margin`] says what models earn.
//! [`stripe`] makes what is sold known to the payment provider, and plays its events again.

pub mod audit;
pub mod clock;
pub mod credits;
pub mod error;
pub mod folder;
pub mod history;
pub mod hrana;
pub mod margin;
pub mod migrate;
pub mod models;
pub mod stripe;
