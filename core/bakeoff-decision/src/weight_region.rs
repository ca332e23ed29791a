//! The weights that satisfy linear constraints, and how to draw all of them alike (METHODS.md B5).
//!
//! Up to six criteria by rejection, beyond by hit-and-run (Smith 1984; Tervonen 2013).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::{Evidence, EvidenceProblem, WeightMode};
use crate::lanes::ZERO;
use crate::sampler::{LANES, Lanes, Stream};
use crate::weight_drawer::uniform_simplex;
use crate::weights::{constraints, order};

/// Criteria up to which weights are drawn by rejection (METHODS.md B5).
const REJECTION_MOST: usize = 6;
/// Share of the proposals that must hold, else rejection takes longer than it is worth.
const SHARE_LEAST: f64 = 1.0 / 64.0;
/// Blocks of proposals by which that share is found.
const TRIALS: usize = 16;
/// The least room, as the slack that some weights leave every constraint and every weight above zero.
const ROOM_LEAST: f64 = 1e-6;

/// How weights were drawn that satisfy constraints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConstraintFacts {
    /// The constraints, as given.
    pub constraints: Vec<String>,
    /// How.
    pub sampler: WeightSampler,
    /// Share of all weights (in the given order, if there is one) that satisfy them; only where few
    /// criteria allow to count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
}

/// How weights are drawn from a part of all weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WeightSampler {
    /// From all weights, those outside left out.
    Rejection,
    /// By walks inside.
    HitAndRun,
}

/// The part of the simplex on which every row is not negative, with room in it.
#[derive(Clone, Debug)]
pub(crate) struct Region {
    /// `row . x >= 0`; in the spacings of ordered weights where the order is given, else in weights.
    rows: Vec<Vec<f64>>,
    /// A point well inside.
    centre: Vec<f64>,
    sampler: WeightSampler,
    share: Option<f64>,
}

impl Region {
    /// The region that the constraints of `evidence` leave; `None` if there are no constraints.
    ///
    /// # Errors
    ///
    /// Constraints that cannot be read, have no place beside fixed weights, or leave no room.
    pub(crate) fn of(evidence: &Evidence) -> Result<Option<Self>, Vec<EvidenceProblem>> {
        if evidence.constraints.is_empty() {
            return Ok(None);
        }
        let mut problems = Vec::new();
        let names: Vec<&str> = evidence.criteria.iter().map(|c| c.name.as_str()).collect();
        let mut rows = Vec::new();
        for (at, text) in evidence.constraints.iter().enumerate() {
            match constraints::row_of(text, &names) {
                Ok(row) => rows.push(row),
                Err(why) => problems.push(EvidenceProblem::new(format!("constraints[{at}]"), why)),
            }
        }
        let places = match evidence.weights {
            WeightMode::None => None,
            WeightMode::Ordinal => Some(order(&evidence.criteria)),
            WeightMode::Swing | WeightMode::Members => {
                let reason = "leave nothing to draw: weights must be none or ordinal beside them";
                problems.push(EvidenceProblem::new("constraints", reason));
                None
            }
        };
        if !problems.is_empty() {
            return Err(problems);
        }
        if let Some(places) = places {
            rows = rows.iter().map(|row| in_spacings(row, &places)).collect();
        }
        let (centre, room) = roomiest(&rows, names.len());
        if room < ROOM_LEAST {
            let reason = "leave no room: no weights satisfy all of them, or only single ones";
            return Err(vec![EvidenceProblem::new("constraints", reason)]);
        }
        let (sampler, share) = sampler_for(&rows, names.len(), evidence.seed);
        Ok(Some(Self { rows, centre, sampler, share }))
    }

    pub(crate) fn facts(&self, evidence: &Evidence) -> ConstraintFacts {
        ConstraintFacts {
            constraints: evidence.constraints.clone(),
            sampler: self.sampler,
            share: self.share,
        }
    }
}

/// A row over weights as one over the spacings that ordered weights are sums of: the weight at place
/// k is `sum_{i >= k} u_i / (i + 1)` (see `weight_drawer`).
fn in_spacings(row: &[f64], places: &[usize]) -> Vec<f64> {
    let mut by_place = vec![0.0; row.len()];
    for (entry, place) in row.iter().zip(places) {
        by_place[*place] = *entry;
    }
    let mut sum = 0.0;
    let spaced = by_place.iter().enumerate().map(|(at, entry)| {
        sum += entry;
        sum / (at + 1) as f64
    });
    spaced.collect()
}

/// By rejection where it does not take long, and then the share that holds.
fn sampler_for(rows: &[Vec<f64>], n: usize, seed: u64) -> (WeightSampler, Option<f64>) {
    if n > REJECTION_MOST {
        return (WeightSampler::HitAndRun, None);
    }
    let mut stream = Stream::new(seed, &["weights", "share of constraints"]);
    let mut proposal = vec![ZERO; n];
    let mut held = 0;
    for _ in 0..TRIALS {
        uniform_simplex(&mut stream, &mut proposal);
        held += (0..LANES).filter(|lane| holds(rows, &proposal, *lane)).count();
    }
    let share = held as f64 / (TRIALS * LANES) as f64;
    let sampler =
        if share >= SHARE_LEAST { WeightSampler::Rejection } else { WeightSampler::HitAndRun };
    (sampler, Some(share))
}

fn holds(rows: &[Vec<f64>], point: &[Lanes], lane: usize) -> bool {
    let slack = |row: &Vec<f64>| -> f64 {
        row.iter().zip(point).map(|(entry, x)| entry * f64::from(x[lane])).sum()
    };
    rows.iter().all(|row| slack(row) >= 0.0)
}

/// The point of the simplex whose smallest slack, over rows and coordinates, is largest, with that
/// slack: the value of a matrix game, by the simplex method (Dantzig 1951) with Bland's rule (1977).
fn roomiest(rows: &[Vec<f64>], n: usize) -> (Vec<f64>, f64) {
    const ZERO_BELOW: f64 = 1e-11;
    // Shifted so that every entry, and with them the value of the game, is above zero.
    const SHIFT: f64 = 2.0;
    let m = rows.len() + n;
    let entry = |i: usize, j: usize| {
        let own = |row: &Vec<f64>| row[j];
        SHIFT + rows.get(i).map_or(f64::from(u8::from(i - rows.len().min(i) == j)), own)
    };
    // max sum x, sum_i entry(i, j) x_i <= 1 for every j; the dual values are the point, unscaled.
    let mut table: Vec<Vec<f64>> = (0..n)
        .map(|j| {
            let slack = (0..n).map(|k| f64::from(u8::from(k == j)));
            (0..m).map(|i| entry(i, j)).chain(slack).chain([1.0]).collect()
        })
        .collect();
    let mut goal: Vec<f64> = (0..m).map(|_| -1.0).chain((0..=n).map(|_| 0.0)).collect();
    let mut basis: Vec<usize> = (m..m + n).collect();
    let last = m + n;
    // Bland's rule ends it; the bound is for rounding.
    for _ in 0..100 * (m + n) {
        let Some(enters) = (0..last).find(|column| goal[*column] < -ZERO_BELOW) else { break };
        let ratio = |row: &usize| table[*row][last] / table[*row][enters];
        let leaves = (0..n)
            .filter(|row| table[*row][enters] > ZERO_BELOW)
            .min_by(|a, b| ratio(a).total_cmp(&ratio(b)).then(basis[*a].cmp(&basis[*b])));
        let Some(leaves) = leaves else { break };
        let pivot = table[leaves][enters];
        for entry in &mut table[leaves] {
            *entry /= pivot;
        }
        let row = table[leaves].clone();
        let others = table.iter_mut().enumerate().filter(|(at, _)| *at != leaves);
        for other in others.map(|(_, row)| row).chain([&mut goal]) {
            let factor = other[enters];
            for (entry, pivot) in other.iter_mut().zip(&row) {
                *entry -= factor * pivot;
            }
        }
        basis[leaves] = enters;
    }
    let total = goal[last];
    let point: Vec<f64> = goal[m..last].iter().map(|dual| (dual / total).max(0.0)).collect();
    let slack = |row: &Vec<f64>| row.iter().zip(&point).map(|(entry, x)| entry * x).sum::<f64>();
    let room = rows.iter().map(slack).chain(point.iter().copied()).fold(f64::INFINITY, f64::min);
    (point, room)
}

/// Draws from a region.
pub(crate) struct RegionDrawer {
    region: Region,
    /// Proposals, or the points that the walks have come to.
    points: Vec<Lanes>,
    /// Proposals already looked at.
    seen: usize,
    /// Slack of each row at each point.
    slacks: Vec<Lanes>,
    /// Uniforms that choose between which two weights is moved.
    choices: Lanes,
    chosen: usize,
    walked: bool,
}

impl RegionDrawer {
    pub(crate) fn new(region: Region) -> Self {
        let points = region.centre.iter().map(|x| [*x as f32; LANES]).collect();
        let slacks = vec![ZERO; region.rows.len()];
        Self { region, points, seen: LANES, slacks, choices: ZERO, chosen: LANES, walked: false }
    }

    pub(crate) fn draw(&mut self, stream: &mut Stream, out: &mut [Lanes]) {
        match self.region.sampler {
            WeightSampler::Rejection => self.reject(stream, out),
            WeightSampler::HitAndRun => self.walk(stream, out),
        }
    }

    fn reject(&mut self, stream: &mut Stream, out: &mut [Lanes]) {
        let mut filled = 0;
        while filled < LANES {
            if self.seen == LANES {
                uniform_simplex(stream, &mut self.points);
                self.seen = 0;
            }
            if holds(&self.region.rows, &self.points, self.seen) {
                for (out, points) in out.iter_mut().zip(&self.points) {
                    out[filled] = points[self.seen];
                }
                filled += 1;
            }
            self.seen += 1;
        }
    }

    /// As many independent walks as there are lanes, each from the middle. A step moves weight between
    /// two criteria, by any amount that stays inside: hit-and-run along coordinate directions. Steps
    /// between draws grow with the square of the number of criteria, as the mixing of such walks does.
    fn walk(&mut self, stream: &mut Stream, out: &mut [Lanes]) {
        let n = self.points.len();
        let between = (n * n / 2).max(5 * n);
        let steps = if self.walked { between } else { 40 * between };
        self.walked = true;
        self.measure();
        if n > 1 {
            for _ in 0..steps {
                let first = self.choose(stream, n);
                let second = self.choose(stream, n - 1);
                self.step(stream, first, second + usize::from(second >= first));
            }
        }
        for (out, points) in out.iter_mut().zip(&self.points) {
            *out = points.map(|x| x.max(0.0));
        }
    }

    /// A whole number below `many`.
    fn choose(&mut self, stream: &mut Stream, many: usize) -> usize {
        if self.chosen == LANES {
            stream.uniform(&mut self.choices);
            self.chosen = 0;
        }
        self.chosen += 1;
        ((self.choices[self.chosen - 1] * many as f32) as usize).min(many - 1)
    }

    /// Slacks from the points, so that rounding does not add up.
    fn measure(&mut self) {
        for (row, slacks) in self.region.rows.iter().zip(&mut self.slacks) {
            *slacks = ZERO;
            for (entry, points) in row.iter().zip(&self.points) {
                crate::lanes::add_scaled(slacks, points, *entry as f32);
            }
        }
    }

    /// Moves a uniform amount, of all that stay inside, from `b` to `a`.
    fn step(&mut self, stream: &mut Stream, a: usize, b: usize) {
        let (mut low, mut high) = (self.points[a].map(|x| -x), self.points[b]);
        for (row, slacks) in self.region.rows.iter().zip(&self.slacks) {
            let slope = (row[a] - row[b]) as f32;
            if slope.abs() < 1e-7 {
                continue;
            }
            let bound = if slope > 0.0 { &mut low } else { &mut high };
            for (bound, slack) in bound.iter_mut().zip(slacks) {
                let at = -slack / slope;
                *bound = if slope > 0.0 { bound.max(at) } else { bound.min(at) };
            }
        }
        let mut amounts = ZERO;
        stream.uniform(&mut amounts);
        for ((amount, low), high) in amounts.iter_mut().zip(&low).zip(&high) {
            // Where rounding has left no way there is none.
            *amount = if high > low { low + *amount * (high - low) } else { 0.0 };
        }
        crate::lanes::add_scaled(&mut self.points[a], &amounts, 1.0);
        crate::lanes::add_scaled(&mut self.points[b], &amounts, -1.0);
        for (row, slacks) in self.region.rows.iter().zip(&mut self.slacks) {
            crate::lanes::add_scaled(slacks, &amounts, (row[a] - row[b]) as f32);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_roomiest_point_is_found_and_no_room_is_said_to_be_none() {
        let (point, room) = roomiest(&[], 4);
        assert!(point.iter().all(|x| (x - 0.25).abs() < 1e-9) && (room - 0.25).abs() < 1e-9);
        // The first weighs at least what the second does: symmetric in the others.
        let (point, room) = roomiest(&[vec![1.0, -1.0, 0.0]], 3);
        assert!(room > 0.1 && point[0] - point[1] >= room - 1e-9, "{point:?}, {room}");
        let contradiction = [vec![1.0, -1.0], vec![-1.0, 0.9]];
        assert!(roomiest(&contradiction, 2).1 < ROOM_LEAST);
        let equal = [vec![1.0, -1.0, 0.0], vec![-1.0, 1.0, 0.0]];
        assert!(roomiest(&equal, 3).1 < ROOM_LEAST);
    }
}
