//! The one value that every format prints: what was asked, found, decided and left out.

pub mod answer;
pub mod battery;
pub mod build;
pub mod candidate;
pub mod claim;
pub mod comparison;
pub mod contract;
pub mod decision;
pub(crate) mod journal;
pub mod level;
pub mod picture;
pub mod run;
pub mod spread;
pub mod trial;

use std::collections::BTreeMap;

use bakeoff_decision::Decision;
use bakeoff_experiment::analysis::{Analysis, Finding};
use bakeoff_experiment::experiment::candidate_of;
use bakeoff_experiment::metric::METRICS;
use bakeoff_experiment::record::Record;
use bakeoff_experiment::steady;
use serde::Serialize;

use crate::text;
use answer::{Answer, Notice};
use battery::BatteryRow;
use build::{BuildRow, FactRow, ProbeRow};
use candidate::CandidateRow;
use claim::ClaimRow;
use comparison::ComparisonRow;
use contract::ContractRow;
use decision::DecisionRow;
use journal::Journal;
use level::LevelRow;
use picture::{Distribution, Dots, Sweep, Timeline};
use run::{HostRow, RunFacts};
use spread::SpreadRow;
use trial::{GateRow, Place, VoidRow};

/// The schema name of [`Report`].
pub const REPORT_SCHEMA: &str = "bakeoff.report/1";

/// What a report is made from.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The journal of the run.
    pub records: &'a [Record],
    /// What follows from its trials.
    pub analysis: &'a Analysis,
    /// The decision, if anything is weighed.
    pub decision: Option<&'a Decision>,
    /// Claims held against the evidence.
    pub claims: &'a [ClaimRow],
    /// Latency distributions decoded from the stored histograms.
    pub distributions: &'a [Distribution],
}

/// Everything a report says, in the order it is read. A function of its evidence alone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// [`REPORT_SCHEMA`].
    pub schema: &'static str,
    /// The answer.
    pub answer: Answer,
    /// What makes the run untrustworthy or limits it.
    pub notices: Vec<Notice>,
    /// Whether the rig passed its own checks.
    pub valid: bool,
    /// The decision; withheld while the rig is not trusted.
    pub decision: Option<DecisionRow>,
    /// The candidates in the order of the manifest.
    pub candidates: Vec<CandidateRow>,
    /// The label of the reference's second run.
    pub twin: String,
    /// Where trials are comparable, in the order of the manifest.
    pub places: Vec<Place>,
    /// Every comparison.
    pub comparisons: Vec<ComparisonRow>,
    /// What each candidate reached.
    pub levels: Vec<LevelRow>,
    /// How far candidates of a language lie apart, beside how far the languages do.
    pub spreads: Vec<SpreadRow>,
    /// Trends found.
    pub drift: Vec<FindingRow>,
    /// Order effects found.
    pub order_effect: Vec<FindingRow>,
    /// Claims held against the evidence.
    pub claims: Vec<ClaimRow>,
    /// The battery of defective programs.
    pub battery: Vec<BatteryRow>,
    /// The contract, candidate by candidate.
    pub contracts: Vec<ContractRow>,
    /// Builds.
    pub builds: Vec<BuildRow>,
    /// Numbers of builds and probes.
    pub probes: Vec<ProbeRow>,
    /// What probes said in words.
    pub facts: Vec<FactRow>,
    /// Every trial that does not count.
    pub voids: Vec<VoidRow>,
    /// The checks that every trial had to pass.
    pub gates: Vec<GateRow>,
    /// Failed requests of trials that count, by candidate and kind.
    pub errors: Vec<ErrorRow>,
    /// Latency distributions.
    pub distributions: Vec<Distribution>,
    /// Latency against offered load.
    pub sweeps: Vec<Sweep>,
    /// Memory, CPU and the like over time.
    pub timelines: Vec<Timeline>,
    /// Single trials on the primary metrics.
    pub dots: Vec<Dots>,
    /// The run itself.
    pub run: RunFacts,
    /// The machine and the limits.
    pub host: HostRow,
}

/// A trend or order effect.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FindingRow {
    /// Where: `workload|load|metric`.
    pub cell: String,
    /// What.
    pub text: String,
    /// Its p-value in words.
    pub p: String,
    /// Whether it blocks the verdicts of that cell.
    pub blocks: bool,
}

/// Failed requests of one kind, over all trials of one candidate that count.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ErrorRow {
    /// The candidate's label.
    pub candidate: String,
    /// The kind.
    pub kind: String,
    /// How many.
    pub count: u64,
    /// One of them.
    pub example: String,
}

impl Report {
    /// The report on a run.
    pub fn new(evidence: &Evidence) -> Self {
        let journal = Journal::new(evidence.records);
        let sealed = trial::sealed(&journal.trials);
        let voids = trial::voids(&journal.trials);
        let analysis = evidence.analysis;
        let places = places(&journal, &sealed);
        let experiment = journal.opened.map(|opened| &opened.experiment);
        let criteria = experiment.map_or(&[][..], |experiment| &experiment.criteria);
        let mut run = run::facts(&journal);
        run.unretried = run::unretried(evidence.records);
        if run.primary.is_empty() {
            run.primary = primary_of(analysis);
        }
        let order = comparison::Order {
            reference: experiment.map(|e| e.reference.as_str()),
            candidates: experiment
                .map_or(Vec::new(), |e| e.candidates.iter().map(|c| c.name.as_str()).collect()),
            places: &places,
            primary: &run.primary,
        };
        let comparisons = comparison::comparisons(analysis, &order);
        let candidates = experiment.map_or(Vec::new(), |e| candidate::candidates(e, &journal));
        let levels = level::levels(&sealed, &places);
        let mut report = Self {
            schema: REPORT_SCHEMA,
            answer: Answer::default(),
            notices: Vec::new(),
            valid: analysis.rig.valid,
            decision: evidence
                .decision
                .filter(|_| analysis.rig.valid)
                .map(|decision| DecisionRow::new(decision, criteria)),
            spreads: spread::spreads(&levels, &candidates, &places),
            candidates,
            twin: experiment.map_or(String::new(), candidate::twin),
            comparisons,
            levels,
            drift: analysis.rig.drift.iter().map(finding).collect(),
            order_effect: analysis.rig.order_effect.iter().map(finding).collect(),
            claims: evidence.claims.iter().map(ClaimRow::inert).collect(),
            battery: battery::battery(&journal),
            contracts: contract::contracts(&journal),
            builds: build::builds(&journal),
            probes: build::probes(&journal, &build::units(evidence.records)),
            facts: build::facts(&journal),
            gates: trial::gates(&journal.trials),
            errors: errors(&sealed),
            distributions: picture::distributions(evidence.distributions),
            sweeps: picture::sweeps(&sealed, journal.rates),
            timelines: picture::timelines(&sealed),
            dots: picture::dots(&sealed, &voids, &places, &run.primary),
            host: run::host(&journal, &sealed),
            voids,
            places,
            run,
        };
        let reasons: Vec<String> =
            analysis.rig.reasons.iter().map(|reason| text::line(reason)).collect();
        report.notices = answer::notices(&report, &reasons, analysis.rig.valid);
        report.notices.extend(
            steady::sentences(evidence.records)
                .iter()
                .map(|sentence| Notice { grave: false, text: text::block(sentence) }),
        );
        report.answer = answer::answer(&report, analysis.rig.valid);
        report
    }

    /// The candidate that the others are compared with.
    pub fn reference(&self) -> Option<&str> {
        self.candidates.iter().find(|candidate| candidate.reference).map(|c| c.name.as_str())
    }

    /// Comparisons of primary metrics between candidates; the twin is not one.
    pub fn primary(&self) -> impl Iterator<Item = &ComparisonRow> {
        self.comparisons.iter().filter(|row| row.primary && !self.is_twin(row))
    }

    /// Whether a comparison is one of the reference with itself (A/A).
    pub fn is_twin(&self, row: &ComparisonRow) -> bool {
        row.a == self.twin || row.b == self.twin
    }

    /// Primary comparisons of each candidate with the reference, or all where the reference was
    /// not measured; latencies only where all bore the same load.
    pub fn headline(&self) -> Vec<&ComparisonRow> {
        let equal = || self.primary().filter(|row| !row.is_unequal_load());
        let against: Vec<&ComparisonRow> =
            equal().filter(|row| Some(row.b.as_str()) == self.reference()).collect();
        if against.is_empty() { equal().collect() } else { against }
    }

    /// At most `most` of the headline comparisons, every pair of candidates among them where that
    /// is possible: all, or only each workload's highest load (the last in the manifest that yields
    /// the metric), or those of the first workloads, or of the first metrics.
    pub fn digest(&self, most: usize) -> Vec<&ComparisonRow> {
        let rows = self.headline();
        if rows.len() <= most {
            return rows;
        }
        let kind = |row: &ComparisonRow| {
            (row.a.clone(), row.b.clone(), row.metric.clone(), row.place.workload.clone())
        };
        let last: BTreeMap<_, usize> =
            rows.iter().enumerate().map(|(index, row)| (kind(row), index)).collect();
        let mut kept: Vec<usize> = last.into_values().collect();
        kept.sort_unstable();
        let mut digest: Vec<&ComparisonRow> = kept.into_iter().map(|index| rows[index]).collect();
        while digest.len() > most {
            let before = digest.len();
            drop_last_of(&mut digest, |row| &row.place.workload);
            if digest.len() == before {
                drop_last_of(&mut digest, |row| &row.metric);
            }
            if digest.len() == before {
                digest.truncate(most);
            }
        }
        digest
    }

    /// The slot of a label, which fixes colour and marker; the twin has its candidate's.
    pub fn slot(&self, label: &str) -> usize {
        let name = candidate_of(label);
        self.candidates.iter().find(|c| c.name == name).map_or(0, |candidate| candidate.slot)
    }
}

/// The metrics that the analysis took as primary, in the order in which the program lists them.
fn primary_of(analysis: &Analysis) -> Vec<String> {
    let mut names: Vec<String> =
        analysis.comparisons.iter().filter(|c| c.primary).map(|c| text::line(&c.metric)).collect();
    let place = |name: &str| METRICS.iter().position(|metric| metric.name == name);
    names.sort_by(|x, y| {
        let last = usize::MAX;
        place(x).unwrap_or(last).cmp(&place(y).unwrap_or(last)).then(x.cmp(y))
    });
    names.dedup();
    names
}

/// Drops the rows of whichever `name` occurs first last; never the only one.
fn drop_last_of(rows: &mut Vec<&ComparisonRow>, name: fn(&ComparisonRow) -> &String) {
    let mut names: Vec<&String> = Vec::new();
    for row in rows.iter() {
        if !names.contains(&name(row)) {
            names.push(name(row));
        }
    }
    if let (Some(last), true) = (names.last().copied().cloned(), names.len() > 1) {
        rows.retain(|row| *name(row) != last);
    }
}

fn finding(from: &Finding) -> FindingRow {
    FindingRow {
        cell: text::line(&from.cell),
        text: text::line(&from.text),
        p: crate::quantity::p_value(from.p),
        blocks: from.blocks,
    }
}

/// Where trials are comparable, in the order of the manifest, then those that only trials name.
fn places(journal: &Journal, sealed: &[trial::Sealed]) -> Vec<Place> {
    let mut places =
        journal.opened.map_or(Vec::new(), |opened| candidate::places(&opened.experiment));
    for trial in sealed {
        if !places.contains(&trial.place) {
            places.push(trial.place.clone());
        }
    }
    places
}

fn errors(sealed: &[trial::Sealed]) -> Vec<ErrorRow> {
    let mut rows: BTreeMap<(String, String), ErrorRow> = BTreeMap::new();
    for trial in sealed {
        for error in &trial.observation.errors {
            let kind = text::line(&error.kind);
            let row =
                rows.entry((trial.candidate.clone(), kind.clone())).or_insert_with(|| ErrorRow {
                    candidate: trial.candidate.clone(),
                    kind,
                    count: 0,
                    example: text::block(&error.example),
                });
            row.count += error.count;
        }
    }
    rows.into_values().collect()
}
