//! The highest rate at which an objective holds, as an interval [last held, first failed].
//!
//! Bracket by doubling or halving, narrow by bisection on the logarithm, confirm both ends by
//! repetition. Trials that contradict each other vote, rate by rate, and the answer says that they
//! did. Told what came of each trial; runs none itself.

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
    /// By how many trials more than one those that say that an end of the interval holds (or fails)
    /// must outnumber those that say otherwise.
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

/// The answer: the capacity lies between the two. Trials at one rate vote: it holds if more of them
/// held than failed. No rate up to `held` failed by that vote, whatever held above it.
#[derive(Clone, Debug, PartialEq)]
pub struct Capacity {
    /// Highest rate that held below `failed`, confirmed; none if none did.
    pub held: Option<Rate>,
    /// Lowest rate that failed, confirmed; none if the search ended before.
    pub failed: Option<Rate>,
    /// Why the interval is wider than asked for, if it is.
    pub limited: Option<Limited>,
    /// Rates whose trials contradict each other or the answer, ascending.
    pub contradictions: Vec<Contradiction>,
    /// All trials, in order.
    pub tried: Vec<Tried>,
}

/// A rate whose trials disagree, or that held although a lower one failed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contradiction {
    /// The rate.
    pub rate: Rate,
    /// Trials that held.
    pub held: u32,
    /// Trials that failed.
    pub failed: u32,
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
    /// Ascending by rate.
    votes: Vec<Votes>,
    limited: Option<Limited>,
    tried: Vec<Tried>,
}

/// What the trials at one rate said.
#[derive(Clone, Copy, Debug)]
struct Votes {
    rate: f64,
    held: u32,
    failed: u32,
}

impl Votes {
    /// A draw is a failure until another trial decides: the answer must not be too high.
    const fn holds(&self) -> bool {
        self.failed < self.held
    }

    /// Whether enough more trials said so than said otherwise.
    const fn is_confirmed(&self, confirmations: u32) -> bool {
        confirmations < self.held.abs_diff(self.failed)
    }
}

impl CapacitySearch {
    /// A search that has tried nothing.
    pub fn new(options: SearchOptions) -> Self {
        let next = Some(options.start.as_per_second().min(options.max.as_per_second()));
        Self { options, next, votes: Vec::new(), limited: None, tried: Vec::new() }
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
            TrialVerdict::Held => self.votes(at).held += 1,
            TrialVerdict::Failed => self.votes(at).failed += 1,
            TrialVerdict::Void => self.limited = Some(Limited::Generator),
        }
        self.next = self.decide();
    }

    fn votes(&mut self, rate: f64) -> &mut Votes {
        let index = self.votes.partition_point(|votes| votes.rate < rate);
        if self.votes.get(index).is_none_or(|votes| votes.rate != rate) {
            self.votes.insert(index, Votes { rate, held: 0, failed: 0 });
        }
        &mut self.votes[index]
    }

    /// The highest rate that holds below all that fail, and the lowest that fails.
    fn bounds(&self) -> (Option<Votes>, Option<Votes>) {
        let held = self.votes.iter().take_while(|votes| votes.holds()).last();
        let failed = self.votes.iter().find(|votes| !votes.holds());
        (held.copied(), failed.copied())
    }

    fn decide(&mut self) -> Option<f64> {
        let options = self.options;
        let max = options.max.as_per_second();
        if self.limited.is_some() {
            return None;
        }
        if options.trials_max as usize <= self.tried.len() {
            self.limited = Some(Limited::Trials);
            return None;
        }
        let unsure = |votes: Votes| !votes.is_confirmed(options.confirmations);
        match self.bounds() {
            (Some(held), None) if max <= held.rate => {
                if unsure(held) {
                    return Some(held.rate);
                }
                self.limited = Some(Limited::Max);
                None
            }
            (Some(held), None) => Some((held.rate * 2.0).min(max)),
            (None, Some(failed)) if failed.rate < options.start.as_per_second() / 1000.0 => {
                self.limited = Some(Limited::NothingHeld);
                None
            }
            (None, Some(failed)) => Some(failed.rate / 2.0),
            (Some(held), Some(failed)) if options.resolution < failed.rate / held.rate => {
                Some((held.rate * failed.rate).sqrt())
            }
            (Some(held), Some(_)) if unsure(held) => Some(held.rate),
            (Some(_), Some(failed)) if unsure(failed) => Some(failed.rate),
            (None, None) | (Some(_), Some(_)) => None,
        }
    }

    /// The answer so far.
    pub fn capacity(&self) -> Capacity {
        let rate = |votes: Option<Votes>| votes.and_then(|votes| Rate::per_second(votes.rate).ok());
        let (held, failed) = self.bounds();
        let above = failed.map_or(f64::INFINITY, |failed| failed.rate);
        let contradicts =
            |votes: &&Votes| 0 < votes.held && (0 < votes.failed || above < votes.rate);
        let contradictions = self.votes.iter().filter(contradicts).filter_map(|votes| {
            let Votes { rate, held, failed } = *votes;
            Some(Contradiction { rate: Rate::per_second(rate).ok()?, held, failed })
        });
        Capacity {
            held: rate(held),
            failed: rate(failed),
            limited: self.limited,
            contradictions: contradictions.collect(),
            tried: self.tried.clone(),
        }
    }
}

impl Capacity {
    /// The rate from which a latency takes off, out of what was measured (rate, latency), in any
    /// order: by [`knee`], of the medians at each rate, up to the lowest rate that failed and below
    /// it. What lies beyond is overload, whose latencies tell how long a trial was.
    pub fn knee(&self, measured: &[(f64, f64)]) -> Option<f64> {
        let end = self.failed.map_or(f64::INFINITY, Rate::as_per_second);
        let mut measured: Vec<(f64, f64)> =
            measured.iter().copied().filter(|(rate, _)| *rate <= end).collect();
        measured.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let curve: Vec<(f64, f64)> =
            measured.chunk_by(|a, b| a.0 == b.0).map(|same| same[same.len() / 2]).collect();
        let found = curve[knee(&curve)?].0;
        (found < end).then_some(found)
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
            in_order(&found)?;
        }

        /// Trials that fail below the capacity and hold above it, the less likely the farther away.
        #[test]
        fn no_noise_puts_the_answer_above_a_rate_that_failed(
            start in 10.0..1e5_f64,
            capacity in 1000.0..9e4_f64,
            blur in 0.0..0.5_f64,
            seed: u64,
        ) {
            let (low, high) = (capacity / (1.0 + blur), capacity * (1.0 + blur));
            let mut state = seed | 1;
            let found = search(start, |rate, _| {
                // Knuth's multiplier, TAOCP 2, §3.3.4.
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let drawn = (state >> 11) as f64 / (1_u64 << 53) as f64;
                let share = (high - rate) / (high - low).max(f64::MIN_POSITIVE);
                if drawn < share { TrialVerdict::Held } else { TrialVerdict::Failed }
            });
            in_order(&found)?;
            if let Some(held) = found.held {
                prop_assert!(held.as_per_second() <= high);
            }
            if let Some(failed) = found.failed {
                prop_assert!(low <= failed.as_per_second());
            }
        }

        #[test]
        fn a_knee_lies_below_the_rate_that_failed(
            latencies in proptest::collection::vec(0.0..1.0_f64, 60),
            bits: u64,
        ) {
            let found = search(1000.0, |_, trial| {
                if bits >> (trial % 64) & 1 == 0 { TrialVerdict::Held } else { TrialVerdict::Failed }
            });
            let rates = found.tried.iter().map(|tried| tried.rate.as_per_second());
            let measured: Vec<(f64, f64)> = rates.zip(latencies).collect();
            if let (Some(knee), Some(failed)) = (found.knee(&measured), found.failed) {
                prop_assert!(knee < failed.as_per_second());
            }
        }
    }

    /// What holds of every answer, whatever the trials said.
    fn in_order(found: &Capacity) -> Result<(), TestCaseError> {
        let votes = |rate: Rate, verdict| {
            found.tried.iter().filter(|one| one.rate == rate && one.verdict == verdict).count()
        };
        for tried in &found.tried {
            let held = votes(tried.rate, TrialVerdict::Held);
            let failed = votes(tried.rate, TrialVerdict::Failed);
            if found.held.is_some_and(|bound| tried.rate <= bound) {
                prop_assert!(failed < held, "{tried:?} failed and lies below what held");
            }
            if found.failed == Some(tried.rate) {
                prop_assert!(held <= failed);
            }
            let told = found.contradictions.iter().any(|one| one.rate == tried.rate);
            let above = found.failed.is_some_and(|bound| bound < tried.rate);
            prop_assert_eq!(told, 0 < held && (0 < failed || above));
        }
        if let (Some(held), Some(failed)) = (found.held, found.failed) {
            prop_assert!(held < failed);
        }
        Ok(())
    }

    /// Verdicts one after another (`h` or `f`), and what the search tried and found.
    fn scripted(verdicts: &str) -> (Vec<f64>, Capacity) {
        let mut search = CapacitySearch::new(options(1000.0));
        for letter in verdicts.chars() {
            search.handle(if letter == 'h' { TrialVerdict::Held } else { TrialVerdict::Failed });
        }
        let found = search.capacity();
        let rates = found.tried.iter().map(|tried| tried.rate.as_per_second().round());
        (rates.collect(), found)
    }

    #[test]
    fn one_stroke_of_bad_luck_is_outvoted_at_its_own_rate_and_told() {
        // 1000 fails once, all else up to it holds; then it holds twice.
        let (rates, found) = scripted("fhhhhhhhhh");
        assert_eq!(rates, [1000., 500., 707., 841., 917., 958., 958., 1000., 1000., 2000.]);
        assert_eq!((found.held.unwrap().as_per_second(), found.failed), (2000.0, None));
        let told = found.contradictions[0];
        assert_eq!((told.rate.as_per_second(), told.held, told.failed), (1000.0, 2, 1));
    }

    #[test]
    fn a_rate_that_held_above_one_that_fails_does_not_count() {
        // 2000 held, all above fails; then 2000 fails as often as it held, and so does 1414.
        let (_, found) = scripted("hhfffffff");
        let (held, failed) = (found.held.unwrap(), found.failed.unwrap());
        assert_eq!((held.as_per_second(), failed.as_per_second().round()), (1000.0, 1414.0));
        let told: Vec<f64> =
            found.contradictions.iter().map(|one| one.rate.as_per_second()).collect();
        assert_eq!(told, [2000.0]);
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
