//! Rated cells: the mean of a panel of people as a joint multivariate t (METHODS.md B4).

use super::{Cell, Column, Map, Source, helmert};
use crate::check::present;
use crate::evidence::{Criterion, Evidence, Kind};

/// Residual variance of two-way tables (alternatives x raters), pooled over rated criteria.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Residual {
    variance: f64,
    df: f64,
}

/// Values of the scale's levels, 0 to 1, rater by rater, for one alternative.
fn values(criterion: &Criterion, at: usize) -> Vec<Option<f64>> {
    let [low, high] = criterion.scale.unwrap_or([0.0, 1.0]);
    let row = criterion.scores.get(at).and_then(Option::as_ref);
    row.into_iter().flatten().map(|score| score.map(|s| (s - low) / (high - low))).collect()
}

/// The value of a level, 0 to 1.
pub(crate) fn value_of(criterion: &Criterion, score: f64) -> f64 {
    let [low, high] = criterion.scale.unwrap_or([0.0, 1.0]);
    (score - low) / (high - low)
}

/// The distance of two levels, as a value; scales have whole levels.
fn step(criterion: &Criterion) -> f64 {
    criterion.scale.map_or(0.0, |[low, high]| 1.0 / (high - low).abs())
}

/// Values of the raters who rated every alternative that anyone rated, one row an alternative.
pub(crate) fn complete(criterion: &Criterion) -> (Vec<usize>, Vec<Vec<f64>>) {
    let rows: Vec<Vec<Option<f64>>> =
        (0..criterion.scores.len()).map(|at| values(criterion, at)).collect();
    let rated: Vec<usize> =
        (0..rows.len()).filter(|at| rows[*at].iter().any(Option::is_some)).collect();
    let raters = rows.iter().map(Vec::len).max().unwrap_or(0);
    let full: Vec<usize> = (0..raters)
        .filter(|rater| rated.iter().all(|at| rows[*at].get(*rater).is_some_and(Option::is_some)))
        .collect();
    let table = rated
        .iter()
        .map(|at| full.iter().filter_map(|rater| rows[*at][*rater]).collect())
        .collect();
    (rated, table)
}

/// The pooled residual variance of all rated criteria, or `None` if none has two raters and two
/// alternatives. Leniency of a rater and level of an alternative are taken out first.
pub(crate) fn pooled_residual(evidence: &Evidence) -> Option<Residual> {
    let (mut squares, mut df) = (0.0, 0.0);
    for criterion in evidence.criteria.iter().filter(|criterion| criterion.kind == Kind::Rated) {
        let (_, table) = complete(criterion);
        let (k, h) = (table.len(), table.first().map_or(0, Vec::len));
        if k < 2 || h < 2 {
            continue;
        }
        let row_means: Vec<f64> = table.iter().map(|row| mean(row)).collect();
        let grand = mean(&row_means);
        for rater in 0..h {
            let column: Vec<f64> = table.iter().map(|row| row[rater]).collect();
            let leniency = mean(&column) - grand;
            squares += column
                .iter()
                .zip(&row_means)
                .map(|(u, level)| (u - level - leniency).powi(2))
                .sum::<f64>();
        }
        df += ((k - 1) * (h - 1)) as f64;
    }
    (df > 0.0).then(|| Residual { variance: squares / df, df })
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

pub(crate) fn column(
    criterion: &Criterion,
    streams: &[String],
    pooled: Option<Residual>,
) -> Column {
    let mut column = Column::empty(criterion);
    column.cells = streams.iter().map(|stream| Cell::unknown(stream)).collect();
    column.function = None;
    if !criterion.ranges.is_empty() {
        one_person(criterion, &mut column);
        return column;
    }
    let (rated, table) = complete(criterion);
    let raters = table.first().map_or(0, Vec::len);
    let rounding = step(criterion).powi(2) / 12.0;
    match (raters, pooled) {
        (0, _) => apart(criterion, &mut column, rounding),
        (1, _) => single(criterion, &rated, &table, &mut column),
        (2, Some(residual)) => {
            let own = f64::midpoint(residual.variance, rounding).sqrt();
            for (at, row) in rated.iter().zip(&table) {
                set(&mut column.cells[*at], mean(row), Vec::new(), own);
            }
            column.df = Some(residual.df);
        }
        (h, _) => panel(&rated, &table, rounding, h, &mut column),
    }
    if rated.len() < streams.len() {
        column.notes.push(format!("{}: an alternative without scores is unknown", column.name));
    }
    column.repeats = raters;
    column.reducible = f64::from(u8::from(raters > 1));
    column
}

/// Covariance (cov over raters + step^2/12 I)/h, h - 1 degrees of freedom: centred scores as
/// shared loadings, the rounding of whole levels as what is the alternative's own.
fn panel(rated: &[usize], table: &[Vec<f64>], rounding: f64, h: usize, column: &mut Column) {
    let h = h as f64;
    let scale = (h * (h - 1.0)).sqrt();
    let own = (rounding / h).sqrt();
    for (at, row) in rated.iter().zip(table) {
        let mean = mean(row);
        let centred: Vec<f64> = row.iter().map(|u| (u - mean) / scale).collect();
        let loadings = helmert(&centred).into_iter().map(|loading| loading as f32).collect();
        set(&mut column.cells[*at], mean, loadings, own);
    }
    column.df = Some(h - 1.0);
    column.shared = table[0].len() - 1;
}

fn set(cell: &mut Cell, mean: f64, loadings: Vec<f32>, own: f64) {
    cell.source = Source::Normal { loadings, own: own as f32 };
    cell.map = Map::Affine { at_zero: mean as f32, slope: 1.0 };
}

/// One rater gave single scores: a level to either side, until low, mode and high are asked for.
fn single(criterion: &Criterion, rated: &[usize], table: &[Vec<f64>], column: &mut Column) {
    let step = step(criterion) as f32;
    for (at, row) in rated.iter().zip(table) {
        let mode = row[0] as f32;
        let (low, high) = ((mode - step).max(0.0), (mode + step).min(1.0));
        column.cells[*at].source = Source::Triangular { low, mode, high };
    }
    let name = &criterion.name;
    column.notes.push(format!(
        "{name}: one rater; a level to either side is assumed, better ask for low, mode and high"
    ));
}

fn one_person(criterion: &Criterion, column: &mut Column) {
    for (cell, range) in column.cells.iter_mut().zip(&criterion.ranges) {
        if let Some(range) = range {
            let mut values = range.map(|score| value_of(criterion, score) as f32);
            values.sort_by(f32::total_cmp);
            let [low, mode, high] = values;
            cell.source = Source::Triangular { low, mode, high };
        }
    }
}

/// No rater rated all: each alternative by the raters it has.
fn apart(criterion: &Criterion, column: &mut Column, rounding: f64) {
    let mut least = usize::MAX;
    for at in 0..column.cells.len() {
        let values = present(Some(&values(criterion, at)));
        match values.len() {
            0 => {}
            1 => {
                let mode = values[0] as f32;
                let step = step(criterion) as f32;
                let (low, high) = ((mode - step).max(0.0), (mode + step).min(1.0));
                column.cells[at].source = Source::Triangular { low, mode, high };
            }
            n => {
                let mean = mean(&values);
                let squares: f64 = values.iter().map(|u| (u - mean).powi(2)).sum();
                let own = ((squares / (n as f64 - 1.0) + rounding) / n as f64).sqrt();
                set(&mut column.cells[at], mean, Vec::new(), own);
                least = least.min(n);
            }
        }
    }
    column.df = (least < usize::MAX).then_some(least as f64 - 1.0);
    column.notes.push(format!("{}: no rater rated every alternative, drawn apart", column.name));
}
