//! A summary of many candidates over many rounds by ranks: Friedman's test and Nemenyi's distance (METHODS.md A5; Demsar 2006).

use crate::distributions::{chi_squared, f, normal};
use crate::level::Level;
use crate::sample::{SampleError, require};

/// Friedman's test; ties share their mean rank and are corrected for.
#[derive(Clone, Debug, PartialEq)]
pub struct Friedman {
    /// Mean rank of each candidate, 1 the lowest value.
    pub mean_ranks: Vec<f64>,
    /// Chi-squared on the mean ranks; 0 where all values tie.
    pub chi_squared: f64,
    /// Its p-value, k - 1 degrees of freedom.
    pub p: f64,
    /// Iman and Davenport's F; `None` where the rounds agree perfectly.
    pub f: Option<f64>,
    /// Its p-value.
    pub f_p: Option<f64>,
}

/// Friedman's test of rounds, each with one value of every candidate.
///
/// # Errors
///
/// [`SampleError`] for fewer than two rounds or candidates, rounds of different size, or values not finite.
pub fn friedman(rounds: &[Vec<f64>]) -> Result<Friedman, SampleError> {
    if rounds.len() < 2 {
        return Err(SampleError::TooFew { got: rounds.len(), needed: 2 });
    }
    let k = rounds[0].len();
    let mut sums = vec![0.0; k];
    let mut tied = 0.0;
    for round in rounds {
        if round.len() != k {
            return Err(SampleError::Unequal { first: k, second: round.len() });
        }
        require(round, 2)?;
        let mut order: Vec<usize> = (0..k).collect();
        order.sort_by(|&i, &j| round[i].total_cmp(&round[j]));
        let mut before = 0;
        for run in order.chunk_by(|&i, &j| round[i] == round[j]) {
            let t = run.len() as f64;
            for &i in run {
                sums[i] += before as f64 + f64::midpoint(t, 1.0);
            }
            tied += t * t * t - t;
            before += run.len();
        }
    }
    let (n, k) = (rounds.len() as f64, k as f64);
    let spread: f64 = sums.iter().map(|sum| (sum - n * (k + 1.0) / 2.0).powi(2)).sum();
    let correction = 1.0 - tied / (n * (k * k * k - k));
    let plain = 12.0 * spread / (n * k * (k + 1.0));
    let chi = if correction > 0.0 { plain / correction } else { 0.0 };
    let rest = n * (k - 1.0) - chi;
    let quotient = (rest > 1e-9 * n).then(|| (n - 1.0) * chi / rest);
    Ok(Friedman {
        mean_ranks: sums.iter().map(|sum| sum / n).collect(),
        chi_squared: chi,
        p: chi_squared::sf(chi, k - 1.0),
        f: quotient,
        f_p: quotient.map(|q| f::sf(q, k - 1.0, (k - 1.0) * (n - 1.0))),
    })
}

/// Nemenyi's critical distance of mean ranks: q sqrt(k(k+1)/(6N)), q the studentised range over sqrt 2.
///
/// # Panics
///
/// If there are fewer than two candidates or no round.
pub fn critical_distance(candidates: usize, rounds: usize, level: Level) -> f64 {
    assert!(candidates >= 2 && rounds >= 1, "{candidates} candidates, {rounds} rounds");
    let k = candidates as f64;
    let (mut low, mut high) = (0.0, 50.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if range_cdf(middle, k) < level.fraction() {
            low = middle;
        } else {
            high = middle;
        }
    }
    high / std::f64::consts::SQRT_2 * (k * (k + 1.0) / (6.0 * rounds as f64)).sqrt()
}

/// P(range of k standard normals <= w): the mean, over the smallest, of the others lying within w of it.
fn range_cdf(w: f64, k: f64) -> f64 {
    const STEPS: u32 = 800;
    let width = 20.0 / f64::from(STEPS);
    // Midpoints: for a smooth function that vanishes at both ends the rule is exact beyond need.
    let at = |step: u32| {
        let z = -10.0 + (f64::from(step) + 0.5) * width;
        normal::density(z) * (normal::cdf(z + w) - normal::cdf(z)).max(0.0).powf(k - 1.0)
    };
    k * width * (0..STEPS).map(at).sum::<f64>()
}
