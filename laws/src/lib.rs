//! The law of lanes, held against programs that must not compile: see `tests/lanes.rs`.
