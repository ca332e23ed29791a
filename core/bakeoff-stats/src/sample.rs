//! Whether numbers can be computed with, and their mean and spread.

/// Why numbers make no sample.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum SampleError {
    /// Fewer values than the statistic needs.
    #[error("{got} values where at least {needed} are needed")]
    TooFew {
        /// How many there were.
        got: usize,
        /// How many it takes.
        needed: usize,
    },
    /// Two series that belong together differ in length.
    #[error("{first} values on one side and {second} on the other")]
    Unequal {
        /// Values of the first series.
        first: usize,
        /// Values of the second.
        second: usize,
    },
    /// A value that is infinite or not a number.
    #[error("value {value} at index {index} is not finite")]
    NotFinite {
        /// Where, from 0.
        index: usize,
        /// What.
        value: f64,
    },
    /// A value that has no logarithm.
    #[error("value {value} at index {index} is not above zero")]
    NotPositive {
        /// Where, from 0.
        index: usize,
        /// What.
        value: f64,
    },
    /// Finite values whose squares or sums are not.
    #[error("values too far apart to compute with")]
    Overflow,
}

/// The number, mean and standard deviation of finite values, two at least.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// How many values.
    pub count: usize,
    /// The arithmetic mean.
    pub mean: f64,
    /// The standard deviation, denominator n - 1.
    pub sd: f64,
}

impl Moments {
    /// # Errors
    ///
    /// [`SampleError`] for fewer than two values, or values that are not finite or overflow.
    pub fn of(values: &[f64]) -> Result<Self, SampleError> {
        require(values, 2)?;
        let mean = mean(values);
        let sd = (square_sum(values, mean) / (values.len() - 1) as f64).sqrt();
        if !(mean.is_finite() && sd.is_finite()) {
            return Err(SampleError::Overflow);
        }
        Ok(Self { count: values.len(), mean, sd })
    }

    /// The standard error of the mean.
    pub fn se(&self) -> f64 {
        self.sd / (self.count as f64).sqrt()
    }

    /// Degrees of freedom of the standard deviation.
    pub fn df(&self) -> f64 {
        (self.count - 1) as f64
    }
}

/// # Errors
///
/// [`SampleError`] if there are fewer than `needed` values or one is not finite.
pub fn require(values: &[f64], needed: usize) -> Result<(), SampleError> {
    if values.len() < needed {
        return Err(SampleError::TooFew { got: values.len(), needed });
    }
    match values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        Some((index, &value)) => Err(SampleError::NotFinite { index, value }),
        None => Ok(()),
    }
}

/// The natural logarithms of the values.
///
/// # Errors
///
/// [`SampleError`] if one is not finite or not above zero.
pub fn logarithms(values: &[f64]) -> Result<Vec<f64>, SampleError> {
    require(values, 0)?;
    match values.iter().enumerate().find(|(_, value)| **value <= 0.0) {
        Some((index, &value)) => Err(SampleError::NotPositive { index, value }),
        None => Ok(values.iter().map(|value| value.ln()).collect()),
    }
}

/// The mean; a second pass takes out what rounding left. Zero of nothing.
///
/// Equal values yield exactly that value, so that their spread is exactly zero.
pub(crate) fn mean(values: &[f64]) -> f64 {
    let Some(&first) = values.first() else { return 0.0 };
    let n = values.len() as f64;
    let rough = first + values.iter().map(|value| value - first).sum::<f64>() / n;
    rough + values.iter().map(|value| value - rough).sum::<f64>() / n
}

/// The sum of squared distances from `centre`.
pub(crate) fn square_sum(values: &[f64], centre: f64) -> f64 {
    values.iter().map(|value| (value - centre) * (value - centre)).sum()
}

/// The values in ascending order.
pub(crate) fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}
