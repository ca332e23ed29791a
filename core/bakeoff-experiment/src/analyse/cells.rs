//! Raw trials gathered by workload, load and metric, in the order they were measured.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::short_window::answers_of;
use crate::trials::{TrialRow, Trials};

/// One number of one trial.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) round: u32,
    pub(super) position: u32,
    pub(super) build: u32,
    pub(super) value: f64,
    /// Its natural logarithm; not finite where it has none.
    pub(super) ln: f64,
}

/// All numbers of one metric under one workload and load.
#[derive(Debug, Default)]
pub(super) struct Series {
    /// By candidate (its index in the design), by round.
    pub(super) by_candidate: BTreeMap<u32, Vec<Point>>,
}

/// The numbers of one workload and load.
#[derive(Debug, Default)]
pub(super) struct Cell<'t> {
    /// The candidates in the order their trials were measured.
    pub(super) sequence: Vec<usize>,
    /// Answers of a typical trial, of the candidate that has the fewest; `None` if nobody counted.
    pub(super) answers: Option<u32>,
    pub(super) metrics: BTreeMap<&'t str, Series>,
}

/// The cells by workload and load.
pub(super) type Cells<'t> = BTreeMap<(&'t str, &'t str), Cell<'t>>;

/// The cells of these trials.
pub(super) fn cells(trials: &Trials) -> Cells<'_> {
    let index: BTreeMap<&str, u32> =
        trials.design.candidates.iter().zip(0..).map(|(name, i)| (name.as_str(), i)).collect();
    let mut rows: BTreeMap<(&str, &str), Vec<(&TrialRow, u32)>> = BTreeMap::new();
    // Rows of a place usually follow one another: it is looked up once for all of them.
    let same = |a: &TrialRow, b: &TrialRow| a.workload == b.workload && a.load == b.load;
    for run in trials.trials.chunk_by(same) {
        let place = (run[0].workload.as_str(), run[0].load.as_str());
        let known = run.iter().filter_map(|row| Some((row, *index.get(row.candidate.as_str())?)));
        rows.entry(place).or_default().extend(known);
    }
    rows.retain(|_, rows| !rows.is_empty());
    let candidates = trials.design.candidates.len();
    rows.into_iter().map(|(key, rows)| (key, cell(rows, candidates))).collect()
}

fn cell(mut rows: Vec<(&TrialRow, u32)>, candidates: usize) -> Cell<'_> {
    in_order_measured(&mut rows);
    Cell {
        sequence: rows.iter().map(|(_, candidate)| *candidate as usize).collect(),
        answers: answers_of(rows.iter().map(|(row, candidate)| (*candidate, row.answers))),
        metrics: series(&rows, candidates),
    }
}

/// The numbers of a cell by metric.
fn series<'t>(rows: &[(&'t TrialRow, u32)], candidates: usize) -> BTreeMap<&'t str, Series> {
    let mut names: Vec<&str> = Vec::new();
    let mut found: Vec<Vec<Vec<Point>>> = Vec::new();
    let of_each = rows.len().div_ceil(candidates);
    for (row, candidate) in rows {
        for (place, (metric, value)) in row.metrics.iter().enumerate() {
            // Trials of a cell nearly always have the same metrics, in the same order.
            let known = if names.get(place) == Some(&metric) {
                Some(place)
            } else {
                names.iter().position(|name| *name == metric)
            };
            let at = known.unwrap_or_else(|| {
                names.push(metric);
                found.push(vec![Vec::new(); candidates]);
                names.len() - 1
            });
            let points = &mut found[at][*candidate as usize];
            if points.is_empty() {
                points.reserve(of_each);
            }
            points.push(Point {
                round: row.round,
                position: row.position,
                build: row.build,
                value,
                ln: value.ln(),
            });
        }
    }
    let sorted = |(candidate, mut points): (u32, Vec<Point>)| {
        points.sort_by_key(|point| (point.round, point.build));
        (!points.is_empty()).then_some((candidate, points))
    };
    let series = found
        .into_iter()
        .map(|by| Series { by_candidate: (0..).zip(by).filter_map(sorted).collect() });
    names.into_iter().zip(series).collect()
}

/// Sorts rows as they were measured. Positions usually count within a round; where they are all
/// different they count over the whole cell, and then tell blocks that rounds would hide.
fn in_order_measured(rows: &mut [(&TrialRow, u32)]) {
    let highest = rows.iter().map(|(row, _)| row.position).max().unwrap_or(0);
    // Fewer positions than rows cannot all be different.
    if highest as usize + 1 >= rows.len() {
        rows.sort_by_key(|(row, _)| (row.position, row.round));
        if rows.windows(2).all(|two| two[0].0.position < two[1].0.position) {
            return;
        }
    }
    rows.sort_by_key(|(row, _)| (row.round, row.position));
}

/// Rounds in which both candidates have a number: their values side by side.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Pairs {
    /// The rounds that both share.
    pub(super) rounds: Vec<u32>,
    pub(super) a: Vec<f64>,
    pub(super) b: Vec<f64>,
    /// ln(a/b).
    differences: Vec<f64>,
    /// Sums of ln a and of ln b.
    ln_sums: [f64; 2],
    /// Whether a came before b, or nobody said.
    pub(super) order: Vec<Ordering>,
    /// The builds of a and b.
    pub(super) builds: Vec<(u32, u32)>,
}

impl Pairs {
    /// ln(a/b) round by round; `None` where a value is not above zero.
    pub(super) fn log_differences(&self) -> Option<&[f64]> {
        // A sum of logarithms is finite where all of them are: values have at most 100 digits.
        self.ln_sums.iter().all(|sum| sum.is_finite()).then_some(&self.differences)
    }

    fn reserve(&mut self, rounds: usize) {
        for numbers in [&mut self.a, &mut self.b, &mut self.differences] {
            numbers.reserve_exact(rounds);
        }
        self.rounds.reserve_exact(rounds);
        self.order.reserve_exact(rounds);
        self.builds.reserve_exact(rounds);
    }

    /// exp of the mean logarithms of a and of b.
    pub(super) fn geometric_means(&self) -> [f64; 2] {
        self.ln_sums.map(|sum| (sum / self.a.len() as f64).exp())
    }
}

impl Series {
    /// A candidate's numbers in the order of rounds; none if it has none.
    pub(super) fn values(&self, candidate: u32) -> Vec<f64> {
        let points = self.by_candidate.get(&candidate).into_iter().flatten();
        points.map(|point| point.value).collect()
    }

    /// The numbers of two candidates paired by round (and by build, where a round has several).
    pub(super) fn pairs(&self, a: u32, b: u32) -> Pairs {
        let mut pairs = Pairs::default();
        let (Some(left), Some(right)) = (self.by_candidate.get(&a), self.by_candidate.get(&b))
        else {
            return pairs;
        };
        pairs.reserve(left.len().min(right.len()));
        let mut right = right.iter().peekable();
        for value in left {
            while right.next_if(|other| other.round < value.round).is_some() {}
            // Repeats within a round pair off in the order of their builds.
            let Some(other) = right.next_if(|other| other.round == value.round) else { continue };
            pairs.rounds.push(value.round);
            pairs.a.push(value.value);
            pairs.b.push(other.value);
            pairs.differences.push(value.ln - other.ln);
            pairs.ln_sums[0] += value.ln;
            pairs.ln_sums[1] += other.ln;
            pairs.order.push(value.position.cmp(&other.position));
            pairs.builds.push((value.build, other.build));
        }
        pairs
    }
}
