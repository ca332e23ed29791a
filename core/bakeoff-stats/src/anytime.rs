//! The interval that stays true however often one looks and whenever one stops (METHODS.md A6; Wang & Ramdas 2023).

use crate::interval::Interval;
use crate::level::Level;
use crate::sample::{Moments, SampleError};

/// The variance of the prior on mean/sd, declared before the data: above zero and finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PriorVariance(f64);

/// A prior variance that is none.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("prior variance {variance} is not above zero")]
pub struct InvalidPriorVariance {
    /// What was given.
    pub variance: f64,
}

impl PriorVariance {
    /// The default (METHODS.md, section 0).
    pub const ONE: Self = Self(1.0);

    /// # Errors
    ///
    /// [`InvalidPriorVariance`] unless `variance` is finite and above zero.
    pub fn new(variance: f64) -> Result<Self, InvalidPriorVariance> {
        if variance.is_finite() && variance > 0.0 {
            Ok(Self(variance))
        } else {
            Err(InvalidPriorVariance { variance })
        }
    }

    /// The share of the data's information that is still the prior's after `n` rounds: rho = 1/(1 + n g).
    fn rho(self, n: usize) -> f64 {
        1.0 / (1.0 + n as f64 * self.0)
    }
}

/// The confidence sequence at the number of values given: mean -+ t* s/sqrt n. Unbounded while they are too few.
///
/// # Errors
///
/// [`SampleError`] for fewer than two values or values not finite.
pub fn interval(
    values: &[f64],
    prior: PriorVariance,
    level: Level,
) -> Result<Interval, SampleError> {
    let moments = Moments::of(values)?;
    Ok(of_moments(&moments, prior, level))
}

/// As [`interval`], from the moments of the values.
pub fn of_moments(moments: &Moments, prior: PriorVariance, level: Level) -> Interval {
    let critical = critical(moments.count, prior, level);
    let half = critical * moments.se();
    if critical.is_finite() && half.is_finite() {
        Interval::around(moments.mean, half)
    } else {
        Interval::UNBOUNDED
    }
}

/// What multiplies the standard error after `n` values; infinite while A rho >= 1 (METHODS.md A6).
///
/// # Panics
///
/// If `n` is below two.
pub fn critical(n: usize, prior: PriorVariance, level: Level) -> f64 {
    assert!(n >= 2, "{n} values have no spread");
    let rho = prior.rho(n);
    let (ln_rho, count) = (rho.ln(), n as f64);
    // ln A, since A itself comes close to 1 when n is large.
    let ln_a = -2.0 / count * (level.alpha().ln() + 0.5 * ln_rho);
    if ln_a + ln_rho >= 0.0 {
        return f64::INFINITY;
    }
    ((count - 1.0) * ln_a.exp_m1() / -(ln_a + ln_rho).exp_m1()).sqrt()
}

/// The natural logarithm of the e-value against `null`: how much the data say against it. `None` where the values do not vary.
///
/// # Errors
///
/// [`SampleError`] for fewer than two values or values not finite.
pub fn ln_e_value(
    values: &[f64],
    null: f64,
    prior: PriorVariance,
) -> Result<Option<f64>, SampleError> {
    let moments = Moments::of(values)?;
    if moments.sd == 0.0 {
        return Ok(None);
    }
    let rho = prior.rho(moments.count);
    let t = (moments.mean - null) / moments.se();
    let odds = t * t / moments.df();
    let growth = odds.ln_1p() - (rho * odds).ln_1p();
    Ok(Some(0.5 * rho.ln() + 0.5 * moments.count as f64 * growth))
}

/// The intersection of the intervals after every round from the second: as valid as the last, never wider.
///
/// `None` if they do not meet, which is itself evidence against the assumptions (drift).
///
/// # Errors
///
/// [`SampleError`] for fewer than two values or values not finite.
pub fn running_intersection(
    values: &[f64],
    prior: PriorVariance,
    level: Level,
) -> Result<Option<Interval>, SampleError> {
    let last = Moments::of(values)?;
    let mut all = Some(of_moments(&last, prior, level));
    let mut moments = Running::default();
    for &value in values {
        moments.push(value);
        if let Some(at) = moments.moments() {
            all = all.and_then(|all| all.intersection(of_moments(&at, prior, level)));
        }
    }
    Ok(all)
}

/// Mean and spread kept up value by value (Welford 1962), so that a look after every round costs nothing.
#[derive(Clone, Copy, Debug, Default)]
struct Running {
    count: usize,
    mean: f64,
    square_sum: f64,
}

impl Running {
    fn push(&mut self, value: f64) {
        self.count += 1;
        let before = value - self.mean;
        self.mean += before / self.count as f64;
        self.square_sum += before * (value - self.mean);
    }

    fn moments(&self) -> Option<Moments> {
        (self.count >= 2).then(|| Moments {
            count: self.count,
            mean: self.mean,
            sd: (self.square_sum / (self.count - 1) as f64).sqrt(),
        })
    }
}
