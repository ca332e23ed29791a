//! Raw trials to verdicts: every pair on every metric, and whether the rig can be believed.

mod basis;
mod cells;
mod pair;
mod rig;
pub mod second;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use bakeoff_stats::anytime::PriorVariance;
use bakeoff_stats::level::Level;
use bakeoff_stats::multiplicity::{holm, verdicts};
use bakeoff_stats::order::require_interleaved;
use bakeoff_stats::verdict::{Margin, Verdict};

use crate::analysis::{ANALYSIS_SCHEMA, Analysis, Comparison, Finding, Rig, Uncompared};
use crate::experiment::{candidate_of, twin_of};
use crate::metric::EXACT;
use crate::short_window::{ShortWindow, ShortWindows};
use crate::trials::{Design, Trials};
use cells::{Cell, Series};
use pair::{Looks, Ranks, Rules, compare};
use second::Costs;

/// Why trials cannot be analysed. A file that [`crate::trials_reader::read`] accepts can be.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AnalyseError {
    /// The level is not between 0 and 1.
    #[error("design.level is {level}, not between 0 and 1")]
    Level {
        /// What was given.
        level: f64,
    },
    /// The prior variance is not above zero.
    #[error("design.stop.prior_variance is {variance}, not above zero")]
    PriorVariance {
        /// What was given.
        variance: f64,
    },
    /// A margin is negative or not finite.
    #[error("design.margin.{metric} is {margin}, not a finite number from 0")]
    Margin {
        /// Of which metric.
        metric: String,
        /// What was given.
        margin: f64,
    },
}

/// What the trials say.
///
/// # Errors
///
/// [`AnalyseError`] if the design has no sense.
pub fn analyse(trials: &Trials) -> Result<Analysis, AnalyseError> {
    analyse_at(trials, Costs::EQUAL)
}

/// As [`analyse`], where one more round and one more build take so much: they say how many rounds of
/// each build are the cheapest, and nothing else.
///
/// # Errors
///
/// As [`analyse`].
pub fn analyse_at(trials: &Trials, costs: Costs) -> Result<Analysis, AnalyseError> {
    let cells = cells::cells(trials);
    let mut analyst = Analyst::new(trials, primary_verdicts(&trials.design, &cells))?;
    analyst.costs = costs;
    for ((workload, load), cell) in &cells {
        analyst.cell(workload, load, cell)?;
    }
    Ok(analyst.finish())
}

struct Analyst<'t> {
    design: &'t Design,
    level: Level,
    prior: PriorVariance,
    /// Critical values of secondary metrics.
    looks: Rc<Looks>,
    /// Those of primary ones.
    primary_looks: Rc<Looks>,
    /// The level of a primary verdict: the joint one split over pairs and primary metrics.
    primary_level: Level,
    reference: Option<u32>,
    twin: Option<u32>,
    builds: BTreeSet<u32>,
    costs: Costs,
    ranks: Rc<Ranks>,
    comparisons: Vec<Comparison>,
    p_values: Vec<(usize, f64)>,
    biased: Vec<(String, rig::Twin)>,
    /// Whether an A/A has fewer rounds than advised.
    few: bool,
    short: ShortWindows,
    rig: Rig,
}

impl<'t> Analyst<'t> {
    /// `parts` is how many verdicts share the joint confidence.
    fn new(trials: &'t Trials, parts: usize) -> Result<Self, AnalyseError> {
        let design = &trials.design;
        let level =
            Level::new(design.level).map_err(|_| AnalyseError::Level { level: design.level })?;
        let variance = design.stop.prior_variance.unwrap_or(1.0);
        let prior =
            PriorVariance::new(variance).map_err(|_| AnalyseError::PriorVariance { variance })?;
        let place = |label: &str| {
            design.candidates.iter().position(|name| name == label).map(|index| index as u32)
        };
        let stopping = pair::stopping(design, prior);
        let rounds = trials.trials.iter().map(|row| row.round).max().unwrap_or(0) as usize;
        let looks = |level| Rc::new(Looks::new(&stopping, prior, level, rounds));
        Ok(Self {
            design,
            prior,
            looks: looks(level),
            primary_looks: looks(level.split(parts)),
            level,
            primary_level: level.split(parts),
            reference: place(&design.reference),
            twin: place(&twin_of(&design.reference)),
            builds: trials.trials.iter().map(|row| row.build).collect(),
            costs: Costs::EQUAL,
            ranks: Rc::new(Ranks::default()),
            comparisons: Vec::new(),
            p_values: Vec::new(),
            biased: Vec::new(),
            few: false,
            short: ShortWindows::default(),
            rig: Rig { valid: true, ..Rig::default() },
        })
    }

    fn cell(&mut self, workload: &str, load: &str, cell: &Cell<'_>) -> Result<(), AnalyseError> {
        let refused = require_interleaved(&cell.sequence).err().map(|blocked| {
            let names = &self.design.candidates;
            format!(
                "{}: all trials of {} came before those of {}; drift and difference look the same",
                place(workload, load),
                names[blocked.first],
                names[blocked.second]
            )
        });
        if let Some(reason) = &refused {
            self.rig.valid = false;
            self.rig.reasons.push(reason.clone());
        }
        for (metric, series) in &cell.metrics {
            let short = ShortWindow::of(metric, cell.answers);
            if let Some(short) = short.filter(|_| self.design.is_primary(workload, metric)) {
                self.short.add(metric, &place(workload, load), short);
            }
            let at = At { workload, load, metric, short, refused: refused.is_some() };
            self.metric(at, series)?;
        }
        Ok(())
    }

    fn metric(&mut self, at: At<'_>, series: &Series) -> Result<(), AnalyseError> {
        let At { workload, load, metric, .. } = at;
        let key = format!("{workload}|{load}|{metric}");
        let fraction = self.design.margin_of(metric);
        let margin = Margin::new(fraction)
            .map_err(|_| AnalyseError::Margin { metric: metric.to_owned(), margin: fraction })?;
        let exact = EXACT.contains(&metric);
        let primary = self.design.is_primary(workload, metric) && at.short.is_none();
        let twin = if exact { None } else { self.twin_of_cell(&key, series, margin, primary) };
        if primary && !exact {
            self.rig.drift.extend(rig::level_drift(&key, series, &self.design.candidates));
        }
        let Some(better) = self.design.direction_of(metric) else {
            self.uncompared_all(&key, series, "nobody said which way it is better");
            return Ok(());
        };
        let level = if primary { self.primary_level } else { self.level };
        let looks = if primary { &self.primary_looks } else { &self.looks };
        let (looks, ranks) = (Rc::clone(looks), Rc::clone(&self.ranks));
        let (criticals, ranks, costs) = (&*looks, &*ranks, self.costs);
        let rules = Rules { criticals, level, margin, better, exact, ranks, costs };
        for (a, b) in self.pairs(series) {
            let pairs = series.pairs(a, b);
            let names = [a, b].map(|index| self.design.candidates[index as usize].clone());
            let compared = if pairs.a.is_empty() && !exact {
                pair::unpaired(&[a, b].map(|index| series.values(index)), rules)
            } else {
                compare(&pairs, rules)
            };
            match compared {
                Ok(compared) => {
                    let [a, b] = names;
                    let head = Head { at, key: &key, a, b, primary };
                    self.add(&head, compared, &pairs, rules, twin.as_ref());
                }
                Err(reason) => {
                    let [a, b] = names;
                    let difference = pair::apart(&pairs, rules).filter(|_| !at.refused);
                    let cell = key.clone();
                    self.rig.uncompared.push(Uncompared { cell, a, b, reason, difference });
                }
            }
        }
        Ok(())
    }

    /// The pairs to compare, the twin left out: each candidate against the reference, then the
    /// others among themselves in the order of the design.
    fn pairs(&self, series: &Series) -> Vec<(u32, u32)> {
        let present: Vec<u32> =
            series.by_candidate.keys().copied().filter(|c| Some(*c) != self.twin).collect();
        let mut pairs = Vec::new();
        for (index, &first) in present.iter().enumerate() {
            for &second in &present[index + 1..] {
                let swap = Some(first) == self.reference;
                pairs.push(if swap { (second, first) } else { (first, second) });
            }
        }
        pairs
    }

    fn twin_of_cell(
        &mut self,
        key: &str,
        series: &Series,
        margin: Margin,
        primary: bool,
    ) -> Option<rig::Twin> {
        let pairs = series.pairs(self.twin?, self.reference?);
        let twin = rig::twin(&pairs, margin, self.level)?;
        let rounds = twin.calibration.moments.count;
        let floor = twin.calibration.noise_floor_fraction(rounds, self.level);
        if floor.is_finite() {
            self.rig.noise_floor.insert(key.to_owned(), floor);
        }
        self.few |= twin.is_short();
        if primary {
            let found = twin.calibration.detectable80(rounds, self.level).exp_m1();
            if found.is_finite() {
                self.rig.detectable.insert(key.to_owned(), found);
            }
            self.biased.push((key.to_owned(), twin.clone()));
        }
        Some(twin)
    }

    fn uncompared_all(&mut self, key: &str, series: &Series, reason: &str) {
        for (a, b) in self.pairs(series) {
            let [a, b] = [a, b].map(|index| self.design.candidates[index as usize].clone());
            self.rig.uncompared.push(Uncompared {
                cell: key.to_owned(),
                a,
                b,
                reason: reason.to_owned(),
                difference: None,
            });
        }
    }

    fn add(
        &mut self,
        head: &Head<'_>,
        mut compared: pair::Compared,
        pairs: &cells::Pairs,
        rules: Rules<'_>,
        twin: Option<&rig::Twin>,
    ) {
        if head.at.refused {
            compared.interval = None;
            compared.verdict = Verdict::Inconclusive;
            compared.rounds_needed = None;
            compared.builds = None;
            compared.p = None;
            compared.notes.push("refused: measured in blocks, not side by side".to_owned());
        } else if !rules.exact {
            self.check_order(head, pairs, &compared);
        }
        if let Some(short) = head.at.short {
            compared.verdict = Verdict::Inconclusive;
            compared.rounds_needed = None;
            compared.notes.insert(0, short.to_string());
        }
        if let Some(twin) = twin {
            compared.notes.extend(twin.notes(compared.rounds, rules.margin, self.level));
        }
        if !head.primary {
            compared.notes.push("exploratory".to_owned());
            if rig::one_always_first(pairs) && !head.at.workload.is_empty() {
                let note = "one always went first: an order effect cannot be told apart";
                compared.notes.push(note.to_owned());
            }
        } else if let Some(p) = compared.p {
            self.p_values.push((self.comparisons.len(), p));
        }
        let interval = compared.interval.map(bakeoff_stats::interval::Interval::exp);
        // An interval so wide that its limits overflow is as good as unbounded.
        let finite = |limit: f64| Some(limit).filter(|limit| limit.is_finite() && *limit > 0.0);
        self.comparisons.push(Comparison {
            workload: head.at.workload.to_owned(),
            load: head.at.load.to_owned(),
            metric: head.at.metric.to_owned(),
            a: head.a.clone(),
            b: head.b.clone(),
            rounds: compared.rounds as u32,
            ratio: compared.mean.exp(),
            lower: interval.and_then(|interval| finite(interval.lower())),
            upper: interval.and_then(|interval| finite(interval.upper())),
            level: rules.level.fraction(),
            margin: rules.margin.fraction(),
            interval: compared.kind.to_owned(),
            verdict: compared.verdict.name().to_owned(),
            primary: head.primary,
            a_mean: compared.a_mean,
            b_mean: compared.b_mean,
            rounds_needed: compared.rounds_needed,
            builds: compared.builds,
            notes: compared.notes,
        });
    }

    fn check_order(&mut self, head: &Head<'_>, pairs: &cells::Pairs, compared: &pair::Compared) {
        if let Some(p) = compared.trend_p {
            self.rig.drift.push(Finding {
                cell: head.key.to_owned(),
                text: format!("{} against {} drifts over the run", head.a, head.b),
                p,
                blocks: true,
            });
        }
        if head.primary {
            let finding = rig::order(head.key, pairs, &head.a, &head.b);
            self.rig.order_effect.extend(finding);
        }
        if head.primary && rig::one_always_first(pairs) && !head.at.workload.is_empty() {
            let reason = format!(
                "{}: of {} and {} one always went first, so an order effect cannot be told apart",
                place(head.at.workload, head.at.load),
                head.a,
                head.b
            );
            if !self.rig.reasons.contains(&reason) {
                self.rig.reasons.push(reason);
            }
        }
    }

    fn finish(mut self) -> Analysis {
        let tests = self.biased.len();
        let biased: Vec<String> = self
            .biased
            .iter()
            .filter(|(_, twin)| twin.is_biased(tests))
            .map(|(key, _)| key.clone())
            .collect();
        if !biased.is_empty() {
            self.rig.valid = false;
            self.rig.reasons.push(format!(
                "the rig prefers one of two identical candidates (A/A) on {}",
                biased.join(", ")
            ));
        }
        if self.twin.is_none() {
            self.rig.reasons.push(
                "no A/A: the reference did not run twice, so the noise floor is unknown".to_owned(),
            );
        } else if self.few {
            self.rig.reasons.push("A/A has fewer than the 8 rounds advised".to_owned());
        }
        if self.builds.len() < 3 {
            let builds = if self.builds.len() == 1 { "one build" } else { "two builds" };
            self.rig.reasons.push(format!("{builds} of each: verdicts hold for these binaries"));
        }
        self.rig.reasons.extend(std::mem::take(&mut self.short).sentences());
        self.add_holm();
        if !self.rig.valid {
            for comparison in &mut self.comparisons {
                comparison.notes.push("not trustworthy: the rig failed its checks".to_owned());
            }
        }
        Analysis {
            schema: ANALYSIS_SCHEMA.to_owned(),
            comparisons: self.comparisons,
            rig: self.rig,
        }
    }

    /// Holm's adjusted p beside each primary verdict, for the appendix.
    fn add_holm(&mut self) {
        let p: Vec<f64> = self.p_values.iter().map(|(_, p)| *p).collect();
        let Ok(adjusted) = holm(&p) else { return };
        for ((index, _), adjusted) in self.p_values.iter().zip(adjusted) {
            let shown =
                if adjusted < 0.0001 { "< 0.0001".to_owned() } else { format!("{adjusted:.4}") };
            self.comparisons[*index].notes.push(format!("Holm p {shown} of {}", p.len()));
        }
    }
}

/// A metric somewhere, and what forbids a verdict there.
#[derive(Clone, Copy)]
struct At<'h> {
    workload: &'h str,
    load: &'h str,
    metric: &'h str,
    short: Option<ShortWindow>,
    refused: bool,
}

struct Head<'h> {
    at: At<'h>,
    key: &'h str,
    a: String,
    b: String,
    primary: bool,
}

/// Pairs of candidates times primary metrics, of those that have numbers (METHODS.md A5).
fn primary_verdicts(design: &Design, cells: &cells::Cells<'_>) -> usize {
    let mut by_metric: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let places = cells.iter().flat_map(|((workload, _), cell)| {
        cell.metrics.iter().map(move |(metric, series)| (workload, metric, series))
    });
    for (workload, metric, series) in places {
        if design.is_primary(workload, metric) {
            let labels = series.by_candidate.keys().map(|at| &design.candidates[*at as usize]);
            by_metric.entry(*metric).or_default().extend(labels.map(|label| candidate_of(label)));
        }
    }
    let candidates = by_metric.values().map(BTreeSet::len).max().unwrap_or(0);
    verdicts(candidates, by_metric.len())
}

fn place(workload: &str, load: &str) -> String {
    if workload.is_empty() { "probes".to_owned() } else { format!("{workload} at {load}") }
}
