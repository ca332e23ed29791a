//! What is known of each alternative on one criterion, as something to draw from (METHODS.md B4).

use std::collections::BTreeSet;

use crate::evidence::{Criterion, Evidence, Kind, Transfer};
use crate::value::ValueFunction;

pub(crate) mod cited;
pub(crate) mod measured;
pub(crate) mod rated;

/// One criterion, ready to be drawn: all alternatives, together where the evidence is.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// Names the stream of what its alternatives share.
    pub(crate) stream: String,
    /// How many shared normals each draw takes.
    pub(crate) shared: usize,
    /// Degrees of freedom of the joint t; normal if absent.
    pub(crate) df: Option<f64>,
    /// Standard deviation of production against the rig, and whom it strikes.
    pub(crate) transfer: Option<(f32, Transfer)>,
    pub(crate) cells: Vec<Cell>,
    /// Rounds or raters behind the cells; zero where more of the same cannot be had.
    pub(crate) repeats: usize,
    /// Share of the variance that more of the same would shrink.
    pub(crate) reducible: f64,
    /// The criterion is drawn from the same rounds as others: not independent of them.
    pub(crate) joint: bool,
    pub(crate) function: Option<ValueFunction>,
    /// What people should know about how it was drawn.
    pub(crate) notes: Vec<String>,
}

/// What is known of one alternative on one criterion.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    /// Names the stream of what is its own.
    pub(crate) stream: String,
    pub(crate) source: Source,
    pub(crate) map: Map,
    /// Centre of the quantity in its natural unit, if it has one.
    pub(crate) quantity: Option<f64>,
    pub(crate) deviations: Deviations,
}

/// The scale of what is drawn. Single precision has digits enough for either, whatever the
/// magnitude of the quantity itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Deviations {
    /// Logarithm of the quantity over its centre.
    Logarithmic,
    /// The quantity less its centre, in this unit.
    Natural { unit: f64 },
}

/// What deviates, draw by draw.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// Nothing: it is known.
    Fixed,
    /// `loadings . z + own * z_own`, times the scale of the joint t.
    Normal { loadings: Vec<f32>, own: f32 },
    /// A triangular quantity.
    Triangular { low: f32, mode: f32, high: f32 },
    /// A quantity given by its quantiles at equal steps of probability.
    Quantiles(Vec<f32>),
    /// Uniform on 0 to 1: nobody knows.
    Uniform,
}

/// How what was drawn becomes a value.
#[derive(Clone, Debug)]
pub(crate) enum Map {
    /// `clip(at_zero + slope * x)`.
    Affine { at_zero: f32, slope: f32 },
    /// `clip(at_zero + factor * (e^x - 1))`.
    Exponential { at_zero: f32, factor: f32 },
    /// Values at equal steps of the deviation from `start`; beyond the ends as at the ends.
    Table { start: f32, steps_per_unit: f32, values: Vec<f32> },
}

impl Map {
    /// The draw is the value.
    pub(crate) const IDENTITY: Self = Self::Affine { at_zero: 0.0, slope: 1.0 };
}

impl Cell {
    /// Uniform on 0 to 1: a missing cell is never 0 (METHODS.md B4, C26).
    pub(crate) fn unknown(stream: &str) -> Self {
        Self {
            stream: stream.to_owned(),
            source: Source::Uniform,
            map: Map::IDENTITY,
            quantity: None,
            deviations: Deviations::Natural { unit: 1.0 },
        }
    }
}

/// Steps of a tabulated value function; its kinks are smoothed over one step.
const TABLE_STEPS: usize = 2048;

/// The map of a quantity that deviates from `centre`.
pub(crate) fn map_of(function: &ValueFunction, centre: f64, deviations: Deviations) -> Map {
    match (function, deviations) {
        (ValueFunction::Log { best, worst }, Deviations::Logarithmic) => {
            let whole = (worst / best).ln();
            let at_zero = single((worst / centre).ln() / whole);
            Map::Affine { at_zero, slope: single(-1.0 / whole) }
        }
        (ValueFunction::Linear { best, worst }, Deviations::Natural { unit }) => Map::Affine {
            at_zero: single((centre - worst) / (best - worst)),
            slope: single(unit / (best - worst)),
        },
        (ValueFunction::Linear { best, worst }, Deviations::Logarithmic) => Map::Exponential {
            at_zero: single((centre - worst) / (best - worst)),
            factor: single(centre / (best - worst)),
        },
        (function, deviations) => table_of(function, centre, deviations),
    }
}

fn table_of(function: &ValueFunction, centre: f64, deviations: Deviations) -> Map {
    let (low, high) = reach(function);
    let (start, end) = match deviations {
        // A quantity above zero, and anchors below: beyond them whatever is drawn.
        Deviations::Logarithmic if high <= 0.0 => {
            return Map::Affine { at_zero: function.worth(centre).value as f32, slope: 0.0 };
        }
        // Below a millionth of the upper end the value no longer changes visibly.
        Deviations::Logarithmic => ((low.max(high * 1e-6) / centre).ln(), (high / centre).ln()),
        Deviations::Natural { unit } => ((low - centre) / unit, (high - centre) / unit),
    };
    let step = (end - start) / TABLE_STEPS as f64;
    let value = |at: usize| {
        let deviation = start + step * at as f64;
        let x = match deviations {
            Deviations::Logarithmic => centre * deviation.exp(),
            Deviations::Natural { unit } => centre + deviation * unit,
        };
        function.worth(x.clamp(low, high)).value as f32
    };
    let values = (0..=TABLE_STEPS).map(value).collect();
    Map::Table { start: single(start), steps_per_unit: single(1.0 / step), values }
}

/// The unit of natural deviations under a value function: the way between its anchors.
pub(crate) fn unit_of(function: &ValueFunction) -> f64 {
    let (low, high) = reach(function);
    high - low
}

/// Single precision, held far within its range: products of what is drawn stay finite, and what
/// lies so far out is beyond the anchors in any case.
pub(crate) fn single(x: f64) -> f32 {
    x.clamp(-1e20, 1e20) as f32
}

/// The quantities between which the value changes.
fn reach(function: &ValueFunction) -> (f64, f64) {
    match function {
        ValueFunction::Log { best, worst }
        | ValueFunction::Linear { best, worst }
        | ValueFunction::Exponential { best, worst, .. } => (best.min(*worst), best.max(*worst)),
        ValueFunction::Piecewise { knots } => (knots[0][0], knots[knots.len() - 1][0]),
    }
}

/// The columns of checked evidence, criterion by criterion. `streams` names what each
/// alternative's own draws hang on: its name, or that of the alternative it is a copy of.
pub(crate) fn columns(evidence: &Evidence, streams: &[String]) -> Vec<Column> {
    let shared = Shared::of(evidence);
    evidence.criteria.iter().map(|criterion| column(criterion, streams, &shared)).collect()
}

/// What the columns of an evidence take from one another.
struct Shared {
    pooled: Option<rated::Residual>,
    joint: BTreeSet<String>,
}

impl Shared {
    fn of(evidence: &Evidence) -> Self {
        let pooled = rated::pooled_residual(evidence);
        Self { pooled, joint: measured::jointly_drawn(evidence) }
    }
}

/// The column of one criterion of checked evidence, as [`columns`] makes it, and none of the others.
pub(crate) fn column_of(evidence: &Evidence, j: usize, streams: &[String]) -> Option<Column> {
    let criterion = evidence.criteria.get(j)?;
    Some(column(criterion, streams, &Shared::of(evidence)))
}

fn column(criterion: &Criterion, streams: &[String], shared: &Shared) -> Column {
    match criterion.kind {
        Kind::Measured => {
            let together =
                criterion.trials.as_ref().filter(|trials| shared.joint.contains(*trials));
            measured::column(criterion, streams, together)
        }
        Kind::Rated => rated::column(criterion, streams, shared.pooled),
        Kind::Cited => cited::column(criterion, streams),
        Kind::Unknown => Column {
            cells: streams.iter().map(|stream| Cell::unknown(stream)).collect(),
            ..Column::empty(criterion)
        },
    }
}

impl Column {
    pub(crate) fn empty(criterion: &Criterion) -> Self {
        Self {
            name: criterion.name.clone(),
            stream: criterion.name.clone(),
            shared: 0,
            df: None,
            transfer: None,
            cells: Vec::new(),
            repeats: 0,
            reducible: 0.0,
            joint: false,
            function: ValueFunction::of(criterion),
            notes: Vec::new(),
        }
    }
}

/// Coordinates, on Helmert's basis (1876), of numbers that sum to zero: one fewer of them, and the same products with one
/// another. What is drawn from them is as it was, by one normal less; and it hangs on nothing but the numbers themselves.
pub(crate) fn helmert(centred: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let coordinate = |(at, pair): (usize, &[f64])| {
        let n = (at + 1) as f64;
        sum += pair[0];
        (sum - n * pair[1]) / (n * (n + 1.0)).sqrt()
    };
    centred.windows(2).enumerate().map(coordinate).collect()
}

/// Lower factor `L` of a positive semi-definite matrix, `L L' = matrix`; a pivot that rounding
/// leaves at or below zero becomes a column of zeros (METHODS.md E: R - 1 may be below k).
pub(crate) fn semi_definite_factor(matrix: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let n = matrix.len();
    let mut factor = vec![vec![0.0; n]; n];
    for column in 0..n {
        let left = |row: usize, factor: &[Vec<f64>]| -> f64 {
            let done: f64 = (0..column).map(|k| factor[row][k] * factor[column][k]).sum();
            matrix[row][column] - done
        };
        let pivot = left(column, &factor);
        if pivot <= matrix[column][column] * 1e-12 {
            continue;
        }
        let root = pivot.sqrt();
        for row in column..n {
            factor[row][column] = left(row, &factor) / root;
        }
    }
    factor
}
