//! Fuzz target: see `load_targets::frames`.
#![no_main]

#[path = "../load_targets.rs"]
#[allow(dead_code)]
mod load_targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| load_targets::frames(data));
