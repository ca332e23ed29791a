//! What a sample looks like: middle, spread, and which values stand out. Outliers are listed, never dropped (METHODS.md A12).

use crate::interval::Interval;
use crate::quantile::{Definition, median, of_sorted};
use crate::sample::{SampleError, logarithms, mean, require, sorted};

/// What makes the median absolute deviation an estimate of the standard deviation of normal values.
pub const MAD_SCALE: f64 = 1.4826;

/// The median of the distances from the median, unscaled.
///
/// # Errors
///
/// [`SampleError`] if there is no value or one is not finite.
pub fn mad(values: &[f64]) -> Result<f64, SampleError> {
    let centre = median(values)?;
    let distances: Vec<f64> = values.iter().map(|value| (value - centre).abs()).collect();
    median(&distances)
}

/// The geometric mean.
///
/// # Errors
///
/// [`SampleError`] if there is no value or one is not finite or not above zero.
pub fn geometric_mean(values: &[f64]) -> Result<f64, SampleError> {
    require(values, 1)?;
    Ok(mean(&logarithms(values)?).exp())
}

/// Values that stand out by Tukey's fences, on quartiles of type 7.
#[derive(Clone, Debug, PartialEq)]
pub struct Outliers {
    /// 1.5 interquartile ranges beyond the quartiles.
    pub mild_fence: Interval,
    /// 3 interquartile ranges beyond the quartiles.
    pub severe_fence: Interval,
    /// Indices of the values between the fences.
    pub mild: Vec<usize>,
    /// Indices of the values beyond both.
    pub severe: Vec<usize>,
}

/// The outliers of a sample, by index.
///
/// # Errors
///
/// [`SampleError`] if there is no value or one is not finite.
pub fn outliers(values: &[f64]) -> Result<Outliers, SampleError> {
    require(values, 1)?;
    let ordered = sorted(values);
    let [q1, q3] = [0.25, 0.75].map(|p| of_sorted(&ordered, p, Definition::Linear));
    let fence = |times: f64| {
        let reach = times * (q3 - q1);
        Interval::new(q1 - reach, q3 + reach).map_err(|_| SampleError::Overflow)
    };
    let (mild_fence, severe_fence) = (fence(1.5)?, fence(3.0)?);
    let (mut mild, mut severe) = (Vec::new(), Vec::new());
    for (index, value) in values.iter().enumerate() {
        if !severe_fence.contains(*value) {
            severe.push(index);
        } else if !mild_fence.contains(*value) {
            mild.push(index);
        }
    }
    Ok(Outliers { mild_fence, severe_fence, mild, severe })
}
