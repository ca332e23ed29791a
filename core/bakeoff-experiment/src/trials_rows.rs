//! Raw trials from the records of a run: what `export --trials` writes and `analyse` reads.

use std::collections::BTreeMap;

use crate::builds::Builds;
use crate::experiment::{Experiment, ProbeKind, Stop, twin_of};
use crate::metric::{Direction, EXACT, metric};
use crate::record::{BuildOutcome, Opened, Record, TrialOutcome};
use crate::trials::{Design, StopDesign, TRIALS_SCHEMA, TrialRow, Trials};

impl Trials {
    /// The sealed trials, probes and builds of a run; `None` if it was never opened.
    ///
    /// Probes and builds are rows without workload and load: one for each candidate and repetition.
    pub fn from_records<'a>(records: impl IntoIterator<Item = &'a Record>) -> Option<Self> {
        let mut opened: Option<&Opened> = None;
        let mut rows = Vec::new();
        let mut probed = Probed::default();
        let mut built = Vec::new();
        let mut builds = Builds::default();
        let mut looked_at = None;
        for record in records {
            match record {
                Record::Opened(first) => opened = Some(first),
                Record::Built(record) => {
                    builds.take(record);
                    built.push(record);
                }
                Record::Probe(probe) => probed.add(probe.round, &probe.candidate, &probe.metrics),
                Record::Trial(trial) => {
                    if let TrialOutcome::Sealed(observation) = &trial.outcome {
                        rows.push(TrialRow {
                            round: trial.planned.round,
                            position: trial.planned.position,
                            candidate: trial.planned.candidate.clone(),
                            workload: trial.planned.workload.clone(),
                            load: trial.planned.load.to_string(),
                            build: builds.number(trial.planned.runs(), trial.planned.round),
                            answers: observation
                                .answers
                                .map(|answers| u32::try_from(answers).unwrap_or(u32::MAX)),
                            metrics: observation
                                .metrics
                                .iter()
                                .map(|(name, value)| (name, *value))
                                .collect(),
                        });
                    }
                }
                Record::Host(_)
                | Record::Contract(_)
                | Record::Rates(_)
                | Record::Battery(_)
                | Record::Extended(_)
                | Record::Interrupted(_)
                | Record::Resumed(_) => {}
                Record::Finished(_) => {
                    let last = rows.iter().map(|row: &TrialRow| row.round).max().unwrap_or(0);
                    looked_at.get_or_insert(last);
                }
            }
        }
        let opened = opened?;
        for record in built {
            if let BuildOutcome::Done(receipt) = &record.outcome {
                probed.add_built(&record.candidate, &receipt.metrics);
            }
        }
        rows.extend(probed.rows());
        let mut design = design(&opened.experiment);
        if let ("fixed", Some(rounds), Some(looked_at)) =
            (design.stop.kind.as_str(), design.stop.rounds, looked_at)
        {
            // The end shows the verdicts. Where a budget ended it early, that was the one look, and
            // whatever is measured afterwards is a further one (METHODS.md A6).
            design.stop.rounds = Some(rounds.min(looked_at));
        }
        let present = |label: &String| rows.iter().any(|row| row.candidate == *label);
        // A candidate that was excluded has no trials, and a pair with it no verdict to share in.
        design.candidates.retain(|label| *label == design.reference || present(label));
        Some(Self { schema: TRIALS_SCHEMA.to_owned(), design, trials: rows })
    }
}

/// The numbers of probes and builds by repetition and candidate.
#[derive(Default)]
struct Probed {
    order: Vec<(u32, String)>,
    metrics: BTreeMap<(u32, String), BTreeMap<String, f64>>,
}

impl Probed {
    fn add(&mut self, round: u32, candidate: &str, metrics: &BTreeMap<String, f64>) {
        let key = (round, candidate.to_owned());
        if !self.metrics.contains_key(&key) {
            self.order.push(key.clone());
        }
        let row = self.metrics.entry(key).or_default();
        row.extend(metrics.iter().map(|(name, value)| (name.clone(), *value)));
    }

    /// What a build that trials ran yielded: one more repetition of what probes measured too,
    /// after theirs, and nothing new where it is the same number every time.
    fn add_built(&mut self, candidate: &str, metrics: &BTreeMap<String, f64>) {
        for (name, value) in metrics {
            let rounds = self.metrics.iter().filter(|((_, label), _)| label == candidate);
            let taken =
                rounds.filter(|(_, row)| row.contains_key(name)).map(|((round, _), _)| round);
            let free = taken.max().map_or(1, |last| last + 1);
            if free == 1 || !EXACT.contains(&name.as_str()) {
                self.add(free, candidate, &BTreeMap::from([(name.clone(), *value)]));
            }
        }
    }

    fn rows(self) -> Vec<TrialRow> {
        let mut positions: BTreeMap<u32, u32> = BTreeMap::new();
        let mut metrics = self.metrics;
        let mut rows = Vec::new();
        for key in self.order {
            let Some(metrics) = metrics.remove(&key).filter(|metrics| !metrics.is_empty()) else {
                continue;
            };
            let (round, candidate) = key;
            let position = positions.entry(round).or_default();
            rows.push(TrialRow {
                round,
                position: *position,
                candidate,
                workload: String::new(),
                load: String::new(),
                build: 1,
                answers: None,
                metrics: metrics.into_iter().collect(),
            });
            *position += 1;
        }
        rows
    }
}

/// What was decided before the data.
pub(crate) fn design(experiment: &Experiment) -> Design {
    let judging = &experiment.judging;
    let mut candidates: Vec<String> =
        experiment.candidates.iter().map(|candidate| candidate.name.clone()).collect();
    candidates.push(twin_of(&experiment.reference));
    let mut direction: BTreeMap<String, Direction> = crate::metric::METRICS
        .iter()
        .map(|metric| (metric.name.to_owned(), metric.better))
        .collect();
    for probe in &experiment.probes {
        if let ProbeKind::Program { subject, metrics, .. } = &probe.kind {
            direction.extend(metrics.iter().map(|(name, better)| (name.clone(), *better)));
            if !candidates.contains(subject) {
                candidates.push(subject.clone());
            }
        }
    }
    let margin = direction
        .keys()
        .map(|name| {
            let margin = judging.margins.get(name).copied().unwrap_or(judging.margin);
            (name.clone(), margin)
        })
        .collect();
    Design {
        candidates,
        reference: experiment.reference.clone(),
        margin,
        level: judging.level,
        stop: stop(&judging.stop, judging.prior_variance),
        direction,
        primary: judging.primary.clone(),
        exploratory: experiment
            .workloads
            .iter()
            .filter(|workload| workload.exploratory)
            .map(|workload| workload.name.clone())
            .collect(),
    }
}

fn stop(stop: &Stop, prior_variance: f64) -> StopDesign {
    let (kind, rounds, half_width) = match stop {
        Stop::Fixed { rounds } => ("fixed", *rounds, None),
        Stop::Decided { rounds_max, .. } => ("anytime", *rounds_max, None),
        Stop::Precision { half_width, rounds_max, .. } => {
            ("precision", *rounds_max, Some(*half_width))
        }
    };
    StopDesign {
        kind: kind.to_owned(),
        rounds: Some(rounds),
        prior_variance: Some(prior_variance),
        half_width,
        looks: Vec::new(),
    }
}

impl Design {
    /// The margin of a metric, as a fraction: 5 % unless declared otherwise.
    pub fn margin_of(&self, metric: &str) -> f64 {
        self.margin.get(metric).copied().unwrap_or(0.05)
    }

    /// Which way a metric is better, if anybody has said so.
    pub fn direction_of(&self, name: &str) -> Option<Direction> {
        self.direction.get(name).copied().or_else(|| metric(name).map(|metric| metric.better))
    }

    /// Whether verdicts on the metric in this workload share the joint confidence: those on metrics
    /// declared primary, else on those with a declared margin, else on all; none in a workload that
    /// is exploratory.
    pub fn is_primary(&self, workload: &str, metric: &str) -> bool {
        if self.exploratory.iter().any(|name| name == workload) {
            return false;
        }
        if self.primary.is_empty() {
            return self.margin.is_empty() || self.margin.contains_key(metric);
        }
        self.primary.iter().any(|name| name == metric)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_build_is_one_more_repetition_of_what_differs_from_time_to_time() {
        let numbers = |pairs: &[(&str, f64)]| -> BTreeMap<String, f64> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
        };
        let mut probed = Probed::default();
        for (round, seconds) in [(1, 6.0), (2, 7.0)] {
            probed.add(round, "a", &numbers(&[("build-clean", seconds), ("artifact-size", 9.0)]));
        }
        for candidate in ["a", "b"] {
            probed.add_built(candidate, &numbers(&[("build-clean", 5.0), ("artifact-size", 9.0)]));
        }
        let rows = probed.rows();
        let found = |candidate: &str, metric: &str| -> Vec<(u32, f64)> {
            let of = rows.iter().filter(|row| row.candidate == candidate);
            of.flat_map(|row| {
                let values = row.metrics.iter().filter(|(name, _)| *name == metric);
                values.map(|(_, value)| (row.round, value))
            })
            .collect()
        };
        assert_eq!(found("a", "build-clean"), [(1, 6.0), (2, 7.0), (3, 5.0)]);
        assert_eq!(found("a", "artifact-size"), [(1, 9.0), (2, 9.0)]);
        assert_eq!(found("b", "build-clean"), [(1, 5.0)]);
    }
}
