//! What makes the answer less than it seems: double counting, clipping, raters at odds.

use std::collections::BTreeMap;

use crate::agreement::krippendorff_ordinal;
use crate::evidence::{Criterion, Kind};
use crate::view::View;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What kind of caution a warning calls for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum WarningKind {
    /// Two criteria measure the same.
    DoubleCounting,
    /// Many draws lie beyond an anchor.
    Clipping,
    /// Raters do not mean the same thing.
    Disagreement,
    /// Cells were taken as unknown, unpaired or assumed.
    Evidence,
    /// An exact quantity differs between repeats.
    NotExact,
    /// The comparisons that weights follow from contradict one another.
    Inconsistent,
}

/// One caution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Warning {
    /// Kind.
    pub kind: WarningKind,
    /// The criteria it is about.
    pub criteria: Vec<String>,
    /// In words.
    pub text: String,
}

/// Share of clipped draws above which anchors hide differences (METHODS.md 0).
const CLIPPED_MOST: f64 = 0.10;

/// Correlation above which two criteria count the same thing (METHODS.md B3).
const CORRELATION_MOST: f64 = 0.9;

/// Krippendorff's alpha below which raters do not mean the same thing (METHODS.md 0).
const ALPHA_LEAST: f64 = 0.67;

pub(crate) fn warnings(view: &View) -> Vec<Warning> {
    let mut found = double_counting(view);
    for (j, criterion) in view.model.evidence.criteria.iter().enumerate() {
        found.extend(clipping(view, j));
        found.extend(disagreement(criterion));
        found.extend(not_exact(criterion));
    }
    found.extend(notes(view));
    found.extend(inconsistent(view));
    found.sort_by(|a, b| a.kind.cmp(&b.kind).then(a.criteria.cmp(&b.criteria)));
    found
}

fn warning(kind: WarningKind, criteria: &[&str], text: String) -> Warning {
    Warning { kind, criteria: criteria.iter().map(|name| (*name).to_owned()).collect(), text }
}

/// What columns note of themselves; of several that note the same, one warning.
fn notes(view: &View) -> Vec<Warning> {
    let mut by_text: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (criterion, column) in view.model.evidence.criteria.iter().zip(&view.model.columns) {
        for note in &column.notes {
            let own = note.strip_prefix(&criterion.name).and_then(|rest| rest.strip_prefix(": "));
            by_text.entry(own.unwrap_or(note)).or_default().push(&criterion.name);
        }
    }
    let said = |(text, names): (&str, Vec<&str>)| {
        warning(WarningKind::Evidence, &names, format!("{}: {text}", names.join(", ")))
    };
    by_text.into_iter().map(said).collect()
}

fn inconsistent(view: &View) -> Option<Warning> {
    let elicited = view.model.elicited.as_ref()?;
    let text = elicited.inconsistency()?;
    Some(warning(WarningKind::Inconsistent, &[], format!("weights: {text}")))
}

fn clipping(view: &View, j: usize) -> Option<Warning> {
    let draws = view.outcome.draws as f64;
    let name = view.criterion(j);
    let mut parts = Vec::new();
    for (at, [low, high]) in view.outcome.clipped[j].iter().enumerate() {
        for (count, end) in [(*low, "worst"), (*high, "best")] {
            let share = count as f64 / draws;
            if share > CLIPPED_MOST {
                parts.push(format!("{} at {end} {:.0} %", view.name(at), share * 100.0));
            }
        }
    }
    let text = format!(
        "{name}: draws beyond an anchor, differences there do not count: {}",
        parts.join(", ")
    );
    (!parts.is_empty()).then(|| warning(WarningKind::Clipping, &[&name], text))
}

fn disagreement(criterion: &Criterion) -> Option<Warning> {
    let units: Vec<Vec<f64>> = criterion
        .scores
        .iter()
        .map(|row| row.iter().flatten().flatten().copied().collect())
        .collect();
    let alpha = krippendorff_ordinal(&units).filter(|alpha| *alpha < ALPHA_LEAST)?;
    let name = &criterion.name;
    let text = format!("{name}: raters do not mean the same thing (Krippendorff alpha {alpha:.2})");
    Some(warning(WarningKind::Disagreement, &[name], text))
}

fn not_exact(criterion: &Criterion) -> Option<Warning> {
    if criterion.kind != Kind::Measured || !criterion.exact {
        return None;
    }
    let differs = criterion.rounds.iter().flatten().any(|row| {
        let mut values = row.iter().flatten();
        let first = values.next();
        values.any(|x| Some(x) != first)
    });
    let name = &criterion.name;
    let text = format!("{name}: said to be exact, and its repeats differ; their mean was taken");
    differs.then(|| warning(WarningKind::NotExact, &[name], text))
}

/// Pairs of measured criteria whose rounds move together, within alternatives.
fn double_counting(view: &View) -> Vec<Warning> {
    let mut found = Vec::new();
    let criteria = &view.model.evidence.criteria;
    let weighed = |j: usize| criteria[j].kind == Kind::Measured && view.model.weights[j] > 0.0;
    for a in (0..criteria.len()).filter(|j| weighed(*j)) {
        for b in (a + 1..criteria.len()).filter(|j| weighed(*j)) {
            let Some(correlation) = correlation(&criteria[a], &criteria[b]) else { continue };
            if correlation.abs() > CORRELATION_MOST {
                let (a, b) = (&criteria[a].name, &criteria[b].name);
                let text = format!(
                    "{a} and {b} move together (correlation {correlation:.2} over rounds): \
                     what they share may count twice"
                );
                found.push(warning(WarningKind::DoubleCounting, &[a, b], text));
            }
        }
    }
    found
}

/// Pooled correlation of logarithms over rounds, each alternative about its own mean; `None` where
/// rounds differ in number, are fewer than 5 in all, or do not vary.
fn correlation(a: &Criterion, b: &Criterion) -> Option<f64> {
    // Only rounds of the same trials are comparable one by one.
    if a.trials.is_none() || a.trials != b.trials {
        return None;
    }
    let (mut sums, mut pairs) = ([0.0; 3], 0);
    for (left, right) in a.rounds.iter().zip(&b.rounds) {
        let (Some(left), Some(right)) = (left, right) else { continue };
        let both: Vec<(f64, f64)> = left
            .iter()
            .zip(right)
            .filter_map(|(x, y)| Some(((*x)?, (*y)?)))
            .filter(|(x, y)| *x > 0.0 && *y > 0.0)
            .map(|(x, y)| (x.ln(), y.ln()))
            .collect();
        let n = both.len() as f64;
        let mean = both.iter().fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
        for (x, y) in &both {
            let (x, y) = (x - mean.0 / n, y - mean.1 / n);
            sums = [sums[0] + x * y, sums[1] + x * x, sums[2] + y * y];
        }
        pairs += both.len();
    }
    let [cross, x, y] = sums;
    (pairs >= 5 && x > 0.0 && y > 0.0).then(|| cross / (x * y).sqrt())
}
