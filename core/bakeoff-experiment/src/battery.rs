//! Defective programs and what became of them: which tool, if any, noticed.

use serde::{Deserialize, Serialize};

/// What became of every defective program of a suite.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct BatteryRecord {
    /// The programs, by class and language.
    pub programs: Vec<Defect>,
    /// First line of each tool's version, by tool.
    pub tools: Vec<(String, String)>,
}

/// One defective program and what became of it. Observed, never declared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Defect {
    /// The class of defect: the name of its folder.
    pub class: String,
    /// The class in words.
    pub title: String,
    /// The language.
    pub language: String,
    /// What became of it.
    pub outcome: BatteryOutcome,
    /// The line of output on which the outcome rests, or what was missing.
    pub evidence: String,
    /// What was run, in order, up to and including the step that decided.
    pub steps: Vec<BatteryStep>,
    /// The program's text.
    pub source: String,
}

/// What became of a defective program, best first: the earlier a defect is noticed, the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BatteryOutcome {
    /// The compiler refused it.
    Rejected,
    /// The compiler or the standard linter warned at the defective line.
    Flagged,
    /// It stopped itself at run time, saying what was wrong.
    Trapped,
    /// It ran as if nothing were wrong; a race detector or sanitizer noticed.
    DetectorOnly,
    /// It hung.
    Hung,
    /// It gave a wrong answer, or did harm, and nothing noticed.
    SilentlyWrong,
    /// It gave the right answer each time it ran here, and no detector found anything.
    Harmless,
    /// A tool is missing, so nobody knows.
    NotTested,
}

impl BatteryOutcome {
    /// The word used in tables and claims.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::Flagged => "flagged",
            Self::Trapped => "trapped",
            Self::DetectorOnly => "detector-only",
            Self::Hung => "hung",
            Self::SilentlyWrong => "silently-wrong",
            Self::Harmless => "harmless",
            Self::NotTested => "not-tested",
        }
    }
}

/// One command that was run on a defective program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct BatteryStep {
    /// `compile`, `lint`, `run` or `detect`.
    pub step: String,
    /// The command.
    pub command: Vec<String>,
    /// How it ended, in words.
    pub status: String,
    /// The last lines it printed.
    pub output: String,
}
