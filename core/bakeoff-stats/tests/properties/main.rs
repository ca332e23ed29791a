//! Rules that hold for any data: fast methods against slow ones, and what must not change an answer (METHODS.md D).

use proptest::test_runner::{Config, RngSeed};

mod figures;
mod invariance;
mod pair;
mod reference;

/// The same cases every time, and no file left behind by a failure.
fn config() -> Config {
    Config { rng_seed: RngSeed::Fixed(40), failure_persistence: None, ..Config::default() }
}
