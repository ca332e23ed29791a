//! The highest rate at which an objective holds, as an interval [last held, first failed].
//!
//! Bracket by doubling or halving, narrow by bisection on the logarithm, confirm both ends by
//! repetition. Told what came of each trial; runs none itself.

use bakeoff_units::Rate;

/// How to search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SearchOptions {
    /// First rate tried.
    pub start: Rate,
    /// Above this nothing is tried.
    pub max: Rate,
    /// The search ends when first failed / last held is at most this; above 1.
    pub resolution: f64,
    /// How often a rate must hold to count as held, after it has once; the first rate that fails
    /// gets as many second chances.
    pub confirmations: u32,
    /// Trials at most.
    pub trials_max: u32,
}

/// What came of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrialVerdict {
    /// The objective held.
    Held,
    /// It did not.
    Failed,
    /// The generator was not fit: nothing is known about the candidate at this rate.
    Void,
}

/// A trial of the search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tried {
    /// Offered rate.
    pub rate: Rate,
    /// What came of it.
    pub verdict: TrialVerdict,
}

/// The answer: the capacity lies between the two.
#[derive(Clone, Debug, PartialEq)]
pub struct Capacity {
    /// Highest rate that held, confirmed; none if none did.
    pub held: Option<Rate>,
    /// Lowest rate that failed, confirmed; none if the search ended before.
    pub failed: Option<Rate>,
    /// Why the interval is wider than asked for, if it is.
    pub limited: Option<Limited>,
    /// All trials, in order.
    pub tried: Vec<Tried>,
}

/// Why a search ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limited {
    /// The generator was not fit at the next rate: the candidate's capacity is above `held`.
    Generator,
    /// The highest rate allowed held.
    Max,
    /// The trials ran out.
    Trials,
    /// Nothing held, down to a thousandth of the first rate.
    NothingHeld,
}

/// A search under way.
#[derive(Clone, Debug)]
pub struct CapacitySearch {
    options: SearchOptions,
    next: Option<f64>,
    held: Option<Bound>,
    failed: Option<Bound>,
    limited: Option<Limited>,
    tried: Vec<Tried>,
}

#[derive(Clone, Copy, Debug)]
struct Bound {
    rate: f64,
    /// Trials that said so, after the first.
    confirmed: u32,
}

impl CapacitySearch {
    /// A search that has tried nothing.
    pub fn new(options: SearchOptions) -> Self {
        let next = Some(options.start.as_per_second().min(options.max.as_per_second()));
        Self { options, next, held: None, failed: None, limited: None, tried: Vec::new() }
    }

    /// The next rate to try; none when the search is over.
    pub fn poll(&self) -> Option<Rate> {
        self.next.and_then(|rate| Rate::per_second(rate).ok())
    }

    /// Takes what came of trying the rate that [`CapacitySearch::poll`] gave.
    pub fn handle(&mut self, verdict: TrialVerdict) {
        let (Some(rate), Some(at)) = (self.poll(), self.next) else { return };
        self.tried.push(Tried { rate, verdict });
        match verdict {
            TrialVerdict::Held => {
                // A rate that failed once and now holds was bad luck: the bound is lifted.
                if self.failed.is_some_and(|failed| failed.rate <= at) {
                    self.failed = None;
                }
                Self::count(&mut self.held, at);
            }
            TrialVerdict::Failed => {
                if self.held.is_some_and(|held| at <= held.rate) {
                    self.held = None;
                }
                Self::count(&mut self.failed, at);
            }
            TrialVerdict::Void => self.limited = Some(Limited::Generator),
        }
        self.next = self.decide();
    }

    fn count(bound: &mut Option<Bound>, rate: f64) {
        match bound {
            Some(known) if known.rate == rate => known.confirmed += 1,
            _ => *bound = Some(Bound { rate, confirmed: 0 }),
        }
    }

    fn decide(&mut self) -> Option<f64> {
        let max = self.options.max.as_per_second();
        if self.limited.is_some() {
            return None;
        }
        if self.options.trials_max as usize <= self.tried.len() {
            self.limited = Some(Limited::Trials);
            return None;
        }
        match (self.held, self.failed) {
            (Some(held), None) if max <= held.rate => {
                if held.confirmed < self.options.confirmations {
                    return Some(held.rate);
                }
                self.limited = Some(Limited::Max);
                None
            }
            (Some(held), None) => Some((held.rate * 2.0).min(max)),
            (None, Some(failed)) if failed.rate < self.options.start.as_per_second() / 1000.0 => {
                self.limited = Some(Limited::NothingHeld);
                None
            }
            (None, Some(failed)) => Some(failed.rate / 2.0),
            (Some(held), Some(failed)) if self.options.resolution < failed.rate / held.rate => {
                Some((held.rate * failed.rate).sqrt())
            }
            (Some(held), Some(_)) if held.confirmed < self.options.confirmations => Some(held.rate),
            (Some(_), Some(failed)) if failed.confirmed < self.options.confirmations => {
                Some(failed.rate)
            }
            (None, None) | (Some(_), Some(_)) => None,
        }
    }

    /// The answer so far.
    pub fn capacity(&self) -> Capacity {
        let rate = |bound: Option<Bound>| bound.and_then(|bound| Rate::per_second(bound.rate).ok());
        Capacity {
            held: rate(self.held),
            failed: rate(self.failed),
            limited: self.limited,
            tried: self.tried.clone(),
        }
    }
}

/// Where a curve of latency over rate, both ascending in rate, turns upwards: the point farthest
/// below the line from the first to the last, both axes scaled to 1 (Satopää et al. 2011,
/// "Finding a 'Kneedle' in a Haystack", §II). None with fewer than three points or a flat curve.
pub fn knee(points: &[(f64, f64)]) -> Option<usize> {
    let (first, last) = (points.first()?, points.last()?);
    let (width, height) = (last.0 - first.0, last.1 - first.1);
    if points.len() < 3 || width <= 0.0 || height <= 0.0 {
        return None;
    }
    let below = |point: &(f64, f64)| (point.0 - first.0) / width - (point.1 - first.1) / height;
    let deepest = points.iter().enumerate().max_by(|a, b| below(a.1).total_cmp(&below(b.1)))?;
    (0.0 < below(deepest.1)).then_some(deepest.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn options(start: f64) -> SearchOptions {
        SearchOptions {
            start: Rate::per_second(start).unwrap(),
            max: Rate::per_second(1e6).unwrap(),
            resolution: 1.05,
            confirmations: 1,
            trials_max: 60,
        }
    }

    fn search(start: f64, mut verdict: impl FnMut(f64, usize) -> TrialVerdict) -> Capacity {
        let mut search = CapacitySearch::new(options(start));
        let mut trials = 0;
        while let Some(rate) = search.poll() {
            search.handle(verdict(rate.as_per_second(), trials));
            trials += 1;
        }
        search.capacity()
    }

    fn sharp(capacity: f64) -> impl FnMut(f64, usize) -> TrialVerdict {
        move |rate, _| if rate <= capacity { TrialVerdict::Held } else { TrialVerdict::Failed }
    }

    proptest! {
        #[test]
        fn a_sharp_capacity_lies_in_the_interval(start in 1.0..1e5_f64, capacity in 200.0..9e5_f64) {
            prop_assume!(start / 1000.0 < capacity);
            let found = search(start, sharp(capacity));
            let (held, failed) = (found.held.unwrap().as_per_second(), found.failed.unwrap().as_per_second());
            prop_assert!(held <= capacity && capacity < failed);
            prop_assert!(failed / held <= 1.05 && found.limited.is_none());
        }

        #[test]
        fn any_verdicts_end_in_an_interval_that_is_in_order(bits: u64) {
            let found = search(1000.0, |_, trial| {
                if bits >> (trial % 64) & 1 == 0 { TrialVerdict::Held } else { TrialVerdict::Failed }
            });
            prop_assert!(found.tried.len() <= 60);
            if let (Some(held), Some(failed)) = (found.held, found.failed) {
                prop_assert!(held < failed);
            }
        }
    }

    #[test]
    fn a_generator_at_its_end_is_not_a_candidate_at_its_end() {
        let found =
            search(
                1000.0,
                |rate, _| {
                    if rate < 5000.0 { TrialVerdict::Held } else { TrialVerdict::Void }
                },
            );
        assert_eq!(found.limited, Some(Limited::Generator));
        assert_eq!((found.held.unwrap().as_per_second(), found.failed), (4000.0, None));
    }

    #[test]
    fn what_never_holds_is_said() {
        assert_eq!(search(1000.0, sharp(0.0)).limited, Some(Limited::NothingHeld));
        assert_eq!(search(1000.0, sharp(f64::MAX)).limited, Some(Limited::Max));
    }

    #[test]
    fn the_knee_of_a_queue_lies_where_waiting_takes_off() {
        let points: Vec<(f64, f64)> = (1..=19)
            .map(|step| f64::from(step) * 0.05)
            .map(|load| (load, 1.0 / (1.0 - load)))
            .collect();
        let found = points[knee(&points).unwrap()].0;
        assert!((0.7..=0.85).contains(&found), "{found}");
        assert_eq!(knee(&[(1.0, 1.0), (2.0, 1.0), (3.0, 1.0)]), None);
    }
}
