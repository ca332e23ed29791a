//! Intervals for odd statistics by resampling rounds: `BCa`, for thirty rounds or more (METHODS.md A4; Efron & Tibshirani 1993).

use crate::distributions::normal;
use crate::draws::Draws;
use crate::interval::Interval;
use crate::level::Level;
use crate::quantile::{Definition, of_sorted};
use crate::sample::{SampleError, mean, require, sorted, square_sum};

/// Fewest rounds for which a bootstrap interval may be shown: below, it covers too rarely (METHODS.md A2).
pub const ROUNDS_LEAST: usize = 30;

/// What resampling says about a statistic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bootstrap {
    /// The statistic of the data.
    pub estimate: f64,
    /// Standard deviation of the replicates.
    pub se: f64,
    /// Bias correction; infinite if all replicates lie on one side.
    pub z0: f64,
    /// Acceleration, from the jackknife.
    pub acceleration: f64,
    /// The probabilities at which the replicates are read for the limits.
    pub tails: [f64; 2],
    /// The percentile interval.
    pub percentile: Interval,
    /// The `BCa` interval.
    pub bca: Interval,
}

/// Draws replicates of a statistic of rows, which it is given by index: rounds stay whole, pairs stay pairs.
///
/// # Panics
///
/// If there are no rows.
pub fn replicates(
    rows: usize,
    draws: usize,
    seed: u64,
    statistic: impl Fn(&[usize]) -> f64,
) -> Vec<f64> {
    let mut source = Draws::seeded(seed);
    let mut chosen = vec![0; rows];
    let replicate = |_| {
        chosen.fill_with(|| source.index(rows));
        statistic(&chosen)
    };
    (0..draws).map(replicate).collect()
}

/// The statistic with each row left out in turn.
pub fn jackknife(rows: usize, statistic: impl Fn(&[usize]) -> f64) -> Vec<f64> {
    let mut chosen: Vec<usize> = (1..rows).collect();
    let leave_out = |row: usize| {
        let value = statistic(&chosen);
        if row < chosen.len() {
            chosen[row] = row;
        }
        value
    };
    (0..rows).map(leave_out).collect()
}

/// The bootstrap of a statistic over rounds.
///
/// # Errors
///
/// [`SampleError`] for fewer than thirty rounds or a statistic that is not finite.
pub fn bootstrap(
    rounds: usize,
    draws: usize,
    seed: u64,
    level: Level,
    statistic: impl Fn(&[usize]) -> f64,
) -> Result<Bootstrap, SampleError> {
    if rounds < ROUNDS_LEAST {
        return Err(SampleError::TooFew { got: rounds, needed: ROUNDS_LEAST });
    }
    let all: Vec<usize> = (0..rounds).collect();
    let estimate = statistic(&all);
    let replicates = replicates(rounds, draws, seed, &statistic);
    of_replicates(estimate, &replicates, &jackknife(rounds, &statistic), level)
}

/// The intervals from replicates at hand. It does not ask how many rounds they come from; [`bootstrap`] does.
///
/// # Errors
///
/// [`SampleError`] if there is no replicate or jackknife value, or a number is not finite.
pub fn of_replicates(
    estimate: f64,
    replicates: &[f64],
    jackknife: &[f64],
    level: Level,
) -> Result<Bootstrap, SampleError> {
    require(&[estimate], 1)?;
    require(replicates, 1)?;
    require(jackknife, 1)?;
    let sorted = sorted(replicates);
    let count = sorted.len() as f64;
    // The same resample summed in another order differs by rounding: that is a tie.
    let slack = 1e-12 * (estimate.abs() + sorted[sorted.len() - 1] - sorted[0]);
    let less = sorted.partition_point(|value| *value < estimate - slack);
    let up_to = sorted.partition_point(|value| *value <= estimate + slack);
    let z0 = normal::quantile(f64::midpoint(less as f64, up_to as f64) / count);
    let acceleration = acceleration(jackknife);
    let half = level.alpha() / 2.0;
    let tail = |z: f64| {
        let moved = z0 + z;
        let stretch = 1.0 - acceleration * moved;
        if moved.is_infinite() || stretch <= 0.0 {
            return if moved > 0.0 { 1.0 } else { 0.0 };
        }
        normal::cdf(z0 + moved / stretch)
    };
    let tails = [tail(normal::quantile(half)), tail(-normal::quantile(half))];
    let read = |p: f64| of_sorted(&sorted, p, Definition::InverseEcdf);
    let between = |low: f64, high: f64| {
        let (low, high) = (read(low), read(high));
        Interval::new(low.min(high), high.max(low)).unwrap_or(Interval::UNBOUNDED)
    };
    let centre = mean(&sorted);
    Ok(Bootstrap {
        estimate,
        se: (square_sum(&sorted, centre) / count).sqrt(),
        z0,
        acceleration,
        tails,
        percentile: between(half, 1.0 - half),
        bca: between(tails[0], tails[1]),
    })
}

fn acceleration(jackknife: &[f64]) -> f64 {
    let centre = mean(jackknife);
    let cubes: f64 = jackknife.iter().map(|value| (centre - value).powi(3)).sum();
    let squares = square_sum(jackknife, centre);
    if squares > 0.0 { cubes / (6.0 * squares.powf(1.5)) } else { 0.0 }
}
