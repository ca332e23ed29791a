//! Claims held against the evidence: the ledger in words.

use std::collections::BTreeMap;

use bakeoff_decision::claims::{ClaimKind, Finding, Ledger, LedgerEntry, Scale, Source};
use bakeoff_units::{Unit, digits};
use serde::Serialize;

use super::comparison::unit_of;
use crate::quantity::{self, Quantity};
use crate::text;

/// The most parts of a claim that are told.
const PARTS_MAX: usize = 12;

/// A sentence and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ClaimRow {
    /// Its id.
    pub id: String,
    /// The sentence.
    pub claim: String,
    /// Where it comes from.
    pub source: String,
    /// How it can be decided: `measured`, `measured in part`, `rated` or `cited`.
    pub kind: String,
    /// `supported`, `refuted`, `equivalent`, `inconclusive` or `not tested here`.
    pub verdict: String,
    /// The estimate with interval, trials and what would settle it.
    pub evidence: String,
    /// What it was put together from, a sentence each.
    pub parts: Vec<String>,
    /// Figures from elsewhere.
    pub cited: String,
    /// What no machine can settle about it.
    pub limits: String,
}

/// Units that the run's programs named, by metric.
pub type Units = BTreeMap<String, Unit>;

impl ClaimRow {
    /// The rows of a ledger, in its order; `units` as [`super::build::units`] has them.
    pub fn of_ledger(ledger: &Ledger, units: &Units) -> Vec<Self> {
        ledger.claims.iter().map(|entry| Self::of_entry(entry, ledger, units)).collect()
    }

    fn of_entry(entry: &LedgerEntry, ledger: &Ledger, units: &Units) -> Self {
        let sources: Vec<String> = entry
            .from
            .iter()
            .map(|letter| ledger.sources.get(letter).map_or_else(|| letter.clone(), source))
            .collect();
        let kind = match entry.kind {
            ClaimKind::Measured => "measured",
            ClaimKind::MeasuredInPart => "measured in part",
            ClaimKind::Rated => "rated",
            ClaimKind::Cited => "cited",
        };
        let mut parts = Vec::new();
        tell_parts(&entry.finding, units, &mut parts);
        let more = parts.len().saturating_sub(PARTS_MAX);
        parts.truncate(PARTS_MAX);
        if more > 0 {
            parts.push(format!("and {more} more"));
        }
        Self {
            id: entry.id.clone(),
            claim: entry.says.clone(),
            source: sources.join("; "),
            kind: kind.to_owned(),
            verdict: entry.verdict.words().to_owned(),
            evidence: evidence(&entry.finding, units),
            parts,
            cited: entry.citation.as_ref().map_or(String::new(), source),
            limits: entry.limits.clone().unwrap_or_default(),
        }
    }

    /// The same with nothing in its texts that acts.
    pub(crate) fn inert(&self) -> Self {
        Self {
            id: text::line(&self.id),
            claim: text::line(&self.claim),
            source: text::block(&self.source),
            kind: text::line(&self.kind),
            verdict: text::line(&self.verdict),
            evidence: text::line(&self.evidence),
            parts: self.parts.iter().map(|part| text::line(part)).collect(),
            cited: text::block(&self.cited),
            limits: text::block(&self.limits),
        }
    }

    /// A sign that goes before the verdict's word.
    pub fn sign(&self) -> &'static str {
        match self.verdict.as_str() {
            "supported" => "✓",
            "refuted" => "✗",
            "equivalent" => "=",
            "inconclusive" => "?",
            _not_tested => "–",
        }
    }

    /// The class that colours it.
    pub fn class(&self) -> &'static str {
        match self.verdict.as_str() {
            "supported" => "v-better",
            "refuted" => "v-worse",
            "equivalent" => "v-same",
            "inconclusive" => "v-open",
            _not_tested => "v-none",
        }
    }
}

/// `Author and title, 2026: its figures`.
fn source(from: &Source) -> String {
    let year = from.year.map_or(String::new(), |year| format!(", {year}"));
    let figure = from.figure.as_ref().map_or(String::new(), |figure| format!(": {figure}"));
    format!("{}{year}{figure}", from.title)
}

/// A part's own sentence, verdict and evidence, then those it was put together from.
fn tell_parts(finding: &Finding, units: &Units, told: &mut Vec<String>) {
    for part in &finding.parts {
        let evidence = evidence(part, units);
        let evidence = if evidence == part.says { String::new() } else { format!(": {evidence}") };
        told.push(format!("{}, {}{evidence}", part.says, part.verdict.words()));
        tell_parts(part, units, told);
    }
}

/// What a verdict rests on: `0.71x [0.68, 0.75], 8 rounds, 48 trials; about 24 rounds would settle
/// it`; what the statement says where there is no number.
pub fn evidence(finding: &Finding, units: &Units) -> String {
    let mut said: Vec<String> = estimate(finding, units).into_iter().collect();
    if finding.rounds > 0 && finding.estimate.is_some() {
        said.push(match finding.trials {
            // Raters or programs.
            0 => format!("n = {}", finding.rounds),
            trials => format!("{} rounds, {trials} trials", finding.rounds),
        });
    }
    let mut text = said.join(", ");
    let settle = finding.rounds_to_settle.map(|n| format!("about {n} rounds would settle it"));
    for reason in finding.reasons.iter().cloned().chain(settle) {
        if !text.is_empty() {
            text.push_str("; ");
        }
        text.push_str(&reason);
    }
    match (text.is_empty(), finding.parts.is_empty()) {
        (false, _) => text,
        (true, true) => finding.says.clone(),
        (true, false) => format!("{}: {}", finding.says, fell(&finding.parts)),
    }
}

/// `2 supported, 1 refuted`: how the parts of a statement fell.
fn fell(parts: &[Finding]) -> String {
    let mut counted: Vec<(&str, usize)> = Vec::new();
    for verdict in parts.iter().map(|part| part.verdict.words()) {
        match counted.iter_mut().find(|(word, _)| *word == verdict) {
            Some((_, n)) => *n += 1,
            None => counted.push((verdict, 1)),
        }
    }
    counted.iter().map(|(word, n)| format!("{n} {word}")).collect::<Vec<_>>().join(", ")
}

fn estimate(finding: &Finding, units: &Units) -> Option<String> {
    let value = finding.estimate.filter(|value| value.is_finite())?;
    let limits = finding.lower.zip(finding.upper);
    let metric = finding.metric.as_deref().unwrap_or_default();
    let pair = |print: &dyn Fn(f64) -> String| match limits {
        Some((lower, upper)) => format!("{} [{}, {}]", print(value), print(lower), print(upper)),
        None => print(value),
    };
    Some(match finding.scale {
        Some(Scale::Ratio) => match limits {
            Some((lower, upper)) => quantity::ratio(value, Some(lower), Some(upper), 0.0),
            None => format!("{}x", digits(value, 3)),
        },
        Some(Scale::Quantity) => {
            let unit = units.get(metric).copied().unwrap_or_else(|| unit_of(metric));
            Quantity { value, lower: finding.lower, upper: finding.upper, unit }.text()
        }
        Some(Scale::Share) => pair(&quantity::percent),
        Some(Scale::Difference) => pair(&|value| format!("{value:+.2}")),
        Some(Scale::Count) | None => pair(&|value| Unit::Count.format(value)),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bakeoff_decision::claims::ClaimVerdict;

    use super::*;

    fn finding(scale: Scale, metric: &str, numbers: [f64; 3]) -> Finding {
        Finding {
            says: "the ratio is below 1".to_owned(),
            verdict: ClaimVerdict::Supported,
            metric: Some(metric.to_owned()),
            scale: Some(scale),
            estimate: Some(numbers[0]),
            lower: Some(numbers[1]),
            upper: Some(numbers[2]),
            level: Some(0.95),
            margin: Some(0.05),
            rounds: 8,
            trials: 48,
            rounds_to_settle: None,
            reasons: vec![],
            parts: vec![],
        }
    }

    #[test]
    fn every_number_has_its_unit_and_interval() {
        for (scale, metric, numbers, text) in [
            (
                Scale::Ratio,
                "throughput",
                [1.42, 1.39, 1.46],
                "1.42x [1.39, 1.46], 8 rounds, 48 trials",
            ),
            (
                Scale::Quantity,
                "start",
                [0.0041, 0.0039, 0.0043],
                "4.1 ms [3.9, 4.3], 8 rounds, 48 trials",
            ),
            (Scale::Share, "", [0.41, 0.3, 0.52], "41 % [30 %, 52 %], 8 rounds, 48 trials"),
        ] {
            assert_eq!(evidence(&finding(scale, metric, numbers), &Units::new()), text);
        }
    }

    #[test]
    fn what_is_open_says_what_would_settle_it() {
        let mut open = finding(Scale::Count, "", [9.0, 9.0, 9.0]);
        open.trials = 0;
        (open.lower, open.upper, open.rounds) = (None, None, 14);
        open.rounds_to_settle = Some(24);
        open.reasons = vec!["three classes were not tested".to_owned()];
        assert_eq!(
            evidence(&open, &Units::new()),
            "9, n = 14; three classes were not tested; about 24 rounds would settle it"
        );
    }

    #[test]
    fn a_statement_of_parts_says_how_they_fell() {
        let part = |verdict| Finding { verdict, ..finding(Scale::Count, "", [1.0, 1.0, 1.0]) };
        let whole = Finding {
            says: "all of 3".to_owned(),
            estimate: None,
            parts: vec![
                part(ClaimVerdict::Supported),
                part(ClaimVerdict::Refuted),
                part(ClaimVerdict::Supported),
            ],
            ..part(ClaimVerdict::Refuted)
        };
        assert_eq!(evidence(&whole, &Units::new()), "all of 3: 2 supported, 1 refuted");
    }

    #[test]
    fn a_ledger_becomes_rows_in_its_order_with_sources_spelt_out() {
        let mut whole = finding(Scale::Ratio, "throughput", [1.42, 1.39, 1.46]);
        whole.parts = vec![finding(Scale::Ratio, "throughput", [1.3, 1.2, 1.4])];
        let entry = LedgerEntry {
            id: "cpu-throughput".to_owned(),
            from: vec!["A".to_owned(), "Z".to_owned()],
            says: "Rust serves more".to_owned(),
            kind: ClaimKind::Measured,
            verdict: ClaimVerdict::Supported,
            finding: whole,
            citation: None,
            limits: None,
        };
        let named =
            Source { title: "An article".to_owned(), year: Some(2026), ..Source::default() };
        let rows = ClaimRow::of_ledger(
            &Ledger {
                schema: bakeoff_decision::claims::LEDGER_SCHEMA.to_owned(),
                sources: BTreeMap::from([("A".to_owned(), named)]),
                claims: vec![entry],
                counts: BTreeMap::new(),
            },
            &Units::new(),
        );
        assert_eq!(rows[0].source, "An article, 2026; Z");
        assert_eq!(rows[0].verdict, "supported");
        assert_eq!(
            rows[0].parts,
            ["the ratio is below 1, supported: 1.30x [1.20, 1.40], 8 rounds, 48 trials"]
        );
    }
}
