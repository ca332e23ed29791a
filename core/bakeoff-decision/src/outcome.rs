//! What the simulation counts: ranks, wins, values, requirements, and a sample of whole draws (METHODS.md B5, B6).

#![allow(
    clippy::inline_always,
    reason = "inlined into the block that is compiled for wide vectors"
)]

use crate::lanes::{raise, sum, sum_of_squares};
use crate::model::{Model, Test};
use crate::sampler::{LANES, Lanes};
use crate::simulate::Block;

/// Bins of the histogram of an alternative's value; read with interpolation inside a bin.
const BINS: usize = 4096;

/// For each draw of a block, how many alternatives.
type Places = [u32; LANES];

/// Cells kept of whole draws, for what is computed from draws again: flip points, value of
/// information, leaving out. Two million are 8 MB; up to 20 cells a draw, 100 000 draws fit.
const CELLS_KEPT: usize = 2_000_000;

/// The first draws of a simulation, whole.
#[derive(Debug)]
pub(crate) struct Sample {
    /// How many draws.
    pub(crate) draws: usize,
    /// Values, by criterion, then alternative, then draw.
    pub(crate) cells: Vec<Vec<Vec<f32>>>,
    /// Weights, by criterion, then draw; empty where weights are fixed.
    pub(crate) weights: Vec<Vec<f32>>,
    /// Whether requirements hold, by alternative, then draw; empty without requirements.
    pub(crate) feasible: Vec<Vec<bool>>,
    /// Value of each alternative, then draw.
    pub(crate) totals: Vec<Vec<f32>>,
}

/// Counts over all draws.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) draws: usize,
    /// Draws by alternative and rank (from 0); ties split; infeasible draws have no rank.
    pub(crate) ranks: Vec<Vec<f64>>,
    /// Draws in which the first is worth more than the second; ties count half.
    pub(crate) wins: Vec<Vec<f64>>,
    /// Draws in which no alternative holds all requirements.
    pub(crate) none: u64,
    /// Draws in which each alternative holds all requirements.
    pub(crate) feasible: Vec<u64>,
    /// Draws in which each requirement holds, by requirement and alternative.
    pub(crate) passes: Vec<Vec<u64>>,
    pub(crate) value_sum: Vec<f64>,
    pub(crate) value_squares: Vec<f64>,
    /// Sum over draws of the largest value.
    pub(crate) best_sum: f64,
    histograms: Vec<Vec<u32>>,
    /// Sums of values by criterion and alternative.
    cell_sum: Vec<Vec<f64>>,
    /// Draws clipped at the worst and at the best anchor, by criterion and alternative.
    pub(crate) clipped: Vec<Vec<[u64; 2]>>,
    /// Sums of weights over the draws that each alternative wins; empty where weights are fixed.
    winner_weights: Vec<Vec<f64>>,
    pub(crate) sample: Sample,
    limits: Vec<Vec<Option<(f32, f32)>>>,
    /// Gates by column.
    gates_of: Vec<Vec<usize>>,
    kept: usize,
}

impl Outcome {
    pub(crate) fn new(model: &Model, draws: usize) -> Self {
        let (k, n, gates) = (model.alternatives(), model.criteria(), model.gates.len());
        let keep = draws.min((CELLS_KEPT / (k * n)).max(LANES));
        let varying = if model.weights_vary() { n } else { 0 };
        let sample = Sample {
            draws: keep,
            cells: vec![vec![Vec::with_capacity(keep); k]; n],
            weights: vec![Vec::with_capacity(keep); varying],
            feasible: vec![Vec::with_capacity(keep); if gates > 0 { k } else { 0 }],
            totals: vec![Vec::with_capacity(keep); k],
        };
        let mut gates_of = vec![Vec::new(); model.columns.len()];
        for (at, gate) in model.gates.iter().enumerate() {
            if let Test::Quantity { column, .. } = &gate.test {
                gates_of[*column].push(at);
            }
        }
        let limits = model
            .gates
            .iter()
            .map(|gate| (0..k).map(|at| gate.limits(&model.columns, at)).collect())
            .collect();
        Self {
            draws,
            ranks: vec![vec![0.0; k]; k],
            wins: vec![vec![0.0; k]; k],
            none: 0,
            feasible: vec![0; k],
            passes: vec![vec![0; k]; gates],
            value_sum: vec![0.0; k],
            value_squares: vec![0.0; k],
            best_sum: 0.0,
            histograms: vec![vec![0; BINS]; k],
            cell_sum: vec![vec![0.0; k]; n],
            clipped: vec![vec![[0; 2]; k]; n],
            winner_weights: vec![vec![0.0; n]; if varying > 0 { k } else { 0 }],
            sample,
            limits,
            gates_of,
            kept: 0,
        }
    }

    /// Notes the values of one cell.
    #[inline(always)]
    pub(crate) fn cell(
        &mut self,
        criterion: usize,
        alternative: usize,
        values: &Lanes,
        clipped: [u32; 2],
        lanes: usize,
    ) {
        let sum = sum(values, lanes);
        self.summed(criterion, alternative, values, (sum, clipped), lanes);
    }

    /// As [`Outcome::cell`], of values whose sum is at hand.
    #[inline(always)]
    pub(crate) fn summed(
        &mut self,
        criterion: usize,
        alternative: usize,
        values: &Lanes,
        (sum, clipped): (f64, [u32; 2]),
        lanes: usize,
    ) {
        self.cell_sum[criterion][alternative] += sum;
        for (count, more) in self.clipped[criterion][alternative].iter_mut().zip(clipped) {
            *count += u64::from(more);
        }
        let room = lanes.min(self.sample.draws - self.kept);
        self.sample.cells[criterion][alternative].extend_from_slice(&values[..room]);
    }

    /// Whether a requirement limits what is drawn of a column.
    #[inline(always)]
    pub(crate) fn is_gated(&self, column: usize) -> bool {
        !self.gates_of[column].is_empty()
    }

    /// Holds the deviations of one cell against the requirements on its column.
    #[inline(always)]
    pub(crate) fn gate(
        &mut self,
        column: usize,
        alternative: usize,
        deviation: &Lanes,
        block: &mut Block,
        lanes: usize,
    ) {
        for at in 0..self.gates_of[column].len() {
            let gate = self.gates_of[column][at];
            let Some((low, high)) = self.limits[gate][alternative] else { continue };
            self.pass(gate, alternative, block, lanes, |lane| {
                (low..=high).contains(&deviation[lane])
            });
        }
    }

    /// Notes in which draws a requirement holds for an alternative.
    #[inline(always)]
    pub(crate) fn pass(
        &mut self,
        gate: usize,
        alternative: usize,
        block: &mut Block,
        lanes: usize,
        passes: impl Fn(usize) -> bool,
    ) {
        let mut count = 0;
        for (lane, feasible) in block.feasible[alternative][..lanes].iter_mut().enumerate() {
            let pass = passes(lane);
            *feasible &= pass;
            count += u64::from(pass);
        }
        self.passes[gate][alternative] += count;
    }

    /// Ranks the alternatives of a block once all its cells are in.
    #[inline(always)]
    pub(crate) fn rank(&mut self, block: &Block, lanes: usize) {
        let k = block.totals.len();
        let mut best = block.totals[0];
        for (at, totals) in block.totals.iter().enumerate() {
            self.value_sum[at] += sum(totals, lanes);
            self.value_squares[at] += sum_of_squares(totals, lanes);
            let histogram = &mut self.histograms[at];
            for bin in &bins(totals)[..lanes] {
                histogram[*bin as usize & (BINS - 1)] += 1;
            }
            raise(&mut best, totals);
        }
        self.best_sum += sum(&best, lanes);
        let mut above = vec![[0; LANES]; k];
        let mut level = vec![[0; LANES]; k];
        self.compare(block, &mut above, &mut level, lanes);
        if block.feasible.is_empty() {
            self.count_ranks(&above, &level, lanes, |_, _| true);
        } else {
            self.recount_feasible(block, &mut above, &mut level, lanes);
            self.count_ranks(&above, &level, lanes, |at, lane| block.feasible[at][lane]);
        }
        self.count_weights(block, &above, &level, lanes);
        self.keep(block, lanes);
    }

    /// For each alternative and draw, how many are above it and how many level with it.
    #[inline(always)]
    fn compare(&mut self, block: &Block, above: &mut [Places], level: &mut [Places], lanes: usize) {
        let k = block.totals.len();
        for a in 0..k {
            for b in a + 1..k {
                let (left, right) = above.split_at_mut(b);
                let [wins, losses] = tally(
                    [&block.totals[a][..lanes], &block.totals[b][..lanes]],
                    [&mut left[a][..lanes], &mut right[0][..lanes]],
                );
                let ties = lanes as u32 - wins - losses;
                self.wins[a][b] += f64::from(wins) + 0.5 * f64::from(ties);
                self.wins[b][a] += f64::from(losses) + 0.5 * f64::from(ties);
                if ties > 0 {
                    let values = block.totals[a][..lanes].iter().zip(&block.totals[b]);
                    for (lane, _) in values.enumerate().filter(|(_, (a, b))| a == b) {
                        level[a][lane] += 1;
                        level[b][lane] += 1;
                    }
                }
            }
        }
    }

    /// Ranks among the feasible alone.
    fn recount_feasible(
        &mut self,
        block: &Block,
        above: &mut [Places],
        level: &mut [Places],
        lanes: usize,
    ) {
        let k = block.totals.len();
        for lane in 0..lanes {
            let holds = |at: usize| block.feasible[at][lane];
            let feasible = (0..k).filter(|at| holds(*at)).count();
            self.none += u64::from(feasible == 0);
            if feasible == k {
                continue;
            }
            for a in 0..k {
                let others = (0..k).filter(|b| *b != a && holds(*b));
                let value = block.totals[a][lane];
                let (mut more, mut same) = (0, 0);
                for other in others.map(|b| block.totals[b][lane]) {
                    more += u32::from(other > value);
                    same += u32::from(other == value);
                }
                above[a][lane] = more;
                level[a][lane] = same;
            }
        }
        for (at, feasible) in block.feasible.iter().enumerate() {
            self.feasible[at] += feasible[..lanes].iter().filter(|holds| **holds).count() as u64;
        }
    }

    #[inline(always)]
    fn count_ranks(
        &mut self,
        above: &[Places],
        level: &[Places],
        lanes: usize,
        ranked: impl Fn(usize, usize) -> bool,
    ) {
        for (at, ranks) in self.ranks.iter_mut().enumerate() {
            let tied = level[at][..lanes].iter().any(|level| *level > 0);
            for lane in (0..lanes).filter(|lane| ranked(at, *lane)) {
                let first = above[at][lane] as usize;
                if !tied || level[at][lane] == 0 {
                    ranks[first] += 1.0;
                    continue;
                }
                let level = level[at][lane] as usize;
                for rank in &mut ranks[first..=first + level] {
                    *rank += 1.0 / (level + 1) as f64;
                }
            }
        }
    }

    fn count_weights(&mut self, block: &Block, above: &[Places], level: &[Places], lanes: usize) {
        for (at, sums) in self.winner_weights.iter_mut().enumerate() {
            for lane in 0..lanes {
                let feasible = block.feasible.get(at).is_none_or(|feasible| feasible[lane]);
                if above[at][lane] == 0 && feasible {
                    let share = 1.0 / (1.0 + f64::from(level[at][lane]));
                    for (sum, weights) in sums.iter_mut().zip(&block.weights) {
                        *sum += share * f64::from(weights[lane]);
                    }
                }
            }
        }
    }

    fn keep(&mut self, block: &Block, lanes: usize) {
        let room = lanes.min(self.sample.draws - self.kept);
        for (kept, weights) in self.sample.weights.iter_mut().zip(&block.weights) {
            kept.extend_from_slice(&weights[..room]);
        }
        for (kept, feasible) in self.sample.feasible.iter_mut().zip(&block.feasible) {
            kept.extend_from_slice(&feasible[..room]);
        }
        for (kept, totals) in self.sample.totals.iter_mut().zip(&block.totals) {
            kept.extend_from_slice(&totals[..room]);
        }
        self.kept += room;
    }

    /// Share of draws in which each alternative is the best that holds all requirements.
    pub(crate) fn p_best(&self) -> Vec<f64> {
        self.ranks.iter().map(|ranks| ranks[0] / self.draws as f64).collect()
    }

    pub(crate) fn mean_value(&self, alternative: usize) -> f64 {
        self.value_sum[alternative] / self.draws as f64
    }

    pub(crate) fn sd_value(&self, alternative: usize) -> f64 {
        let mean = self.mean_value(alternative);
        (self.value_squares[alternative] / self.draws as f64 - mean * mean).max(0.0).sqrt()
    }

    /// Mean values by criterion and alternative.
    pub(crate) fn cell_means(&self) -> Vec<Vec<f64>> {
        let mean = |sum: &f64| sum / self.draws as f64;
        self.cell_sum.iter().map(|row| row.iter().map(mean).collect()).collect()
    }

    /// Quantile of an alternative's value, from the histogram.
    pub(crate) fn value_quantile(&self, alternative: usize, p: f64) -> f64 {
        let wanted = p * self.draws as f64;
        let mut before = 0.0;
        for (bin, count) in self.histograms[alternative].iter().enumerate() {
            let count = f64::from(*count);
            if before + count >= wanted && count > 0.0 {
                let inside = (wanted - before) / count - 0.5;
                return ((bin as f64 + inside) / (BINS - 1) as f64).clamp(0.0, 1.0);
            }
            before += count;
        }
        1.0
    }

    /// Mean weights over the draws that each alternative wins (SMAA's central weights); `None`
    /// for one that never wins, or where weights are fixed.
    pub(crate) fn central_weights(&self) -> Vec<Option<Vec<f64>>> {
        self.winner_weights
            .iter()
            .zip(&self.ranks)
            .map(|(sums, ranks)| {
                let wins = ranks[0];
                (wins > 0.0).then(|| sums.iter().map(|sum| sum / wins).collect())
            })
            .collect()
    }
}

/// Counts in one pass who is above; `above` is raised for the one below.
#[inline(always)]
fn tally([a, b]: [&[f32]; 2], [above_a, above_b]: [&mut [u32]; 2]) -> [u32; 2] {
    let (mut wins, mut losses) = (0, 0);
    let values = a.iter().zip(b);
    for ((a, b), (above_a, above_b)) in values.zip(above_a.iter_mut().zip(above_b)) {
        let (win, loss) = (u32::from(a > b), u32::from(b > a));
        *above_a += loss;
        *above_b += win;
        wins += win;
        losses += loss;
    }
    [wins, losses]
}

/// The bin of each value, the nearest of `BINS` from 0 to 1: adding 2^23 leaves it in the mantissa.
#[inline(always)]
fn bins(values: &Lanes) -> Places {
    values.map(|value| (value * (BINS - 1) as f32 + 8_388_608.0).to_bits() & 0x007f_ffff)
}
