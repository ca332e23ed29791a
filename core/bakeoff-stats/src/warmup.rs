//! When a trial has warmed up, and whether it ever does (METHODS.md A10).

use crate::autocorrelation::memory;
use crate::change_point::{noise_sd, optimal_partition};
use crate::sample::{SampleError, mean, require};

/// Windows whose neighbours resemble one another more than this are gathered before segments are sought.
const MEMORY_MOST: f64 = 0.2;
/// Fewest windows in which segments are sought.
const WINDOWS_LEAST: usize = 8;
/// Segments within this share of the last one's level count as the same.
const SAME_SHARE: f64 = 0.02;
/// Share of the windows that the steady tail must cover.
const TAIL_SHARE: f64 = 0.25;

/// How many values to cut by MSER-5 (White 1997): the cut after which the mean of batches of five is best known.
///
/// It truncates, it does not detect: in flat noise it often cuts something (METHODS.md A2).
///
/// # Errors
///
/// [`SampleError`] for fewer than ten values or values not finite.
pub fn mser5(series: &[f64]) -> Result<usize, SampleError> {
    require(series, 10)?;
    let batches: Vec<f64> = series.chunks_exact(5).map(mean).collect();
    let (mut count, mut centre, mut squares) = (0.0, 0.0, 0.0);
    let (mut least, mut cut) = (f64::INFINITY, 0);
    // From the end, mean and squared distances are kept up batch by batch (Welford 1962).
    for (index, batch) in batches.iter().enumerate().rev() {
        count += 1.0;
        let before = batch - centre;
        centre += before / count;
        squares += before * (batch - centre);
        let score = squares / (count * count);
        if index <= batches.len() / 2 && score <= least {
            (least, cut) = (score, index);
        }
    }
    Ok(5 * cut)
}

/// What a trial did over time (after Barrett 2017, simplified).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Course {
    /// One level from the start.
    Flat,
    /// Worse at first, then steady.
    WarmUp,
    /// Better at some time before, then steady.
    Slowdown,
    /// No level that holds for the last quarter.
    NoSteadyState,
}

impl Course {
    /// The name in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Flat => "flat",
            Self::WarmUp => "warm-up",
            Self::Slowdown => "slowdown",
            Self::NoSteadyState => "no-steady-state",
        }
    }
}

/// The segments of a trial and its steady tail.
#[derive(Clone, Debug, PartialEq)]
pub struct WarmUp {
    /// First window of each segment but the first.
    pub changes: Vec<usize>,
    /// First window of the steady tail.
    pub steady_from: usize,
    /// How many windows were gathered into one to be rid of memory.
    pub width: usize,
    /// What happened.
    pub course: Course,
}

/// Reads the course of a trial from windows of a metric of which lower is better (one-second p50s, say).
///
/// # Errors
///
/// [`SampleError`] for fewer than eight windows or values not finite.
pub fn warm_up(windows: &[f64]) -> Result<WarmUp, SampleError> {
    require(windows, WINDOWS_LEAST)?;
    let mut width = 1;
    let mut gathered = windows.to_vec();
    while gathered.len() / 2 >= WINDOWS_LEAST && memory_of_noise(&gathered)? >= MEMORY_MOST {
        width *= 2;
        gathered = gathered.chunks_exact(2).map(mean).collect();
    }
    // Without any noise a change is whatever exceeds rounding.
    let least = (1e-9 * mean(&gathered).abs()).max(f64::MIN_POSITIVE.sqrt());
    let sd = noise_sd(&gathered)?.max(least);
    let partition = optimal_partition(&gathered, 3.0 * sd * sd * (gathered.len() as f64).ln())?;
    let mut edges = vec![0];
    edges.extend(&partition.changes);
    edges.push(gathered.len());
    let levels: Vec<f64> = edges.windows(2).map(|w| mean(&gathered[w[0]..w[1]])).collect();
    let last = levels[levels.len() - 1];
    let same = f64::max(SAME_SHARE * last.abs(), 2.0 * sd);
    let tail = levels.iter().rposition(|level| (level - last).abs() > same).map_or(0, |at| at + 1);
    let steady = edges[tail];
    let covers = (gathered.len() - steady) as f64 >= TAIL_SHARE * gathered.len() as f64;
    let was_better = levels[..tail].iter().any(|level| *level < last - same);
    let course = if !covers {
        Course::NoSteadyState
    } else if tail == 0 {
        Course::Flat
    } else if was_better {
        Course::Slowdown
    } else {
        Course::WarmUp
    };
    let changes = partition.changes.iter().map(|at| at * width).collect();
    Ok(WarmUp { changes, steady_from: steady * width, width, course })
}

/// The lag-1 correlation of the noise about whatever level there is.
///
/// That of the values themselves cannot be used, since a step looks like memory and would be gathered away. Steps from
/// value to value have lag-1 correlation -(1 - phi)/2 under an autoregression phi; large ones are cut to three
/// deviations, lest a change of level count.
fn memory_of_noise(values: &[f64]) -> Result<f64, SampleError> {
    let most = 3.0 * std::f64::consts::SQRT_2 * noise_sd(values)?;
    let steps: Vec<f64> = values.windows(2).map(|w| (w[1] - w[0]).clamp(-most, most)).collect();
    Ok(1.0 + 2.0 * memory(&steps)?.lag1)
}
