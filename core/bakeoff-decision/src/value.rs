//! What a quantity is worth between its anchors: 0 at the worst, 1 at the best (METHODS.md B3).

use crate::evidence::{Criterion, Shape};

/// A value function on fixed anchors. Finite everywhere, and clipped to 0 and 1 outside them.
#[derive(Clone, Debug, PartialEq)]
pub enum ValueFunction {
    /// Equal ratios are equally valuable: `ln(worst/x) / ln(worst/best)`; anchors above zero.
    Log {
        /// Anchor worth 1.
        best: f64,
        /// Anchor worth 0.
        worst: f64,
    },
    /// Equal differences are equally valuable: `(x - worst) / (best - worst)`.
    Linear {
        /// Anchor worth 1.
        best: f64,
        /// Anchor worth 0.
        worst: f64,
    },
    /// Linear between knots; at least two, by ascending quantity.
    Piecewise {
        /// `[x, value]`.
        knots: Vec<[f64; 2]>,
    },
    /// `(1 - e^(-y/rho)) / (1 - e^(-1/rho))`, `y` the way from worst to best in units of the whole
    /// way; linear where `rho` is infinite (Kirkwood 1997).
    Exponential {
        /// Anchor worth 1.
        best: f64,
        /// Anchor worth 0.
        worst: f64,
        /// Scale-free constant; negative where returns increase.
        rho: f64,
    },
}

/// What a quantity is worth, and whether that was cut off at an anchor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Worth {
    /// Between 0 and 1.
    pub value: f64,
    /// The quantity lies beyond an anchor.
    pub clipped: bool,
}

impl ValueFunction {
    /// The value function of a criterion, or `None` if it has no anchors (its cells are values).
    /// The criterion has passed the checks of [`crate::Model::new`].
    pub(crate) fn of(criterion: &Criterion) -> Option<Self> {
        if !criterion.knots.is_empty() {
            let mut knots = criterion.knots.clone();
            knots.sort_by(|a, b| a[0].total_cmp(&b[0]));
            return Some(Self::Piecewise { knots });
        }
        let (best, worst) = (criterion.best?, criterion.worst?);
        Some(match shape_of(criterion) {
            Shape::Log => Self::Log { best, worst },
            Shape::Linear | Shape::Piecewise => Self::Linear { best, worst },
            Shape::Exponential => {
                let whole = (best - worst).abs();
                let rho = match (criterion.rho, criterion.midvalue) {
                    (Some(rho), _) => rho / whole,
                    (None, Some(midvalue)) => rho_of_midvalue((midvalue - worst).abs() / whole),
                    (None, None) => f64::INFINITY,
                };
                Self::Exponential { best, worst, rho }
            }
        })
    }

    /// What `x` is worth.
    pub fn worth(&self, x: f64) -> Worth {
        let raw = match self {
            Self::Log { best, worst } if x <= 0.0 => {
                // Towards zero the logarithm has no bound: the better end, or the worse one.
                if best < worst { f64::INFINITY } else { f64::NEG_INFINITY }
            }
            Self::Log { best, worst } => (worst / x).ln() / (worst / best).ln(),
            Self::Linear { best, worst } => (x - worst) / (best - worst),
            Self::Piecewise { knots } => return piecewise(knots, x),
            Self::Exponential { best, worst, rho } => {
                let way = (x - worst) / (best - worst);
                let clipped = !(0.0..=1.0).contains(&way);
                return Worth { value: diminishing(way.clamp(0.0, 1.0), *rho), clipped };
            }
        };
        Worth { value: raw.clamp(0.0, 1.0), clipped: !(0.0..=1.0).contains(&raw) }
    }

    /// The quantity that is worth `value`, of several the first; `None` outside 0 to 1 or what the
    /// function reaches.
    pub fn quantity(&self, value: f64) -> Option<f64> {
        if !(0.0..=1.0).contains(&value) {
            return None;
        }
        match self {
            Self::Log { best, worst } => Some(worst * (best / worst).powf(value)),
            Self::Linear { best, worst } => Some(worst + value * (best - worst)),
            Self::Piecewise { knots } => knots.windows(2).find_map(|pair| {
                let [[x0, v0], [x1, v1]] = [pair[0], pair[1]];
                let inside = (v0.min(v1)..=v0.max(v1)).contains(&value) && v0 != v1;
                inside.then(|| x0 + (value - v0) / (v1 - v0) * (x1 - x0))
            }),
            Self::Exponential { best, worst, rho } => {
                let way = if rho.is_infinite() {
                    value
                } else {
                    -rho * (1.0 - value * (1.0 - (-1.0 / rho).exp())).ln()
                };
                Some(worst + way * (best - worst))
            }
        }
    }
}

/// The shape that a criterion has or defaults to.
pub(crate) fn shape_of(criterion: &Criterion) -> Shape {
    criterion.shape.unwrap_or_else(|| {
        if !criterion.knots.is_empty() {
            return Shape::Piecewise;
        }
        if criterion.rho.or(criterion.midvalue).is_some() {
            return Shape::Exponential;
        }
        let above_zero = |anchor: Option<f64>| anchor.is_some_and(|anchor| anchor > 0.0);
        let quantities = criterion.rounds.iter().flatten().flatten().flatten();
        let log = above_zero(criterion.best)
            && above_zero(criterion.worst)
            && quantities.into_iter().all(|x| *x > 0.0);
        if log && criterion.kind == crate::Kind::Measured { Shape::Log } else { Shape::Linear }
    })
}

fn piecewise(knots: &[[f64; 2]], x: f64) -> Worth {
    let (first, last) = (knots[0], knots[knots.len() - 1]);
    if x < first[0] {
        return Worth { value: first[1], clipped: true };
    }
    if x > last[0] {
        return Worth { value: last[1], clipped: true };
    }
    let right = knots.partition_point(|knot| knot[0] < x).max(1);
    let ([x0, v0], [x1, v1]) = (knots[right - 1], knots[right]);
    Worth { value: v0 + (x - x0) / (x1 - x0) * (v1 - v0), clipped: false }
}

fn diminishing(way: f64, rho: f64) -> f64 {
    if rho.is_infinite() {
        return way;
    }
    ((-way / rho).exp_m1() / (-1.0 / rho).exp_m1()).clamp(0.0, 1.0)
}

/// The scale-free constant at which `half` of the way is worth one half: the root of
/// `0.5 = (1 - e^(-half/r)) / (1 - e^(-1/r))` (METHODS.md B3), found in `1/r`, where it is monotone.
pub fn rho_of_midvalue(half: f64) -> f64 {
    if (half - 0.5).abs() < 1e-9 {
        return f64::INFINITY;
    }
    // Curvature beyond 700 would overflow the exponential; such a midvalue is a step in practice.
    let (mut low, mut high) = (-700.0_f64, 700.0_f64);
    for _ in 0..200 {
        let curvature = f64::midpoint(low, high);
        if diminishing(half, 1.0 / curvature) > 0.5 {
            high = curvature;
        } else {
            low = curvature;
        }
    }
    1.0 / f64::midpoint(low, high)
}
