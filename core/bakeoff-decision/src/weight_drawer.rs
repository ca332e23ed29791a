//! Weights that differ from draw to draw: a member's, or any that the order allows.

use crate::evidence::WeightMode;
use crate::lanes::{ZERO, add_scaled, sum};
use crate::model::Model;
use crate::sampler::{LANES, Lanes, Stream};
use crate::weight_region::{Region, RegionDrawer};
use crate::{evidence::Evidence, weights};

/// Blocks of draws behind the mean of constrained weights.
const CENTRE_BLOCKS: usize = 64;

/// Draws weights where they vary.
pub(crate) enum WeightDrawer {
    Fixed,
    Members {
        stream: Stream,
        weights: Vec<Vec<f32>>,
    },
    Simplex {
        stream: Stream,
        order: Option<Vec<usize>>,
        region: Option<Box<RegionDrawer>>,
        scratch: Vec<Lanes>,
    },
}

impl WeightDrawer {
    pub(crate) fn new(model: &Model) -> Self {
        let stream = Stream::new(model.evidence.seed, &["weights", "of", "criteria"]);
        Self::of(&model.evidence, model.region.as_ref(), stream)
    }

    fn of(evidence: &Evidence, region: Option<&Region>, stream: Stream) -> Self {
        let scratch = vec![ZERO; evidence.criteria.len()];
        let region = region.map(|region| Box::new(RegionDrawer::new(region.clone())));
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
                Self::Simplex { stream, order, region, scratch }
            }
            WeightMode::None => Self::Simplex { stream, order: None, region, scratch },
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
            Self::Simplex { stream, order, region, scratch } => {
                match region {
                    Some(region) => region.draw(stream, scratch),
                    None => uniform_simplex(stream, scratch),
                }
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

/// The mean of the weights that constraints leave, as drawn: what stands for them where one vector is
/// needed, as the centroid does for an order.
pub(crate) fn centre(evidence: &Evidence, region: &Region) -> Vec<f64> {
    let stream = Stream::new(evidence.seed, &["weights", "centre of constraints"]);
    let mut drawer = WeightDrawer::of(evidence, Some(region), stream);
    let mut lanes = vec![ZERO; evidence.criteria.len()];
    let mut sums = vec![0.0; lanes.len()];
    for _ in 0..CENTRE_BLOCKS {
        drawer.draw(&mut lanes);
        for (total, weights) in sums.iter_mut().zip(&lanes) {
            *total += sum(weights, LANES);
        }
    }
    weights::normalised(&sums)
}

/// Uniform on the simplex: exponentials over their sum. Normalised uniforms would not be
/// (METHODS.md B5, C18).
pub(crate) fn uniform_simplex(stream: &mut Stream, out: &mut [Lanes]) {
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
