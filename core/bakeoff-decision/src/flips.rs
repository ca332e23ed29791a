//! Where the answer flips as weights move: stability intervals, thresholds with bands, and the
//! least weight that would have to move (METHODS.md B7).

use crate::outcome::Sample;

/// The weights of one criterion, others in proportion, over which a leader stays ahead.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stable {
    /// Lowest weight at which the leader is ahead.
    pub low: f64,
    /// Highest weight at which the leader is ahead.
    pub high: f64,
    /// Who takes over below `low`.
    pub below: Option<usize>,
    /// Who takes over above `high`.
    pub above: Option<usize>,
}

/// The weight of criterion `j` at which `a` and `b` are worth the same, the other weights scaled by
/// `(1 - t)/(1 - w_j)`: `t* = (S_b - S_a) / ((v_aj - v_bj) - (S_a - S_b))` (METHODS.md B7).
///
/// `values` is by criterion, then alternative. `None` if there is no such weight within 0 to 1.
pub fn threshold(
    values: &[Vec<f64>],
    weights: &[f64],
    j: usize,
    a: usize,
    b: usize,
) -> Option<f64> {
    let rest = rest_of(values, weights, j, a) - rest_of(values, weights, j, b);
    let own = values[j][a] - values[j][b];
    let t = -rest / (own - rest);
    (own != rest && (0.0..=1.0).contains(&t)).then_some(t)
}

/// `S_a`: the value of `a` on the other criteria, their weights summing to 1.
fn rest_of(values: &[Vec<f64>], weights: &[f64], j: usize, a: usize) -> f64 {
    let others = (0..weights.len()).filter(|i| *i != j);
    let total: f64 = others.clone().map(|i| weights[i]).sum();
    let sum: f64 = others.clone().map(|i| weights[i] * values[i][a]).sum();
    if total > 0.0 {
        return sum / total;
    }
    let count = others.clone().count();
    if count == 0 { 0.0 } else { others.map(|i| values[i][a]).sum::<f64>() / count as f64 }
}

/// The stability interval of the leader for criterion `j`: the nearest thresholds on each side of
/// its weight. `rivals` are the alternatives that could take over.
pub fn stability(
    values: &[Vec<f64>],
    weights: &[f64],
    j: usize,
    leader: usize,
    rivals: &[usize],
) -> Stable {
    let mut stable = Stable { low: 0.0, high: 1.0, below: None, above: None };
    let now = weights[j];
    for rival in rivals.iter().copied().filter(|rival| *rival != leader) {
        let Some(t) = threshold(values, weights, j, leader, rival) else { continue };
        if t > now && t < stable.high {
            (stable.high, stable.above) = (t, Some(rival));
        } else if t < now && t > stable.low {
            (stable.low, stable.below) = (t, Some(rival));
        }
    }
    stable
}

/// The least weight that has to move from some criteria to others (half the L1 distance) until
/// `a` is no longer ahead of `b`, and the weights then; `None` if no weights do that.
///
/// From the criteria that favour `a` most to the one that favours it least; this greedy order
/// equals the linear program (METHODS.md B7).
pub fn least_mass_moved(
    values: &[Vec<f64>],
    weights: &[f64],
    a: usize,
    b: usize,
) -> Option<(f64, Vec<f64>)> {
    let gaps: Vec<f64> = values.iter().map(|row| row[a] - row[b]).collect();
    let mut ahead: f64 = gaps.iter().zip(weights).map(|(gap, weight)| gap * weight).sum();
    let target = (0..gaps.len()).min_by(|i, j| gaps[*i].total_cmp(&gaps[*j]))?;
    if ahead <= 0.0 {
        return Some((0.0, weights.to_vec()));
    }
    if gaps[target] > 0.0 {
        return None;
    }
    let mut order: Vec<usize> = (0..gaps.len()).filter(|i| *i != target).collect();
    order.sort_by(|i, j| gaps[*j].total_cmp(&gaps[*i]));
    let (mut moved, mut changed) = (0.0, weights.to_vec());
    for from in order {
        let gain = gaps[from] - gaps[target];
        let mass = (ahead / gain).min(weights[from]);
        moved += mass;
        changed[from] -= mass;
        changed[target] += mass;
        ahead -= mass * gain;
        if ahead <= 1e-15 {
            return Some((moved, changed));
        }
    }
    (ahead <= 1e-12).then_some((moved, changed))
}

/// Bins of the curve of P(a beats b) over the weight of a criterion.
const BINS: usize = 2000;

/// How often `a` beats `b` as the weight of one criterion goes from 0 to 1, from the threshold of
/// every draw: no draw is simulated again (METHODS.md B7).
#[derive(Clone, Debug)]
pub(crate) struct Curve {
    /// Share of draws in which `a` is ahead, at each of `BINS + 1` weights.
    shares: Vec<f64>,
}

/// A crossing of one half, and the weights between which the answer is uncertain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Crossing {
    pub(crate) at: f64,
    pub(crate) band: [f64; 2],
}

impl Curve {
    /// `totals` are the values of all criteria together, at the weights `now` belongs to.
    pub(crate) fn new(
        sample: &Sample,
        totals: &[Vec<f32>],
        j: usize,
        pair: [usize; 2],
        now: f64,
    ) -> Self {
        let [a, b] = pair;
        let mut change = vec![0i64; BINS + 2];
        let (now, rest) = (now as f32, (1.0 - now) as f32);
        let (mut ahead, mut level) = (0i64, 0i64);
        let own = sample.cells[j][a].iter().zip(&sample.cells[j][b]).map(|(a, b)| a - b);
        let lead = totals[a].iter().zip(&totals[b]).map(|(a, b)| a - b);
        for (own, lead) in own.zip(lead) {
            let others = if rest > 0.0 { (lead - now * own) / rest } else { 0.0 };
            ahead += i64::from(others > 0.0);
            level += i64::from(others == 0.0 && own == 0.0);
            // Ahead at weight 0 and behind at 1, or the other way round: one threshold between.
            if (others > 0.0) != (own > 0.0) {
                let t = others / (others - own);
                let bin = (t * BINS as f32) as usize + 1;
                change[bin.min(BINS + 1)] += if own > 0.0 { 1 } else { -1 };
            }
        }
        let draws = sample.draws as f64;
        let shares = change[..=BINS].iter().map(|change| {
            ahead += change;
            (ahead as f64 + 0.5 * level as f64) / draws
        });
        Self { shares: shares.collect() }
    }

    /// The nearest weight above (or below) `now` at which the share falls to one half.
    pub(crate) fn crossing(&self, now: f64, upwards: bool) -> Option<Crossing> {
        let start = (now * BINS as f64).round() as usize;
        if self.shares[start] <= 0.5 {
            return None;
        }
        let at = self.place(start, upwards, |share| share <= 0.5)?;
        let weight = |place: usize| place as f64 / BINS as f64;
        let end = if upwards { 1.0 } else { 0.0 };
        let sure = self.place(at, !upwards, |share| share >= 0.95).map_or(1.0 - end, weight);
        let lost = self.place(at, upwards, |share| share <= 0.05).map_or(end, weight);
        Some(Crossing { at: weight(at), band: [sure.min(lost), sure.max(lost)] })
    }

    fn place(&self, start: usize, upwards: bool, holds: impl Fn(f64) -> bool) -> Option<usize> {
        if upwards {
            (start..=BINS).find(|place| holds(self.shares[*place]))
        } else {
            (0..=start).rev().find(|place| holds(self.shares[*place]))
        }
    }
}
