//! What follows from a run: comparisons, decision, claims, report. A function of its records.

use std::collections::BTreeMap;

use bakeoff_decision::claims::Ledger;
use bakeoff_decision::{Beside, Decision, Evidence as DecisionEvidence, decide, evidence_of_run};
use bakeoff_experiment::analyse::analyse;
use bakeoff_experiment::analysis::Analysis;
use bakeoff_experiment::record::{Opened, Record, TrialOutcome};
use bakeoff_experiment::settle::{Settled, settle};
use bakeoff_experiment::trials::Trials;
use bakeoff_load::Times;
use bakeoff_report::report::build::units;
use bakeoff_report::report::claim::ClaimRow;
use bakeoff_report::report::picture::Distribution;
use bakeoff_report::{Evidence, Report};
use bakeoff_runner::run::LookVerdict;
use bakeoff_store::RunStore;

use crate::beside::{self, FilesNow};
use crate::claims::ledger;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::judging::Weights;

/// Points of a distribution handed to the report.
const POINTS_MAX: usize = 200;

/// What follows from a run.
pub(crate) struct Conclusion {
    /// How it began.
    pub(crate) opened: Opened,
    /// The raw trials.
    pub(crate) trials: Trials,
    /// The comparisons.
    pub(crate) analysis: Analysis,
    /// The decision, if anything is weighed and enough was measured.
    pub(crate) decision: Option<Decision>,
    /// The journal.
    pub(crate) records: Vec<Record>,
    /// The claims and what became of them, if the manifest names any.
    pub(crate) ledger: Option<Ledger>,
    distributions: Vec<Distribution>,
}

impl Conclusion {
    /// What follows from the run with the weights it was locked with.
    pub(crate) fn of(store: &RunStore) -> Result<Self, Failure> {
        Self::weighed(store, &Weights::default(), FilesNow::default())
    }

    /// What follows from the run with these weights, and its own files or those of now.
    pub(crate) fn weighed(
        store: &RunStore,
        weights: &Weights,
        now: FilesNow,
    ) -> Result<Self, Failure> {
        let records = store.records()?;
        let Some(Record::Opened(opened)) = records.first() else {
            return Err(Failure::new(
                Exit::StoreUnreadable,
                anyhow::anyhow!("the run never began"),
            ));
        };
        let opened = (**opened).clone();
        let trials = trials_of(&records)?;
        let analysis = analyse(&trials).map_err(|why| Failure::new(Exit::Bug, why))?;
        let evidence = evidence(&opened, &trials, weights, now)?;
        let decision = if evidence.criteria.is_empty() || evidence.alternatives.len() < 2 {
            None
        } else {
            Some(decide(&evidence).map_err(|problems| evidence_failure(&problems))?)
        };
        let distributions = distributions(store, &records)?;
        let ledger = ledger(&opened, &records, &trials, now)?;
        Ok(Self { opened, trials, analysis, decision, records, ledger, distributions })
    }

    /// The report.
    pub(crate) fn report(&self) -> Report {
        let claims = self
            .ledger
            .as_ref()
            .map_or(Vec::new(), |ledger| ClaimRow::of_ledger(ledger, &units(&self.records)));
        Report::new(&Evidence {
            records: &self.records,
            analysis: &self.analysis,
            decision: self.decision.as_ref(),
            claims: &claims,
            distributions: &self.distributions,
        })
    }

    /// Whether the rig can be trusted.
    pub(crate) fn is_valid(&self) -> bool {
        self.analysis.rig.valid
    }
}

/// Looks at the records of a run by its stop rule.
pub(crate) fn look(records: &[Record]) -> LookVerdict {
    let open = |reason: String| LookVerdict { settled: false, reason };
    let Some(Record::Opened(opened)) = records.first() else {
        return open("the run never began".to_owned());
    };
    let Some(trials) = Trials::from_records(records) else {
        return open("there are no trials".to_owned());
    };
    match analyse(&trials) {
        Err(why) => open(why.to_string()),
        Ok(analysis) => {
            let experiment = &opened.experiment;
            let Settled { settled, reason } =
                settle(&analysis, &experiment.judging.stop, &experiment.workloads);
            LookVerdict { settled, reason }
        }
    }
}

/// The raw trials of a run's records.
pub(crate) fn trials_of(records: &[Record]) -> Result<Trials, Failure> {
    Trials::from_records(records)
        .ok_or_else(|| Failure::new(Exit::StoreUnreadable, anyhow::anyhow!("the run never began")))
}

/// What a decision about the run rests on.
pub(crate) fn evidence(
    opened: &Opened,
    trials: &Trials,
    weights: &Weights,
    now: FilesNow,
) -> Result<DecisionEvidence, Failure> {
    let ratings = beside::ratings(opened, now)?;
    let swings = weights.swings(&opened.experiment)?;
    let beside = Beside { ratings: &ratings, swings, seed: opened.plan.seed };
    weights.shared(evidence_of_run(&opened.experiment, trials, &beside))
}

/// Problems of evidence, one a line.
pub(crate) fn evidence_failure(problems: &[bakeoff_decision::EvidenceProblem]) -> Failure {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    Failure::usage(lines.join("\n"))
}

/// Latency distributions by candidate and place, all sealed trials together.
fn distributions(store: &RunStore, records: &[Record]) -> Result<Vec<Distribution>, Failure> {
    let mut merged: BTreeMap<(String, String, String), Times> = BTreeMap::new();
    for record in records {
        let Record::Trial(trial) = record else { continue };
        match &trial.outcome {
            TrialOutcome::Void { .. } => continue,
            TrialOutcome::Sealed(_) => {}
        }
        let planned = &trial.planned;
        let Some(bytes) = store.blob(planned.id, trial.attempt, "latency")? else { continue };
        let times = Times::from_v2(&bytes).map_err(|why| {
            let error =
                anyhow::Error::new(why).context(format!("latencies of trial {}", planned.id));
            Failure::new(Exit::StoreUnreadable, error)
        })?;
        let key = (planned.workload.clone(), planned.load.to_string(), planned.candidate.clone());
        merged.entry(key).or_default().merge(&times);
    }
    let rows = merged.into_iter().map(|((workload, load, candidate), times)| Distribution {
        candidate,
        workload,
        load,
        requests: times.count(),
        points: points(&times),
    });
    Ok(rows.collect())
}

/// (seconds, share at or below), thinned to [`POINTS_MAX`] steps of equal share and a dense tail.
fn points(times: &Times) -> Vec<(f64, f64)> {
    let total = times.count() as f64;
    let mut below = 0_u64;
    let mut points: Vec<(f64, f64)> = Vec::new();
    for (nanos, count) in times.buckets() {
        below += count;
        let share = below as f64 / total;
        let last = points.last().map_or(0.0, |(_, share)| *share);
        // Steps shrink with the share that is left, so that the tail keeps its shape.
        let step = ((1.0 - last) / 10.0).min(1.0 / POINTS_MAX as f64);
        if step <= share - last || below == times.count() {
            points.push((nanos as f64 / 1e9, share));
        }
    }
    points
}
