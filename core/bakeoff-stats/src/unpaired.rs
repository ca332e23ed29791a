//! Two samples without rounds, as imported data are: Welch's t on logarithms, and Fieller's ratio of sums (METHODS.md A4).

use crate::distributions::t;
use crate::interval::Interval;
use crate::level::Level;
use crate::sample::{Moments, SampleError, logarithms};

/// The difference of two means with Welch's interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Welch {
    /// Mean of the first less mean of the second.
    pub difference: f64,
    /// Its standard error.
    pub se: f64,
    /// Degrees of freedom by Satterthwaite.
    pub df: f64,
    /// The interval of the difference.
    pub interval: Interval,
    /// t against no difference; `None` where nothing varies.
    pub t: Option<f64>,
    /// Two-sided p; `None` where nothing varies.
    pub p: Option<f64>,
}

/// Welch's comparison of the means.
///
/// # Errors
///
/// [`SampleError`] if a sample has fewer than two values or one is not finite.
pub fn welch(first: &[f64], second: &[f64], level: Level) -> Result<Welch, SampleError> {
    let (a, b) = (Moments::of(first)?, Moments::of(second)?);
    let (va, vb) = (a.se() * a.se(), b.se() * b.se());
    let se = a.se().hypot(b.se());
    let total = va + vb;
    // Shares, not squares of squares: small variances must not vanish.
    let df = if total > 0.0 {
        1.0 / ((va / total).powi(2) / a.df() + (vb / total).powi(2) / b.df())
    } else {
        a.df() + b.df()
    };
    let difference = a.mean - b.mean;
    let half = t::upper_quantile(level.alpha() / 2.0, df) * se;
    if !(difference.is_finite() && half.is_finite()) {
        return Err(SampleError::Overflow);
    }
    let t = (se > 0.0).then(|| difference / se);
    let p = t.map(|value| t::two_sided(value, df));
    Ok(Welch { difference, se, df, interval: Interval::around(difference, half), t, p })
}

/// Welch's comparison of the logarithms: the interval, exponentiated, is one of the ratio of geometric means.
///
/// # Errors
///
/// [`SampleError`] if a sample has fewer than two values or one is not finite or not above zero.
pub fn welch_log(first: &[f64], second: &[f64], level: Level) -> Result<Welch, SampleError> {
    welch(&logarithms(first)?, &logarithms(second)?, level)
}

/// The ratio of two independent means by Fieller (1954).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fieller {
    /// The denominator is clear of zero.
    Bounded {
        /// Ratio of the means.
        ratio: f64,
        /// Its interval.
        interval: Interval,
        /// Squared relative uncertainty of the denominator; below one.
        g: f64,
    },
    /// The denominator cannot be told from zero: no finite interval holds the ratio.
    Unbounded {
        /// Squared relative uncertainty of the denominator, one or more; infinite if its mean is zero.
        g: f64,
    },
}

/// Fieller's interval from the moments of both samples, t at `df` degrees of freedom (n1 + n2 - 2 if in doubt).
pub fn fieller(numerator: &Moments, denominator: &Moments, df: f64, level: Level) -> Fieller {
    let critical = t::upper_quantile(level.alpha() / 2.0, df);
    let (m1, m2) = (numerator.mean, denominator.mean);
    let h = |moments: &Moments| (critical * moments.se()).powi(2);
    let (h1, h2) = (h(numerator), h(denominator));
    if m2 * m2 <= h2 || m2 == 0.0 {
        let g = if m2 == 0.0 { f64::INFINITY } else { h2 / (m2 * m2) };
        return Fieller::Unbounded { g };
    }
    let clear = m2 * m2 - h2;
    // (m1 m2)^2 - (m1^2 - h1)(m2^2 - h2), multiplied out so that nothing large cancels.
    let root = (m1 * m1 * h2 + h1 * clear).max(0.0).sqrt();
    let limits = [(m1 * m2 - root) / clear, (m1 * m2 + root) / clear];
    match Interval::new(limits[0], limits[1]) {
        Ok(interval) => Fieller::Bounded { ratio: m1 / m2, interval, g: h2 / (m2 * m2) },
        Err(_) => Fieller::Unbounded { g: h2 / (m2 * m2) },
    }
}
