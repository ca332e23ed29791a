//! The simulation: draws every cell, weighs, ranks, and keeps the counts (METHODS.md B5).
//!
//! Works on blocks of draws, criterion by criterion, so that a block stays in the cache whatever
//! the number of draws. Every source of uncertainty has its own random stream.

#![allow(
    clippy::inline_always,
    reason = "inlined into the block that is compiled for wide vectors"
)]

use crate::cells::{Cell, Map, Source};
use crate::drawer::Drawer;
use crate::lanes::{self, Straight, ZERO, add_product, add_scaled, with_wide_vectors, worth};
use crate::model::{Model, Test};
use crate::outcome::Outcome;
use crate::sampler::{LANES, Lanes, Stream};
use crate::scale::ScaleTable;
use crate::weight_drawer::WeightDrawer;

/// Draws `draws` times from the model and counts.
pub(crate) fn simulate(model: &Model, draws: usize) -> Outcome {
    let mut outcome = Outcome::new(model, draws);
    let mut run = Run::new(model);
    let mut block = Block::new(model);
    let mut left = draws;
    while left > 0 {
        let lanes = left.min(LANES);
        with_wide_vectors(
            #[inline(always)]
            || {
                run.draw(model, &mut block, &mut outcome, lanes);
                outcome.rank(&block, lanes);
            },
        );
        left -= lanes;
    }
    outcome
}

/// What one block of draws holds beside single cells.
pub(crate) struct Block {
    /// Value of each alternative.
    pub(crate) totals: Vec<Lanes>,
    /// Whether each alternative holds all requirements; empty without requirements.
    pub(crate) feasible: Vec<[bool; LANES]>,
    /// Weight of each criterion; empty where weights are fixed.
    pub(crate) weights: Vec<Lanes>,
}

impl Block {
    fn new(model: &Model) -> Self {
        let gated = if model.gates.is_empty() { 0 } else { model.alternatives() };
        let varying = if model.weights_vary() { model.criteria() } else { 0 };
        Self {
            totals: vec![ZERO; model.alternatives()],
            feasible: vec![[true; LANES]; gated],
            weights: vec![ZERO; varying],
        }
    }
}

/// Streams and scratch of a running simulation.
struct Run {
    drawers: Vec<Drawer>,
    weights: WeightDrawer,
    /// Coins for requirements of which nobody knows whether they hold.
    coin: Stream,
    normals: Vec<Lanes>,
}

impl Run {
    fn new(model: &Model) -> Self {
        let seed = model.evidence.seed;
        let mut scales = ScaleTable::default();
        let drawers = model.columns.iter().map(|c| Drawer::new(c, seed, &mut scales)).collect();
        let shared = model.columns.iter().map(|column| column.shared).max().unwrap_or(0);
        Self {
            drawers,
            weights: WeightDrawer::new(model),
            coin: Stream::new(seed, &["requirements", "coin"]),
            normals: vec![ZERO; shared],
        }
    }

    #[inline(always)]
    fn draw(&mut self, model: &Model, block: &mut Block, outcome: &mut Outcome, lanes: usize) {
        block.totals.fill(ZERO);
        block.feasible.fill([true; LANES]);
        self.weights.draw(&mut block.weights);
        let mut value = ZERO;
        for (at, (column, drawer)) in model.columns.iter().zip(&mut self.drawers).enumerate() {
            drawer.begin(column, &mut self.normals);
            let weight = model.weights.get(at).map(|weight| *weight as f32);
            for (alternative, cell) in column.cells.iter().enumerate() {
                let whole = lanes == LANES && block.weights.is_empty() && !outcome.is_gated(at);
                if let (true, Some(straight), Some(scales)) =
                    (whole, straight_of(cell, weight), drawer.plain_scales())
                {
                    let total = &mut block.totals[alternative];
                    let (sum, clipped) =
                        lanes::straight(straight, &self.normals, scales, &mut value, total);
                    outcome.summed(at, alternative, &value, (sum, clipped), lanes);
                    continue;
                }
                let deviation = drawer.deviation(cell, alternative, &self.normals);
                outcome.gate(at, alternative, deviation, block, lanes);
                let Some(weight) = weight else { continue };
                let clipped = worth(&cell.map, deviation, &mut value, lanes);
                let total = &mut block.totals[alternative];
                match block.weights.get(at) {
                    None => add_scaled(total, &value, weight),
                    Some(weights) => add_product(total, &value, weights),
                }
                outcome.cell(at, alternative, &value, clipped, lanes);
            }
        }
        self.known_requirements(model, block, outcome, lanes);
    }

    /// Requirements that are simply known, and those of quantities that nobody knows.
    fn known_requirements(
        &mut self,
        model: &Model,
        block: &mut Block,
        outcome: &mut Outcome,
        lanes: usize,
    ) {
        let mut uniform = ZERO;
        for (at, gate) in model.gates.iter().enumerate() {
            for alternative in 0..model.alternatives() {
                let known = match &gate.test {
                    Test::Known(holds) => holds.get(alternative).copied().flatten(),
                    Test::Quantity { .. } => match gate.limits(&model.columns, alternative) {
                        Some(_) => continue,
                        None => None,
                    },
                };
                if known.is_none() {
                    self.coin.uniform(&mut uniform);
                }
                let passes = |lane: usize| known.unwrap_or(uniform[lane] < 0.5);
                outcome.pass(at, alternative, block, lanes, passes);
            }
        }
    }
}

/// A cell as what [`lanes::straight`] takes, if it is one.
#[inline(always)]
fn straight_of(cell: &Cell, weight: Option<f32>) -> Option<Straight<'_>> {
    let (Source::Normal { loadings, own }, Map::Affine { at_zero, slope }) =
        (&cell.source, &cell.map)
    else {
        return None;
    };
    let weight = weight.filter(|_| *own == 0.0)?;
    Some(Straight { loadings, at_zero: *at_zero, slope: *slope, weight })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::{Source, semi_definite_factor};
    use crate::{Criterion, Evidence, Kind};
    use serde_json::Value;

    const VECTOR: &str = include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../vectors/dec-pbest-correlated-normal.json"
    ));

    fn numbers(value: &Value) -> Vec<f64> {
        value.as_array().expect("an array").iter().filter_map(Value::as_f64).collect()
    }

    /// One criterion that is the score itself, normal with the covariance of the vector.
    fn p_best(vector: &Value, correlated: bool, draws: usize) -> Vec<f64> {
        let means = numbers(&vector["inputs"]["mean"]);
        let rows = vector["inputs"]["covariance"].as_array().expect("rows");
        let covariance: Vec<Vec<f64>> = rows.iter().map(numbers).collect();
        let criterion = Criterion {
            name: "score".into(),
            kind: Kind::Cited,
            swing: Some(1.0),
            best: Some(10.0),
            worst: Some(-10.0),
            normal: (0..3).map(|at| Some([means[at], covariance[at][at].sqrt()])).collect(),
            ..Criterion::default()
        };
        let evidence = Evidence {
            alternatives: ["a", "b", "c"].map(String::from).to_vec(),
            criteria: vec![criterion],
            ..Evidence::default()
        };
        let mut model = Model::new(&evidence).expect("sound");
        if correlated {
            let column = &mut model.columns[0];
            column.shared = 3;
            for (cell, row) in column.cells.iter_mut().zip(semi_definite_factor(&covariance)) {
                // The unit of the cells is the way between the anchors.
                let loadings = row.iter().map(|loading| (loading / 20.0) as f32).collect();
                cell.source = Source::Normal { loadings, own: 0.0 };
            }
        }
        simulate(&model, draws).p_best()
    }

    #[test]
    fn correlated_scores_have_the_orthant_probabilities_of_their_covariance() {
        const DRAWS: usize = 1_000_000;
        let vector: Value = serde_json::from_str(VECTOR).expect("JSON");
        for (correlated, key) in [(true, "p_best"), (false, "p_best_if_independence_assumed")] {
            let found = p_best(&vector, correlated, DRAWS);
            for (found, p) in found.iter().zip(numbers(&vector["expected"][key])) {
                let slack = 4.0 * (p * (1.0 - p) / DRAWS as f64).sqrt();
                assert!((found - p).abs() < slack, "{key}: {found} for {p}");
            }
        }
    }

    #[test]
    fn draws_that_fill_no_whole_block_are_counted_all_the_same() {
        let vector: Value = serde_json::from_str(VECTOR).expect("JSON");
        for draws in [1, 255, 256, 257, 700] {
            let sum: f64 = p_best(&vector, true, draws).iter().sum();
            assert!((sum - 1.0).abs() < 1e-12, "{draws} draws: {sum}");
        }
    }
}
