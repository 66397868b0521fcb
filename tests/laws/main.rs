//! The laws of the program, held against all of it: lanes, owner scope, the privacy catalogue.

mod lanes;
mod owner_scope;
mod privacy;
