//! A simulation seen for analysis: mean values, who may win, who leads, whole draws.

#![allow(
    clippy::inline_always,
    reason = "inlined into the block that is compiled for wide vectors"
)]

use crate::cells::{Map, Source};
use crate::decision::GateVerdict;
use crate::lanes::{ZERO, raise, sum, with_wide_vectors};
use crate::model::Model;
use crate::outcome::Outcome;
use crate::sampler::LANES;

/// What the analyses share.
pub(crate) struct View<'a> {
    pub(crate) model: &'a Model,
    pub(crate) outcome: &'a Outcome,
    /// Mean values by criterion and alternative.
    pub(crate) means: Vec<Vec<f64>>,
    /// Mean value of each alternative at the representative weights.
    pub(crate) values: Vec<f64>,
    pub(crate) p_best: Vec<f64>,
    /// Probability that each requirement holds, by requirement and alternative.
    pub(crate) gates: Vec<Vec<f64>>,
    /// Alternatives that fail no requirement; a failing one is shown unranked (METHODS.md B6).
    pub(crate) eligible: Vec<usize>,
    /// Whether some requirement is undetermined for one of them.
    pub(crate) undetermined: bool,
    /// The eligible alternative most often best; of equals the first by name.
    pub(crate) leader: Option<usize>,
    /// Values in the kept draws at the representative weights, by alternative.
    pub(crate) totals: Vec<Vec<f32>>,
}

impl<'a> View<'a> {
    pub(crate) fn new(model: &'a Model, outcome: &'a Outcome) -> Self {
        let draws = outcome.draws as f64;
        let gates: Vec<Vec<f64>> = outcome
            .passes
            .iter()
            .map(|row| row.iter().map(|count| *count as f64 / draws).collect())
            .collect();
        let verdict = |gate: &Vec<f64>, at: usize| GateVerdict::of(gate[at]);
        let eligible: Vec<usize> = (0..model.alternatives())
            .filter(|at| gates.iter().all(|gate| verdict(gate, *at) != GateVerdict::Fail))
            .collect();
        let undetermined = eligible
            .iter()
            .any(|at| gates.iter().any(|gate| verdict(gate, *at) == GateVerdict::Undetermined));
        let mut means = outcome.cell_means();
        for (column, means) in model.columns.iter().zip(&mut means) {
            for (cell, mean) in column.cells.iter().zip(means) {
                // Nothing but chance would tell two unknown cells apart.
                if matches!((&cell.source, &cell.map), (Source::Uniform, Map::Affine { .. })) {
                    *mean = 0.5;
                }
            }
        }
        let value = |at: usize| {
            means.iter().zip(&model.weights).map(|(row, weight)| row[at] * weight).sum()
        };
        let p_best = outcome.p_best();
        let leader = eligible
            .iter()
            .copied()
            .reduce(|best, at| if p_best[at] > p_best[best] { at } else { best });
        let totals = if model.weights_vary() {
            totals_at(outcome, &model.weights)
        } else {
            outcome.sample.totals.clone()
        };
        let values = (0..model.alternatives()).map(value).collect();
        Self {
            model,
            outcome,
            means,
            values,
            p_best,
            gates,
            eligible,
            undetermined,
            leader,
            totals,
        }
    }

    pub(crate) fn name(&self, alternative: usize) -> String {
        self.model.evidence.alternatives[alternative].clone()
    }

    pub(crate) fn criterion(&self, at: usize) -> String {
        self.model.evidence.criteria[at].name.clone()
    }

    /// Probability of being best among the first `draws` kept draws, given values by alternative.
    pub(crate) fn p_best_of(&self, totals: &[Vec<f32>]) -> Vec<f64> {
        let draws = totals.first().map_or(0, Vec::len);
        let mut best = vec![f32::NEG_INFINITY; draws];
        let held: Vec<Vec<f32>>;
        let mut totals = totals;
        if !self.outcome.sample.feasible.is_empty() {
            // What fails a requirement in a draw cannot win it.
            held = totals.iter().zip(&self.outcome.sample.feasible).map(only_feasible).collect();
            totals = &held;
        }
        with_wide_vectors(
            #[inline(always)]
            || {
                for values in totals {
                    raise(&mut best, values);
                }
                let mut shares = vec![0.0; draws];
                for values in totals {
                    for ((tied, value), best) in shares.iter_mut().zip(values).zip(&best) {
                        *tied += if value == best { 1.0 } else { 0.0 };
                    }
                }
                // A draw that nobody may win is nobody's.
                for (share, best) in shares.iter_mut().zip(&best) {
                    *share = if *best > f32::NEG_INFINITY { 1.0 / *share } else { 0.0 };
                }
                totals.iter().map(|values| wins(values, &best, &shares)).collect()
            },
        )
    }

    /// The eligible alternative with the largest of these probabilities.
    pub(crate) fn leader_of(&self, p_best: &[f64]) -> Option<usize> {
        let better = |best: usize, at: usize| if p_best[at] > p_best[best] { at } else { best };
        self.eligible.iter().copied().reduce(better)
    }
}

/// Share of the draws that `values` win, ties by their share.
#[inline(always)]
fn wins(values: &[f32], best: &[f32], shares: &[f32]) -> f64 {
    let mut won = 0.0;
    for ((values, best), shares) in
        values.chunks(LANES).zip(best.chunks(LANES)).zip(shares.chunks(LANES))
    {
        let mut own = ZERO;
        for (((own, value), best), share) in own.iter_mut().zip(values).zip(best).zip(shares) {
            *own = if value == best { *share } else { 0.0 };
        }
        won += sum(&own, LANES);
    }
    won / values.len().max(1) as f64
}

/// Values in the kept draws at other weights, by alternative.
pub(crate) fn totals_at(outcome: &Outcome, weights: &[f64]) -> Vec<Vec<f32>> {
    let sample = &outcome.sample;
    let alternatives = sample.totals.len();
    (0..alternatives)
        .map(|at| {
            let weighed = sample.cells.iter().zip(weights).filter(|(_, weight)| **weight != 0.0);
            weighted(weighed.map(|(cells, weight)| (&cells[at][..], *weight as f32)), sample.draws)
        })
        .collect()
}

/// Sum of values times their weights, draw by draw.
pub(crate) fn weighted<'v>(
    cells: impl Iterator<Item = (&'v [f32], f32)>,
    draws: usize,
) -> Vec<f32> {
    let mut totals = vec![0.0; draws];
    with_wide_vectors(
        #[inline(always)]
        || {
            for (values, weight) in cells {
                add(&mut totals, values, weight);
            }
        },
    );
    totals
}

/// `out += factor * values`.
pub(crate) fn add_scaled(out: &mut [f32], values: &[f32], factor: f32) {
    with_wide_vectors(
        #[inline(always)]
        || add(out, values, factor),
    );
}

#[inline(always)]
fn add(out: &mut [f32], values: &[f32], factor: f32) {
    for (out, value) in out.iter_mut().zip(values) {
        *out += factor * value;
    }
}

/// Values with those of infeasible draws below all others.
fn only_feasible((values, feasible): (&Vec<f32>, &Vec<bool>)) -> Vec<f32> {
    let each = values.iter().zip(feasible);
    each.map(|(value, holds)| if *holds { *value } else { f32::NEG_INFINITY }).collect()
}
