//! A range that a quantity is claimed to lie in.

/// Limits, lower first. Either may be infinite; neither is not a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    lower: f64,
    upper: f64,
}

/// Limits that make no interval.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("limits {lower} and {upper} are not in order")]
pub struct InvalidInterval {
    /// The lower limit given.
    pub lower: f64,
    /// The upper limit given.
    pub upper: f64,
}

impl Interval {
    /// The interval that excludes nothing.
    pub const UNBOUNDED: Self = Self { lower: f64::NEG_INFINITY, upper: f64::INFINITY };

    /// # Errors
    ///
    /// [`InvalidInterval`] if a limit is not a number or they are in the wrong order.
    pub fn new(lower: f64, upper: f64) -> Result<Self, InvalidInterval> {
        if lower <= upper {
            Ok(Self { lower, upper })
        } else {
            Err(InvalidInterval { lower, upper })
        }
    }

    /// The interval of `half` on both sides of a finite `centre`; `half` may be infinite.
    ///
    /// # Panics
    ///
    /// If `centre` is not finite or `half` is negative or not a number.
    pub fn around(centre: f64, half: f64) -> Self {
        assert!(centre.is_finite() && half >= 0.0, "interval {centre} +- {half}");
        Self { lower: centre - half, upper: centre + half }
    }

    /// The lower limit.
    pub fn lower(self) -> f64 {
        self.lower
    }

    /// The upper limit.
    pub fn upper(self) -> f64 {
        self.upper
    }

    /// Half the distance between the limits.
    pub fn half_width(self) -> f64 {
        if self.is_bounded() { (self.upper - self.lower) / 2.0 } else { f64::INFINITY }
    }

    /// Whether both limits are finite.
    pub fn is_bounded(self) -> bool {
        self.lower.is_finite() && self.upper.is_finite()
    }

    /// Whether `value` lies within, limits included.
    pub fn contains(self, value: f64) -> bool {
        self.lower <= value && value <= self.upper
    }

    /// The interval of the negated quantity: what swapping the two sides of a log ratio yields.
    #[must_use]
    pub fn negated(self) -> Self {
        Self { lower: -self.upper, upper: -self.lower }
    }

    /// Both limits exponentiated: from a log ratio to a ratio.
    #[must_use]
    pub fn exp(self) -> Self {
        Self { lower: self.lower.exp(), upper: self.upper.exp() }
    }

    /// The interval as many times as wide about its middle; one without both limits stays as it is.
    ///
    /// # Panics
    ///
    /// If `times` is negative or not a number.
    #[must_use]
    pub fn stretched(self, times: f64) -> Self {
        assert!(times >= 0.0, "stretched {times} times");
        if times == 1.0 || !self.is_bounded() {
            return self;
        }
        Self::around(f64::midpoint(self.lower, self.upper), times * self.half_width())
    }

    /// What lies in both; `None` where they do not meet.
    #[must_use]
    pub fn intersection(self, other: Self) -> Option<Self> {
        Self::new(self.lower.max(other.lower), self.upper.min(other.upper)).ok()
    }
}
