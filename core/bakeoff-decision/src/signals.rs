//! What a discrete signal would be worth: a spike that goes well or badly, an expert's yes or no (METHODS.md B8).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::{Evidence, EvidenceProblem};
use crate::evidence_reader::did_you_mean;
use crate::view::View;

/// Something that can be tried, and whose outcome would say more about one cell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signal {
    /// Name; all different.
    pub name: String,
    /// The criterion it speaks of.
    pub criterion: String,
    /// The alternative it speaks of.
    pub alternative: String,
    /// Hours it would take.
    pub hours: f64,
    /// What it may say; two at least.
    pub outcomes: Vec<Outcome>,
}

/// One thing that a signal may say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// In words; all different.
    pub says: String,
    /// How likely it is, given the true value of the cell: `[value, probability]` pairs by ascending value, straight
    /// lines between and level outside. At every value the outcomes of a signal sum to 1.
    pub given: Vec<[f64; 2]>,
}

/// What a signal is worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SignalFacts {
    /// The signal.
    pub signal: String,
    /// Expected gain in value.
    pub evsi: f64,
    /// Probability that it changes the decision.
    pub p_flip: f64,
    /// What each outcome would mean, in the order of the evidence.
    pub outcomes: Vec<OutcomeFacts>,
}

/// What one outcome of a signal would mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutcomeFacts {
    /// What it says.
    pub says: String,
    /// How likely it is now.
    pub probability: f64,
    /// Who would then be chosen; absent where nobody can be, or it never says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<String>,
    /// The expected value of that choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
}

/// What follows from a discrete signal about discrete states.
#[derive(Clone, Debug, PartialEq)]
pub struct Discrete {
    /// The alternative chosen without the signal; of equals the first.
    pub choice: Option<usize>,
    /// Its expected payoff.
    pub now: f64,
    /// Expected gain from hearing the signal before choosing.
    pub evsi: f64,
    /// Probability that another alternative is then chosen.
    pub p_flip: f64,
    /// Signal by signal: how likely it is, and what is then chosen with which expected payoff.
    pub heard: Vec<(f64, Option<(usize, f64)>)>,
}

/// The worth of a discrete signal: Bayes' rule for each of its outcomes, the best expected payoff after each, less the best
/// one before (Raiffa & Schlaifer 1961; METHODS.md B8).
///
/// `prior` weighs the states, `payoffs` is by alternative and state, `likelihood` by outcome and state.
pub fn discrete(prior: &[f64], payoffs: &[Vec<f64>], likelihood: &[Vec<f64>]) -> Discrete {
    let total: f64 = prior.iter().sum();
    let (choice, now) = best(payoffs, prior).unzip();
    let now = now.map_or(0.0, |sum: f64| sum / total);
    let (mut after, mut p_flip) = (0.0, 0.0);
    let mut heard = Vec::new();
    for likely in likelihood {
        let joint: Vec<f64> =
            prior.iter().zip(likely).map(|(prior, likely)| prior * likely).collect();
        let mass: f64 = joint.iter().sum();
        let chosen = best(payoffs, &joint).filter(|_| mass > 0.0);
        if let Some((at, sum)) = chosen {
            after += sum / total;
            p_flip += if Some(at) == choice { 0.0 } else { mass / total };
        }
        heard.push((mass / total, chosen.map(|(at, sum)| (at, sum / mass))));
    }
    Discrete { choice, now, evsi: (after - now).max(0.0), p_flip, heard }
}

/// The alternative with the largest weighed sum of payoffs, and that sum; of equals the first.
fn best(payoffs: &[Vec<f64>], weights: &[f64]) -> Option<(usize, f64)> {
    let sum = |row: &Vec<f64>| -> f64 {
        row.iter().zip(weights).map(|(payoff, weight)| payoff * weight).sum()
    };
    let sums = payoffs.iter().map(sum).enumerate();
    sums.reduce(|best, next| if next.1 > best.1 { next } else { best })
}

/// The height at `x` of straight lines between points, level outside.
fn height(points: &[[f64; 2]], x: f64) -> f64 {
    let right = points.partition_point(|point| point[0] < x);
    match (points.get(right.wrapping_sub(1)), points.get(right)) {
        (Some([x0, y0]), Some([x1, y1])) => y0 + (x - x0) / (x1 - x0) * (y1 - y0),
        (Some([_, y]), None) | (None, Some([_, y])) => *y,
        (None, None) => 0.0,
    }
}

/// Of each signal of the evidence, from the draws kept: each is a state.
pub(crate) fn facts(view: &View, evpi: f64) -> Vec<SignalFacts> {
    let evidence = &view.model.evidence;
    if evidence.signals.is_empty() {
        return Vec::new();
    }
    let payoffs: Vec<Vec<f64>> = view
        .eligible
        .iter()
        .map(|at| view.totals[*at].iter().map(|value| f64::from(*value)).collect())
        .collect();
    let prior = vec![1.0; view.outcome.sample.draws];
    let of = |signal: &Signal| {
        let j = evidence.criteria.iter().position(|known| known.name == signal.criterion)?;
        let a = evidence.alternatives.iter().position(|known| *known == signal.alternative)?;
        let cells = &view.outcome.sample.cells[j][a];
        let likely = |outcome: &Outcome| -> Vec<f64> {
            cells.iter().map(|value| height(&outcome.given, f64::from(*value))).collect()
        };
        let likelihood: Vec<Vec<f64>> = signal.outcomes.iter().map(likely).collect();
        let found = discrete(&prior, &payoffs, &likelihood);
        let heard = signal.outcomes.iter().zip(&found.heard);
        let outcomes = heard.map(|(outcome, (probability, chosen))| OutcomeFacts {
            says: outcome.says.clone(),
            probability: *probability,
            choice: chosen.map(|(at, _)| view.name(view.eligible[at])),
            value: chosen.map(|(_, value)| value),
        });
        Some(SignalFacts {
            signal: signal.name.clone(),
            evsi: found.evsi.min(evpi),
            p_flip: found.p_flip,
            outcomes: outcomes.collect(),
        })
    };
    evidence.signals.iter().filter_map(of).collect()
}

/// What is wrong with the signals of evidence.
pub(crate) fn problems(evidence: &Evidence) -> Vec<EvidenceProblem> {
    let mut found = Vec::new();
    for (index, signal) in evidence.signals.iter().enumerate() {
        let mut say = |field: &str, reason: String| {
            found.push(EvidenceProblem::new(format!("signals[{index}]{field}"), reason));
        };
        if evidence.signals[..index].iter().any(|other| other.name == signal.name) {
            say(".name", "repeats another signal's".to_owned());
        }
        if !evidence.criteria.iter().any(|known| known.name == signal.criterion) {
            let names = evidence.criteria.iter().map(|known| known.name.as_str());
            say(".criterion", format!("is no criterion{}", did_you_mean(&signal.criterion, names)));
        }
        if !evidence.alternatives.contains(&signal.alternative) {
            let names = evidence.alternatives.iter().map(String::as_str);
            let hint = did_you_mean(&signal.alternative, names);
            say(".alternative", format!("is no alternative{hint}"));
        }
        if !(1e-6..=1e6).contains(&signal.hours) {
            say(".hours", "is not within 1e-6 to 1e6".to_owned());
        }
        if signal.outcomes.len() < 2 {
            say(".outcomes", "needs two at least: what is always said says nothing".to_owned());
        }
        for (place, outcome) in signal.outcomes.iter().enumerate() {
            if !is_likelihood(&outcome.given) {
                let reason = "needs [value, probability] pairs from 0 to 1, values ascending";
                say(&format!(".outcomes[{place}].given"), reason.to_owned());
            }
        }
        if let Some((value, sum)) = off_one(&signal.outcomes) {
            say(".outcomes", format!("sum to {sum:.3} at value {value}, not to 1"));
        }
    }
    found
}

fn is_likelihood(given: &[[f64; 2]]) -> bool {
    let inside = given.iter().flatten().all(|number| (0.0..=1.0).contains(number));
    !given.is_empty() && inside && given.is_sorted_by(|a, b| a[0] < b[0])
}

/// A value at which the outcomes do not sum to 1. Between neighbouring joints all lines are straight, and so is the sum.
fn off_one(outcomes: &[Outcome]) -> Option<(f64, f64)> {
    if !outcomes.iter().all(|outcome| is_likelihood(&outcome.given)) {
        return None;
    }
    let joints = outcomes.iter().flat_map(|outcome| outcome.given.iter().map(|point| point[0]));
    let sum = |x: f64| outcomes.iter().map(|outcome| height(&outcome.given, x)).sum::<f64>();
    joints.map(|x| (x, sum(x))).find(|(_, sum)| (sum - 1.0).abs() > 1e-9)
}
