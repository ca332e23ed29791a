//! Defective programs and who noticed: one row a class of defect, one cell a language.

use std::collections::BTreeMap;

use bakeoff_experiment::battery::{BatteryOutcome, Defect};
use serde::Serialize;

use super::journal::Journal;
use crate::text;

/// A class of defect.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BatteryRow {
    /// The class: the name of its folder.
    pub class: String,
    /// The class in words.
    pub title: String,
    /// What became of it, by language.
    pub cells: BTreeMap<String, BatteryCell>,
}

impl BatteryRow {
    /// What became of the program in that language, if there is one.
    pub fn cell(&self, language: &str) -> Option<&BatteryCell> {
        self.cells.get(language)
    }
}

/// What became of one defective program.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BatteryCell {
    /// The outcome as in records: `rejected`, `flagged`, ...
    pub outcome: &'static str,
    /// The outcome in words.
    pub word: &'static str,
    /// The line of output on which it rests, or what was missing.
    pub evidence: String,
    /// What was run, a line each.
    pub steps: Vec<String>,
    /// The program's text.
    pub source: String,
}

impl BatteryCell {
    /// The class that colours it.
    pub fn class(&self) -> &'static str {
        match self.outcome {
            "rejected" | "flagged" => "v-better",
            "trapped" | "harmless" => "v-same",
            "silently-wrong" | "hung" => "v-worse",
            "detector-only" => "v-open",
            _not_tested => "v-none",
        }
    }
}

fn word(outcome: BatteryOutcome) -> &'static str {
    match outcome {
        BatteryOutcome::Rejected => "✓ rejected by the compiler",
        BatteryOutcome::Flagged => "✓ flagged by standard tools",
        BatteryOutcome::Trapped => "▲ trapped at run time",
        BatteryOutcome::DetectorOnly => "△ only a detector noticed",
        BatteryOutcome::Hung => "✗ hung",
        BatteryOutcome::SilentlyWrong => "✗ silently wrong",
        BatteryOutcome::Harmless => "= harmless here",
        BatteryOutcome::NotTested => "– not tested here",
    }
}

fn cell(defect: &Defect) -> BatteryCell {
    BatteryCell {
        outcome: defect.outcome.name(),
        word: word(defect.outcome),
        evidence: text::line(&defect.evidence),
        steps: defect
            .steps
            .iter()
            .map(|step| {
                text::line(&format!("{}: {} ({})", step.step, step.command.join(" "), step.status))
            })
            .collect(),
        source: text::block(&defect.source),
    }
}

/// One row a class of defect, in the order they were tried.
pub(crate) fn battery(journal: &Journal) -> Vec<BatteryRow> {
    let mut rows: Vec<BatteryRow> = Vec::new();
    for defect in journal.batteries.iter().flat_map(|battery| &battery.programs) {
        let class = text::line(&defect.class);
        let at = rows.iter().position(|row| row.class == class).unwrap_or_else(|| {
            let title = text::line(&defect.title);
            rows.push(BatteryRow { class, title, cells: BTreeMap::new() });
            rows.len() - 1
        });
        rows[at].cells.insert(text::line(&defect.language), cell(defect));
    }
    rows
}
