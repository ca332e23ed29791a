//! Variation that comes in layers: repetitions within starts within builds (METHODS.md A7; Kalibera & Jones 2013).

use crate::distributions::f;
use crate::interval::Interval;
use crate::level::Level;
use crate::paired::{PairedMean, mean as t_mean};
use crate::sample::{Moments, SampleError, mean, require, square_sum};

/// Why numbers make no hierarchy.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum HierarchyError {
    /// The numbers themselves.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// The counts of the levels do not multiply to the number of values.
    #[error("{values} values do not fill levels that hold {capacity}")]
    Unfilled {
        /// Values given.
        values: usize,
        /// Product of the counts.
        capacity: usize,
    },
    /// A level with fewer than two units has no variation to speak of.
    #[error("level {level} (1 is the lowest) has {units} units where at least 2 are needed")]
    Narrow {
        /// Which level, 1 the lowest.
        level: usize,
        /// Units of it in each unit above.
        units: usize,
    },
}

/// Variances by level, the lowest (repetitions) first.
#[derive(Clone, Debug, PartialEq)]
pub struct Components {
    /// `S_i^2`: mean over the higher levels of the sample variance of the level-i means.
    pub s_squared: Vec<f64>,
    /// `T_i^2`: what level i itself adds. Raw: chance can make it negative; report zero then.
    pub t_squared: Vec<f64>,
    /// The mean of all values, with the t interval of the top-level means: only they have degrees of freedom.
    pub grand: PairedMean,
}

/// Takes a balanced hierarchy apart. `units` tells how many there are of each level within one of the level above,
/// highest level first (builds, starts, repetitions); the values are in that order.
///
/// # Errors
///
/// [`HierarchyError`] if counts and values do not match, a level has fewer than two units, or a value is not finite.
pub fn components(
    values: &[f64],
    units: &[usize],
    level: Level,
) -> Result<Components, HierarchyError> {
    require(values, 2)?;
    let capacity = units.iter().product();
    if values.len() != capacity || units.is_empty() {
        return Err(HierarchyError::Unfilled { values: values.len(), capacity });
    }
    if let Some(at) = units.iter().position(|count| *count < 2) {
        return Err(HierarchyError::Narrow { level: units.len() - at, units: units[at] });
    }
    let mut means = values.to_vec();
    let (mut s_squared, mut t_squared) = (Vec::new(), Vec::new());
    let mut below: Option<(f64, usize)> = None;
    let mut tops = means.clone();
    for &count in units.iter().rev() {
        let groups = means.chunks_exact(count);
        let variances: Vec<f64> = groups
            .clone()
            .map(|group| Ok(Moments::of(group)?.sd.powi(2)))
            .collect::<Result<_, SampleError>>()?;
        let s = mean(&variances);
        t_squared
            .push(s - below.map_or(0.0, |(s_below, count_below)| s_below / count_below as f64));
        s_squared.push(s);
        below = Some((s, count));
        let upper = groups.map(mean).collect();
        tops = std::mem::replace(&mut means, upper);
    }
    Ok(Components { s_squared, t_squared, grand: t_mean(&tops, level)? })
}

/// How many units of each level are cheapest within one of the level above, lowest level first, the highest left out;
/// `None` where the level above adds no variation, so that as many as wanted may be taken from one unit of it.
///
/// `costs` are the times for one more unit of each level without its children, lowest first, in any common unit:
/// `n_i = ceil(sqrt((c_{i+1}/c_i)(T_i^2/T_{i+1}^2)))`.
///
/// # Panics
///
/// If there is not one cost above zero for each level.
pub fn cheapest_counts(t_squared: &[f64], costs: &[f64]) -> Vec<Option<usize>> {
    assert_eq!(t_squared.len(), costs.len(), "one cost a level");
    assert!(costs.iter().all(|cost| *cost > 0.0), "costs above zero");
    let count = |(t, c): (&[f64], &[f64])| {
        if t[0] <= 0.0 {
            Some(1)
        } else if t[1] <= 0.0 {
            None
        } else {
            Some((c[1] / c[0] * (t[0] / t[1])).sqrt().ceil().max(1.0) as usize)
        }
    };
    t_squared.windows(2).zip(costs.windows(2)).map(count).collect()
}

/// Whose variation an interval of rounds nested in builds rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Means of builds: builds differ.
    Build,
    /// Rounds: builds add nothing.
    Round,
}

/// The mean of rounds nested in builds.
#[derive(Clone, Debug, PartialEq)]
pub struct Nested {
    /// The mean and its interval, of one look.
    pub mean: PairedMean,
    /// What the degrees of freedom count.
    pub unit: Unit,
    /// The variance that builds add, raw: `T_2^2 = S_2^2 - S_1^2/n_1`.
    pub build_variance: f64,
    /// The variance of rounds of the same build: `T_1^2 = S_1^2`, zero with one round a build.
    pub round_variance: f64,
    /// The mean of each build.
    pub means: Vec<f64>,
}

/// The mean of log differences grouped by build: t on build means where builds differ, else t on rounds (METHODS.md A7).
///
/// Builds may hold different numbers of rounds; the variance within is pooled over them.
///
/// # Errors
///
/// [`SampleError`] for fewer than two builds, an empty build, or values not finite.
pub fn nested(builds: &[Vec<f64>], level: Level) -> Result<Nested, SampleError> {
    if builds.len() < 2 {
        return Err(SampleError::TooFew { got: builds.len(), needed: 2 });
    }
    builds.iter().try_for_each(|build| require(build, 1))?;
    let means: Vec<f64> = builds.iter().map(|build| mean(build)).collect();
    let rounds = builds.concat();
    let spare = (rounds.len() - builds.len()) as f64;
    let within: f64 = builds.iter().zip(&means).map(|(build, m)| square_sum(build, *m)).sum();
    let within = if spare > 0.0 { within / spare } else { 0.0 };
    let share =
        builds.iter().map(|build| 1.0 / build.len() as f64).sum::<f64>() / means.len() as f64;
    let build_variance = Moments::of(&means)?.sd.powi(2) - within * share;
    let (unit, values) =
        if build_variance > 0.0 { (Unit::Build, &means) } else { (Unit::Round, &rounds) };
    let mean = t_mean(values, level)?;
    Ok(Nested { mean, unit, build_variance, round_variance: within, means })
}

/// One-way analysis of variance of groups of equal size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OneWay {
    /// Mean square between groups.
    pub between: f64,
    /// Mean square within groups.
    pub within: f64,
    /// Their quotient; `None` where nothing varies within.
    pub f: Option<f64>,
    /// Its p-value; `None` where nothing varies within.
    pub p: Option<f64>,
    /// Variance that the groups add, raw.
    pub group_variance: f64,
    /// Intraclass correlation, zero where the groups add none.
    pub icc: f64,
    /// Exact interval of the intraclass correlation, from F, cut off at 0.
    pub icc_interval: Interval,
}

/// Variance between and within groups of equal size, with the intraclass correlation.
///
/// # Errors
///
/// [`HierarchyError`] as [`components`].
pub fn one_way(groups: &[Vec<f64>], level: Level) -> Result<OneWay, HierarchyError> {
    let count = groups.first().map_or(0, Vec::len);
    let values = groups.concat();
    if groups.iter().any(|group| group.len() != count) {
        let capacity = groups.len() * count;
        return Err(HierarchyError::Unfilled { values: values.len(), capacity });
    }
    let parts = components(&values, &[groups.len(), count], level)?;
    let n = count as f64;
    let (within, between) = (parts.s_squared[0], n * parts.s_squared[1]);
    let group_variance = parts.t_squared[1];
    let (df1, df2) = ((groups.len() - 1) as f64, (values.len() - groups.len()) as f64);
    let quotient = (within > 0.0).then(|| between / within);
    let shown = group_variance.max(0.0);
    let icc = if shown > 0.0 { shown / (shown + within) } else { 0.0 };
    let limit = |p: f64| {
        let odds = quotient.map_or(f64::INFINITY, |q| (q / f::quantile(p, df1, df2) - 1.0) / n);
        if odds.is_infinite() { 1.0 } else { (odds / (1.0 + odds)).max(0.0) }
    };
    let half = level.alpha() / 2.0;
    let icc_interval = Interval::new(limit(1.0 - half), limit(half)).unwrap_or(Interval::UNBOUNDED);
    let p = quotient.map(|q| f::sf(q, df1, df2));
    Ok(OneWay { between, within, f: quotient, p, group_variance, icc, icc_interval })
}
