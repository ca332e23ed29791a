//! The candidates: what they are, and whether they could be measured.

use bakeoff_experiment::experiment::{Experiment, Source, Tuning, candidate_of, twin_of};
use bakeoff_experiment::record::{BuildOutcome, ContractRecord, TrialOutcome};
use serde::Serialize;

use super::journal::Journal;
use super::trial::Place;
use crate::text;

/// A candidate, in the order of the manifest.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CandidateRow {
    /// Its name.
    pub name: String,
    /// Its place among the candidates, from 0; fixes its colour and marker everywhere.
    pub slot: usize,
    /// The language it stands for.
    pub language: String,
    /// `out of the box` or `tuned`.
    pub tuning: &'static str,
    /// One line on what it is.
    pub note: String,
    /// Where it comes from.
    pub source: String,
    /// Whether the others are compared with it.
    pub reference: bool,
    /// What became of it.
    pub standing: Standing,
    /// Trials that count and that do not.
    pub sealed: u32,
    /// Trials that do not count.
    pub void: u32,
}

/// What became of a candidate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "standing", content = "why")]
pub enum Standing {
    /// It was measured.
    Measured,
    /// Its toolchain is missing: what was said, and what to install.
    Skipped(String),
    /// It could not be built.
    BuildFailed(String),
    /// It did not do what the contract asks; excluded from every comparison.
    Excluded(String),
    /// No trial of it counts.
    NotMeasured(String),
}

impl Standing {
    /// In a word or two.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Skipped(_) => "skipped",
            Self::BuildFailed(_) => "build failed",
            Self::Excluded(_) => "excluded",
            Self::NotMeasured(_) => "not measured",
        }
    }

    /// Why, unless it was measured.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Measured => None,
            Self::Skipped(why)
            | Self::BuildFailed(why)
            | Self::Excluded(why)
            | Self::NotMeasured(why) => Some(why),
        }
    }
}

/// How a label is shown: the twin of the reference as `go-nethttp (twin)`.
pub fn label(candidate: &str) -> String {
    let base = candidate_of(candidate);
    if base == candidate { candidate.to_owned() } else { format!("{base} (twin)") }
}

/// The candidates of the run and what became of them.
pub(crate) fn candidates(experiment: &Experiment, journal: &Journal) -> Vec<CandidateRow> {
    let count = |name: &str, sealed: bool| {
        let of_it = journal.trials.iter().filter(|trial| trial.planned.candidate == name);
        let like_it =
            of_it.filter(|trial| sealed == matches!(trial.outcome, TrialOutcome::Sealed(_)));
        like_it.count() as u32
    };
    experiment
        .candidates
        .iter()
        .enumerate()
        .map(|(slot, candidate)| {
            let sealed = count(&candidate.name, true);
            CandidateRow {
                name: text::line(&candidate.name),
                slot,
                language: text::line(&candidate.language),
                tuning: match candidate.tuning {
                    Tuning::OutOfTheBox => "out of the box",
                    Tuning::Tuned => "tuned",
                },
                note: text::line(&candidate.note),
                source: text::line(&match &candidate.source {
                    Source::Dir(dir) => dir.clone(),
                    Source::Git { rev, dir } => format!("{dir} at {rev}"),
                    Source::Url(url) => url.clone(),
                }),
                reference: candidate.name == experiment.reference,
                standing: standing(&candidate.name, sealed, journal),
                sealed,
                void: count(&candidate.name, false),
            }
        })
        .collect()
}

fn standing(name: &str, sealed: u32, journal: &Journal) -> Standing {
    let mut found = Standing::Measured;
    for built in journal.built.iter().filter(|built| built.candidate == name) {
        match &built.outcome {
            BuildOutcome::Done(_) => {}
            BuildOutcome::Skipped { reason, hint } => {
                found = Standing::Skipped(text::line(&format!("{reason}; {hint}")));
            }
            BuildOutcome::Failed { reason, .. } => {
                found = Standing::BuildFailed(text::line(reason));
            }
        }
    }
    let contracts = journal.contracts.iter().filter(|contract| contract.candidate == name);
    for contract in contracts.filter(|contract| !contract.passed()) {
        found = Standing::Excluded(text::line(&refusal(contract)));
    }
    if found == Standing::Measured && sealed == 0 {
        return Standing::NotMeasured("no trial of it counts".to_owned());
    }
    found
}

fn refusal(contract: &ContractRecord) -> String {
    match (&contract.broke, contract.failures.first()) {
        (Some(broke), _) => broke.clone(),
        (None, Some(first)) => format!(
            "{} of {} checks differ, first `{}`: {}",
            contract.failures.len(),
            contract.cases + contract.random,
            first.case,
            first.difference
        ),
        (None, None) => String::new(),
    }
}

/// The loads under which a workload ran, in the order of the manifest.
pub(crate) fn places(experiment: &Experiment) -> Vec<Place> {
    experiment
        .workloads
        .iter()
        .flat_map(|workload| {
            workload.loads.iter().map(|load| Place {
                workload: text::line(&workload.name),
                load: text::line(&load.to_string()),
            })
        })
        .collect()
}

/// The label of the reference's second run.
pub(crate) fn twin(experiment: &Experiment) -> String {
    text::line(&twin_of(&experiment.reference))
}
