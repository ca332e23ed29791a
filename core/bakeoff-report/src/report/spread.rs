//! How far implementations of one language lie apart, beside how far the languages do.

use std::collections::BTreeMap;

use serde::Serialize;

use super::candidate::CandidateRow;
use super::level::LevelRow;
use super::trial::Place;

/// What is compared so: a metric that one load yields for all.
const METRICS: [&str; 4] = ["throughput", "cpu-per-request", "latency-p99", "memory-peak"];

/// One metric in one place where at least two languages have at least two candidates each.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SpreadRow {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// The metric.
    pub metric: String,
    /// The metric for people.
    pub label: String,
    /// Of each language with at least two candidates: how far these lie apart.
    pub within: Vec<WithinRow>,
    /// Between the geometric means of the languages: the highest over the lowest.
    pub between: f64,
    /// All of it in words.
    pub text: String,
}

/// How far the candidates of one language lie apart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WithinRow {
    /// The language.
    pub language: String,
    /// Who has least.
    pub lowest: String,
    /// Who has most.
    pub highest: String,
    /// Most over least.
    pub ratio: f64,
}

/// A row for every place and metric that has enough candidates. Tuned candidates and the twin do
/// not count.
pub(crate) fn spreads(
    levels: &[LevelRow],
    candidates: &[CandidateRow],
    places: &[Place],
) -> Vec<SpreadRow> {
    let mut rows = Vec::new();
    for place in places {
        for metric in METRICS {
            let here: Vec<&LevelRow> = levels
                .iter()
                .filter(|level| level.place == *place && level.metric == metric)
                .filter(|level| 0.0 < level.value.value)
                .collect();
            rows.extend(spread(&here, candidates));
        }
    }
    rows
}

fn spread(here: &[&LevelRow], candidates: &[CandidateRow]) -> Option<SpreadRow> {
    let mut languages: BTreeMap<&str, Vec<&LevelRow>> = BTreeMap::new();
    for level in here {
        let candidate = candidates.iter().find(|it| it.name == level.candidate);
        if let Some(candidate) = candidate.filter(|it| it.tuning != "tuned") {
            languages.entry(&candidate.language).or_default().push(level);
        }
    }
    languages.retain(|_, members| 2 <= members.len());
    let first = here.first().filter(|_| 2 <= languages.len())?;
    let mut within = Vec::new();
    let mut means: Vec<f64> = Vec::new();
    for (language, mut members) in languages {
        members.sort_by(|x, y| x.value.value.total_cmp(&y.value.value));
        let (lowest, highest) = (members[0], members[members.len() - 1]);
        let logs: f64 = members.iter().map(|level| level.value.value.ln()).sum();
        means.push((logs / members.len() as f64).exp());
        within.push(WithinRow {
            language: language.to_owned(),
            lowest: lowest.candidate.clone(),
            highest: highest.candidate.clone(),
            ratio: highest.value.value / lowest.value.value,
        });
    }
    let most = means.iter().copied().fold(f64::MIN, f64::max);
    let least = means.iter().copied().fold(f64::MAX, f64::min);
    let between = most / least;
    let parts: Vec<String> = within
        .iter()
        .map(|w| {
            let WithinRow { language, lowest, highest, ratio } = w;
            format!("within {language} {ratio:.2}x ({lowest} to {highest})")
        })
        .collect();
    let text = format!("{}; between the languages {between:.2}x", parts.join(", "));
    Some(SpreadRow {
        place: first.place.clone(),
        metric: first.metric.clone(),
        label: first.label.clone(),
        within,
        between,
        text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::Quantity;
    use crate::report::candidate::Standing;
    use bakeoff_units::Unit;

    fn candidate(name: &str, language: &str, tuning: &'static str) -> CandidateRow {
        CandidateRow {
            name: name.to_owned(),
            slot: 0,
            language: language.to_owned(),
            tuning,
            note: String::new(),
            source: String::new(),
            reference: false,
            standing: Standing::Measured,
            sealed: 1,
            void: 0,
        }
    }

    fn level(name: &str, value: f64) -> LevelRow {
        LevelRow {
            place: Place { workload: "frameworks".to_owned(), load: "closed 64".to_owned() },
            metric: "throughput".to_owned(),
            label: "throughput".to_owned(),
            candidate: name.to_owned(),
            value: Quantity::exact(value, Unit::PerSecond),
            text: String::new(),
            trials: 1,
        }
    }

    #[test]
    fn what_lies_within_a_language_stands_beside_what_lies_between() {
        let out = "out of the box";
        let candidates = [
            candidate("axum", "Rust", out),
            candidate("actix", "Rust", out),
            candidate("fast", "Rust", "tuned"),
            candidate("gin", "Go", out),
            candidate("echo", "Go", out),
            candidate("alone", "Zig", out),
        ];
        let levels = [
            level("axum", 100.0),
            level("actix", 400.0),
            level("fast", 9000.0),
            level("gin", 50.0),
            level("echo", 50.0),
            level("gin~twin", 1.0),
            level("alone", 1.0),
        ];
        let places = [levels[0].place.clone()];
        let rows = spreads(&levels, &candidates, &places);
        let texts: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "within Go 1.00x (gin to echo), within Rust 4.00x (axum to actix); between the languages 4.00x"
            ]
        );
        assert_eq!(spreads(&levels[..3], &candidates, &places), []);
    }
}
