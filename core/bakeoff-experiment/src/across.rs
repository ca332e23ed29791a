//! The same candidates in two runs: unpaired, because rounds of different runs share no time.

use std::collections::BTreeMap;

use bakeoff_stats::descriptive::geometric_mean;
use bakeoff_stats::level::Level;
use bakeoff_stats::unpaired::welch_log;
use bakeoff_stats::verdict::{Margin, Verdict, judge};

use crate::analysis::{ANALYSIS_SCHEMA, Analysis, Comparison, Rig};
use crate::experiment::TWIN_SUFFIX;
use crate::metric::Direction;
use crate::short_window::{ShortWindow, ShortWindows, answers_by_place};
use crate::trials::Trials;

/// Where numbers were measured: workload, load, metric, candidate.
type Place = (String, String, String, String);

/// Compares each candidate of `head` with itself in `base`, cell by cell: `a` is `head`, `b` is
/// `base`. By Welch on logarithms (METHODS.md A4, unpaired fallback); margins and directions are
/// those of `base`. What drifted between the runs is in the differences.
pub fn across(base: &Trials, head: &Trials) -> Analysis {
    let (before, after) = (numbers(base), numbers(head));
    let shared: Vec<(&Place, &Vec<f64>, &Vec<f64>)> = after
        .iter()
        .filter_map(|(place, values)| Some((place, before.get(place)?, values)))
        .filter(|(_, old, new)| 2 <= old.len() && 2 <= new.len())
        .collect();
    let primary =
        shared.iter().filter(|(place, ..)| base.design.is_primary(&place.0, &place.2)).count();
    let answers = [answers_by_place(base), answers_by_place(head)];
    let mut short = ShortWindows::default();
    let mut comparisons = Vec::new();
    for (place, old, new) in shared {
        let Some(mut comparison) = compare(base, place, old, new, primary.max(1)) else { continue };
        let at = (comparison.workload.as_str(), comparison.load.as_str());
        let fewest = answers.iter().filter_map(|counts| counts.get(&at).copied()).min();
        if let Some(window) = ShortWindow::of(&comparison.metric, fewest) {
            if comparison.primary {
                short.add(&comparison.metric, &format!("{} at {}", at.0, at.1), window);
            }
            Verdict::Inconclusive.name().clone_into(&mut comparison.verdict);
            comparison.primary = false;
            comparison.notes = vec![window.to_string(), "exploratory".to_owned()];
        }
        comparisons.push(comparison);
    }
    let mut rig = Rig { valid: true, ..Rig::default() };
    rig.reasons.push(
        "the runs were made at different times: what drifted between them is in the differences"
            .to_owned(),
    );
    rig.reasons.extend(short.sentences());
    Analysis { schema: ANALYSIS_SCHEMA.to_owned(), comparisons, rig }
}

fn numbers(trials: &Trials) -> BTreeMap<Place, Vec<f64>> {
    let mut numbers: BTreeMap<Place, Vec<f64>> = BTreeMap::new();
    for row in trials.trials.iter().filter(|row| !row.candidate.ends_with(TWIN_SUFFIX)) {
        for (metric, value) in row.metrics.iter().filter(|(_, v)| v.is_finite() && 0.0 < *v) {
            let (workload, load) = (row.workload.clone(), row.load.clone());
            let place = (workload, load, metric.to_owned(), row.candidate.clone());
            numbers.entry(place).or_default().push(value);
        }
    }
    numbers
}

fn compare(
    base: &Trials,
    place: &Place,
    old: &[f64],
    new: &[f64],
    parts: usize,
) -> Option<Comparison> {
    let (workload, load, metric, candidate) = place;
    let is_primary = base.design.is_primary(workload, metric);
    let joint = Level::new(base.design.level).ok()?;
    let level = if is_primary { joint.split(parts) } else { joint };
    let margin = Margin::new(base.design.margin_of(metric)).ok()?;
    let welch = welch_log(new, old, level).ok()?;
    let lower_is_better = match base.design.direction_of(metric)? {
        Direction::Lower => welch.interval,
        Direction::Higher => welch.interval.negated(),
    };
    let judgement = judge(lower_is_better, margin);
    let ratio = welch.interval.exp();
    let limit = |value: f64| value.is_finite().then_some(value);
    Some(Comparison {
        workload: workload.clone(),
        load: load.clone(),
        metric: metric.to_owned(),
        a: candidate.clone(),
        b: candidate.clone(),
        rounds: old.len().min(new.len()) as u32,
        ratio: welch.difference.exp(),
        lower: limit(ratio.lower()),
        upper: limit(ratio.upper()),
        level: level.fraction(),
        margin: margin.fraction(),
        interval: "welch".to_owned(),
        verdict: judgement.verdict.name().to_owned(),
        primary: is_primary,
        a_mean: geometric_mean(new).ok()?,
        b_mean: geometric_mean(old).ok()?,
        rounds_needed: None,
        builds: None,
        notes: if judgement.immaterial {
            vec!["detectable but immaterial".to_owned()]
        } else {
            Vec::new()
        },
    })
}
