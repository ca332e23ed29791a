//! Weights that differ from draw to draw: a member's, or any that the order allows.

use crate::evidence::WeightMode;
use crate::lanes::{ZERO, add_scaled};
use crate::model::Model;
use crate::sampler::{Lanes, Stream};
use crate::weights;

/// Draws weights where they vary.
pub(crate) enum WeightDrawer {
    Fixed,
    Members { stream: Stream, weights: Vec<Vec<f32>> },
    Simplex { stream: Stream, order: Option<Vec<usize>>, scratch: Vec<Lanes> },
}

impl WeightDrawer {
    pub(crate) fn new(model: &Model) -> Self {
        let evidence = &model.evidence;
        let stream = Stream::new(evidence.seed, &["weights", "of", "criteria"]);
        let scratch = vec![ZERO; model.criteria()];
        match evidence.weights {
            WeightMode::Swing => Self::Fixed,
            WeightMode::Members => {
                let of = |member| weights::of_member(&evidence.criteria, member);
                let single = |weights: Vec<f64>| weights.into_iter().map(|w| w as f32).collect();
                let weights = evidence.members.iter().map(|member| single(of(member))).collect();
                Self::Members { stream, weights }
            }
            WeightMode::Ordinal => {
                let order = Some(weights::order(&evidence.criteria));
                Self::Simplex { stream, order, scratch }
            }
            WeightMode::None => Self::Simplex { stream, order: None, scratch },
        }
    }

    pub(crate) fn draw(&mut self, out: &mut [Lanes]) {
        match self {
            Self::Fixed => {}
            Self::Members { stream, weights } => {
                let mut uniform = ZERO;
                stream.uniform(&mut uniform);
                for (lane, uniform) in uniform.iter().enumerate() {
                    let member = (uniform * weights.len() as f32) as usize;
                    let chosen = &weights[member.min(weights.len() - 1)];
                    for (out, weight) in out.iter_mut().zip(chosen) {
                        out[lane] = *weight;
                    }
                }
            }
            Self::Simplex { stream, order, scratch } => {
                uniform_simplex(stream, scratch);
                if order.is_some() {
                    descending(scratch);
                }
                for (at, out) in out.iter_mut().enumerate() {
                    *out = scratch[order.as_ref().map_or(at, |order| order[at])];
                }
            }
        }
    }
}

/// Uniform on the simplex: exponentials over their sum. Normalised uniforms would not be
/// (METHODS.md B5, C18).
fn uniform_simplex(stream: &mut Stream, out: &mut [Lanes]) {
    let mut total = ZERO;
    for weights in &mut *out {
        stream.exponential(weights);
        add_scaled(&mut total, weights, 1.0);
    }
    for weights in out {
        for (weight, total) in weights.iter_mut().zip(&total) {
            *weight /= total;
        }
    }
}

/// A uniform simplex draw in descending order, without sorting: the j-th largest spacing is
/// `sum_{i >= j} u_i / i` for spacings `u` (Renyi 1953); its mean is the rank-order centroid.
fn descending(spacings: &mut [Lanes]) {
    let mut sum = ZERO;
    for (at, weights) in spacings.iter_mut().enumerate().rev() {
        add_scaled(&mut sum, weights, 1.0 / (at + 1) as f32);
        *weights = sum;
    }
}
