//! Checked evidence in a canonical order, ready to be drawn from.

use crate::cells::{Column, Deviations, Source, columns};
use crate::check::problems;
use crate::elicitation::{ElicitationFacts, elicited};
use crate::evidence::{Criterion, Evidence, EvidenceProblem, Kind, Requirement, WeightMode};
use crate::weight_region::Region;
use crate::{weight_drawer, weights};

/// Evidence that has passed every check, sorted by name so that the order in which people wrote
/// it changes nothing.
#[derive(Clone, Debug)]
pub struct Model {
    /// Alternatives and criteria sorted by name.
    pub(crate) evidence: Evidence,
    /// Place in the evidence as given, of each alternative here.
    pub(crate) alternative_given: Vec<usize>,
    /// Place in the evidence as given, of each criterion here.
    pub(crate) criterion_given: Vec<usize>,
    /// Weight of each criterion here; they sum to 1.
    pub(crate) weights: Vec<f64>,
    /// Cells, criterion by criterion; after them those that only requirements ask for.
    pub(crate) columns: Vec<Column>,
    pub(crate) gates: Vec<Gate>,
    /// The weights that follow from comparisons, if there were any; as given, not as sorted here.
    pub(crate) elicited: Option<ElicitationFacts>,
    /// What constraints leave of all weights, if there are any.
    pub(crate) region: Option<Region>,
}

/// A requirement, resolved.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    pub(crate) name: String,
    pub(crate) test: Test,
}

/// What a requirement looks at.
#[derive(Clone, Debug)]
pub(crate) enum Test {
    /// The quantity of a column must lie within limits, in its natural unit.
    Quantity { column: usize, min: Option<f64>, max: Option<f64> },
    /// It is known whether it holds, alternative by alternative.
    Known(Vec<Option<bool>>),
}

impl Model {
    /// Checks evidence and brings it into canonical order.
    ///
    /// # Errors
    ///
    /// Every problem of the evidence, with its path in the evidence as given.
    pub fn new(evidence: &Evidence) -> Result<Self, Vec<EvidenceProblem>> {
        let problems = problems(evidence);
        if !problems.is_empty() {
            return Err(problems);
        }
        let elicited = elicited(evidence)?;
        let evidence = &evidence.with_elicited_swings()?;
        let alternative_given = sorted_places(&evidence.alternatives);
        let names: Vec<String> = evidence.criteria.iter().map(|c| c.name.clone()).collect();
        let criterion_given = sorted_places(&names);
        let evidence = sorted(evidence, &alternative_given, &criterion_given);
        let streams = streams(&evidence);
        let mut columns = columns(&evidence, &streams);
        let gates = gates(&evidence, &streams, &mut columns);
        let region = Region::of(&evidence)?;
        let weights = match &region {
            Some(region) => weight_drawer::centre(&evidence, region),
            None => weights::representative(&evidence),
        };
        Ok(Self {
            evidence,
            alternative_given,
            criterion_given,
            weights,
            columns,
            gates,
            elicited,
            region,
        })
    }

    /// Weights of the criteria in the order of the evidence as given.
    pub fn weights(&self) -> Vec<f64> {
        let mut given = vec![0.0; self.weights.len()];
        for (weight, place) in self.weights.iter().zip(&self.criterion_given) {
            given[*place] = *weight;
        }
        given
    }

    /// `values`, one for each alternative here, in the order of the evidence as given.
    pub(crate) fn as_given<T: Clone>(&self, values: &[T]) -> Vec<T> {
        let mut here: Vec<usize> = (0..values.len()).collect();
        here.sort_by_key(|at| self.alternative_given[*at]);
        here.into_iter().map(|at| values[at].clone()).collect()
    }

    pub(crate) fn alternatives(&self) -> usize {
        self.evidence.alternatives.len()
    }

    pub(crate) fn criteria(&self) -> usize {
        self.evidence.criteria.len()
    }

    /// Whether weights differ from draw to draw.
    pub(crate) fn weights_vary(&self) -> bool {
        self.evidence.weights != WeightMode::Swing
    }
}

fn sorted_places(names: &[String]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..names.len()).collect();
    places.sort_by(|a, b| names[*a].cmp(&names[*b]));
    places
}

fn pick<T: Clone>(rows: &[T], places: &[usize]) -> Vec<T> {
    places.iter().filter_map(|place| rows.get(*place).cloned()).collect()
}

fn sorted(evidence: &Evidence, alternatives: &[usize], criteria: &[usize]) -> Evidence {
    let criterion = |given: &usize| {
        let mut criterion = evidence.criteria[*given].clone();
        criterion.rounds = pick(&criterion.rounds, alternatives);
        criterion.scores = pick(&criterion.scores, alternatives);
        criterion.ranges = pick(&criterion.ranges, alternatives);
        criterion.triangular = pick(&criterion.triangular, alternatives);
        criterion.pert = pick(&criterion.pert, alternatives);
        criterion.interval = pick(&criterion.interval, alternatives);
        criterion.normal = pick(&criterion.normal, alternatives);
        if criterion.source.len() > 1 {
            criterion.source = pick(&criterion.source, alternatives);
        }
        criterion
    };
    let requirement = |requirement: &Requirement| Requirement {
        rounds: pick(&requirement.rounds, alternatives),
        holds: pick(&requirement.holds, alternatives),
        ..requirement.clone()
    };
    let mut members = evidence.members.clone();
    members.sort_by(|a, b| a.name.cmp(&b.name));
    let mut requirements: Vec<Requirement> =
        evidence.requirements.iter().map(requirement).collect();
    requirements.sort_by(|a, b| a.name.cmp(&b.name));
    Evidence {
        alternatives: pick(&evidence.alternatives, alternatives),
        criteria: criteria.iter().map(criterion).collect(),
        members,
        requirements,
        ..evidence.clone()
    }
}

/// What each alternative's own draws hang on. An alternative whose every cell equals another's,
/// measured noise included, is a copy of it and shares its draws: the pair then ties, and splits
/// what the original had (METHODS.md D).
fn streams(evidence: &Evidence) -> Vec<String> {
    let copy_of = |at: usize| {
        let noisy = |criterion: &Criterion| {
            let row = criterion.rounds.get(at).and_then(Option::as_ref);
            row.is_some_and(|row| row.iter().any(|x| *x != row[0]))
        };
        if !evidence.criteria.iter().any(noisy) {
            return None;
        }
        (0..at).find(|other| {
            evidence.criteria.iter().all(|criterion| same_cells(criterion, at, *other))
        })
    };
    (0..evidence.alternatives.len())
        .map(|at| evidence.alternatives[copy_of(at).unwrap_or(at)].clone())
        .collect()
}

fn same_cells(criterion: &Criterion, a: usize, b: usize) -> bool {
    criterion.rounds.get(a) == criterion.rounds.get(b)
        && criterion.scores.get(a) == criterion.scores.get(b)
        && criterion.ranges.get(a) == criterion.ranges.get(b)
        && criterion.triangular.get(a) == criterion.triangular.get(b)
        && criterion.pert.get(a) == criterion.pert.get(b)
        && criterion.interval.get(a) == criterion.interval.get(b)
        && criterion.normal.get(a) == criterion.normal.get(b)
}

fn gates(evidence: &Evidence, streams: &[String], columns: &mut Vec<Column>) -> Vec<Gate> {
    let mut gates = Vec::new();
    for (column, criterion) in evidence.criteria.iter().enumerate() {
        if criterion.min.or(criterion.max).is_some() {
            let test = Test::Quantity { column, min: criterion.min, max: criterion.max };
            gates.push(Gate { name: criterion.name.clone(), test });
        }
    }
    for requirement in &evidence.requirements {
        let name = requirement.name.clone();
        let test = if let Some(criterion) = &requirement.criterion {
            let column = evidence.criteria.iter().position(|c| c.name == *criterion);
            let (min, max) = (requirement.min, requirement.max);
            column.map(|column| Test::Quantity { column, min, max })
        } else if requirement.rounds.is_empty() {
            Some(Test::Known(requirement.holds.clone()))
        } else {
            let column = columns.len();
            columns.push(own_column(requirement, streams));
            let (min, max) = (requirement.min, requirement.max);
            Some(Test::Quantity { column, min, max })
        };
        gates.extend(test.map(|test| Gate { name, test }));
    }
    gates
}

/// The quantity of a requirement that no criterion weighs; its anchors only make it drawable.
fn own_column(requirement: &Requirement, streams: &[String]) -> Column {
    let single = requirement.rounds.iter().all(|row| row.as_ref().is_none_or(|row| row.len() < 2));
    let criterion = Criterion {
        name: format!("requirement {}", requirement.name),
        kind: Kind::Measured,
        rounds: requirement.rounds.clone(),
        best: Some(0.0),
        worst: Some(1.0),
        exact: single,
        ..Criterion::default()
    };
    crate::cells::measured::column(&criterion, streams, None)
}

impl Gate {
    /// The deviations from its centre within which `at` passes, for a quantity; unbounded sides
    /// are infinite. A limit that equals the centre but for rounding lies at it.
    pub(crate) fn limits(&self, columns: &[Column], at: usize) -> Option<(f32, f32)> {
        let Test::Quantity { column, min, max } = &self.test else { return None };
        let cell = &columns[*column].cells[at];
        let centre = cell.quantity?;
        if matches!(cell.source, Source::Uniform) {
            return None;
        }
        let deviation = |limit: f64| {
            let scale = limit.abs().max(centre.abs());
            if (limit - centre).abs() <= 1e-12 * scale {
                return 0.0;
            }
            match cell.deviations {
                Deviations::Natural { unit } => (limit - centre) / unit,
                Deviations::Logarithmic if limit > 0.0 => (limit / centre).ln(),
                Deviations::Logarithmic => f64::NEG_INFINITY,
            }
        };
        let low = min.map_or(f64::NEG_INFINITY, deviation);
        let high = max.map_or(f64::INFINITY, deviation);
        Some((low as f32, high as f32))
    }
}
