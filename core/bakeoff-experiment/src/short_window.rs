//! Trials with too few answers for the quantile that is asked of them (METHODS.md A3): shown, but without a verdict.

use std::collections::BTreeMap;
use std::fmt;

use crate::metric::{answers_needed, quantile};
use crate::trials::Trials;

/// A measuring window with too few answers for a quantile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShortWindow {
    /// Answers of a typical trial.
    pub answers: u32,
    /// Answers that the quantile needs.
    pub needed: u32,
}

impl fmt::Display for ShortWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { answers, needed } = self;
        write!(
            f,
            "window too short: a trial has {answers} answers and this quantile needs {needed}"
        )
    }
}

impl ShortWindow {
    /// Whether trials with so many answers are too short for a verdict on a metric. Where nobody
    /// counted, they are not.
    pub fn of(metric: &str, answers: Option<u32>) -> Option<Self> {
        let (answers, needed) = (answers?, answers_needed(quantile(metric)?));
        (answers < needed).then_some(Self { answers, needed })
    }
}

/// The median of the answers of a candidate's trials, of the candidate where it is lowest: the
/// median, so that what is said of a place does not hang on one trial's count. `None` if nobody
/// counted.
pub fn answers_of<C: Ord>(trials: impl IntoIterator<Item = (C, Option<u32>)>) -> Option<u32> {
    let mut counts: BTreeMap<C, Vec<u32>> = BTreeMap::new();
    for (candidate, answers) in trials {
        if let Some(answers) = answers {
            counts.entry(candidate).or_default().push(answers);
        }
    }
    let medians = counts.into_values().map(|mut counts| {
        let middle = counts.len() / 2;
        *counts.select_nth_unstable(middle).1
    });
    medians.min()
}

/// Answers of a typical trial by workload and load, where they were counted.
pub fn answers_by_place(trials: &Trials) -> BTreeMap<(&str, &str), u32> {
    let mut counted: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in &trials.trials {
        let place = counted.entry((row.workload.as_str(), row.load.as_str())).or_default();
        place.push((row.candidate.as_str(), row.answers));
    }
    counted.into_iter().filter_map(|(place, counts)| Some((place, answers_of(counts)?))).collect()
}

/// Where a metric that was declared primary is only exploratory, for a sentence on each.
#[derive(Debug, Default)]
pub(crate) struct ShortWindows(BTreeMap<String, Vec<(String, ShortWindow)>>);

impl ShortWindows {
    pub(crate) fn add(&mut self, metric: &str, place: &str, short: ShortWindow) {
        self.0.entry(metric.to_owned()).or_default().push((place.to_owned(), short));
    }

    pub(crate) fn sentences(self) -> impl Iterator<Item = String> {
        self.0.into_iter().map(|(metric, found)| {
            let (place, fewest) = found
                .iter()
                .min_by_key(|(_, short)| short.answers)
                .map_or(("", 0), |(place, short)| (place.as_str(), short.answers));
            let needed = found.first().map_or(0, |(_, short)| short.needed);
            let places = match found.len() {
                1 => place.to_owned(),
                more => format!("{more} places, fewest in {place}"),
            };
            format!(
                "windows too short for a verdict on {metric}: it needs {needed} answers a trial, \
                 and there are {fewest} ({places}); it is exploratory there"
            )
        })
    }
}
