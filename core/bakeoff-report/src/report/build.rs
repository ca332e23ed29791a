//! Builds and probes: what was measured beside load.

use std::collections::BTreeMap;

use bakeoff_experiment::record::{BuildOutcome, Record};
use bakeoff_units::Unit;
use serde::Serialize;

use super::comparison::{label_of, unit_of};
use super::journal::Journal;
use super::level::typical;
use super::trial::named;
use crate::quantity::Quantity;
use crate::text;

/// What became of building a candidate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BuildRow {
    /// The candidate.
    pub candidate: String,
    /// Which build of it, from 1.
    pub build: u32,
    /// `built`, `skipped` or `failed`.
    pub outcome: &'static str,
    /// The toolchain's answer, or why there is no artifact.
    pub said: String,
    /// What to install, for skipped ones.
    pub hint: String,
    /// BLAKE3 of the sources, in hex.
    pub source_hash: String,
    /// BLAKE3 of the artifact, in hex.
    pub artifact_hash: String,
    /// Last lines of the log of a failed build.
    pub log_tail: String,
    /// Where the whole log is, relative to the run's folder.
    pub log: String,
    /// Numbers in base units.
    pub metrics: BTreeMap<String, f64>,
}

impl BuildRow {
    /// Enough of the source hash to tell two apart by eye.
    pub fn source_short(&self) -> String {
        self.source_hash.chars().take(12).collect()
    }

    /// Enough of the artifact hash to tell two apart by eye.
    pub fn artifact_short(&self) -> String {
        self.artifact_hash.chars().take(12).collect()
    }
}

/// One number of a probe, over its repetitions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProbeRow {
    /// The probe.
    pub probe: String,
    /// The candidate or subject.
    pub candidate: String,
    /// The metric.
    pub metric: String,
    /// The metric for people.
    pub label: String,
    /// The number.
    pub value: Quantity,
    /// The number with interval and unit.
    pub text: String,
    /// Repetitions.
    pub repetitions: u32,
}

/// A fact in words that a probe yielded, or why it yielded nothing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FactRow {
    /// The probe.
    pub probe: String,
    /// The candidate or subject.
    pub candidate: String,
    /// The fact's name; `failed` for failures.
    pub name: String,
    /// The fact.
    pub fact: String,
}

/// What became of building each candidate.
pub(crate) fn builds(journal: &Journal) -> Vec<BuildRow> {
    journal
        .built
        .iter()
        .map(|built| {
            let mut row = BuildRow {
                candidate: text::line(&built.candidate),
                build: built.build,
                outcome: "built",
                said: String::new(),
                hint: String::new(),
                source_hash: String::new(),
                artifact_hash: String::new(),
                log_tail: String::new(),
                log: String::new(),
                metrics: BTreeMap::new(),
            };
            match &built.outcome {
                BuildOutcome::Done(receipt) => {
                    row.said = text::uncoloured(&receipt.toolchain);
                    row.source_hash = text::line(&receipt.source_hash);
                    row.artifact_hash = text::line(&receipt.artifact_hash);
                    row.log = text::line(&receipt.log);
                    row.metrics = named(&receipt.metrics);
                }
                BuildOutcome::Skipped { reason, hint } => {
                    row.outcome = "skipped";
                    row.said = text::line(reason);
                    row.hint = text::line(hint);
                }
                BuildOutcome::Failed { reason, log_tail, log } => {
                    row.outcome = "failed";
                    row.said = text::line(reason);
                    row.log_tail = text::block(log_tail);
                    row.log = text::line(log);
                }
            }
            row
        })
        .collect()
}

/// The units that probe programs named, by metric.
pub fn units(records: &[Record]) -> BTreeMap<String, Unit> {
    let probes = records
        .iter()
        .filter_map(|record| if let Record::Probe(probe) = record { Some(probe) } else { None });
    probes
        .flat_map(|probe| &probe.units)
        .filter_map(|(metric, symbol)| {
            let unit = match symbol.as_str() {
                "s" => Unit::Seconds,
                "B" => Unit::Bytes,
                "/s" => Unit::PerSecond,
                "fraction" => Unit::Fraction,
                _unknown => return None,
            };
            Some((metric.clone(), unit))
        })
        .collect()
}

/// The numbers of builds and probes, one row a candidate and metric.
pub(crate) fn probes(journal: &Journal, units: &BTreeMap<String, Unit>) -> Vec<ProbeRow> {
    let mut cells: BTreeMap<(String, String, String), Vec<f64>> = BTreeMap::new();
    for built in &journal.built {
        if let BuildOutcome::Done(receipt) = &built.outcome {
            for (metric, value) in named(&receipt.metrics) {
                let key = ("build".to_owned(), metric, text::line(&built.candidate));
                cells.entry(key).or_default().push(value);
            }
        }
    }
    for probe in &journal.probes {
        for (metric, value) in named(&probe.metrics) {
            let key = (text::line(&probe.probe), metric, text::line(&probe.candidate));
            cells.entry(key).or_default().push(value);
        }
    }
    cells
        .into_iter()
        .map(|((probe, metric, candidate), values)| {
            let unit = units.get(&metric).copied().unwrap_or_else(|| unit_of(&metric));
            let value = typical(&values, unit);
            ProbeRow {
                probe,
                label: label_of(&metric),
                metric,
                candidate,
                text: value.text(),
                value,
                repetitions: values.len() as u32,
            }
        })
        .collect()
}

/// What probes said in words, each said once.
pub(crate) fn facts(journal: &Journal) -> Vec<FactRow> {
    let mut rows: Vec<FactRow> = Vec::new();
    for probe in &journal.probes {
        let failure = probe.failure.iter().map(|why| ("failed".to_owned(), text::block(why)));
        let facts = probe.facts.iter().map(|(name, fact)| (text::line(name), text::block(fact)));
        for (name, fact) in facts.chain(failure) {
            let row = FactRow {
                probe: text::line(&probe.probe),
                candidate: text::line(&probe.candidate),
                name,
                fact,
            };
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
    }
    rows
}
