//! Weights by the linear best-worst method (Rezaei 2016; METHODS.md B1): 2n-3 comparisons.

/// What is wrong with best-worst comparisons.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BestWorstError {
    /// The two vectors differ in length, or hold fewer than two criteria.
    #[error("needs two vectors of the same length, of at least two criteria")]
    Shape,
    /// `best` or `worst` is no index, or both are the same criterion.
    #[error("best and worst are not two of the criteria")]
    Reference,
    /// A comparison is below 1 or not finite.
    #[error("comparison {index} is {value}, not at least 1")]
    NotAtLeastOne {
        /// Criterion, from 0.
        index: usize,
        /// The comparison.
        value: f64,
    },
}

/// How many times the best outweighs each, and each outweighs the worst.
#[derive(Clone, Debug, PartialEq)]
pub struct BestWorst {
    best: usize,
    worst: usize,
    best_to_others: Vec<f64>,
    others_to_worst: Vec<f64>,
}

/// Weights, and how inconsistent the comparisons are.
#[derive(Clone, Debug, PartialEq)]
pub struct BestWorstWeights {
    /// Sum to 1.
    pub weights: Vec<f64>,
    /// Largest `|w_B - a_Bj w_j|` or `|w_j - a_jW w_W|`; zero if consistent.
    pub xi: f64,
    /// Input-based consistency ratio, `max |a_Bj a_jW - a_BW| / (a_BW^2 - a_BW)` (Liang, Brunelli
    /// & Rezaei 2020); zero if consistent.
    pub consistency: f64,
}

impl BestWorst {
    /// # Errors
    ///
    /// [`BestWorstError`], if the comparisons are none.
    pub fn new(
        best: usize,
        worst: usize,
        best_to_others: Vec<f64>,
        others_to_worst: Vec<f64>,
    ) -> Result<Self, BestWorstError> {
        let n = best_to_others.len();
        if n < 2 || others_to_worst.len() != n {
            return Err(BestWorstError::Shape);
        }
        if best >= n || worst >= n || best == worst {
            return Err(BestWorstError::Reference);
        }
        for values in [&best_to_others, &others_to_worst] {
            for (index, value) in values.iter().enumerate() {
                if !(value.is_finite() && *value >= 1.0) {
                    return Err(BestWorstError::NotAtLeastOne { index, value: *value });
                }
            }
        }
        Ok(Self { best, worst, best_to_others, others_to_worst })
    }

    /// The weights with the smallest largest deviation `xi`.
    ///
    /// No linear program is needed. For a given `xi` and a given pair (best, worst) the others lie
    /// in intervals, so that the smallest `xi` at which the intervals, scaled to sum 1, can be met
    /// is found by bisection over `xi`, with the feasible pairs described by their ratio.
    pub fn weights(&self) -> BestWorstWeights {
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..60 {
            let xi = f64::midpoint(low, high);
            if self.feasible(xi).is_some() {
                high = xi;
            } else {
                low = xi;
            }
        }
        let weights = self.feasible(high).unwrap_or_else(|| self.seed());
        BestWorstWeights { weights, xi: high, consistency: self.consistency() }
    }

    fn consistency(&self) -> f64 {
        let whole = self.best_to_others[self.worst];
        let pairs = self.best_to_others.iter().zip(&self.others_to_worst).enumerate();
        let others = pairs.filter(|(at, _)| *at != self.best && *at != self.worst);
        let worst = others.map(|(_, (a, b))| (a * b - whole).abs()).fold(0.0, f64::max);
        if whole <= 1.0 { 0.0 } else { worst / (whole * whole - whole) }
    }

    /// Weights by the comparisons with the best alone: where a search may start.
    fn seed(&self) -> Vec<f64> {
        super::normalised(&self.best_to_others.iter().map(|a| 1.0 / a).collect::<Vec<f64>>())
    }

    /// Weights whose deviations are all within `xi`, if there are any.
    ///
    /// With `w_W = u` and `w_B = b` each other weight lies in
    /// `[max((b - xi)/a_Bj, a_jW u - xi), min((b + xi)/a_Bj, a_jW u + xi)]`, and `b` within `xi` of
    /// `a_BW u`. The lowest and highest sums are piecewise linear and rise with `u` and `b`; the set
    /// is convex, so a ternary search over `u` of the least excess, with `b` by bisection, decides.
    fn feasible(&self, xi: f64) -> Option<Vec<f64>> {
        let excess = |u: f64| self.best_given(u, xi);
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..100 {
            let (left, right) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
            if excess(left).0 <= excess(right).0 { high = right } else { low = left }
        }
        let u = f64::midpoint(low, high);
        let (miss, b) = excess(u);
        (miss <= 1e-12).then(|| self.filled(u, b, xi))
    }

    /// The smallest violation over `w_B` for a given `w_W`, and where: gaps of crossing intervals
    /// plus the distance of 1 from the reachable sums; convex in both.
    fn best_given(&self, u: f64, xi: f64) -> (f64, f64) {
        let reference = self.best_to_others[self.worst] * u;
        let (mut low, mut high) = ((reference - xi).max(0.0), reference + xi);
        let miss = |b: f64| {
            let (mut least, mut most, mut gap) = (b + u, b + u, 0.0);
            for (lower, upper) in self.bounds(u, b, xi) {
                gap += (lower - upper).max(0.0);
                least += lower.min(upper);
                most += upper.max(lower);
            }
            gap + (least - 1.0).max(0.0) + (1.0 - most).max(0.0)
        };
        for _ in 0..100 {
            let (left, right) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
            if miss(left) <= miss(right) { high = right } else { low = left }
        }
        let b = f64::midpoint(low, high);
        (miss(b), b)
    }

    fn bounds(&self, u: f64, b: f64, xi: f64) -> impl Iterator<Item = (f64, f64)> {
        let pairs = self.best_to_others.iter().zip(&self.others_to_worst).enumerate();
        let others = pairs.filter(move |(at, _)| *at != self.best && *at != self.worst);
        others.map(move |(_, (to, from))| {
            let lower = ((b - xi) / to).max(from * u - xi).max(0.0);
            (lower, ((b + xi) / to).min(from * u + xi))
        })
    }

    fn filled(&self, u: f64, b: f64, xi: f64) -> Vec<f64> {
        let bounds: Vec<(f64, f64)> = self.bounds(u, b, xi).collect();
        let least: f64 = bounds.iter().map(|(lower, _)| lower).sum::<f64>();
        let room: f64 = bounds.iter().map(|(lower, upper)| (upper - lower).max(0.0)).sum();
        let share = if room > 0.0 { ((1.0 - u - b - least) / room).clamp(0.0, 1.0) } else { 0.0 };
        let mut others = bounds.iter().map(|(lower, upper)| lower + share * (upper - lower));
        let weights: Vec<f64> = (0..self.best_to_others.len())
            .map(|at| match at {
                at if at == self.best => b,
                at if at == self.worst => u,
                _ => others.next().unwrap_or(0.0),
            })
            .collect();
        super::normalised(&weights)
    }
}
