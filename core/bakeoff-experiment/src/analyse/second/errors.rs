//! How large the share of failed requests may really be (METHODS.md A3).

use std::collections::BTreeMap;

use bakeoff_stats::level::Level;
use bakeoff_stats::proportion;
use serde::{Deserialize, Serialize};

use crate::trials::Trials;

/// Failed requests of one candidate, over all its trials of a workload and load, with Clopper and Pearson's exact
/// limits. They take requests for independent, which failures in a row are not: the truth is at least as wide.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ErrorOpinion {
    /// The workload.
    pub workload: String,
    /// The load's label.
    pub load: String,
    /// The candidate.
    pub candidate: String,
    /// Requests, as far as trials count their answers.
    pub requests: u64,
    /// Those that failed.
    pub failed: u64,
    /// Lower limit of the share that fails.
    pub lower: f64,
    /// Upper limit; where none failed the one-sided one, about 3 over the number of requests at 95 %.
    pub upper: f64,
    /// Confidence of the limits.
    pub level: f64,
}

/// Of every candidate, workload and load whose trials count answers and errors.
pub(super) fn of(trials: &Trials, level: Level) -> Vec<ErrorOpinion> {
    let mut counts: BTreeMap<(&str, &str, &str), (u64, u64)> = BTreeMap::new();
    for row in &trials.trials {
        let share = row.metrics.iter().find(|(name, _)| *name == "errors").map(|(_, share)| share);
        let (Some(share), Some(answers)) = (share, row.answers) else { continue };
        if !(0.0..1.0).contains(&share) {
            continue;
        }
        let answers = u64::from(answers);
        // Answers are what is left when the failed ones are taken away.
        let failed = (share / (1.0 - share) * answers as f64).round() as u64;
        let place = (row.workload.as_str(), row.load.as_str(), row.candidate.as_str());
        let (requests, all_failed) = counts.entry(place).or_default();
        *requests += answers + failed;
        *all_failed += failed;
    }
    let opinion = |((workload, load, candidate), (requests, failed)): ((&str, &str, &str), _)| {
        let two_sided = proportion::interval(failed, requests, level).ok()?;
        let upper = if failed == 0 {
            proportion::upper_bound(failed, requests, level).ok()?
        } else {
            two_sided.upper()
        };
        Some(ErrorOpinion {
            workload: workload.to_owned(),
            load: load.to_owned(),
            candidate: candidate.to_owned(),
            requests,
            failed,
            lower: two_sided.lower(),
            upper,
            level: level.fraction(),
        })
    };
    counts.into_iter().filter_map(opinion).collect()
}
