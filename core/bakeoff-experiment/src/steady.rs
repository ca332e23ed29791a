//! Whether trials settle while they are measured (METHODS.md A10).

use std::collections::BTreeMap;

use bakeoff_stats::warmup::{Course, warm_up};

use crate::observation::Observation;
use crate::record::{Record, TrialOutcome};

/// The series by which a trial's course is told: the median latency, window by window.
const SERIES: &str = "latency-p50";
/// Share of the trials in which a course must show to be worth a sentence (METHODS.md A10).
const SHARE_MOST: f64 = 0.2;
/// Places named in a sentence; the rest is counted.
const NAMED_MOST: usize = 3;

/// What trials did that were not steady: a sentence for each course that more than a fifth of the trials
/// of some candidate somewhere took. Trials of fewer than eight windows say nothing.
pub fn sentences(records: &[Record]) -> Vec<String> {
    let mut trials: BTreeMap<(String, String), Vec<Course>> = BTreeMap::new();
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
            let count = courses.iter().filter(|own| **own == course).count();
            if count as f64 > SHARE_MOST * courses.len() as f64 {
                let of = courses.len();
                found.push((count, format!("{candidate} in {place} ({count} of {of} trials)")));
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

/// The course of a trial; `None` where there are too few windows. A window without answers has no
/// median.
fn course_of(observation: &Observation) -> Option<Course> {
    let windows: Vec<f64> = observation
        .series
        .get(SERIES)?
        .iter()
        .map(|(_, median)| *median)
        .filter(|median| *median > 0.0)
        .collect();
    warm_up(&windows).ok().map(|found| found.course)
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
            course_of(&observed(&medians))
        };
        assert_eq!(of(|_| 1.0), Some(Course::Flat));
        assert_eq!(of(|at| if at < 4 { 3.0 } else { 1.0 }), Some(Course::WarmUp));
        assert_eq!(of(|at| if at < 6 { 1.0 } else { 3.0 }), Some(Course::Slowdown));
        assert_eq!(of(|at| if at < 11 { 1.0 } else { 9.0 }), Some(Course::NoSteadyState));
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
