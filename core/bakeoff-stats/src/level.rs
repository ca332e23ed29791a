//! How sure an interval claims to be, and how the claim is split between several of them.

/// A confidence level: above 0 and below 1. Kept as its complement, which is the smaller and keeps its digits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    alpha: f64,
}

/// A confidence level that is none.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("confidence level {level} is not between 0 and 1")]
pub struct InvalidLevel {
    /// What was given.
    pub level: f64,
}

impl Level {
    /// 95 %, the default (METHODS.md, section 0).
    pub const P95: Self = Self { alpha: 0.05 };

    /// # Errors
    ///
    /// [`InvalidLevel`] unless `level` lies strictly between 0 and 1.
    pub fn new(level: f64) -> Result<Self, InvalidLevel> {
        if 0.0 < level && level < 1.0 {
            Ok(Self { alpha: 1.0 - level })
        } else {
            Err(InvalidLevel { level })
        }
    }

    /// The probability of a false alarm that goes with it.
    pub fn alpha(self) -> f64 {
        self.alpha
    }

    /// The level as a fraction.
    pub fn fraction(self) -> f64 {
        1.0 - self.alpha
    }

    /// The level each of `parts` intervals needs so that all of them hold together with this one (Bonferroni; METHODS.md A5).
    ///
    /// One part or none leaves it as it is.
    #[must_use]
    pub fn split(self, parts: usize) -> Self {
        Self { alpha: self.alpha / parts.max(1) as f64 }
    }
}
