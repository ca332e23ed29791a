//! Cited cells: published numbers, widened by how far they are from the question (METHODS.md B4).

use super::{Cell, Column, Deviations, Map, Source, map_of, single};
use crate::evidence::{Criterion, Grade};
use crate::value::ValueFunction;

/// Steps of tabulated quantiles.
const STEPS: usize = 2048;

/// How much a grade widens the half-widths about the mode (METHODS.md 0).
pub(crate) fn widening(grade: Grade) -> f64 {
    match grade {
        Grade::Direct => 1.0,
        Grade::Indirect => 1.5,
        Grade::Old => 2.0,
        Grade::Opinion => 3.0,
    }
}

pub(crate) fn column(criterion: &Criterion, streams: &[String]) -> Column {
    let mut column = Column::empty(criterion);
    let wider = widening(criterion.grade.unwrap_or_default());
    let function = column.function.clone();
    let cells = streams.iter().enumerate().map(|(at, stream)| {
        // A source that several cells share moves them together, whatever the criterion.
        let stream = match criterion.source.get(at) {
            Some(source) if criterion.source.len() > 1 => format!("source {source}"),
            Some(_) | None => stream.clone(),
        };
        let mut cell = Cell::unknown(&stream);
        if let Some(triple) = entry(&criterion.triangular, at) {
            triangular(widen(triple, wider), function.as_ref(), &mut cell);
        } else if let Some(triple) = entry(&criterion.pert, at) {
            pert(widen(triple, wider), function.as_ref(), &mut cell);
        } else if let Some([low, high]) = entry(&criterion.interval, at) {
            // 95%: 1.959964 standard deviations to either side.
            let (low, high) = (low.ln(), high.ln());
            let sd = wider * (high - low) / (2.0 * 1.959_963_984_540_054);
            let centre = f64::midpoint(low, high).exp();
            deviating(centre, sd, Deviations::Logarithmic, function.as_ref(), &mut cell);
        } else if let Some([mean, se]) = entry(&criterion.normal, at) {
            let unit = function.as_ref().map_or(1.0, super::unit_of);
            let natural = Deviations::Natural { unit };
            deviating(mean, se * wider / unit, natural, function.as_ref(), &mut cell);
        }
        cell
    });
    column.cells = cells.collect();
    column
}

fn entry<const N: usize>(rows: &[Option<[f64; N]>], at: usize) -> Option<[f64; N]> {
    rows.get(at).copied().flatten()
}

fn widen([low, mode, high]: [f64; 3], wider: f64) -> [f64; 3] {
    [mode - wider * (mode - low), mode, mode + wider * (high - mode)]
}

fn deviating(
    centre: f64,
    sd: f64,
    deviations: Deviations,
    function: Option<&ValueFunction>,
    cell: &mut Cell,
) {
    // Without anchors the numbers are values already.
    let identity = ValueFunction::Linear { best: 1.0, worst: 0.0 };
    cell.map = map_of(function.unwrap_or(&identity), centre, deviations);
    cell.source = match sd {
        0.0 => Source::Fixed,
        sd => Source::Normal { loadings: Vec::new(), own: single(sd) },
    };
    cell.quantity = function.map(|_| centre);
    cell.deviations = deviations;
}

fn triangular([low, mode, high]: [f64; 3], function: Option<&ValueFunction>, cell: &mut Cell) {
    cell.quantity = function.map(|_| mode);
    let direct = Source::Triangular { low: single(low), mode: single(mode), high: single(high) };
    match function {
        None => cell.source = direct,
        Some(ValueFunction::Linear { best, worst }) => {
            cell.source = direct;
            let slope = 1.0 / (best - worst);
            cell.map = Map::Affine { at_zero: single(-worst * slope), slope: single(slope) };
        }
        Some(function) => {
            let whole = high - low;
            let turn = if whole > 0.0 { (mode - low) / whole } else { 0.0 };
            cell.source = quantiles(|u| {
                let x = if u < turn {
                    low + (u * whole * (mode - low)).sqrt()
                } else {
                    high - ((1.0 - u) * whole * (high - mode)).sqrt()
                };
                function.worth(x).value
            });
        }
    }
}

/// PERT: a beta distribution on min to max with the given mode and shape 4 (Malcolm 1959).
fn pert([low, mode, high]: [f64; 3], function: Option<&ValueFunction>, cell: &mut Cell) {
    cell.quantity = function.map(|_| mode);
    let whole = high - low;
    let worth = |x: f64| function.map_or(x.clamp(0.0, 1.0), |function| function.worth(x).value);
    if whole <= 0.0 {
        cell.source = Source::Fixed;
        cell.map = Map::Affine { at_zero: worth(mode) as f32, slope: 0.0 };
        return;
    }
    let (a, b) = (1.0 + 4.0 * (mode - low) / whole, 1.0 + 4.0 * (high - mode) / whole);
    let values = beta_quantiles(a, b).into_iter().map(|share| worth(low + whole * share) as f32);
    cell.source = Source::Quantiles(values.collect());
}

/// Quantiles of a beta distribution at equal steps of probability, for shapes of at least 1: the
/// density summed by Simpson's rule, and read the other way round with straight lines between.
fn beta_quantiles(a: f64, b: f64) -> Vec<f64> {
    const CELLS: usize = 1024;
    let width = 1.0 / CELLS as f64;
    let density = |x: f64| x.powf(a - 1.0) * (1.0 - x).powf(b - 1.0);
    let mut below = vec![0.0; CELLS + 1];
    let mut left = density(0.0);
    for cell in 0..CELLS {
        let start = cell as f64 * width;
        let (middle, right) = (density(start + 0.5 * width), density((start + width).min(1.0)));
        below[cell + 1] = below[cell] + left + 4.0 * middle + right;
        left = right;
    }
    let total = below[CELLS];
    let mut cell = 0;
    let quantile = |step: usize| {
        let wanted = total * step as f64 / STEPS as f64;
        while cell + 1 < CELLS && below[cell + 1] < wanted {
            cell += 1;
        }
        let mass = below[cell + 1] - below[cell];
        let share = if mass > 0.0 { (wanted - below[cell]) / mass } else { 0.0 };
        width * (cell as f64 + share.clamp(0.0, 1.0))
    };
    (0..=STEPS).map(quantile).collect()
}

fn quantiles(value: impl Fn(f64) -> f64) -> Source {
    Source::Quantiles((0..=STEPS).map(|at| value(at as f64 / STEPS as f64) as f32).collect())
}

#[cfg(test)]
mod tests {
    use bakeoff_stats::distributions::beta;

    use super::*;

    #[test]
    fn tabulated_quantiles_of_a_beta_are_the_exact_ones() {
        for (a, b) in [(1.0, 5.0), (2.0, 4.0), (3.0, 3.0), (4.2, 1.8), (5.0, 1.0)] {
            let table = beta_quantiles(a, b);
            assert_eq!(table.len(), STEPS + 1);
            for step in (1..STEPS).step_by(31) {
                let exact = beta::quantile(step as f64 / STEPS as f64, a, b);
                assert!((table[step] - exact).abs() < 5e-5, "{a}, {b}, {step}: {exact}");
            }
            assert!(table[0].abs() < 1e-12 && (table[STEPS] - 1.0).abs() < 1e-9, "{a}, {b}");
        }
    }
}
