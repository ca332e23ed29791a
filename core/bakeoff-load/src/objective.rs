//! What a service promises under load, and whether an outcome kept it: `p99<20ms,errors<0.1%`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use bakeoff_units::{format_span, parse_span};

use crate::outcome::LoadOutcome;

/// What a service promises under load. Has at least one term.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    terms: Vec<Term>,
}

/// One promise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Term {
    /// A quantile of latency from intended start stays below a bound.
    Latency {
        /// The quantile, above 0 and below 1.
        quantile: f64,
        /// The bound.
        below: Duration,
    },
    /// The share of requests that fail or stay unanswered stays below a bound.
    Errors {
        /// The bound, 0 to 1.
        below: f64,
    },
}

/// Why a text is not an objective.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{term}` is not an objective; write for example `p99<20ms,errors<0.1%`")]
pub struct InvalidObjective {
    /// The part that is not understood.
    pub term: String,
}

/// Whether an objective was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// What was not kept, a sentence each; none if all was.
    pub broken: Vec<String>,
}

impl Judgement {
    /// Whether all was kept.
    pub fn is_held(&self) -> bool {
        self.broken.is_empty()
    }
}

impl Objective {
    /// Its promises.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// Whether an outcome kept it. Requests that fell due and were never sent break any latency:
    /// their wait has no end.
    pub fn judge(&self, outcome: &LoadOutcome) -> Judgement {
        let mut broken = Vec::new();
        let unsent = outcome.counters.unsent;
        for term in &self.terms {
            match *term {
                Term::Latency { quantile, below } => {
                    let allowed = outcome.counters.due as f64 * (1.0 - quantile);
                    let missing = unsent + outcome.counters.unanswered;
                    if allowed < missing as f64 {
                        broken.push(format!(
                            "{missing} of {} requests were not answered in time to the end",
                            outcome.counters.due
                        ));
                        continue;
                    }
                    match outcome.latency.quantile_ns(quantile) {
                        Some(found) if Duration::from_nanos(found) < below => {}
                        Some(found) => broken.push(format!(
                            "p{} {} is not below {}",
                            quantile * 100.0,
                            format_span(Duration::from_nanos(found)),
                            format_span(below)
                        )),
                        None => broken.push("no request was answered".to_owned()),
                    }
                }
                Term::Errors { below } => match outcome.error_share() {
                    Some(share) if share < below || share == 0.0 => {}
                    Some(share) => broken.push(format!(
                        "errors {:.3} % are not below {:.3} %",
                        share * 100.0,
                        below * 100.0
                    )),
                    None => broken.push("no request was sent".to_owned()),
                },
            }
        }
        broken.dedup();
        Judgement { broken }
    }
}

impl FromStr for Objective {
    type Err = InvalidObjective;

    fn from_str(text: &str) -> Result<Self, InvalidObjective> {
        let terms: Vec<Term> =
            text.split(',').map(|term| parse(term.trim())).collect::<Result<_, _>>()?;
        Ok(Self { terms })
    }
}

fn parse(term: &str) -> Result<Term, InvalidObjective> {
    let invalid = || InvalidObjective { term: term.to_owned() };
    let (what, bound) = term.split_once('<').ok_or_else(invalid)?;
    let bound = bound.trim_start_matches('=').trim();
    let what = what.trim();
    if what == "errors" {
        let (number, factor) = match bound.strip_suffix('%') {
            Some(number) => (number.trim(), 0.01),
            None => (bound, 1.0),
        };
        let below = number.parse::<f64>().map_err(|_| invalid())? * factor;
        return if (0.0..=1.0).contains(&below) {
            Ok(Term::Errors { below })
        } else {
            Err(invalid())
        };
    }
    let digits = what.strip_prefix('p').ok_or_else(invalid)?;
    let percent: f64 = match digits {
        // As people write them: p999 is 99.9 %, p9999 is 99.99 %.
        "999" => 99.9,
        "9999" => 99.99,
        _ => digits.parse().map_err(|_| invalid())?,
    };
    let quantile = percent / 100.0;
    if !(0.0 < quantile && quantile < 1.0) {
        return Err(invalid());
    }
    Ok(Term::Latency { quantile, below: parse_span(bound).map_err(|_| invalid())? })
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, term) in self.terms.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            match term {
                Term::Latency { quantile, below } => {
                    write!(f, "{comma}p{}<{}", quantile * 100.0, format_span(*below))?;
                }
                Term::Errors { below } => write!(f, "{comma}errors<{}%", below * 100.0)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        let objective: Objective = "p99<20ms, p999 <= 0.1s,errors<0.1%".parse().unwrap();
        let [
            Term::Latency { quantile, below },
            Term::Latency { quantile: tail, .. },
            Term::Errors { below: errors },
        ] = objective.terms()
        else {
            panic!("{objective}")
        };
        assert_eq!(
            (*quantile, *below, *tail),
            (0.99, Duration::from_millis(20), 0.9990000000000001)
        );
        assert!((errors - 0.001).abs() < 1e-12);
        for bad in ["", "p99", "p99<", "p0<1ms", "p100<1ms", "p99<fast", "errors<200%", "mean<1ms"]
        {
            assert!(bad.parse::<Objective>().is_err(), "{bad:?}");
        }
    }
}
