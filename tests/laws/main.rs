//! The laws of the program, held against all of it: owner scope, the privacy catalogue. That of lanes has a package of its own (`laws/`).

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic: that is how it fails")]

mod owner_scope;
mod privacy;
