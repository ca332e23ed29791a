//! Whether raters mean the same thing: Krippendorff's alpha, Kendall's W, intraclass correlation.

use std::collections::BTreeMap;

use bakeoff_stats::distributions::t;

use crate::cells::rated::complete;
use crate::decide::criteria_as_given;
use crate::decision::{Agreement, RaterDifference};
use crate::evidence::{Criterion, Kind};
use crate::view::View;

/// Krippendorff's alpha for ordinal data, `1 - D_o/D_e` (Krippendorff 2011): `units[i]` holds the
/// scores of one object, missing ones left out. `None` where all scores are the same, or no object
/// has two.
pub fn krippendorff_ordinal(units: &[Vec<f64>]) -> Option<f64> {
    let paired: Vec<&Vec<f64>> = units.iter().filter(|scores| scores.len() > 1).collect();
    let mut levels: Vec<f64> = paired.iter().flat_map(|scores| scores.iter().copied()).collect();
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    let place = |score: f64| levels.iter().position(|level| *level == score).unwrap_or(0);
    let c = levels.len();
    let mut coincidences = vec![vec![0.0; c]; c];
    for scores in &paired {
        for (i, a) in scores.iter().enumerate() {
            for (j, b) in scores.iter().enumerate() {
                if i != j {
                    coincidences[place(*a)][place(*b)] += 1.0 / (scores.len() as f64 - 1.0);
                }
            }
        }
    }
    let totals: Vec<f64> = coincidences.iter().map(|row| row.iter().sum()).collect();
    let n: f64 = totals.iter().sum();
    let distance = |a: usize, b: usize| {
        let between: f64 = totals[a.min(b)..=a.max(b)].iter().sum();
        (between - f64::midpoint(totals[a], totals[b])).powi(2)
    };
    let (mut observed, mut expected) = (0.0, 0.0);
    for a in 0..c {
        for b in (0..c).filter(|b| *b != a) {
            observed += coincidences[a][b] * distance(a, b);
            expected += totals[a] * totals[b] * distance(a, b);
        }
    }
    (expected > 0.0).then(|| 1.0 - (n - 1.0) * observed / expected)
}

/// Kendall's coefficient of concordance (Siegel 1956): `S`, `W` and chi-squared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Concordance {
    /// Sum of squared deviations of the objects' rank sums.
    pub s: f64,
    /// 0 no agreement, 1 the same order by all.
    pub w: f64,
    /// `m (n - 1) W`, n - 1 degrees of freedom.
    pub chi_squared: f64,
}

/// `W = 12 S / (m^2 (n^3 - n) - m T)`, `T` the sum of `t^3 - t` over ties (METHODS.md B4).
/// `scores[r]` are those of one rater; `None` below two raters or objects, or if all tie.
pub fn kendall_w(scores: &[Vec<f64>]) -> Option<Concordance> {
    let (m, n) = (scores.len() as f64, scores.first()?.len());
    if scores.len() < 2 || n < 2 || scores.iter().any(|row| row.len() != n) {
        return None;
    }
    let mut sums = vec![0.0; n];
    let mut ties = 0.0;
    for row in scores {
        for (at, score) in row.iter().enumerate() {
            let below = row.iter().filter(|other| *other < score).count() as f64;
            let same = row.iter().filter(|other| *other == score).count() as f64;
            sums[at] += below + f64::midpoint(same, 1.0);
            // Over the `same` objects of a tie this sums to t^3 - t.
            ties += same * same - 1.0;
        }
    }
    let mean = sums.iter().sum::<f64>() / n as f64;
    let s: f64 = sums.iter().map(|sum| (sum - mean).powi(2)).sum();
    let n = n as f64;
    let whole = m * m * (n.powi(3) - n) - m * ties;
    (whole > 0.0).then(|| {
        let w = 12.0 * s / whole;
        Concordance { s, w, chi_squared: m * (n - 1.0) * w }
    })
}

/// Mean squares of a table of targets by raters (Shrout & Fleiss 1979).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TwoWay {
    targets: f64,
    raters: f64,
    /// Between targets.
    pub between_targets: f64,
    /// Between raters.
    pub between_raters: f64,
    /// Residual.
    pub residual: f64,
    /// Within targets.
    pub within_targets: f64,
}

impl TwoWay {
    /// `table[target][rater]`; `None` unless it is complete with two of each at least.
    pub fn new(table: &[Vec<f64>]) -> Option<Self> {
        let (n, k) = (table.len(), table.first()?.len());
        if n < 2 || k < 2 || table.iter().any(|row| row.len() != k) {
            return None;
        }
        let (targets, raters) = (n as f64, k as f64);
        let grand = table.iter().flatten().sum::<f64>() / (targets * raters);
        let rows: Vec<f64> = table.iter().map(|row| row.iter().sum::<f64>() / raters).collect();
        let column = |r: usize| table.iter().map(|row| row[r]).sum::<f64>() / targets;
        let columns: Vec<f64> = (0..k).map(column).collect();
        let square = |x: &f64| (x - grand).powi(2);
        let of_targets = raters * rows.iter().map(square).sum::<f64>();
        let of_raters = targets * columns.iter().map(square).sum::<f64>();
        let total: f64 = table.iter().flatten().map(square).sum();
        let residual = (total - of_targets - of_raters).max(0.0);
        Some(Self {
            targets,
            raters,
            between_targets: of_targets / (targets - 1.0),
            between_raters: of_raters / (raters - 1.0),
            residual: residual / ((targets - 1.0) * (raters - 1.0)),
            within_targets: (total - of_targets) / (targets * (raters - 1.0)),
        })
    }

    /// ICC(3,1): the same raters, leniency apart; one rater.
    pub fn icc_3(&self) -> f64 {
        let (b, e, k) = (self.between_targets, self.residual, self.raters);
        (b - e) / (b + (k - 1.0) * e)
    }

    /// ICC(3,k): mean of the raters, leniency apart. What counts where every rater rates every
    /// alternative.
    pub fn icc_3k(&self) -> f64 {
        (self.between_targets - self.residual) / self.between_targets
    }

    /// Standard error of the difference of two targets' panel means, `sqrt(2 EMS / k)`.
    pub fn se_of_difference(&self) -> f64 {
        (2.0 * self.residual / self.raters).sqrt()
    }
}

/// Agreement on every rated criterion.
pub(crate) fn of_evidence(view: &View) -> Vec<Agreement> {
    let places: Vec<usize> = (0..view.model.criteria()).collect();
    criteria_as_given(view.model, &places)
        .into_iter()
        .map(|j| &view.model.evidence.criteria[j])
        .filter(|criterion| criterion.kind == Kind::Rated && !criterion.scores.is_empty())
        .map(|criterion| of_criterion(view, criterion))
        .collect()
}

fn of_criterion(view: &View, criterion: &Criterion) -> Agreement {
    let units: Vec<Vec<f64>> = criterion
        .scores
        .iter()
        .map(|row| row.iter().flatten().flatten().copied().collect())
        .collect();
    let mut columns: BTreeMap<usize, usize> = BTreeMap::new();
    for row in criterion.scores.iter().flatten() {
        for (rater, _) in row.iter().enumerate().filter(|(_, score)| score.is_some()) {
            *columns.entry(rater).or_default() += 1;
        }
    }
    let (rated, table) = complete(criterion);
    let by_rater: Vec<Vec<f64>> = (0..table.first().map_or(0, Vec::len))
        .map(|rater| table.iter().map(|row| row[rater]).collect())
        .collect();
    let two_way = TwoWay::new(&table);
    let pair = (rated.len() == 2 && view.model.alternatives() == 2).then(|| {
        let order = view.model.as_given(&[0usize, 1]);
        difference(&table[order[0]], &table[order[1]])
    });
    Agreement {
        criterion: criterion.name.clone(),
        raters: columns.len(),
        krippendorff: krippendorff_ordinal(&units),
        kendall_w: kendall_w(&by_rater).map(|found| found.w),
        icc: two_way.map(|table| table.icc_3k()).filter(|icc| icc.is_finite()),
        icc_one: two_way.map(|table| table.icc_3()).filter(|icc| icc.is_finite()),
        se_of_difference: two_way.map(|table| table.se_of_difference()),
        difference: pair.flatten(),
    }
}

/// Mean within-rater difference with its t interval at 95%.
fn difference(a: &[f64], b: &[f64]) -> Option<RaterDifference> {
    let gaps: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let h = gaps.len() as f64;
    if gaps.len() < 2 {
        return None;
    }
    let mean = gaps.iter().sum::<f64>() / h;
    let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / (h - 1.0);
    let half = t::quantile(0.975, h - 1.0) * (variance / h).sqrt();
    let share = |of: &dyn Fn(&&f64) -> bool| gaps.iter().filter(of).count() as f64 / h;
    Some(RaterDifference {
        mean,
        interval: [mean - half, mean + half],
        shares: [share(&|gap| **gap > 0.0), share(&|gap| **gap == 0.0), share(&|gap| **gap < 0.0)],
    })
}
