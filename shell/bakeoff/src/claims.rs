//! Claims of the manifest, held against a run.

use bakeoff_decision::claims::{CandidateFacts, Grounds, Ledger, judge};
use bakeoff_decision::{Beside, WeightMode, decide, evidence_of_run};
use bakeoff_experiment::experiment::twin_of;
use bakeoff_experiment::progress::Progress;
use bakeoff_experiment::record::{Opened, Record};
use bakeoff_experiment::trials::Trials;

use crate::beside::{self, FilesNow};
use crate::failure::Failure;

/// Draws of weights for the share of weight space in which each candidate is best.
const SPACE_DRAWS: usize = 20_000;

/// The claims of the run's manifest with their verdicts; `None` if it names none.
pub(crate) fn ledger(
    opened: &Opened,
    records: &[Record],
    trials: &Trials,
    now: FilesNow,
) -> Result<Option<Ledger>, Failure> {
    let Some(claims) = beside::claims(opened, now)? else { return Ok(None) };
    Ok(Some(judge(&claims, &grounds(opened, records, trials, now)?)))
}

/// Everything that claims may be held against.
fn grounds(
    opened: &Opened,
    records: &[Record],
    trials: &Trials,
    now: FilesNow,
) -> Result<Grounds, Failure> {
    let experiment = &opened.experiment;
    let mut grounds = Grounds::of_trials(trials);
    let progress = Progress::of(records);
    for candidate in &experiment.candidates {
        let absent = progress.excluded().get(&candidate.name).map(|why| why.reason().to_owned());
        let facts = CandidateFacts { language: candidate.language.clone(), absent };
        grounds.candidates.insert(candidate.name.clone(), facts);
    }
    grounds.candidates.remove(&twin_of(&experiment.reference));
    for record in records {
        if let Record::Battery(battery) = record {
            grounds.battery.clone_from(&battery.programs);
        }
    }
    let ratings = beside::ratings(opened, now)?;
    let languages: Vec<(&str, &str)> = experiment
        .candidates
        .iter()
        .map(|candidate| (candidate.name.as_str(), candidate.language.as_str()))
        .collect();
    for file in ratings.values() {
        grounds.panels.extend(file.panels(&languages));
    }
    let beside = Beside {
        ratings: &ratings,
        swings: std::collections::BTreeMap::new(),
        seed: opened.plan.seed,
    };
    let mut evidence = evidence_of_run(experiment, trials, &beside);
    if evidence.criteria.len() > 1 && evidence.alternatives.len() > 1 {
        evidence.weights = WeightMode::None;
        evidence.members.clear();
        evidence.draws = SPACE_DRAWS;
        // A model that does not hold is reported where the decision is made.
        if let Ok(decision) = decide(&evidence) {
            grounds.weight_space = decision.alternatives.into_iter().zip(decision.p_best).collect();
        }
    }
    Ok(grounds)
}
