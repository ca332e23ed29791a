//! Whether the answer stands without one criterion, kind of evidence or rater, or with other anchors.

use crate::cells::{self, Column};
use crate::decide::criteria_as_given;
use crate::decision::{Change, LeaveOneOut};
use crate::evidence::{Criterion, Kind};
use crate::redraw::redraw;
use crate::scale::ScaleTable;
use crate::view::{View, add_scaled, weighted};

/// Draws behind each of these answers: standard error at most .011.
const DRAWS: usize = 2048;

/// Anchors move by this share (METHODS.md B7).
const ANCHOR_SHIFT: f64 = 0.2;

pub(crate) fn leave_one_out(view: &View) -> Vec<LeaveOneOut> {
    let mut found = Vec::new();
    if view.leader.is_none() {
        return found;
    }
    let criteria: Vec<usize> = (0..view.model.criteria()).collect();
    for j in criteria_as_given(view.model, &criteria) {
        let name = view.criterion(j);
        found.extend(without(view, Change::WithoutCriterion, &name, |i| i != j));
    }
    for kind in [Kind::Measured, Kind::Rated, Kind::Cited, Kind::Unknown] {
        let of = |j: usize| view.model.evidence.criteria[j].kind == kind;
        if criteria.iter().any(|j| of(*j)) && !criteria.iter().all(|j| of(*j)) {
            let name = format!("{kind:?}").to_lowercase();
            found.extend(without(view, Change::WithoutKind, &name, |j| !of(j)));
            if kind == Kind::Measured {
                found.extend(without(view, Change::OnlyKind, &name, of));
            }
        }
    }
    found.extend(without_raters(view));
    found.extend(moved_anchors(view));
    found
}

fn draws(view: &View) -> usize {
    view.outcome.sample.draws.min(DRAWS)
}

fn verdict(view: &View, change: Change, what: &str, totals: &[Vec<f32>]) -> Option<LeaveOneOut> {
    let p_best = view.p_best_of(totals);
    let leader = view.leader_of(&p_best)?;
    Some(LeaveOneOut {
        change,
        what: what.to_owned(),
        factor: None,
        leader: view.name(leader),
        p_best: view.model.as_given(&p_best),
        flips: Some(leader) != view.leader,
    })
}

/// The answer with only some criteria, their weights scaled to sum 1; `None` if they weigh
/// nothing, or everything.
fn without(
    view: &View,
    change: Change,
    what: &str,
    keeps: impl Fn(usize) -> bool,
) -> Option<LeaveOneOut> {
    let weights = &view.model.weights;
    let kept: f64 = (0..weights.len()).filter(|j| keeps(*j)).map(|j| weights[j]).sum();
    if kept <= 1e-12 || kept >= 1.0 - 1e-12 {
        return None;
    }
    let draws = draws(view);
    let totals: Vec<Vec<f32>> = (0..view.model.alternatives())
        .map(|at| {
            let cells = (0..weights.len()).filter(|j| keeps(*j)).map(|j| {
                let cells = &view.outcome.sample.cells[j][at][..draws];
                (cells, (weights[j] / kept) as f32)
            });
            weighted(cells, draws)
        })
        .collect();
    verdict(view, change, what, &totals)
}

/// Values with the cells of some criteria replaced.
fn replaced(view: &View, changed: &[(usize, Vec<Vec<f32>>)]) -> Vec<Vec<f32>> {
    let draws = draws(view);
    (0..view.model.alternatives())
        .map(|at| {
            let mut totals = view.totals[at][..draws].to_vec();
            for (j, cells) in changed {
                let weight = view.model.weights[*j] as f32;
                add_scaled(&mut totals, &view.outcome.sample.cells[*j][at][..draws], -weight);
                add_scaled(&mut totals, &cells[at][..draws], weight);
            }
            totals
        })
        .collect()
}

/// The column of a changed criterion, with the streams that its cells had.
fn rebuilt(view: &View, j: usize, criterion: &Criterion) -> Option<Column> {
    let streams: Vec<String> =
        view.model.columns[j].cells.iter().map(|cell| cell.stream.clone()).collect();
    let mut evidence = view.model.evidence.clone();
    evidence.criteria[j] = criterion.clone();
    // Of the others nothing has changed: not worth making anew for each rater and criterion.
    cells::column_of(&evidence, j, &streams)
}

/// One rater left out of every criterion that names the raters.
fn without_raters(view: &View) -> Vec<LeaveOneOut> {
    let mut scales = ScaleTable::default();
    let mut found = Vec::new();
    for rater in crate::group::raters(&view.model.evidence) {
        let mut changed = Vec::new();
        for (j, criterion) in view.model.evidence.criteria.iter().enumerate() {
            let columns = criterion.scores.iter().flatten().map(Vec::len).max().unwrap_or(0);
            let Some(place) = rater.column_of(criterion) else { continue };
            // Without the last two raters there would be no panel to speak of.
            if criterion.kind != Kind::Rated || columns < 3 {
                continue;
            }
            let mut criterion = criterion.clone();
            for row in criterion.scores.iter_mut().flatten().filter(|row| place < row.len()) {
                row.remove(place);
            }
            let Some(column) = rebuilt(view, j, &criterion) else { continue };
            let seed = view.model.evidence.seed;
            let cells = redraw(&[column], seed, draws(view), &mut scales);
            changed.extend(cells.into_iter().map(|cells| (j, cells)));
        }
        if !changed.is_empty() {
            let totals = replaced(view, &changed);
            found.extend(verdict(view, Change::WithoutRater, &rater.name, &totals));
        }
    }
    found
}

/// Each anchor of each measured criterion moved a fifth up and down, the weights as they are.
fn moved_anchors(view: &View) -> Vec<LeaveOneOut> {
    let mut scales = ScaleTable::default();
    let mut found = Vec::new();
    for (j, criterion) in view.model.evidence.criteria.iter().enumerate() {
        let (Some(best), Some(worst)) = (criterion.best, criterion.worst) else { continue };
        if criterion.kind != Kind::Measured || view.model.weights[j] <= 0.0 {
            continue;
        }
        let mut changes = Vec::new();
        for factor in [1.0 - ANCHOR_SHIFT, 1.0 + ANCHOR_SHIFT] {
            changes.push((Change::BestAnchor, factor, best * factor, worst));
            changes.push((Change::WorstAnchor, factor, best, worst * factor));
        }
        // An anchor moved past the other would turn the criterion round.
        changes.retain(|(_, _, b, w)| (b > w) == (best > worst) && b != w);
        changes.retain(|(_, _, b, w)| *b != best || *w != worst);
        let variants: Vec<Column> = changes
            .iter()
            .map(|(_, _, best, worst)| with_anchors(view, j, *best, *worst))
            .collect();
        let seed = view.model.evidence.seed;
        let drawn = redraw(&variants, seed, draws(view), &mut scales);
        for ((change, factor, ..), cells) in changes.into_iter().zip(drawn) {
            let totals = replaced(view, &[(j, cells)]);
            let answer = verdict(view, change, &criterion.name, &totals);
            found.extend(answer.map(|answer| LeaveOneOut { factor: Some(factor), ..answer }));
        }
    }
    found
}

/// The same draws of a measured column, valued on other anchors.
fn with_anchors(view: &View, j: usize, best: f64, worst: f64) -> Column {
    let mut criterion = view.model.evidence.criteria[j].clone();
    criterion.best = Some(best);
    criterion.worst = Some(worst);
    let mut column = view.model.columns[j].clone();
    column.function = crate::value::ValueFunction::of(&criterion);
    for cell in &mut column.cells {
        if let (Some(function), Some(quantity)) = (&column.function, cell.quantity) {
            cell.map = cells::map_of(function, quantity, cell.deviations);
        }
    }
    column
}
