//! What an interval says of a difference the team cares about: the table of METHODS.md A5, from one interval and one margin.

use crate::interval::Interval;
use std::fmt;

/// The smallest ratio that matters, as its excess over one: 0.05 for 5 %. Finite and not below zero.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Margin(f64);

/// A margin that is none.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("margin {margin} is not a finite number from 0 up")]
pub struct InvalidMargin {
    /// What was given.
    pub margin: f64,
}

impl Margin {
    /// # Errors
    ///
    /// [`InvalidMargin`] if `margin` is negative, infinite or not a number.
    pub fn new(margin: f64) -> Result<Self, InvalidMargin> {
        if margin.is_finite() && margin >= 0.0 {
            Ok(Self(margin))
        } else {
            Err(InvalidMargin { margin })
        }
    }

    /// The margin as a fraction.
    pub fn fraction(self) -> f64 {
        self.0
    }

    /// The margin on the log scale: ln(1 + margin).
    pub fn delta(self) -> f64 {
        self.0.ln_1p()
    }
}

/// What is said of A against B, where lower is better.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Better by more than the margin.
    Better,
    /// Worse by more than the margin.
    Worse,
    /// No difference as large as the margin.
    Equivalent,
    /// Better, but perhaps by less than the margin.
    BetterSizeUnclear,
    /// Worse, but perhaps by less than the margin.
    WorseSizeUnclear,
    /// The data cannot tell.
    Inconclusive,
}

impl Verdict {
    /// The name in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Equivalent => "equivalent",
            Self::BetterSizeUnclear => "better-size-unclear",
            Self::WorseSizeUnclear => "worse-size-unclear",
            Self::Inconclusive => "inconclusive",
        }
    }

    /// Whether measuring on could change nothing that matters: better, worse or equivalent.
    pub fn is_settled(self) -> bool {
        match self {
            Self::Better | Self::Worse | Self::Equivalent => true,
            Self::BetterSizeUnclear | Self::WorseSizeUnclear | Self::Inconclusive => false,
        }
    }

    /// What is said of B against A.
    #[must_use]
    pub fn mirrored(self) -> Self {
        match self {
            Self::Better => Self::Worse,
            Self::Worse => Self::Better,
            Self::BetterSizeUnclear => Self::WorseSizeUnclear,
            Self::WorseSizeUnclear => Self::BetterSizeUnclear,
            Self::Equivalent | Self::Inconclusive => self,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A verdict and what has to be added to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Equivalent although the interval excludes zero: detectable but immaterial.
    pub immaterial: bool,
}

/// Judges the interval of ln(A/B), lower being better, against the margin (METHODS.md A5).
pub fn judge(interval: Interval, margin: Margin) -> Judgement {
    let delta = margin.delta();
    let (lower, upper) = (interval.lower(), interval.upper());
    let detectable = !interval.contains(0.0);
    let verdict = if upper < -delta {
        Verdict::Better
    } else if lower > delta {
        Verdict::Worse
    } else if -delta <= lower && upper <= delta {
        Verdict::Equivalent
    } else if upper < 0.0 {
        Verdict::BetterSizeUnclear
    } else if lower > 0.0 {
        Verdict::WorseSizeUnclear
    } else {
        Verdict::Inconclusive
    };
    Judgement { verdict, immaterial: detectable && verdict == Verdict::Equivalent }
}

/// How many rounds would probably settle the verdict, were mean and spread to stay what they are; `None` beyond `most`.
///
/// Settled means that the interval no longer touches the nearer of the two margins. `critical` tells what multiplies the
/// standard error at a number of rounds, for the stopping mode in force ([`crate::look::Stopping::critical`]).
pub fn rounds_to_settle(
    mean: f64,
    sd: f64,
    margin: Margin,
    most: usize,
    critical: impl Fn(usize) -> f64,
) -> Option<usize> {
    let distance = (mean.abs() - margin.delta()).abs();
    let settles = |rounds: usize| {
        let critical = critical(rounds);
        critical.is_finite() && critical * sd / (rounds as f64).sqrt() < distance
    };
    // The normal quantile promises too few, but not by far: from there the answer is near.
    let least = (NORMAL * sd / distance).powi(2);
    if least >= most as f64 {
        return first_count(most, most, settles);
    }
    let (mut from, mut step) = ((least as usize).max(2), 1);
    if settles(from) {
        return first_count(2, from, settles);
    }
    while from + step < most && !settles(from + step) {
        from += step;
        step *= 2;
    }
    first_count(from + 1, most.min(from + step), settles)
}

/// About the 97.5 % quantile of the normal distribution.
const NORMAL: f64 = 1.96;

/// The smallest count from `least` to `most` that satisfies a condition which, once satisfied, stays so.
pub(crate) fn first_count(
    least: usize,
    most: usize,
    holds: impl Fn(usize) -> bool,
) -> Option<usize> {
    if most < least || !holds(most) {
        return None;
    }
    let (mut below, mut at) = (least, most);
    while below < at {
        let middle = usize::midpoint(below, at);
        if holds(middle) {
            at = middle;
        } else {
            below = middle + 1;
        }
    }
    Some(at)
}
