//! From evidence to a decision: simulates once, then asks everything of the same draws.

use crate::decision::{
    Answer, ClosestFlip, CriterionFacts, DECISION_SCHEMA, Decision, Difference, Direction, Flip,
    GateFacts, GateVerdict, Shares, Stability, Sureness, Values,
};
use crate::evidence::{Evidence, EvidenceProblem, Kind};
use crate::flips::{Curve, least_mass_moved, stability, threshold};
use crate::model::Model;
use crate::simulate::simulate;
use crate::view::View;
use crate::{agreement, breakeven, dominance, group, next, robustness, warnings, words};

/// Probability inside the intervals of values and differences (METHODS.md B5).
const LEVEL: f64 = 0.90;

/// Decides.
///
/// # Errors
///
/// Every problem of the evidence with its path, if it does not pass [`Model::new`].
pub fn decide(evidence: &Evidence) -> Result<Decision, Vec<EvidenceProblem>> {
    let model = Model::new(evidence)?;
    let outcome = simulate(&model, evidence.draws);
    let view = View::new(&model, &outcome);
    Ok(assemble(&view))
}

fn assemble(view: &View) -> Decision {
    let (model, outcome) = (view.model, view.outcome);
    let draws = outcome.draws as f64;
    let p_best = model.as_given(&view.p_best);
    let share = |count: &u64| *count as f64 / draws;
    let p_feasible = if model.gates.is_empty() {
        vec![1.0; model.alternatives()]
    } else {
        outcome.feasible.iter().map(share).collect()
    };
    let (flips, voi) = (flips(view), next::voi(view));
    let answer = Answer {
        leader: view.leader.map(|leader| view.name(leader)),
        p_best: view.leader.map_or(0.0, |leader| view.p_best[leader]),
        sureness: Sureness::of(view.leader.map_or(0.0, |leader| view.p_best[leader])),
        sentence: words::sentence(view, &flips, &voi),
    };
    Decision {
        schema: DECISION_SCHEMA.to_owned(),
        title: model.evidence.title.clone(),
        alternatives: model.as_given(&model.evidence.alternatives),
        criteria: criteria(view),
        seed: model.evidence.seed,
        draws: outcome.draws,
        draws_kept: outcome.sample.draws,
        answer,
        p_best_se: p_best.iter().map(|p| (p * (1.0 - p) / draws).max(0.0).sqrt()).collect(),
        p_best,
        p_none: share(&outcome.none),
        p_feasible: model.as_given(&p_feasible),
        rank_acceptability: model.as_given(&scaled(&outcome.ranks, draws)),
        value: values(view),
        differences: differences(view),
        expected_loss: model.as_given(&expected_loss(view)),
        pairwise_wins: square(model, &scaled(&outcome.wins, draws)),
        gates: gates(view),
        closest_flip: closest_flip(view),
        flips,
        stability: stabilities(view),
        break_even: breakeven::break_even(view),
        leave_one_out: robustness::leave_one_out(view),
        voi,
        shares: shares(view),
        entropy: entropy(&view.p_best),
        central_weights: central_weights(view),
        confidence_factors: confidence_factors(view),
        agreement: agreement::of_evidence(view),
        dominance: dominance::of_view(view),
        members: group::members(view),
        elicitation: model.elicited.clone(),
        constraints: model.region.as_ref().map(|region| region.facts(&model.evidence)),
        warnings: warnings::warnings(view),
    }
}

fn scaled(counts: &[Vec<f64>], draws: f64) -> Vec<Vec<f64>> {
    counts.iter().map(|row| row.iter().map(|count| count / draws).collect()).collect()
}

/// A matrix over alternatives in both directions, in the order given.
fn square(model: &Model, matrix: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let rows: Vec<Vec<f64>> = matrix.iter().map(|row| model.as_given(row)).collect();
    model.as_given(&rows)
}

/// `values`, one for each criterion of the model, in the order of the evidence as given.
pub(crate) fn criteria_as_given<T: Clone>(model: &Model, values: &[T]) -> Vec<T> {
    let mut here: Vec<usize> = (0..values.len()).collect();
    here.sort_by_key(|at| model.criterion_given[*at]);
    here.into_iter().map(|at| values[at].clone()).collect()
}

fn criteria(view: &View) -> Vec<CriterionFacts> {
    let (model, draws) = (view.model, view.outcome.draws as f64);
    let facts = |at: usize| {
        let weight = model.weights[at];
        let values = model.as_given(&view.means[at]);
        let clipped: Vec<[f64; 2]> = view.outcome.clipped[at]
            .iter()
            .map(|[low, high]| [*low as f64 / draws, *high as f64 / draws])
            .collect();
        CriterionFacts {
            name: view.criterion(at),
            kind: model.evidence.criteria[at].kind,
            weight,
            contributions: values.iter().map(|value| weight * value).collect(),
            values,
            clipped: model.as_given(&clipped),
            notes: model.columns[at].notes.clone(),
        }
    };
    criteria_as_given(model, &(0..model.criteria()).map(facts).collect::<Vec<_>>())
}

fn values(view: &View) -> Values {
    let (model, outcome) = (view.model, view.outcome);
    let all = |of: &dyn Fn(usize) -> f64| -> Vec<f64> {
        model.as_given(&(0..model.alternatives()).map(of).collect::<Vec<f64>>())
    };
    let tail = (1.0 - LEVEL) / 2.0;
    let low = all(&|at| outcome.value_quantile(at, tail));
    let high = all(&|at| outcome.value_quantile(at, 1.0 - tail));
    Values {
        mean: all(&|at| outcome.mean_value(at)),
        sd: all(&|at| outcome.sd_value(at)),
        interval: low.into_iter().zip(high).map(|(low, high)| [low, high]).collect(),
        level: LEVEL,
    }
}

/// Differences of all pairs, or of the leader against each where there are many alternatives.
fn differences(view: &View) -> Vec<Difference> {
    const PAIRS_SHOWN: usize = 8;
    let order = view.model.as_given(&(0..view.model.alternatives()).collect::<Vec<usize>>());
    let many = order.len() > PAIRS_SHOWN;
    let mut found = Vec::new();
    for (place, a) in order.iter().enumerate() {
        for b in &order[place + 1..] {
            let (a, b) = match view.leader {
                Some(leader) if many && *a != leader && *b != leader => continue,
                Some(leader) if many => (leader, if *a == leader { *b } else { *a }),
                Some(_) | None => (*a, *b),
            };
            found.push(difference(view, a, b));
        }
    }
    found
}

fn difference(view: &View, a: usize, b: usize) -> Difference {
    let totals = &view.outcome.sample.totals;
    let mut gaps: Vec<f32> = totals[a].iter().zip(&totals[b]).map(|(a, b)| a - b).collect();
    let last = gaps.len() - 1;
    let mut quantile = |p: f64| {
        let place = (p * last as f64).round() as usize;
        f64::from(*gaps.select_nth_unstable_by(place, f32::total_cmp).1)
    };
    let tail = (1.0 - LEVEL) / 2.0;
    let interval = [quantile(tail), quantile(1.0 - tail)];
    let mean = view.outcome.mean_value(a) - view.outcome.mean_value(b);
    Difference { a: view.name(a), b: view.name(b), mean, interval }
}

/// `L_a = E[max V] - E[V_a]` (METHODS.md B5), the maximum over alternatives that fail no
/// requirement.
fn expected_loss(view: &View) -> Vec<f64> {
    let best = best_mean(view);
    (0..view.model.alternatives()).map(|at| best - view.outcome.mean_value(at)).collect()
}

/// `E[max V]` over the eligible.
pub(crate) fn best_mean(view: &View) -> f64 {
    let outcome = view.outcome;
    // Where all fail, each is held against the best of all: there is no other.
    if view.eligible.is_empty() || view.eligible.len() == view.model.alternatives() {
        return outcome.best_sum / outcome.draws as f64;
    }
    let totals = &outcome.sample.totals;
    let best = |draw: usize| {
        view.eligible.iter().map(|at| totals[*at][draw]).fold(f32::NEG_INFINITY, f32::max)
    };
    let sum: f64 = (0..outcome.sample.draws).map(|draw| f64::from(best(draw))).sum();
    sum / outcome.sample.draws as f64
}

fn gates(view: &View) -> Vec<GateFacts> {
    let order = view.model.as_given(&(0..view.model.alternatives()).collect::<Vec<usize>>());
    let facts = |at: usize, alternative: usize| {
        let probability = view.gates[at][alternative];
        GateFacts {
            requirement: view.model.gates[at].name.clone(),
            alternative: view.name(alternative),
            probability,
            verdict: GateVerdict::of(probability),
        }
    };
    (0..view.gates.len())
        .flat_map(|at| order.iter().map(move |alternative| facts(at, *alternative)))
        .collect()
}

/// For every criterion and direction, who would take the lead first and at which weight.
fn flips(view: &View) -> Vec<Flip> {
    let Some(leader) = view.leader else { return Vec::new() };
    let mut found = Vec::new();
    for j in 0..view.model.criteria() {
        let now = view.model.weights[j];
        let mut nearest: [Option<Flip>; 2] = [None, None];
        for rival in candidates(view, j, leader) {
            let curve = Curve::new(&view.outcome.sample, &view.totals, j, [leader, rival], now);
            for (side, direction) in [Direction::Below, Direction::Above].into_iter().enumerate() {
                let upwards = direction == Direction::Above;
                let Some(crossing) = curve.crossing(now, upwards) else { continue };
                let distance = |flip: &Flip| (flip.at - now).abs();
                let nearer = nearest[side]
                    .as_ref()
                    .is_none_or(|old| (crossing.at - now).abs() < distance(old));
                if nearer {
                    nearest[side] = Some(Flip {
                        criterion: view.criterion(j),
                        from: view.name(leader),
                        to: view.name(rival),
                        now,
                        at: crossing.at,
                        direction,
                        band: crossing.band,
                    });
                }
            }
        }
        found.extend(nearest.into_iter().flatten());
    }
    found.sort_by(|a, b| {
        (a.at - a.now).abs().total_cmp(&(b.at - b.now).abs()).then(a.criterion.cmp(&b.criterion))
    });
    found
}

/// The rivals nearest to taking over on either side by mean values: at most two a side.
fn candidates(view: &View, j: usize, leader: usize) -> Vec<usize> {
    let now = view.model.weights[j];
    let mut above = Vec::new();
    let mut below = Vec::new();
    for rival in view.eligible.iter().copied().filter(|rival| *rival != leader) {
        if let Some(t) = threshold(&view.means, &view.model.weights, j, leader, rival) {
            if t >= now { above.push((t - now, rival)) } else { below.push((now - t, rival)) }
        }
    }
    let mut chosen = Vec::new();
    for side in [&mut above, &mut below] {
        side.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        chosen.extend(side.iter().take(2).map(|(_, rival)| *rival));
    }
    chosen
}

fn closest_flip(view: &View) -> Option<ClosestFlip> {
    let leader = view.leader?;
    let rivals = view.eligible.iter().copied().filter(|rival| *rival != leader);
    let moved = rivals.filter_map(|rival| {
        let (mass, weights) = least_mass_moved(&view.means, &view.model.weights, leader, rival)?;
        Some((mass, rival, weights))
    });
    let (weight_moved, rival, weights) = moved.min_by(|a, b| a.0.total_cmp(&b.0))?;
    Some(ClosestFlip {
        from: view.name(leader),
        to: view.name(rival),
        weight_moved,
        weights: criteria_as_given(view.model, &weights),
    })
}

fn stabilities(view: &View) -> Vec<Stability> {
    let best = |best: usize, at: usize| if view.values[at] > view.values[best] { at } else { best };
    let Some(leader) = view.eligible.iter().copied().reduce(best) else { return Vec::new() };
    let of = |j: usize| {
        let stable = stability(&view.means, &view.model.weights, j, leader, &view.eligible);
        Stability {
            criterion: view.criterion(j),
            weight: view.model.weights[j],
            stable_low: stable.low,
            stable_high: stable.high,
            flips_to_below: stable.below.map(|at| view.name(at)),
            flips_to_above: stable.above.map(|at| view.name(at)),
        }
    };
    criteria_as_given(view.model, &(0..view.model.criteria()).map(of).collect::<Vec<_>>())
}

fn shares(view: &View) -> Shares {
    let mut shares = Shares::default();
    for (criterion, weight) in view.model.evidence.criteria.iter().zip(&view.model.weights) {
        match criterion.kind {
            Kind::Measured => shares.measured += weight,
            Kind::Rated => shares.rated += weight,
            Kind::Cited => shares.cited += weight,
            Kind::Unknown => shares.unknown += weight,
        }
    }
    shares
}

/// Shannon entropy of the first ranks in bits, `-sum b log2 b` (METHODS.md B5).
fn entropy(p: &[f64]) -> f64 {
    p.iter().filter(|p| **p > 0.0).map(|p| -p * p.log2()).sum()
}

fn central_weights(view: &View) -> Vec<Option<Vec<f64>>> {
    if !view.model.weights_vary() {
        return Vec::new();
    }
    let given = |weights: Option<Vec<f64>>| weights.map(|w| criteria_as_given(view.model, &w));
    let central: Vec<_> = view.outcome.central_weights().into_iter().map(given).collect();
    view.model.as_given(&central)
}

/// `P(a wins | central weights of a)` over the kept draws (METHODS.md B5).
fn confidence_factors(view: &View) -> Vec<Option<f64>> {
    if !view.model.weights_vary() {
        return Vec::new();
    }
    let factor = |(at, weights): (usize, Option<Vec<f64>>)| {
        weights.map(|weights| view.p_best_of(&crate::view::totals_at(view.outcome, &weights))[at])
    };
    let factors: Vec<_> =
        view.outcome.central_weights().into_iter().enumerate().map(factor).collect();
    view.model.as_given(&factors)
}
