//! From rounds to an interval, and from an interval and a bound to a verdict.

use bakeoff_stats::level::Level;
use bakeoff_stats::look::Stopping;
use bakeoff_stats::verdict::{Margin, rounds_to_settle};

use super::{Bound, ClaimVerdict, WhenEquivalent};

/// Rounds beyond which we do not promise that a claim would be settled.
const ROUNDS_MOST: usize = 10_000;

/// An estimate with its interval, on a scale where margins add.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate {
    pub(super) mean: f64,
    pub(super) lower: f64,
    pub(super) upper: f64,
    /// Spread from round to round; `None` if it is exact.
    pub(super) sd: Option<f64>,
    pub(super) rounds: usize,
    /// The scale is that of logarithms.
    pub(super) logarithmic: bool,
}

impl Estimate {
    /// What is counted has no interval.
    pub(super) fn exact(value: f64, rounds: usize) -> Self {
        Self { mean: value, lower: value, upper: value, sd: None, rounds, logarithmic: false }
    }

    /// The mean of `rounds` by the interval that the stop rule grants; `None` for fewer than two.
    pub(super) fn of_rounds(
        rounds: &[f64],
        logarithmic: bool,
        stopping: &Stopping,
        level: Level,
    ) -> Option<Self> {
        let look = stopping.look(rounds, level).ok()?;
        Some(Self {
            mean: look.moments.mean,
            lower: look.interval.lower(),
            upper: look.interval.upper(),
            sd: Some(look.moments.sd),
            rounds: look.moments.count,
            logarithmic,
        })
    }

    /// A number of this scale as people read it.
    pub(super) fn shown(&self, value: f64) -> Option<f64> {
        let shown = if self.logarithmic { value.exp() } else { value };
        shown.is_finite().then_some(shown)
    }

    fn placed(&self, limit: f64) -> f64 {
        if self.logarithmic { limit.ln() } else { limit }
    }

    /// The margin at a limit, on this scale.
    fn delta(&self, limit: f64, margin: f64) -> f64 {
        if self.logarithmic { margin.ln_1p() } else { margin * limit.abs() }
    }

    /// Whether the bound holds. Above a limit by more than the margin supports `above`, below it by
    /// more than the margin refutes it, wholly within the margin is equivalent (METHODS.md A5).
    pub(super) fn against(&self, bound: Bound, margin: f64) -> ClaimVerdict {
        let above = bound.above.map(|limit| {
            let (at, delta) = (self.placed(limit), self.delta(limit, margin));
            side(self.lower - at, self.upper - at, delta)
        });
        let below = bound.below.map(|limit| {
            let (at, delta) = (self.placed(limit), self.delta(limit, margin));
            side(at - self.upper, at - self.lower, delta)
        });
        all(above.into_iter().chain(below))
    }

    /// Whether the whole interval lies on one side of every limit, whatever the margin.
    pub(super) fn detected(&self, bound: Bound) -> bool {
        let limits = [bound.above, bound.below].into_iter().flatten();
        limits.map(|limit| self.placed(limit)).all(|at| self.upper < at || self.lower > at)
    }

    /// Rounds that would probably settle it, were mean and spread to stay.
    pub(super) fn to_settle(
        self,
        bound: Bound,
        margin: f64,
        stopping: &Stopping,
        level: Level,
    ) -> Option<usize> {
        let sd = self.sd?;
        let limits = [bound.above, bound.below].into_iter().flatten();
        let needed = limits.map(|limit| {
            let fraction = self.delta(limit, margin).exp_m1();
            let margin = Margin::new(fraction).ok()?;
            let critical = |rounds| stopping.critical(rounds, level);
            rounds_to_settle(self.mean - self.placed(limit), sd, margin, ROUNDS_MOST, critical)
        });
        // Every limit has to be settled.
        needed.collect::<Option<Vec<usize>>>()?.into_iter().max()
    }
}

/// The verdict on `above zero` for an interval.
fn side(lower: f64, upper: f64, delta: f64) -> ClaimVerdict {
    if lower > delta {
        ClaimVerdict::Supported
    } else if upper < -delta {
        ClaimVerdict::Refuted
    } else if lower >= -delta && upper <= delta {
        ClaimVerdict::Equivalent
    } else {
        ClaimVerdict::Inconclusive
    }
}

/// All have to hold: one that does not decides, then one that nobody knows.
pub(super) fn all(verdicts: impl IntoIterator<Item = ClaimVerdict>) -> ClaimVerdict {
    use ClaimVerdict::{Equivalent, Inconclusive, NotTestedHere, Refuted, Supported};
    strongest(verdicts, &[Refuted, NotTestedHere, Inconclusive, Equivalent], Supported)
}

/// One has to hold: one that does decides, then one that nobody knows.
pub(super) fn any(verdicts: impl IntoIterator<Item = ClaimVerdict>) -> ClaimVerdict {
    use ClaimVerdict::{Equivalent, Inconclusive, NotTestedHere, Refuted, Supported};
    strongest(verdicts, &[Supported, Inconclusive, NotTestedHere, Equivalent], Refuted)
}

fn strongest(
    verdicts: impl IntoIterator<Item = ClaimVerdict>,
    order: &[ClaimVerdict],
    otherwise: ClaimVerdict,
) -> ClaimVerdict {
    let verdicts: Vec<ClaimVerdict> = verdicts.into_iter().collect();
    order.iter().copied().find(|verdict| verdicts.contains(verdict)).unwrap_or(otherwise)
}

/// What an equivalent verdict means to a statement.
pub(super) fn settled(verdict: ClaimVerdict, equivalent: WhenEquivalent) -> ClaimVerdict {
    match (verdict, equivalent) {
        (ClaimVerdict::Equivalent, WhenEquivalent::Supports) => ClaimVerdict::Supported,
        (ClaimVerdict::Equivalent, WhenEquivalent::Refutes) => ClaimVerdict::Refuted,
        (verdict, _) => verdict,
    }
}
