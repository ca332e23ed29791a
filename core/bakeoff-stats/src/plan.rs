//! How many rounds a question needs, and what a number of rounds can find (METHODS.md A6, A9).

use crate::distributions::{chi_squared, noncentral_t, t};
use crate::level::Level;
use crate::verdict::first_count;

/// Which t test is planned for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Design {
    /// Paired or one sample: n pairs, n - 1 degrees of freedom.
    Paired,
    /// Two samples of n each, 2(n - 1) degrees of freedom.
    Unpaired,
}

/// In how many directions a difference counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sides {
    /// One direction, named beforehand.
    One,
    /// Either.
    Two,
}

/// The probability of finding a true difference of `effect` standard deviations with `n` (not necessarily whole, two at
/// least) per sample: noncentral t, far tail only, as R's `power.t.test`.
///
/// # Panics
///
/// If `n` is below two.
pub fn power(design: Design, sides: Sides, n: f64, effect: f64, level: Level) -> f64 {
    assert!(n >= 2.0, "{n} values have no spread");
    let (df, shift) = match design {
        Design::Paired => (n - 1.0, n.sqrt() * effect.abs()),
        Design::Unpaired => (2.0 * (n - 1.0), (n / 2.0).sqrt() * effect.abs()),
    };
    let tail = match sides {
        Sides::One => level.alpha(),
        Sides::Two => level.alpha() / 2.0,
    };
    let critical =
        if tail < 0.5 { t::upper_quantile(tail, df) } else { t::quantile(1.0 - tail, df) };
    noncentral_t::sf(critical, df, shift)
}

/// The `n`, not necessarily whole, that finds a difference of `effect` standard deviations with the wanted power;
/// `None` if a million would not do.
pub fn size(design: Design, sides: Sides, effect: f64, wanted: f64, level: Level) -> Option<f64> {
    let enough = |n: f64| power(design, sides, n, effect, level) >= wanted;
    let (mut low, mut high) = (2.0, 4.0);
    if enough(low) {
        return Some(low);
    }
    while !enough(high) {
        if high > 1e6 {
            return None;
        }
        low = high;
        high *= 2.0;
    }
    Some(bisect(low, high, enough))
}

/// The smallest true log ratio that so many rounds with spread `sd` would find with the wanted power (METHODS.md A9).
///
/// # Panics
///
/// If there are fewer than two rounds or the power is not below one.
pub fn detectable(rounds: usize, sd: f64, wanted: f64, level: Level) -> f64 {
    assert!(wanted < 1.0, "power {wanted}");
    let n = rounds as f64;
    let finds = |effect: f64| power(Design::Paired, Sides::Two, n, effect, level) >= wanted;
    let mut high = 1.0;
    while !finds(high) {
        high *= 2.0;
    }
    sd * bisect(0.0, high, finds)
}

/// The spread a pilot allows for: with 80 % confidence the true one is no larger (METHODS.md A6).
///
/// # Panics
///
/// If the pilot has fewer than two rounds.
pub fn pilot_sd_upper(sd: f64, rounds: usize) -> f64 {
    sd_upper(sd, rounds, 0.2)
}

/// The upper confidence bound of a standard deviation: chi-squared has `tail` below the quotient used.
pub(crate) fn sd_upper(sd: f64, rounds: usize, tail: f64) -> f64 {
    assert!(rounds >= 2, "{rounds} rounds have no spread");
    let df = (rounds - 1) as f64;
    sd * (df / chi_squared::quantile(tail, df)).sqrt()
}

/// The fewest rounds that find a true log ratio of `effect` with the wanted power, after a pilot; `None` beyond `most`.
///
/// # Panics
///
/// If the pilot has fewer than two rounds.
pub fn rounds_for_power(
    pilot_sd: f64,
    pilot_rounds: usize,
    effect: f64,
    wanted: f64,
    level: Level,
    most: usize,
) -> Option<usize> {
    let sd = pilot_sd_upper(pilot_sd, pilot_rounds);
    if sd == 0.0 {
        return (effect != 0.0 && most >= 2).then_some(2);
    }
    first_count(2, most, |rounds| {
        power(Design::Paired, Sides::Two, rounds as f64, effect / sd, level) >= wanted
    })
}

/// The point between `low`, where a condition fails, and `high`, where it holds, from which on it holds.
fn bisect(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if holds(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}
