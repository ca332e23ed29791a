//! What the weight sliders need: names, mean values, and answers to check the script by.

use serde::Serialize;

use crate::report::decision::{AlternativeRow, DecisionRow};

/// The script, as it is checked in.
pub(crate) const SCRIPT: &str = include_str!("../../assets/report.js");

/// What the script reads.
#[derive(Debug, Serialize)]
struct Data<'a> {
    run: &'a str,
    names: Vec<&'a str>,
    alternatives: Vec<&'a str>,
    /// Weights as points of 100.
    points: Vec<f64>,
    /// Mean value, by alternative and criterion.
    values: Vec<&'a [f64]>,
    /// Whether an alternative fails a requirement.
    fails: Vec<bool>,
    /// Weights with the values they give, by which the script checks itself when it starts.
    checks: Vec<Check>,
}

#[derive(Debug, Serialize)]
struct Check {
    points: Vec<f64>,
    expected: Vec<f64>,
}

/// The data block for `decision`, safe inside a script element; `None` with less than two
/// criteria, when there is nothing to slide.
pub(crate) fn data(decision: &DecisionRow, run: &str) -> Option<String> {
    if decision.criteria.len() < 2 {
        return None;
    }
    let points: Vec<f64> =
        decision.criteria.iter().map(|c| (c.weight * 1000.0).round() / 10.0).collect();
    let given = decision.criteria.iter().map(|criterion| criterion.weight * 100.0).collect();
    let alone = (0..points.len().min(24)).map(|at| {
        let mut alone = vec![1.0; points.len()];
        alone[at] = 97.3;
        alone
    });
    let checks = [given, points.clone()]
        .into_iter()
        .chain(alone)
        .map(|points| Check { expected: decision.values_at(&points), points })
        .collect();
    let data = Data {
        run,
        names: decision.criteria.iter().map(|criterion| criterion.name.as_str()).collect(),
        alternatives: decision.alternatives.iter().map(|a| a.name.as_str()).collect(),
        values: decision.alternatives.iter().map(|a| a.values.as_slice()).collect(),
        fails: decision.alternatives.iter().map(AlternativeRow::fails).collect(),
        checks,
        points,
    };
    serde_json::to_string(&data).ok().map(|text| inert(&text))
}

/// JSON that no HTML parser takes for anything else: what could end or open an element is written
/// as an escape (LIBRARIES.md, report).
fn inert(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' => safe.push_str("\\u003c"),
            '>' => safe.push_str("\\u003e"),
            '&' => safe.push_str("\\u0026"),
            '\u{2028}' => safe.push_str("\\u2028"),
            '\u{2029}' => safe.push_str("\\u2029"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_block_cannot_be_left() {
        assert_eq!(
            inert("\"</script><!--&\u{2028}\""),
            "\"\\u003c/script\\u003e\\u003c!--\\u0026\\u2028\""
        );
    }
}
