//! What a run says about the criteria of its experiment, as evidence for a decision.

use std::collections::BTreeMap;

use bakeoff_experiment::criterion::{self, Cell};
use bakeoff_experiment::experiment::{Candidate, Experiment};
use bakeoff_experiment::metric::EXACT;
use bakeoff_experiment::trials::{TrialRow, Trials};

use crate::evidence::{
    Criterion, DRAWS_DEFAULT, EVIDENCE_SCHEMA, Evidence, Grade, Kind, Member, Requirement, Shape,
    WeightMode,
};
use crate::ratings::Ratings;

/// What a decision about a run rests on beside its trials.
#[derive(Clone, Debug)]
pub struct Beside<'a> {
    /// Ratings files by their path as the manifest has it.
    pub ratings: &'a BTreeMap<String, Ratings>,
    /// Swing points that replace those of the experiment, by criterion.
    pub swings: BTreeMap<String, f64>,
    /// Seed of the simulation.
    pub seed: u64,
}

/// The evidence of a run: the criteria and requirements of `experiment`, with a number per round
/// for each candidate that was measured. A criterion that nothing was measured, rated or cited
/// for is unknown, never zero.
///
/// A candidate that the manifest keeps out of a workload on which a criterion rests is measured
/// for another purpose and is no alternative.
pub fn evidence_of_run(experiment: &Experiment, trials: &Trials, beside: &Beside<'_>) -> Evidence {
    let alternatives: Vec<String> = experiment
        .candidates
        .iter()
        .filter(|candidate| is_weighed_whole(candidate, &experiment.criteria))
        .map(|candidate| candidate.name.clone())
        .filter(|name| trials.design.candidates.contains(name))
        .filter(|name| trials.trials.iter().any(|row| row.candidate == *name))
        .collect();
    let run = Run { experiment, trials, alternatives: &alternatives };
    let criteria = experiment.criteria.iter().map(|criterion| {
        let mut evidence = run.criterion(criterion, beside);
        if let Some(swing) = beside.swings.get(&criterion.name) {
            evidence.swing = Some(*swing);
        }
        evidence
    });
    let criteria: Vec<Criterion> = criteria.collect();
    let requirements = experiment.requirements.iter().map(|requirement| Requirement {
        name: requirement.name.clone(),
        rounds: run.rounds(&requirement.cell).0,
        min: requirement.min,
        max: requirement.max,
        ..Requirement::default()
    });
    let requirements = requirements.collect();
    Evidence {
        schema: EVIDENCE_SCHEMA.to_owned(),
        title: Some(experiment.title.clone()),
        seed: beside.seed,
        draws: DRAWS_DEFAULT,
        members: members(beside.ratings, &criteria),
        criteria,
        elicitation: None,
        weights: WeightMode::Swing,
        constraints: Vec::new(),
        groups: Vec::new(),
        requirements,
        signals: Vec::new(),
        alternatives,
    }
}

/// Whether `candidate` takes part in every workload that a criterion is measured on.
fn is_weighed_whole(candidate: &Candidate, criteria: &[criterion::Criterion]) -> bool {
    criteria.iter().all(|criterion| match &criterion.evidence {
        criterion::Evidence::Measured { cell, .. } => cell.workload.as_ref().is_none_or(|name| {
            candidate.workloads.is_empty() || candidate.workloads.contains(name)
        }),
        criterion::Evidence::Rated { .. }
        | criterion::Evidence::Cited { .. }
        | criterion::Evidence::Unknown => true,
    })
}

/// The people of the ratings files, with what they say of the criteria that are weighed.
fn members(ratings: &BTreeMap<String, Ratings>, criteria: &[Criterion]) -> Vec<Member> {
    let mut members: Vec<Member> = Vec::new();
    for mut member in ratings.values().flat_map(Ratings::members) {
        member.weights.retain(|name, _| criteria.iter().any(|known| known.name == *name));
        if !members.iter().any(|other| other.name == member.name) {
            members.push(member);
        }
    }
    members
}

struct Run<'a> {
    experiment: &'a Experiment,
    trials: &'a Trials,
    alternatives: &'a [String],
}

/// Standard deviation, on the log scale, assumed of what was measured only once.
const SPREAD_OF_ONE: f64 = 0.1;

/// For each alternative a number per round.
type Rounds = Vec<Option<Vec<Option<f64>>>>;

impl Run<'_> {
    fn criterion(&self, from: &criterion::Criterion, beside: &Beside<'_>) -> Criterion {
        let mut criterion =
            Criterion { name: from.name.clone(), swing: Some(from.swing), ..Criterion::default() };
        match &from.evidence {
            criterion::Evidence::Measured { cell, best, worst, shape } => {
                let (rounds, place) = self.rounds(cell);
                if rounds.iter().all(Option::is_none) {
                    return criterion;
                }
                criterion.kind = Kind::Measured;
                criterion.exact = EXACT.contains(&cell.metric.as_str());
                if !criterion.exact && rounds.iter().flatten().all(|row| known(row).count() < 2) {
                    // Measured once (a clean build): no spread to be had, so one is assumed.
                    criterion.exact = true;
                    criterion.transfer_sd = Some(SPREAD_OF_ONE);
                }
                criterion.rounds = rounds;
                criterion.trials = place;
                criterion.best = Some(*best);
                criterion.worst = Some(*worst);
                shape_of(shape, *best, *worst, &mut criterion);
                let zero =
                    criterion.rounds.iter().flatten().flat_map(|row| known(row)).any(|x| x <= 0.0);
                if zero && criterion.shape == Some(Shape::Log) {
                    // Nothing has no logarithm: by differences, which is then said.
                    criterion.shape = None;
                }
            }
            criterion::Evidence::Rated { file } => {
                let languages = self.languages();
                let rated = beside.ratings.get(file);
                if let Some(rated) = rated.and_then(|r| r.criterion(&from.name, &languages)) {
                    criterion = Criterion { swing: criterion.swing, ..rated };
                }
            }
            criterion::Evidence::Cited { source, grade, values } => {
                criterion.kind = Kind::Cited;
                criterion.shape = Some(Shape::Linear);
                criterion.best = Some(1.0);
                criterion.worst = Some(0.0);
                criterion.source = vec![source.clone()];
                criterion.grade = Some(grade_of(*grade));
                let of = |name: &String| values.iter().find(|(known, _)| known == name);
                criterion.triangular =
                    self.alternatives.iter().map(|name| of(name).map(|(_, t)| *t)).collect();
            }
            criterion::Evidence::Unknown => {}
        }
        criterion
    }

    /// The alternatives with their languages.
    fn languages(&self) -> Vec<(&str, &str)> {
        let language = |name: &str| {
            let of = |candidate: &&Candidate| candidate.name == name;
            self.experiment.candidates.iter().find(of).map_or("", |c| c.language.as_str())
        };
        self.alternatives.iter().map(|name| (name.as_str(), language(name))).collect()
    }

    /// The numbers of a cell and where they were measured.
    fn rounds(&self, cell: &Cell) -> (Rounds, Option<String>) {
        let Some((workload, load)) = self.place(cell) else {
            return (vec![None; self.alternatives.len()], None);
        };
        let here: Vec<&TrialRow> = self
            .trials
            .trials
            .iter()
            .filter(|row| row.workload == workload && row.load == load)
            .collect();
        let last = here.iter().map(|row| row.round).max().unwrap_or(0);
        let of = |name: &String| {
            let mut rounds = vec![None; last as usize];
            for row in here.iter().filter(|row| row.candidate == *name && 0 < row.round) {
                if let Some(value) = row.metrics.get(&cell.metric) {
                    rounds[row.round as usize - 1] = Some(value);
                }
            }
            rounds.iter().any(Option::is_some).then_some(rounds)
        };
        let rounds = self.alternatives.iter().map(of).collect();
        (rounds, Some(format!("{workload}|{load}")))
    }

    /// Workload and load of a cell: as named, else the workload's first load with that metric.
    fn place(&self, cell: &Cell) -> Option<(String, String)> {
        let Some(workload) = &cell.workload else { return Some((String::new(), String::new())) };
        if let Some(load) = &cell.load {
            return Some((workload.clone(), load.clone()));
        }
        let workload = self.experiment.workloads.iter().find(|known| known.name == *workload)?;
        let measured = |load: &String| {
            self.trials.trials.iter().any(|row| {
                row.workload == workload.name && row.load == *load && row.metrics.has(&cell.metric)
            })
        };
        let mut loads = workload.loads.iter().map(ToString::to_string);
        Some((workload.name.clone(), loads.find(measured)?))
    }
}

/// The numbers of a row.
fn known(row: &[Option<f64>]) -> impl Iterator<Item = f64> {
    row.iter().flatten().copied()
}

fn shape_of(shape: &criterion::Shape, best: f64, worst: f64, criterion: &mut Criterion) {
    criterion.shape = Some(match shape {
        criterion::Shape::Log => Shape::Log,
        criterion::Shape::Linear => Shape::Linear,
        criterion::Shape::Piecewise(knots) => {
            criterion.knots = knots.iter().map(|(x, value)| [*x, *value]).collect();
            Shape::Piecewise
        }
        criterion::Shape::Exponential(fraction) => {
            criterion.midvalue = Some(worst + fraction * (best - worst));
            Shape::Exponential
        }
    });
}

/// Grades of the manifest, 1 (direct and recent) to 4 (opinion).
fn grade_of(grade: u8) -> Grade {
    match grade {
        0 | 1 => Grade::Direct,
        2 => Grade::Indirect,
        3 => Grade::Old,
        4.. => Grade::Opinion,
    }
}
