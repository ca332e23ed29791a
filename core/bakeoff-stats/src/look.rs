//! When a comparison may be looked at, and which interval tells the truth at that look (METHODS.md A6).

use crate::anytime::{self, PriorVariance};
use crate::distributions::t;
use crate::interval::Interval;
use crate::level::Level;
use crate::sample::{Moments, SampleError};
use crate::verdict::first_count;

/// Rounds before which an anytime comparison is not looked at (METHODS.md, section 0).
pub const ANYTIME_ROUNDS_LEAST: usize = 8;
/// Rounds before which a precision run does not stop: with fewer it would stop by luck (METHODS.md A2).
pub const PRECISION_ROUNDS_LEAST: usize = 10;
/// The looks of the planned mode (METHODS.md, section 0).
pub const PLANNED_LOOKS: [usize; 4] = [8, 12, 20, 32];

/// The rule, declared before the data, by which measuring ends.
#[derive(Clone, Debug, PartialEq)]
pub enum Stopping {
    /// One look after so many rounds; a budget that ends them early is as good.
    Fixed {
        /// Rounds declared.
        rounds: usize,
    },
    /// A look after every round.
    Anytime {
        /// Prior variance of mean/sd, declared beforehand.
        prior: PriorVariance,
    },
    /// Looks after these numbers of rounds, ascending, each with its share of the false alarms.
    Planned {
        /// Rounds at each look.
        looks: Vec<usize>,
    },
    /// Until the half-width is small enough; the sign is never looked at.
    Precision {
        /// Wanted half-width, log scale.
        half_width: f64,
    },
}

/// How an interval was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IntervalKind {
    /// Student's t, one look.
    T,
    /// The confidence sequence, any number of looks.
    Anytime,
    /// Student's t at the level's share of one planned look.
    Planned,
}

impl IntervalKind {
    /// The name in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::T => "t",
            Self::Anytime => "anytime",
            Self::Planned => "planned",
        }
    }
}

/// The interval of a mean at a look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Mean and spread of the rounds used.
    pub moments: Moments,
    /// The interval.
    pub interval: Interval,
    /// How it was made.
    pub kind: IntervalKind,
    /// Whether rounds beyond those declared forced the anytime interval on a run that was to have another.
    pub switched: bool,
}

impl Look {
    /// The look with its standard error multiplied: what memory in the rounds calls for (METHODS.md A8).
    ///
    /// # Panics
    ///
    /// If `by` is negative or not a number.
    #[must_use]
    pub fn inflated(self, by: f64) -> Self {
        Self { interval: self.interval.stretched(by), ..self }
    }
}

impl Stopping {
    /// Which interval this rule grants after so many rounds: rounds added beyond the declared ones make it the anytime one.
    pub fn kind(&self, rounds: usize) -> IntervalKind {
        match self {
            Self::Fixed { rounds: declared } if rounds > *declared => IntervalKind::Anytime,
            Self::Fixed { .. } | Self::Precision { .. } => IntervalKind::T,
            Self::Anytime { .. } => IntervalKind::Anytime,
            Self::Planned { looks } if looks.last().is_none_or(|last| rounds > *last) => {
                IntervalKind::Anytime
            }
            Self::Planned { .. } => IntervalKind::Planned,
        }
    }

    /// What multiplies the standard error after so many rounds; infinite where nothing can be said yet.
    pub fn critical(&self, rounds: usize, level: Level) -> f64 {
        self.critical_of(self.kind(rounds), rounds, level)
    }

    /// As [`Stopping::critical`], had this many rounds been declared by the same rule: what a new run would have.
    pub fn critical_if_declared(&self, rounds: usize, level: Level) -> f64 {
        let kind = match self {
            Self::Fixed { .. } | Self::Precision { .. } => IntervalKind::T,
            Self::Anytime { .. } => IntervalKind::Anytime,
            Self::Planned { .. } => IntervalKind::Planned,
        };
        self.critical_of(kind, rounds, level)
    }

    fn critical_of(&self, kind: IntervalKind, rounds: usize, level: Level) -> f64 {
        if rounds < 2 {
            return f64::INFINITY;
        }
        let t = |level: Level| t::upper_quantile(level.alpha() / 2.0, (rounds - 1) as f64);
        match kind {
            IntervalKind::T => t(level),
            IntervalKind::Anytime => anytime::critical(rounds, self.prior(), level),
            IntervalKind::Planned => t(level.split(self.look_count())),
        }
    }

    /// The interval of the mean of `differences` in the order measured.
    ///
    /// In planned mode it is that of the last look passed, and unbounded before the first: rounds between looks wait.
    ///
    /// # Errors
    ///
    /// [`SampleError`] for fewer than two differences or values not finite.
    pub fn look(&self, differences: &[f64], level: Level) -> Result<Look, SampleError> {
        self.look_by(differences, |rounds| self.critical(rounds, level))
    }

    fn look_by(
        &self,
        differences: &[f64],
        critical: impl Fn(usize) -> f64,
    ) -> Result<Look, SampleError> {
        let kind = self.kind(differences.len());
        let passed = self.last_look(differences.len());
        let moments = Moments::of(&differences[..passed.unwrap_or(differences.len())])?;
        let critical = passed.map_or(f64::INFINITY, critical);
        let half = critical * moments.se();
        let interval = if critical.is_finite() && half.is_finite() {
            Interval::around(moments.mean, half)
        } else {
            Interval::UNBOUNDED
        };
        let switched = kind == IntervalKind::Anytime && !matches!(self, Self::Anytime { .. });
        Ok(Look { moments, interval, kind, switched })
    }

    /// How many of so many rounds the interval may use; `None` before the first planned look.
    fn last_look(&self, rounds: usize) -> Option<usize> {
        match (self, self.kind(rounds)) {
            (Self::Planned { looks }, IntervalKind::Planned) => {
                looks.iter().copied().filter(|look| *look <= rounds).max()
            }
            (
                Self::Planned { .. }
                | Self::Fixed { .. }
                | Self::Anytime { .. }
                | Self::Precision { .. },
                IntervalKind::T | IntervalKind::Anytime | IntervalKind::Planned,
            ) => Some(rounds),
        }
    }

    fn prior(&self) -> PriorVariance {
        match self {
            Self::Anytime { prior } => *prior,
            Self::Fixed { .. } | Self::Planned { .. } | Self::Precision { .. } => {
                PriorVariance::ONE
            }
        }
    }

    fn look_count(&self) -> usize {
        match self {
            Self::Planned { looks } => looks.len(),
            Self::Fixed { .. } | Self::Anytime { .. } | Self::Precision { .. } => 1,
        }
    }
}

/// The critical values of a stopping rule, worked out once: for thousands of comparisons with few numbers of rounds.
#[derive(Clone, Debug)]
pub struct Criticals {
    stopping: Stopping,
    level: Level,
    /// From no round up.
    values: Vec<f64>,
    /// The same, had as many rounds been declared.
    declared: Vec<f64>,
}

impl Criticals {
    /// The critical values up to `most` rounds.
    pub fn new(stopping: Stopping, level: Level, most: usize) -> Self {
        let table = |critical: fn(&Stopping, usize, Level) -> f64| {
            (0..=most).map(|rounds| critical(&stopping, rounds, level)).collect()
        };
        let values = table(Stopping::critical);
        let declared = table(Stopping::critical_if_declared);
        Self { stopping, level, values, declared }
    }

    /// The level they are for.
    pub fn level(&self) -> Level {
        self.level
    }

    /// As [`Stopping::critical`]; beyond the table it is worked out anew.
    pub fn at(&self, rounds: usize) -> f64 {
        let known = self.values.get(rounds).copied();
        known.unwrap_or_else(|| self.stopping.critical(rounds, self.level))
    }

    /// As [`Stopping::critical_if_declared`]; beyond the table it is worked out anew.
    pub fn if_declared(&self, rounds: usize) -> f64 {
        let known = self.declared.get(rounds).copied();
        known.unwrap_or_else(|| self.stopping.critical_if_declared(rounds, self.level))
    }

    /// What multiplies the standard error of the mean of so many builds, which hold so many rounds together: the rounds
    /// say which interval the rule grants, only the builds have degrees of freedom (METHODS.md A7).
    pub fn of_builds(&self, rounds: usize, builds: usize) -> f64 {
        self.stopping.critical_of(self.stopping.kind(rounds), builds, self.level)
    }

    /// As [`Stopping::look`].
    ///
    /// # Errors
    ///
    /// [`SampleError`] for fewer than two differences or values not finite.
    pub fn look(&self, differences: &[f64]) -> Result<Look, SampleError> {
        self.stopping.look_by(differences, |rounds| self.at(rounds))
    }
}

/// Whether an interval on the log scale is as narrow as a precision run wants it. Where it lies plays no part
/// (METHODS.md A6).
pub fn is_precise(interval: Interval, half_width: f64) -> bool {
    interval.half_width() < half_width
}

/// The fewest rounds for which the interval's half-width falls to `half_width` if the spread stays `sd`; `None` beyond `most`.
pub fn rounds_for(
    stopping: &Stopping,
    sd: f64,
    half_width: f64,
    level: Level,
    most: usize,
) -> Option<usize> {
    first_count(2, most, |rounds| {
        let critical = stopping.critical(rounds, level);
        critical.is_finite() && critical * sd / (rounds as f64).sqrt() <= half_width
    })
}
