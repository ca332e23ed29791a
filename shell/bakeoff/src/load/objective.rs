//! Objectives: what must hold of a run of load, as in `p99<20ms,errors<0.1%`.

use std::str::FromStr;

use bakeoff_load::LoadOutcome;
use bakeoff_units::{Ratio, Unit, parse_span};

/// What must hold of a run of load; not empty.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Objective {
    bounds: Vec<Bound>,
}

#[derive(Clone, Debug, PartialEq)]
struct Bound {
    what: Subject,
    /// In seconds, or as a fraction.
    below: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Subject {
    Quantile(f64),
    Mean,
    Max,
    Errors,
}

impl FromStr for Objective {
    type Err = String;

    /// Reads bounds separated by commas: `p50`, `p99.9`, `p(95)`, `mean`, `max` below a time, `errors`
    /// below a share.
    fn from_str(text: &str) -> Result<Self, String> {
        let bounds = text.split(',').map(|part| bound(part.trim())).collect::<Result<_, _>>()?;
        Ok(Self { bounds })
    }
}

fn bound(text: &str) -> Result<Bound, String> {
    let example = "write for example p99<20ms,errors<0.1%";
    let (left, right) =
        text.split_once('<').ok_or_else(|| format!("`{text}` is not an objective; {example}"))?;
    let right = right.trim_start_matches('=').trim();
    let what =
        subject(left.trim()).ok_or_else(|| format!("`{left}` is not measured; {example}"))?;
    let below = match what {
        Subject::Errors => {
            right.parse::<Ratio>().map(Ratio::as_fraction).map_err(|why| why.to_string())
        }
        Subject::Quantile(_) | Subject::Mean | Subject::Max => {
            parse_span(right).map(|span| span.as_secs_f64()).map_err(|why| why.to_string())
        }
    }?;
    Ok(Bound { what, below })
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
    // Rounded, so that p999 and p99.9 are the same number.
    let share = (percent * 1e6).round() / 1e8;
    (0.0 < share && share < 1.0).then_some(Subject::Quantile(share))
}

impl Objective {
    /// Each bound that does not hold, in words. Without a right answer nothing holds.
    pub(crate) fn broken(&self, outcome: &LoadOutcome) -> Vec<String> {
        self.bounds.iter().filter_map(|bound| bound.broken(outcome)).collect()
    }
}

impl Bound {
    fn broken(&self, outcome: &LoadOutcome) -> Option<String> {
        let seconds = |nanos: Option<u64>| nanos.map(|nanos| nanos as f64 / 1e9);
        let (name, unit, value) = match self.what {
            Subject::Quantile(share) => {
                let name = format!("p{}", (share * 1e6).round() / 1e4);
                (name, Unit::Seconds, seconds(outcome.latency.quantile_ns(share)))
            }
            Subject::Mean => {
                let mean = outcome.latency.mean_ns().map(|nanos| nanos / 1e9);
                ("mean".to_owned(), Unit::Seconds, mean)
            }
            Subject::Max => ("max".to_owned(), Unit::Seconds, seconds(outcome.latency.max_ns())),
            Subject::Errors => ("errors".to_owned(), Unit::Fraction, outcome.error_share()),
        };
        let wanted = unit.format(self.below);
        match value {
            None => Some(format!("{name}<{wanted}: no data")),
            Some(value) if value < self.below => None,
            Some(value) => Some(format!("{name}<{wanted}: it is {}", unit.format(value))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objectives_are_read_as_people_write_them() {
        let read = |text: &str| text.parse::<Objective>().map(|objective| objective.bounds);
        let quantile = |share, below| Bound { what: Subject::Quantile(share), below };
        assert_eq!(read("p99<20ms"), Ok(vec![quantile(0.99, 0.02)]));
        assert_eq!(read("p(95)<1s"), Ok(vec![quantile(0.95, 1.0)]));
        assert_eq!(read("p999 < 5ms"), Ok(vec![quantile(0.999, 0.005)]));
        assert_eq!(read("p99.9<=5ms"), read("p999<5ms"));
        let two = read("max<1s,errors<0.1%").unwrap();
        assert_eq!(two[1], Bound { what: Subject::Errors, below: 0.001 });
        for wrong in ["", "p99", "p0<1s", "p100<1s", "p99<20", "speed<1s", "errors<x"] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
