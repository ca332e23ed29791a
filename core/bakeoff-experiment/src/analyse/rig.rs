//! Whether the rig can be believed: the reference against its twin, drift, order, blocks (METHODS.md A8, A9).

use std::cmp::Ordering;

use bakeoff_stats::comparison::{FLAG_BELOW, ROUNDS_NEEDED_MOST};
use bakeoff_stats::level::Level;
use bakeoff_stats::order::going_first;
use bakeoff_stats::paired;
use bakeoff_stats::rig::{AA_ROUNDS_LEAST, Calibration, calibrate};
use bakeoff_stats::trend::mann_kendall;
use bakeoff_stats::verdict::{Margin, Verdict, judge};

use super::cells::{Pairs, Series};
use crate::analysis::Finding;

/// The false-alarm rate of the bias test over all cells together.
const BIAS_ALPHA: f64 = 0.01;

/// What the reference against itself says about one cell.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Twin {
    pub(super) calibration: Calibration,
    /// Whether the two are equivalent by the margin of the metric.
    pub(super) equivalent: bool,
}

/// Compares the reference with its twin; `None` with fewer than two rounds or a value that is zero.
pub(super) fn twin(pairs: &Pairs, margin: Margin, level: Level) -> Option<Twin> {
    let ratios = pairs.log_differences()?;
    let calibration = calibrate(ratios).ok()?;
    let interval = paired::mean(ratios, level).ok()?.interval;
    Some(Twin { calibration, equivalent: judge(interval, margin).verdict == Verdict::Equivalent })
}

impl Twin {
    /// Whether one label is preferred, with the false alarms of `cells` tests together at 1 %.
    pub(super) fn is_biased(&self, cells: usize) -> bool {
        match self.calibration.bias_p {
            Some(p) => p < BIAS_ALPHA / cells.max(1) as f64,
            None => self.calibration.is_biased,
        }
    }

    /// What a comparison of that many rounds under this margin must add.
    pub(super) fn notes(&self, rounds: usize, margin: Margin, level: Level) -> Vec<String> {
        let mut notes = Vec::new();
        if rounds >= 2 {
            let floor = self.calibration.noise_floor_fraction(rounds, level);
            if margin.fraction() < floor {
                let needed = self.calibration.rounds_to_resolve(margin, level, ROUNDS_NEEDED_MOST);
                let advice = needed.map_or_else(
                    || "no number of rounds resolves it here".to_owned(),
                    |rounds| format!("{rounds} rounds would resolve it"),
                );
                // Beyond the value itself a floor is none, and its digits say nothing.
                let floor =
                    if floor < 1.0 { format!("{:.1}", 100.0 * floor) } else { "over 100".into() };
                notes.push(format!(
                    "margin {:.1} % is below the noise floor {floor} %; {advice}",
                    100.0 * margin.fraction(),
                ));
            }
        }
        if !self.equivalent {
            notes.push("the reference is not shown equivalent to itself here (A/A)".to_owned());
        }
        notes
    }

    /// Whether it has the rounds that METHODS.md advises.
    pub(super) fn is_short(&self) -> bool {
        self.calibration.moments.count < AA_ROUNDS_LEAST
    }
}

/// Trends of each candidate's own numbers: a note, since pairing cancels them.
pub(super) fn level_drift(cell: &str, series: &Series, names: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (candidate, values) in &series.by_candidate {
        let numbers: Vec<f64> = values.iter().map(|value| value.value).collect();
        let Ok(trend) = mann_kendall(&numbers) else { continue };
        if trend.p() < FLAG_BELOW {
            let way = if trend.s > 0.0 { "rises" } else { "falls" };
            findings.push(Finding {
                cell: cell.to_owned(),
                text: format!(
                    "{} {way} over the run; pairing by round cancels it",
                    names[*candidate as usize]
                ),
                p: trend.p(),
                blocks: false,
            });
        }
    }
    findings
}

/// The effect of going first, where both went first at times.
pub(super) fn order(cell: &str, pairs: &Pairs, a: &str, b: &str) -> Option<Finding> {
    let differences = pairs.log_differences()?;
    let first = |wanted: Ordering| -> Vec<f64> {
        let chosen = differences.iter().zip(&pairs.order).filter(|(_, order)| **order == wanted);
        chosen.map(|(difference, _)| *difference).collect()
    };
    let effect = going_first(&first(Ordering::Less), &first(Ordering::Greater)).ok()?;
    let p = effect.p.filter(|p| *p < FLAG_BELOW)?;
    Some(Finding {
        cell: cell.to_owned(),
        text: format!(
            "going first changes {a} against {b} by {:+.1} %; balanced order keeps the ratio right",
            100.0 * effect.order.exp_m1()
        ),
        p,
        blocks: false,
    })
}

/// Whether one of the two always went first, over more than two rounds.
pub(super) fn one_always_first(pairs: &Pairs) -> bool {
    let [first, _, _, ..] = pairs.order[..] else { return false };
    first != Ordering::Equal && pairs.order.iter().all(|order| *order == first)
}
