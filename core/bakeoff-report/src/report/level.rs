//! Absolute values: what each candidate reached, typical trial and interval.

use std::collections::BTreeMap;

use bakeoff_stats::distributions::t;
use serde::Serialize;

use super::comparison::{label_of, unit_of};
use super::trial::{Place, Sealed};
use crate::quantity::Quantity;
use crate::text;

/// What one candidate reached on one metric in one place.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LevelRow {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// The metric.
    pub metric: String,
    /// The metric for people.
    pub label: String,
    /// The candidate's label.
    pub candidate: String,
    /// Geometric mean over its trials (arithmetic where a trial yielded 0 or less), 95% t interval.
    pub value: Quantity,
    /// The number with interval and unit.
    pub text: String,
    /// Trials that count.
    pub trials: u32,
}

/// One row a candidate, place and metric, in the order of `places`.
pub(crate) fn levels(sealed: &[Sealed], places: &[Place]) -> Vec<LevelRow> {
    let mut cells: BTreeMap<(usize, String, String), Vec<f64>> = BTreeMap::new();
    for trial in sealed {
        let at = places.iter().position(|p| *p == trial.place).unwrap_or(places.len());
        for (metric, value) in &trial.observation.metrics {
            if value.is_finite() {
                let key = (at, text::line(metric), trial.candidate.clone());
                cells.entry(key).or_default().push(*value);
            }
        }
    }
    cells
        .into_iter()
        .filter_map(|((at, metric, candidate), values)| {
            let value = typical(&values, unit_of(&metric));
            Some(LevelRow {
                place: places.get(at)?.clone(),
                label: label_of(&metric),
                metric,
                candidate,
                text: value.text(),
                value,
                trials: values.len() as u32,
            })
        })
        .collect()
}

/// The typical value of `values` with its 95% interval over trials: t on logarithms
/// (METHODS.md A4), t on the values where one is not above zero.
pub(crate) fn typical(values: &[f64], unit: bakeoff_units::Unit) -> Quantity {
    let log = values.iter().all(|value| *value > 0.0);
    let scaled: Vec<f64> = values.iter().map(|v| if log { v.ln() } else { *v }).collect();
    let back = |v: f64| if log { v.exp() } else { v };
    let n = scaled.len() as f64;
    let mean = scaled.iter().sum::<f64>() / n;
    // Not by way of the logarithm: 9 is 9, not 9.00.
    if let Some(first) = values.first()
        && values.iter().all(|value| value.total_cmp(first).is_eq())
    {
        return Quantity::exact(*first, unit);
    }
    let variance = scaled.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let half = t::quantile(0.975, n - 1.0) * (variance / n).sqrt();
    if half == 0.0 {
        return Quantity::exact(back(mean), unit);
    }
    Quantity {
        value: back(mean),
        lower: Some(back(mean - half)),
        upper: Some(back(mean + half)),
        unit,
    }
}
