//! The decision as the report speaks it: who, how surely, why, and what would flip it.

use bakeoff_decision::{BreakEven, Change, Decision, GateVerdict, Kind, LeaveOneOut, words};
use bakeoff_experiment::criterion::{Criterion, Evidence, Shape};
use serde::Serialize;

use super::comparison::{short_name, unit_of};
use crate::{quantity, text};

/// The most flip points, break-even points and changes that are told.
const TOLD_MAX: usize = 6;

/// The decision, in numbers and words.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DecisionRow {
    /// The alternatives: the leader first, then by probability of being best.
    pub alternatives: Vec<AlternativeRow>,
    /// Whether there is a leader at all: one that fails no requirement.
    pub leads: bool,
    /// In a word how sure it is: `clear`, `likely`, `leaning`, `toss-up`.
    pub sureness: String,
    /// What is weighed, heaviest first.
    pub criteria: Vec<CriterionRow>,
    /// Probability that no alternative meets every requirement.
    pub p_none: f64,
    /// Simulation draws.
    pub draws: u64,
    /// What they were drawn from.
    pub seed: u64,
    /// Weights at which the leader changes, nearest first, in words.
    pub flips: Vec<String>,
    /// The least change of all weights together that flips it, in words.
    pub closest: Option<String>,
    /// Quantities at which the lead is lost, in words.
    pub break_even: Vec<String>,
    /// What the answer would be without one criterion, rater or kind of evidence, where it flips.
    pub stands_on: Vec<String>,
    /// What to find out next, best first, in words.
    pub next: Vec<String>,
    /// What the members' own weights choose, in words.
    pub members: Option<String>,
    /// Share of the weight by kind of evidence.
    pub shares: Vec<(String, f64)>,
    /// What a reader must know: clipping, double counting, raters who disagree.
    pub warnings: Vec<String>,
}

/// One alternative.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AlternativeRow {
    /// Its name.
    pub name: String,
    /// Probability that it is the best that meets every requirement.
    pub p_best: f64,
    /// Mean value from 0 to 1.
    pub value: f64,
    /// Lower limit of the 90% interval of its value.
    pub value_lower: f64,
    /// Upper limit of the 90% interval of its value.
    pub value_upper: f64,
    /// What choosing it costs on average against the best of each draw, in value.
    pub expected_loss: f64,
    /// Mean weighted value by criterion, in the order of [`DecisionRow::criteria`].
    pub contributions: Vec<f64>,
    /// Mean value by criterion from 0 to 1, in the same order.
    pub values: Vec<f64>,
    /// Requirements: name, probability of meeting it, `pass`, `fail` or `undetermined`.
    pub gates: Vec<(String, f64, String)>,
}

impl AlternativeRow {
    /// Whether it fails a requirement; it is shown, not ranked.
    pub fn fails(&self) -> bool {
        self.gates.iter().any(|(_, _, state)| state == "fail")
    }
}

/// One thing that is weighed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CriterionRow {
    /// Its name.
    pub name: String,
    /// `measured`, `rated`, `cited` or `unknown`.
    pub kind: String,
    /// Its share of the weight.
    pub weight: f64,
    /// What it goes by, with its anchors, in words.
    pub basis: String,
}

impl DecisionRow {
    /// `decision` in words, the criteria described by what the manifest says of them.
    pub(crate) fn new(decision: &Decision, manifest: &[Criterion]) -> Self {
        let mut order: Vec<usize> = (0..decision.criteria.len()).collect();
        order.sort_by(|x, y| {
            decision.criteria[*y].weight.total_cmp(&decision.criteria[*x].weight).then(x.cmp(y))
        });
        let (leader, draws) = (decision.answer.leader.as_deref(), decision.draws as u64);
        let mut alternatives: Vec<AlternativeRow> =
            (0..decision.alternatives.len()).map(|at| alternative(decision, at, &order)).collect();
        let lead = leader.map(text::line);
        alternatives.sort_by(|x, y| {
            let leads = |row: &AlternativeRow| Some(&row.name) == lead.as_ref();
            leads(y).cmp(&leads(x)).then(y.p_best.total_cmp(&x.p_best)).then(x.name.cmp(&y.name))
        });
        let shares = decision.shares;
        Self {
            alternatives,
            leads: leader.is_some(),
            sureness: decision.answer.sureness.word().to_owned(),
            criteria: order.iter().map(|at| criterion(decision, *at, manifest)).collect(),
            p_none: decision.p_none,
            draws,
            seed: decision.seed,
            flips: decision
                .flips
                .iter()
                .take(TOLD_MAX)
                .map(|flip| text::line(&words::flip(flip)))
                .collect(),
            closest: decision.closest_flip.as_ref().map(|flip| {
                text::line(&format!(
                    "The least that draws {} level with {}: {:.3} of the weight moved, all weights \
                     together",
                    flip.to, flip.from, flip.weight_moved
                ))
            }),
            break_even: decision
                .break_even
                .iter()
                .take(TOLD_MAX)
                .map(|point| break_even(point, manifest))
                .collect(),
            stands_on: decision
                .leave_one_out
                .iter()
                .filter(|change| change.flips)
                .take(TOLD_MAX)
                .map(|change| stands_on(change, draws))
                .collect(),
            next: next(decision),
            members: decision.members.as_ref().map(|members| text::line(&members.sentence)),
            shares: vec![
                ("measured".to_owned(), shares.measured),
                ("rated".to_owned(), shares.rated),
                ("cited".to_owned(), shares.cited),
                ("unknown".to_owned(), shares.unknown),
            ],
            warnings: decision.warnings.iter().map(|warning| text::line(&warning.text)).collect(),
        }
    }

    /// The alternative most often best, if any may be chosen at all.
    pub fn leader(&self) -> Option<&AlternativeRow> {
        self.alternatives.first().filter(|_| self.leads)
    }

    /// Mean value of each alternative at these swing points: the sum of `w_j v_aj` with
    /// `w_j = p_j / sum p` (METHODS.md B3). Not a number if the points sum to nought.
    pub fn values_at(&self, points: &[f64]) -> Vec<f64> {
        let total: f64 = points.iter().sum();
        let value = |row: &AlternativeRow| {
            points.iter().zip(&row.values).map(|(point, value)| point / total * value).sum()
        };
        self.alternatives.iter().map(value).collect()
    }

    /// Whether anything must hold.
    pub fn has_gates(&self) -> bool {
        self.alternatives.iter().any(|alternative| !alternative.gates.is_empty())
    }

    /// The probability that none meets every requirement, as text.
    pub fn p_none_text(&self) -> String {
        self.probability(self.p_none)
    }

    /// `p` as text with no more digits than the draws support.
    pub fn probability(&self, p: f64) -> String {
        quantity::probability(p, self.draws)
    }
}

fn alternative(decision: &Decision, at: usize, order: &[usize]) -> AlternativeRow {
    let name = &decision.alternatives[at];
    let interval = decision.value.interval[at];
    AlternativeRow {
        name: text::line(name),
        p_best: decision.p_best[at],
        value: decision.value.mean[at],
        value_lower: interval[0],
        value_upper: interval[1],
        expected_loss: decision.expected_loss[at],
        contributions: order.iter().map(|j| decision.criteria[*j].contributions[at]).collect(),
        values: order.iter().map(|j| decision.criteria[*j].values[at]).collect(),
        gates: decision
            .gates
            .iter()
            .filter(|gate| gate.alternative == *name)
            .map(|gate| {
                let state = match gate.verdict {
                    GateVerdict::Pass => "pass",
                    GateVerdict::Fail => "fail",
                    GateVerdict::Undetermined => "undetermined",
                };
                (text::line(&gate.requirement), gate.probability, state.to_owned())
            })
            .collect(),
    }
}

fn criterion(decision: &Decision, at: usize, manifest: &[Criterion]) -> CriterionRow {
    let facts = &decision.criteria[at];
    let kind = match facts.kind {
        Kind::Measured => "measured",
        Kind::Rated => "rated",
        Kind::Cited => "cited",
        Kind::Unknown => "unknown",
    };
    let named = manifest.iter().find(|criterion| criterion.name == facts.name);
    let mut basis = named.map_or(String::new(), |criterion| basis(&criterion.evidence));
    for note in &facts.notes {
        basis = if basis.is_empty() { note.clone() } else { format!("{basis}; {note}") };
    }
    CriterionRow {
        name: text::line(&facts.name),
        kind: kind.to_owned(),
        weight: facts.weight,
        basis: text::line(&basis),
    }
}

/// What a criterion goes by: `p99 latency of json, from 50 ms (nothing) to 2 ms (all)`.
fn basis(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Measured { cell, best, worst, shape } => {
            let unit = unit_of(&cell.metric);
            let place = [cell.workload.as_deref(), cell.load.as_deref()];
            let place: Vec<&str> = place.into_iter().flatten().collect();
            let place =
                if place.is_empty() { String::new() } else { format!(" of {}", place.join(", ")) };
            let shape = match shape {
                Shape::Log => "equal ratios are worth the same",
                Shape::Linear => "equal differences are worth the same",
                Shape::Piecewise(_) => "straight lines between knots",
                Shape::Exponential(_) => "with diminishing returns",
            };
            format!(
                "{}{place}, from {} (worth nothing) to {} (worth all), {shape}",
                short_name(&cell.metric),
                unit.format(*worst),
                unit.format(*best)
            )
        }
        Evidence::Rated { file } => format!("ratings of people in {file}"),
        Evidence::Cited { source, grade, .. } => format!("{source}, grade {grade} of 4"),
        Evidence::Unknown => "nobody knows: anything from worst to best".to_owned(),
    }
}

/// `rust leads unless its p99 latency goes from 2.1 ms to 21 ms`.
fn break_even(point: &BreakEven, manifest: &[Criterion]) -> String {
    let cell =
        manifest.iter().find(|c| c.name == point.criterion).and_then(|c| match &c.evidence {
            Evidence::Measured { cell, .. } => Some(cell),
            Evidence::Rated { .. } | Evidence::Cited { .. } | Evidence::Unknown => None,
        });
    let print = |value: f64| match (cell, &point.unit) {
        (Some(cell), _) => unit_of(&cell.metric).format(value),
        (None, Some(unit)) => format!("{} {unit}", bakeoff_units::digits(value, 3)),
        (None, None) => bakeoff_units::digits(value, 3),
    };
    text::line(&format!(
        "{} and {} are level if {} of {} goes from {} to {}, all else equal",
        point.alternative,
        point.against,
        point.criterion,
        point.alternative,
        print(point.now),
        print(point.at)
    ))
}

/// `without cited evidence: go, 61 %`.
fn stands_on(change: &LeaveOneOut, draws: u64) -> String {
    let factor = change.factor.unwrap_or(1.0);
    let what = match change.change {
        Change::WithoutCriterion => format!("without the criterion {}", change.what),
        Change::WithoutKind => format!("without {} evidence", change.what),
        Change::OnlyKind => format!("with {} evidence alone", change.what),
        Change::WithoutRater => format!("without {}", change.what),
        Change::BestAnchor => format!("with the best anchor of {} times {factor:.2}", change.what),
        Change::WorstAnchor => {
            format!("with the worst anchor of {} times {factor:.2}", change.what)
        }
    };
    let p = change.p_best.iter().copied().fold(0.0_f64, f64::max);
    text::line(&format!("{what}: {}, {}", change.leader, quantity::probability(p, draws)))
}

fn next(decision: &Decision) -> Vec<String> {
    if decision.voi.stop {
        return vec![
            "No affordable measurement is likely to change this decision; what is left are the \
             weights."
                .to_owned(),
        ];
    }
    decision
        .voi
        .next
        .iter()
        .filter(|action| action.p_flip >= 0.005)
        .take(3)
        .enumerate()
        .map(|(at, action)| {
            let lead = if at == 0 { "What would change it most per hour" } else { "Then" };
            let assumed = if action.hours_assumed { ", assumed" } else { "" };
            let action_text = if action.action.contains(&action.criterion) {
                action.action.clone()
            } else {
                format!("{} ({})", action.action, action.criterion)
            };
            text::line(&format!(
                "{lead}: {action_text}, about {} hours{assumed}; changes the decision with {}",
                bakeoff_units::digits(action.hours, 2),
                quantity::percent(action.p_flip)
            ))
        })
        .collect()
}
