//! How requests arrive: the process as data. Pacing, shape and protocol combine freely.

use std::sync::Arc;
use std::time::Duration;

use bakeoff_units::Rate;

/// How requests arrive.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrivals {
    /// Each connection sends its next request when the last one is answered, after a pause. Finds
    /// the maximum; its latencies say little about users, who do not wait for each other.
    Closed {
        /// The pause.
        think: Duration,
    },
    /// Requests fall due by a schedule, whether or not earlier ones were answered.
    Open {
        /// How the rate goes over time.
        shape: Shape,
        /// How arrivals lie at a given rate.
        spacing: Spacing,
    },
    /// Requests fall due at given times after the start of warm-up, in nanoseconds, ascending.
    Recorded {
        /// The times.
        due_ns: Arc<[u64]>,
    },
}

/// How arrivals lie at a given rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spacing {
    /// Evenly.
    Even,
    /// As those of many independent users: a Poisson process.
    Poisson,
}

/// How the rate goes over time, from the start of warm-up on.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// One rate.
    Constant {
        /// The rate.
        rate: Rate,
    },
    /// One rate after another; the last one stays.
    Steps {
        /// The rates, each with how long it lasts; not empty, spans above zero.
        steps: Vec<Step>,
    },
    /// From one rate to another in a straight line, then staying.
    Ramp {
        /// The rate at the start.
        from: Rate,
        /// The rate at the end of `over`.
        to: Rate,
        /// How long the change takes; above zero.
        over: Duration,
    },
    /// Groups of requests due at the same moment.
    Bursts {
        /// Mean rate over time.
        rate: Rate,
        /// Requests in a group; above zero.
        size: u32,
    },
}

/// A rate and how long it lasts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The rate.
    pub rate: Rate,
    /// How long.
    pub span: Duration,
}

impl Arrivals {
    /// Closed loop without a pause: as fast as the candidate answers.
    pub const fn closed() -> Self {
        Self::Closed { think: Duration::ZERO }
    }

    /// Evenly spaced at one rate.
    pub const fn constant(rate: Rate) -> Self {
        Self::Open { shape: Shape::Constant { rate }, spacing: Spacing::Even }
    }

    /// A Poisson process of one rate.
    pub const fn poisson(rate: Rate) -> Self {
        Self::Open { shape: Shape::Constant { rate }, spacing: Spacing::Poisson }
    }

    /// Whether a request waits for an answer to an earlier one before it falls due.
    pub const fn is_closed(&self) -> bool {
        matches!(self, Self::Closed { .. })
    }

    /// What is wrong with it, if anything.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        match self {
            Self::Closed { .. } => None,
            Self::Open { shape, .. } => shape.problem(),
            Self::Recorded { due_ns } if due_ns.is_empty() => Some("no recorded times"),
            Self::Recorded { due_ns } => {
                (!due_ns.is_sorted()).then_some("recorded times are not ascending")
            }
        }
    }
}

impl Shape {
    fn problem(&self) -> Option<&'static str> {
        match self {
            Self::Constant { .. } => None,
            Self::Steps { steps } if steps.is_empty() => Some("no steps"),
            Self::Steps { steps } => {
                steps.iter().any(|step| step.span.is_zero()).then_some("a step of no length")
            }
            Self::Ramp { over, .. } => over.is_zero().then_some("a ramp of no length"),
            Self::Bursts { size, .. } => (*size == 0).then_some("a burst of no requests"),
        }
    }

    /// When the `position`-th arrival of a process of rate 1 falls due in this shape, in
    /// nanoseconds: the inverse of the cumulative rate (time change of a point process; Daley and
    /// Vere-Jones 2003, theorem 7.4.I).
    pub(crate) fn due_ns(&self, position: f64) -> u64 {
        match self {
            Self::Constant { rate } => (position * rate.interval_nanos()) as u64,
            Self::Steps { steps } => due_in_steps(steps, position),
            Self::Ramp { from, to, over } => {
                due_in_ramp(from.as_per_second(), to.as_per_second(), over.as_secs_f64(), position)
            }
            Self::Bursts { rate, size } => {
                let size = f64::from(*size);
                ((position / size).floor() * size * rate.interval_nanos()) as u64
            }
        }
    }

    /// Arrivals expected from `from` to `to`, both seconds from the start.
    pub(crate) fn expected(&self, from: f64, to: f64) -> f64 {
        self.cumulative(to) - self.cumulative(from)
    }

    fn cumulative(&self, at: f64) -> f64 {
        match self {
            Self::Constant { rate } | Self::Bursts { rate, .. } => at * rate.as_per_second(),
            Self::Steps { steps } => {
                let mut left = at;
                let mut sum = 0.0;
                for (index, step) in steps.iter().enumerate() {
                    let last = index + 1 == steps.len();
                    let span = if last { left } else { left.min(step.span.as_secs_f64()) };
                    sum += span * step.rate.as_per_second();
                    left -= span;
                }
                sum
            }
            Self::Ramp { from, to, over } => {
                let (from, to) = (from.as_per_second(), to.as_per_second());
                let over = over.as_secs_f64();
                let within = at.min(over);
                from * within + (to - from) * within * within / (2.0 * over) + (at - within) * to
            }
        }
    }
}

fn due_in_steps(steps: &[Step], position: f64) -> u64 {
    let mut started_s = 0.0;
    let mut taken = 0.0;
    for (index, step) in steps.iter().enumerate() {
        let rate = step.rate.as_per_second();
        let holds = rate * step.span.as_secs_f64();
        if position < taken + holds || index + 1 == steps.len() {
            return ((started_s + (position - taken) / rate) * 1e9) as u64;
        }
        started_s += step.span.as_secs_f64();
        taken += holds;
    }
    unreachable!("a plan with no steps is refused")
}

fn due_in_ramp(from: f64, to: f64, over: f64, position: f64) -> u64 {
    let in_ramp = f64::midpoint(from, to) * over;
    let at = if in_ramp <= position {
        over + (position - in_ramp) / to
    } else {
        // from t + (to - from) t^2 / (2 over) = position, in the form that loses no digits.
        let slope = (to - from) / over;
        2.0 * position / (from + (from * from + 2.0 * slope * position).max(0.0).sqrt())
    };
    (at * 1e9) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(per_second: f64) -> Rate {
        Rate::per_second(per_second).unwrap()
    }

    fn shapes() -> [Shape; 4] {
        let step =
            |per_second, span_s| Step { rate: rate(per_second), span: Duration::from_secs(span_s) };
        [
            Shape::Constant { rate: rate(3000.0) },
            Shape::Steps { steps: vec![step(1000.0, 2), step(500.0, 1), step(4000.0, 3)] },
            Shape::Ramp { from: rate(100.0), to: rate(5000.0), over: Duration::from_secs(3) },
            Shape::Ramp { from: rate(5000.0), to: rate(1.0), over: Duration::from_secs(3) },
        ]
    }

    #[test]
    fn due_time_inverts_the_cumulative_rate() {
        for shape in shapes() {
            for position in [0.0, 1.0, 10.0, 999.5, 2500.0, 7500.0] {
                let at = shape.due_ns(position) as f64 / 1e9;
                let back = shape.expected(0.0, at);
                assert!((back - position).abs() < 1e-4, "{shape:?} {position} {at} {back}");
            }
        }
    }

    #[test]
    fn constant_rate_does_not_drift_over_an_hour() {
        let shape = Shape::Constant { rate: rate(3.0) };
        assert_eq!(shape.due_ns(3.0 * 3600.0), 3_600_000_000_000);
    }

    #[test]
    fn a_burst_falls_due_at_one_moment() {
        let shape = Shape::Bursts { rate: rate(100.0), size: 10 };
        let due: Vec<u64> = [0.0, 9.0, 10.0, 19.0, 20.0].map(|p| shape.due_ns(p)).to_vec();
        assert_eq!(due, [0, 0, 100_000_000, 100_000_000, 200_000_000]);
    }
}
