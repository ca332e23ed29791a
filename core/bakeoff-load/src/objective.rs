//! What must hold under load, and whether it did: `p99<20ms,errors<0.1%`.

use std::fmt;
use std::str::FromStr;

use bakeoff_units::{Ratio, Unit, parse_span};

use crate::outcome::LoadOutcome;

/// What must hold under load. Has at least one bound.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    bounds: Vec<Bound>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Bound {
    subject: Subject,
    /// In seconds, or as a fraction.
    below: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Subject {
    /// A quantile of latency, above 0 and below 1.
    Quantile(f64),
    Mean,
    Max,
    /// Failed and unanswered requests as a share of the sent.
    Errors,
}

/// Why a text is not an objective.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{bound}`: {reason}; write for example `p99<20ms,errors<0.1%`")]
pub struct InvalidObjective {
    /// The part that is not understood.
    pub bound: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Objective {
    /// Each bound that does not hold, in words. Without a right answer nothing holds; and requests
    /// that were due and never answered count as slower than any bound.
    pub fn broken(&self, outcome: &LoadOutcome) -> Vec<String> {
        self.bounds.iter().filter_map(|bound| bound.broken(outcome)).collect()
    }
}

impl Bound {
    fn broken(&self, outcome: &LoadOutcome) -> Option<String> {
        let counters = &outcome.counters;
        let endless = counters.unsent + counters.unanswered;
        let seconds = |nanos: Option<u64>| nanos.map(|nanos| nanos as f64 / 1e9);
        // Of how many requests the time must be known for the bound to mean anything.
        let (value, allowed) = match self.subject {
            Subject::Quantile(share) => {
                (seconds(outcome.latency.quantile_ns(share)), counters.due as f64 * (1.0 - share))
            }
            Subject::Mean => (outcome.latency.mean_ns().map(|nanos| nanos / 1e9), 0.0),
            Subject::Max => (seconds(outcome.latency.max_ns()), 0.0),
            Subject::Errors => (outcome.error_share(), f64::INFINITY),
        };
        match value {
            None => Some(format!("{self}: no data")),
            Some(_) if allowed < endless as f64 => {
                Some(format!("{self}: {endless} of {} requests got no answer", counters.due))
            }
            Some(value) if value < self.below => None,
            Some(value) => Some(format!("{self}: it is {}", self.unit().format(value))),
        }
    }

    const fn unit(&self) -> Unit {
        match self.subject {
            Subject::Quantile(_) | Subject::Mean | Subject::Max => Unit::Seconds,
            Subject::Errors => Unit::Fraction,
        }
    }
}

impl FromStr for Objective {
    type Err = InvalidObjective;

    /// Reads bounds separated by commas: `p50`, `p99.9`, `p999`, `p(95)`, `mean`, `max` below a time,
    /// `errors` below a share.
    fn from_str(text: &str) -> Result<Self, InvalidObjective> {
        let bounds = text.split(',').map(|part| {
            let part = part.trim();
            bound(part).map_err(|reason| InvalidObjective { bound: part.to_owned(), reason })
        });
        Ok(Self { bounds: bounds.collect::<Result<_, _>>()? })
    }
}

fn bound(text: &str) -> Result<Bound, String> {
    let (left, right) = text.split_once('<').ok_or("it has no `<`")?;
    let right = right.trim_start_matches('=').trim();
    let subject = subject(left.trim()).ok_or("it names nothing that is measured")?;
    let below = match subject {
        Subject::Errors => {
            right.parse::<Ratio>().map(Ratio::as_fraction).map_err(|why| why.to_string())
        }
        Subject::Quantile(_) | Subject::Mean | Subject::Max => {
            parse_span(right).map(|span| span.as_secs_f64()).map_err(|why| why.to_string())
        }
    }?;
    Ok(Bound { subject, below })
}

fn subject(text: &str) -> Option<Subject> {
    match text {
        "mean" | "avg" => return Some(Subject::Mean),
        "max" => return Some(Subject::Max),
        "errors" => return Some(Subject::Errors),
        _ => {}
    }
    let digits = text.strip_prefix('p')?;
    let digits = digits.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(digits);
    let percent: f64 = match digits.parse().ok()? {
        // `p999` as people write it.
        whole if digits.len() > 2 && !digits.contains('.') && whole > 100.0 => {
            whole / 10_f64.powi(digits.len() as i32 - 2)
        }
        percent => percent,
    };
    // To six digits: 0.999, not 0.9990000000000001.
    let share = (percent * 1e4).round() / 1e6;
    (0.0 < share && share < 1.0).then_some(Subject::Quantile(share))
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.subject {
            // Percents to four digits: `99.9`, not `99.90000000000001`.
            Subject::Quantile(share) => write!(f, "p{}", (share * 1e6).round() / 1e4),
            Subject::Mean => f.write_str("mean"),
            Subject::Max => f.write_str("max"),
            Subject::Errors => f.write_str("errors"),
        }?;
        write!(f, "<{}", self.unit().format(self.below))
    }
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, bound) in self.bounds.iter().enumerate() {
            write!(f, "{}{bound}", if index == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objectives_are_read_as_people_write_them() {
        let read = |text: &str| text.parse::<Objective>().map(|objective| objective.bounds);
        let quantile = |share, below| Bound { subject: Subject::Quantile(share), below };
        assert_eq!(read("p99<20ms"), Ok(vec![quantile(0.99, 0.02)]));
        assert_eq!(read("p(95)<1s"), Ok(vec![quantile(0.95, 1.0)]));
        assert_eq!(read("p999 < 5ms"), Ok(vec![quantile(0.999, 0.005)]));
        assert_eq!(read("p99.9<=5ms"), read("p999<5ms"));
        let two = read("max<1s,errors<0.1%").unwrap();
        assert_eq!(two[1], Bound { subject: Subject::Errors, below: 0.001 });
        for wrong in ["", "p99", "p0<1s", "p100<1s", "p99<20", "speed<1s", "errors<x"] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
