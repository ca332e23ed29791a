//! What to find out next: the value of information, criterion by criterion and hour by hour.

use bakeoff_stats::sample::Moments;

use crate::decide::{best_mean, criteria_as_given};
use crate::decision::{CriterionVoi, NextAction, Voi};
use crate::evidence::{Criterion, Kind};
use crate::signals::{self, Signal, SignalFacts};
use crate::view::View;
use crate::voi::{
    NormalVoi, Worth, conditionals, flip_probability, mean, preposterior_sd, two_normal, worth,
    worth_by_regression,
};
use crate::weights;

/// Below this probability of a change, measuring on is not worth it (METHODS.md 0).
pub(crate) const FLIP_LEAST: f64 = 0.05;

/// The next action that a criterion allows.
struct Action {
    more: u32,
    hours: f64,
    assumed: bool,
    words: String,
    /// How much of what is uncertain it would settle.
    share: f64,
    upper_bound: bool,
}

pub(crate) fn voi(view: &View) -> Voi {
    let now = view.eligible.iter().map(|at| view.outcome.mean_value(*at));
    let now = now.fold(f64::NEG_INFINITY, f64::max);
    let evpi = if view.eligible.is_empty() { 0.0 } else { (best_mean(view) - now).max(0.0) };
    let mut criteria = Vec::new();
    let mut next = Vec::new();
    for j in 0..view.model.criteria() {
        let (facts, action) = of_criterion(view, j, evpi);
        criteria.push(facts);
        next.extend(action);
    }
    let signals = signals::facts(view, evpi);
    next.extend(signals.iter().zip(&view.model.evidence.signals).map(tried));
    next.sort_by(|a, b| {
        b.evsi_per_hour.total_cmp(&a.evsi_per_hour).then(a.criterion.cmp(&b.criterion))
    });
    let requirements = of_requirements(view);
    let stop = next.iter().all(|action| action.p_flip < FLIP_LEAST)
        && requirements.is_none_or(|p| p < FLIP_LEAST);
    Voi {
        evpi,
        weights: of_weights(view),
        p_flip_requirements: requirements,
        criteria: criteria_as_given(view.model, &criteria),
        signals,
        next,
        stop,
        notes: notes(view),
    }
}

fn of_criterion(view: &View, j: usize, evpi: f64) -> (CriterionVoi, Option<NextAction>) {
    let criterion = &view.model.evidence.criteria[j];
    let column = &view.model.columns[j];
    let sample = &view.outcome.sample;
    let weight = view.model.weights[j];
    // Drawn from the same rounds as others: what is learnt of one is learnt of them too.
    let regression = column.joint && !view.model.weights_vary();
    let lines = if regression {
        conditionals(sample, j, weight, &view.values, &view.eligible)
    } else {
        Vec::new()
    };
    let centres: Vec<f64> = sample.cells[j].iter().map(|cells| mean(cells)).collect();
    let of = |share: f64| {
        let Worth { gain, flip } = if regression {
            worth_by_regression(&lines, share)
        } else {
            let around = [&centres[..], &view.values[..]];
            worth(sample, j, around, weight, &view.eligible, share)
        };
        // Part of the information cannot be worth more than all of it; draws may err by a hair.
        Worth { gain: gain.min(evpi), flip }
    };
    let all = of(1.0);
    let action = action_of(criterion, column.repeats, column.reducible);
    let taken = action.as_ref().map_or(Worth { gain: 0.0, flip: 0.0 }, |action| of(action.share));
    let facts = CriterionVoi {
        normal: by_formula(view, j, weight, action.as_ref().map_or(0.0, |action| action.share))
            .filter(|_| !regression),
        criterion: criterion.name.clone(),
        evppi: all.gain,
        evsi: taken.gain.min(all.gain),
        p_flip: taken.flip,
        regression,
    };
    let next = action.filter(|_| view.model.weights[j] > 0.0).map(|action| NextAction {
        criterion: criterion.name.clone(),
        action: action.words,
        more: action.more,
        hours: action.hours,
        hours_assumed: action.assumed,
        evsi: facts.evsi,
        evsi_per_hour: facts.evsi / action.hours,
        p_flip: facts.p_flip,
        upper_bound: action.upper_bound,
    });
    (facts, next)
}

/// A signal as something to do next.
fn tried((facts, signal): (&SignalFacts, &Signal)) -> NextAction {
    NextAction {
        criterion: signal.criterion.clone(),
        action: signal.name.clone(),
        more: 1,
        hours: signal.hours,
        hours_assumed: false,
        evsi: facts.evsi,
        evsi_per_hour: facts.evsi / signal.hours,
        p_flip: facts.p_flip,
        upper_bound: false,
    }
}

/// The closed form for two alternatives (METHODS.md B8), an action settling `share` of what is uncertain.
fn by_formula(view: &View, j: usize, weight: f64, share: f64) -> Option<NormalVoi> {
    let [a, b] = view.eligible[..] else { return None };
    let cells = &view.outcome.sample.cells[j];
    let gaps: Vec<f64> =
        cells[a].iter().zip(&cells[b]).map(|(a, b)| f64::from(a - b) * weight).collect();
    let sd = Moments::of(&gaps).ok()?.sd;
    let mean = view.values[a] - view.values[b];
    // What is left to err after the action, as if of a single observation.
    let before = if share > 0.0 {
        preposterior_sd(sd, sd * (1.0 / share - 1.0).max(0.0).sqrt(), 1.0)
    } else {
        0.0
    };
    Some(NormalVoi {
        evppi: two_normal(mean, sd),
        evsi: two_normal(mean, before),
        p_flip: flip_probability(mean, before),
    })
}

/// The next action on a criterion: 8 rounds, 3 ratings or one citation, unless the evidence says
/// how many; three minutes a round, a quarter of an hour a rating and half a day of looking up or
/// measuring, unless it says how long. `None` where nothing is left to learn.
fn action_of(criterion: &Criterion, repeats: usize, reducible: f64) -> Option<Action> {
    let (many, each, noun) = match criterion.kind {
        Kind::Measured => (8, 0.05, "round"),
        Kind::Rated => (3, 0.25, "rating"),
        Kind::Cited | Kind::Unknown => (1, 4.0, "measurement"),
    };
    let more = criterion.more.unwrap_or(many);
    let share = match criterion.kind {
        Kind::Measured if repeats == 0 => return None,
        Kind::Measured => reducible * f64::from(more) / (repeats as f64 + f64::from(more)),
        Kind::Rated => f64::from(more) / (repeats.max(1) as f64 + f64::from(more)),
        Kind::Cited | Kind::Unknown => 1.0,
    };
    if share <= 0.0 {
        return None;
    }
    let upper_bound = matches!(criterion.kind, Kind::Cited | Kind::Unknown);
    let plural = if more == 1 { "" } else { "s" };
    let name = &criterion.name;
    let words = match criterion.kind {
        Kind::Measured | Kind::Rated => format!("{more} more {noun}{plural} of {name}"),
        Kind::Cited => format!("a measurement of {name} in place of the citation"),
        Kind::Unknown => format!("a first measurement of {name}"),
    };
    Some(Action {
        more,
        hours: criterion.effort.unwrap_or(each) * f64::from(more),
        assumed: criterion.effort.is_none(),
        words,
        share,
        upper_bound,
    })
}

/// Probability that the leader fails a requirement in which another that may be chosen holds all: that
/// knowing them would change the decision. No value of it, since failing has none (METHODS.md B6, B8).
fn of_requirements(view: &View) -> Option<f64> {
    let feasible = &view.outcome.sample.feasible;
    let leader = view.leader.filter(|_| view.undetermined && !feasible.is_empty())?;
    let others: Vec<&Vec<bool>> =
        view.eligible.iter().filter(|at| **at != leader).map(|at| &feasible[*at]).collect();
    let changes =
        |draw: &usize| !feasible[leader][*draw] && others.iter().any(|other| other[*draw]);
    let draws = view.outcome.sample.draws;
    Some((0..draws).filter(changes).count() as f64 / draws.max(1) as f64)
}

/// What it would be worth to know whose weights are right: talk instead of measuring
/// (METHODS.md B8).
fn of_weights(view: &View) -> Option<f64> {
    let evidence = &view.model.evidence;
    let with_weights = evidence.members.iter().filter(|member| !member.weights.is_empty());
    let all: Vec<Vec<f64>> =
        with_weights.map(|member| weights::of_member(&evidence.criteria, member)).collect();
    if all.len() < 2 || view.eligible.is_empty() {
        return None;
    }
    let value = |weights: &[f64], at: usize| -> f64 {
        weights.iter().zip(&view.means).map(|(weight, row)| weight * row[at]).sum()
    };
    let best = |weights: &[f64]| {
        view.eligible.iter().map(|at| value(weights, *at)).fold(f64::NEG_INFINITY, f64::max)
    };
    let consensus = weights::consensus(&evidence.criteria, &evidence.members);
    let each: f64 = all.iter().map(|weights| best(weights)).sum::<f64>() / all.len() as f64;
    Some((each - best(&consensus)).max(0.0))
}

fn notes(view: &View) -> Vec<String> {
    let mut notes = Vec::new();
    if view.outcome.sample.draws < view.outcome.draws {
        notes.push(format!(
            "from the first {} of {} draws",
            view.outcome.sample.draws, view.outcome.draws
        ));
    }
    if view.undetermined {
        notes.push("a requirement is undetermined: these values set requirements apart".to_owned());
    }
    if view.model.weights_vary() {
        notes.push("at the representative weights".to_owned());
    }
    notes
}
