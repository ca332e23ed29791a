//! Whether trials settle while they are measured (METHODS.md A10).

use std::collections::BTreeMap;

use bakeoff_stats::warmup::{Course, mser5, warm_up};

use crate::observation::Observation;
use crate::record::{Record, TrialOutcome};

/// The series by which a trial's course is told: the median latency, window by window.
const SERIES: &str = "latency-p50";
/// Share of the trials in which a course must show to be worth a sentence (METHODS.md A10).
const SHARE_MOST: f64 = 0.2;
/// Places named in a sentence; the rest is counted.
const NAMED_MOST: usize = 3;

/// A course, and how many windows MSER-5 would cut.
type Told = (Course, Option<usize>);

/// What trials did that were not steady: a sentence for each course that more than a fifth of the trials
/// of some candidate somewhere took. Trials of fewer than eight windows say nothing.
pub fn sentences(records: &[Record]) -> Vec<String> {
    let mut trials: BTreeMap<(String, String), Vec<Told>> = BTreeMap::new();
    for record in records {
        let Record::Trial(trial) = record else { continue };
        let TrialOutcome::Sealed(observation) = &trial.outcome else { continue };
        let planned = &trial.planned;
        if let Some(course) = course_of(observation) {
            let place = format!("{} at {}", planned.workload, planned.load);
            trials.entry((planned.candidate.clone(), place)).or_default().push(course);
        }
    }
    let said = |(course, text): (Course, &str)| {
        let mut found: Vec<(usize, String)> = Vec::new();
        for ((candidate, place), courses) in &trials {
            let took = courses.iter().filter(|(own, _)| *own == course);
            let count = took.clone().count();
            // What truncation would make of it: asked only where there is something to truncate.
            let cut = took.filter_map(|(_, cut)| *cut).max().filter(|_| course == Course::WarmUp);
            let cut =
                cut.map_or(String::new(), |windows| format!("; MSER-5 cuts {windows} windows"));
            if count as f64 > SHARE_MOST * courses.len() as f64 {
                let of = courses.len();
                found
                    .push((count, format!("{candidate} in {place} ({count} of {of} trials{cut})")));
            }
        }
        sentence(found, text)
    };
    [
        (Course::NoSteadyState, "no steady state, so the whole window is reported"),
        (
            Course::WarmUp,
            "still warming up when measuring began; a longer warm-up would not measure it",
        ),
        (Course::Slowdown, "slower at the end of the window than before"),
    ]
    .into_iter()
    .filter_map(said)
    .collect()
}

/// The course of a trial, and how many windows MSER-5 would cut from its start; `None` where there are too few
/// windows. A window without answers has no median.
fn course_of(observation: &Observation) -> Option<Told> {
    let windows: Vec<f64> = observation
        .series
        .get(SERIES)?
        .iter()
        .map(|(_, median)| *median)
        .filter(|median| *median > 0.0)
        .collect();
    let course = warm_up(&windows).ok()?.course;
    Some((course, mser5(&windows).ok()))
}

/// The worst places first.
fn sentence(mut found: Vec<(usize, String)>, text: &str) -> Option<String> {
    if found.is_empty() {
        return None;
    }
    found.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let more = found.len().saturating_sub(NAMED_MOST);
    let named: Vec<String> = found.into_iter().take(NAMED_MOST).map(|(_, place)| place).collect();
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    Some(format!("{text}: {}{more}", named.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(medians: &[f64]) -> Observation {
        let windows = (0..).map(f64::from).zip(medians.iter().copied()).collect();
        Observation {
            series: BTreeMap::from([(SERIES.to_owned(), windows)]),
            ..Observation::default()
        }
    }

    #[test]
    fn a_trial_is_flat_warms_up_slows_down_or_never_settles() {
        // A little noise that repeats, so that a level is one.
        let noise = [0.0, 0.01, -0.01, 0.005, -0.005, 0.01, -0.01, 0.0, 0.005, -0.005, 0.01, 0.0];
        let of = |level: fn(usize) -> f64| {
            let medians: Vec<f64> =
                noise.iter().enumerate().map(|(at, wobble)| level(at) + wobble).collect();
            course_of(&observed(&medians)).map(|(course, _)| course)
        };
        assert_eq!(of(|_| 1.0), Some(Course::Flat));
        assert_eq!(of(|at| if at < 4 { 3.0 } else { 1.0 }), Some(Course::WarmUp));
        assert_eq!(of(|at| if at < 6 { 1.0 } else { 3.0 }), Some(Course::Slowdown));
        assert_eq!(of(|at| if at < 11 { 1.0 } else { 9.0 }), Some(Course::NoSteadyState));
        let warming: Vec<f64> = (0..20).map(|at| if at < 5 { 3.0 } else { 1.0 }).collect();
        assert_eq!(course_of(&observed(&warming)), Some((Course::WarmUp, Some(5))));
        assert_eq!(course_of(&observed(&[1.0; 7])), None);
        assert_eq!(course_of(&Observation::default()), None);
    }

    #[test]
    fn the_worst_places_are_named_and_the_rest_counted() {
        let found = (1..=5).map(|count| (count, format!("p{count}"))).collect();
        assert_eq!(sentence(found, "said").as_deref(), Some("said: p5, p4, p3 and 2 more"));
        assert_eq!(sentence(Vec::new(), "said"), None);
    }
}
