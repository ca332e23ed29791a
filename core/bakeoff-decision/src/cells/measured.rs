//! Measured cells: the joint multivariate t of the alternatives' means over paired rounds.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cell, Column, Deviations, Map, Source, helmert, map_of, semi_definite_factor, single};
use crate::check::present;
use crate::evidence::{Criterion, Evidence, Kind, Shape};
use crate::value::{ValueFunction, shape_of};

/// Up to here the rounds themselves are the factor of the covariance, so that what is drawn for
/// an alternative does not depend on which others there are; beyond, fewer normals are cheaper.
const ROUNDS_AS_FACTOR: usize = 16;

/// Names of `trials` whose metrics are drawn jointly: all have the same complete rounds, and
/// more than k M + 2 of them (METHODS.md B4).
pub(crate) fn jointly_drawn(evidence: &Evidence) -> BTreeSet<String> {
    let mut groups: BTreeMap<&String, Vec<&Criterion>> = BTreeMap::new();
    for criterion in evidence.criteria.iter().filter(|c| c.kind == Kind::Measured && !c.exact) {
        if let Some(trials) = &criterion.trials {
            groups.entry(trials).or_default().push(criterion);
        }
    }
    let enough = |criteria: &Vec<&Criterion>| {
        let rounds = |criterion: &Criterion| complete_rounds(criterion).map(|rounds| rounds.len());
        let count = rounds(criteria[0]).unwrap_or(0);
        criteria.len() > 1
            && criteria.iter().all(|criterion| rounds(criterion) == Some(count))
            && count > evidence.alternatives.len() * criteria.len() + 2
    };
    groups.into_iter().filter(|(_, c)| enough(c)).map(|(trials, _)| trials.clone()).collect()
}

/// Indices of all rounds, if no alternative misses any.
fn complete_rounds(criterion: &Criterion) -> Option<Vec<usize>> {
    let rows: Option<Vec<&Vec<Option<f64>>>> =
        criterion.rounds.iter().map(Option::as_ref).collect();
    let rows = rows?;
    let complete = rows.iter().all(|row| row.len() == rows[0].len() && !row.contains(&None));
    complete.then(|| (0..rows[0].len()).collect())
}

/// The scale that a criterion's numbers are drawn on: logarithms where all are above zero.
pub(crate) fn is_logarithmic(criterion: &Criterion) -> bool {
    let mut numbers = criterion.rounds.iter().flatten().flatten().flatten();
    shape_of(criterion) == Shape::Log || numbers.all(|x| *x > 0.0)
}

pub(crate) fn column(criterion: &Criterion, streams: &[String], trials: Option<&String>) -> Column {
    let mut column = Column::empty(criterion);
    let logarithmic = is_logarithmic(criterion);
    let unit = column.function.as_ref().map_or(1.0, super::unit_of);
    let deviations =
        if logarithmic { Deviations::Logarithmic } else { Deviations::Natural { unit } };
    column.transfer = criterion
        .transfer_sd
        .filter(|sd| *sd > 0.0 && logarithmic)
        .map(|sd| (sd as f32, criterion.transfer.unwrap_or_default()));
    let rows: Vec<Vec<Option<f64>>> =
        criterion.rounds.iter().map(|row| scaled(row.as_ref(), deviations)).collect();
    let least = if criterion.exact { 1 } else { 2 };
    let known: Vec<usize> =
        (0..rows.len()).filter(|row| present(Some(&rows[*row])).len() >= least).collect();
    let mut sources: Vec<Option<(f64, Source)>> = vec![None; rows.len()];
    if criterion.exact {
        for at in &known {
            sources[*at] = Some((mean(&present(Some(&rows[*at]))), Source::Fixed));
        }
    } else {
        draw_together(&rows, &known, trials, &mut column, &mut sources);
    }
    if let (true, Some((sd, _))) = (criterion.exact, column.transfer) {
        let text = format!("{}: no rounds to take a spread from, {sd:.2} assumed", criterion.name);
        column.notes.push(text);
    }
    column.notes.extend(unasked_shape(criterion));
    if known.len() < rows.len() {
        column.notes.push(format!("{}: an alternative without rounds is unknown", criterion.name));
    }
    let function = column.function.clone();
    column.cells = sources
        .into_iter()
        .zip(streams)
        .map(|(source, stream)| match (source, &function) {
            (Some((centre, source)), Some(function)) => {
                cell(stream, centre, source, function, deviations)
            }
            (None, _) | (_, None) => Cell::unknown(stream),
        })
        .collect();
    column
}

/// That nobody said how value lies between the anchors, and the usual logarithm is not to be had: equal ratios or equal
/// differences is the team's choice, not ours (METHODS.md B3).
fn unasked_shape(criterion: &Criterion) -> Option<String> {
    if criterion.shape.is_some() || shape_of(criterion) != Shape::Linear {
        return None;
    }
    let anchor =
        [criterion.best, criterion.worst].into_iter().flatten().any(|anchor| anchor <= 0.0);
    let what = if anchor { "an anchor" } else { "a round" };
    let name = &criterion.name;
    Some(format!(
        "{name}: {what} is not above zero, so equal differences were taken to be equally valuable; \
         `shape` says what is meant"
    ))
}

/// The scale that rounds are drawn on, whole: logarithms, or the quantity in its unit.
fn scaled(row: Option<&Vec<Option<f64>>>, deviations: Deviations) -> Vec<Option<f64>> {
    let scale = |x: f64| match deviations {
        Deviations::Logarithmic => x.ln(),
        Deviations::Natural { unit } => x / unit,
    };
    row.into_iter().flatten().map(|x| x.map(scale)).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn cell(
    stream: &str,
    centre: f64,
    source: Source,
    function: &ValueFunction,
    deviations: Deviations,
) -> Cell {
    let quantity = match deviations {
        Deviations::Logarithmic => centre.exp(),
        Deviations::Natural { unit } => centre * unit,
    };
    let map = match (function, deviations) {
        // From the mean logarithm itself: no rounding through the exponential and back.
        (ValueFunction::Log { best, worst }, Deviations::Logarithmic) => {
            let whole = (worst / best).ln();
            let at_zero = single((worst.ln() - centre) / whole);
            Map::Affine { at_zero, slope: single(-1.0 / whole) }
        }
        (function, deviations) => map_of(function, quantity, deviations),
    };
    Cell { stream: stream.to_owned(), source, map, quantity: Some(quantity), deviations }
}

/// Paired where at least two rounds hold all of `known`; else each alternative by itself.
fn draw_together(
    rows: &[Vec<Option<f64>>],
    known: &[usize],
    trials: Option<&String>,
    column: &mut Column,
    sources: &mut [Option<(f64, Source)>],
) {
    let rounds = known.iter().map(|row| rows[*row].len()).max().unwrap_or(0);
    let complete: Vec<usize> = (0..rounds)
        .filter(|round| known.iter().all(|row| rows[*row].get(*round).is_some_and(Option::is_some)))
        .collect();
    if complete.len() < 2 {
        return draw_apart(rows, known, column, sources);
    }
    let paired: Vec<Vec<f64>> = known
        .iter()
        .map(|row| complete.iter().filter_map(|round| rows[*row][*round]).collect())
        .collect();
    if complete.len() < rounds {
        let missing = rounds - complete.len();
        column.notes.push(format!("{}: {missing} incomplete rounds left out", column.name));
    }
    column.df = Some(complete.len() as f64 - 1.0);
    column.repeats = complete.len();
    column.joint = trials.is_some();
    if let Some(trials) = trials {
        column.stream = format!("trials of {trials}");
    }
    let loadings = loadings(&paired, trials.is_some());
    column.shared = loadings.iter().map(Vec::len).max().unwrap_or(0);
    let (mut measured, mut count) = (0.0, 0.0);
    for ((at, row), loadings) in known.iter().zip(&paired).zip(loadings) {
        measured += loadings.iter().map(|l| l * l).sum::<f64>();
        count += 1.0;
        let spread = loadings.iter().any(|loading| *loading != 0.0);
        let loadings = loadings.into_iter().map(single).collect();
        let source = if spread { Source::Normal { loadings, own: 0.0 } } else { Source::Fixed };
        sources[*at] = Some((mean(row), source));
    }
    let transfer = column.transfer.map_or(0.0, |(sd, _)| f64::from(sd * sd));
    let total = measured / count + transfer;
    column.reducible = if total > 0.0 { measured / count / total } else { 0.0 };
}

/// A factor of cov(y)/R (METHODS.md B4): the centred rounds themselves, or a Cholesky factor.
fn loadings(paired: &[Vec<f64>], shared_with_others: bool) -> Vec<Vec<f64>> {
    let rounds = paired[0].len();
    let scale = (rounds as f64 * (rounds as f64 - 1.0)).sqrt();
    let centred: Vec<Vec<f64>> = paired
        .iter()
        .map(|row| {
            let mean = mean(row);
            let same = row.iter().all(|y| *y == row[0]);
            row.iter().map(|y| if same { 0.0 } else { (y - mean) / scale }).collect()
        })
        .collect();
    if shared_with_others || rounds <= ROUNDS_AS_FACTOR.max(paired.len()) {
        return centred.iter().map(|row| helmert(row)).collect();
    }
    let dot = |a: &Vec<f64>, b: &Vec<f64>| a.iter().zip(b).map(|(a, b)| a * b).sum();
    let covariance: Vec<Vec<f64>> =
        centred.iter().map(|a| centred.iter().map(|b| dot(a, b)).collect()).collect();
    let mut factor = semi_definite_factor(&covariance);
    // Triangular: what lies beyond the diagonal is nothing to multiply by.
    for (at, row) in factor.iter_mut().enumerate() {
        row.truncate(at + 1);
    }
    factor
}

fn draw_apart(
    rows: &[Vec<Option<f64>>],
    known: &[usize],
    column: &mut Column,
    sources: &mut [Option<(f64, Source)>],
) {
    let mut least = usize::MAX;
    for at in known {
        let values = present(Some(&rows[*at]));
        let (n, mean) = (values.len(), mean(&values));
        let squares: f64 = values.iter().map(|y| (y - mean) * (y - mean)).sum();
        let own = single((squares / (n as f64 * (n as f64 - 1.0))).sqrt());
        sources[*at] = Some((mean, Source::Normal { loadings: Vec::new(), own }));
        least = least.min(n);
    }
    column.notes.push(format!("{}: too few rounds in common, drawn unpaired", column.name));
    column.df = Some(least as f64 - 1.0);
    column.repeats = least;
    column.reducible = if column.transfer.is_some() { 0.5 } else { 1.0 };
}
