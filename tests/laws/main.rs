//! The laws of the program, held against all of it: lanes, owner scope, the privacy catalogue.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic: that is how it fails")]

mod lanes;
mod owner_scope;
mod privacy;
