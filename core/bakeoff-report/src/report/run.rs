//! The run itself: when, where, under which limits, locked how, and what was changed since.

use std::collections::BTreeMap;

use bakeoff_experiment::experiment::Stop;
use bakeoff_experiment::host::Calibration;
use bakeoff_experiment::progress::Progress;
use bakeoff_experiment::record::{Opened, Record};
use bakeoff_units::Unit;
use serde::Serialize;

use super::journal::Journal;
use super::trial::Sealed;
use crate::{date, text};

/// Facts about the run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RunFacts {
    /// Its id.
    pub id: String,
    /// The question, in the team's words.
    pub title: String,
    /// Version of the program that made it.
    pub version: String,
    /// When it began, in UTC.
    pub started: String,
    /// Why it ended; `None` while it can be resumed.
    pub ended: Option<String>,
    /// The command line.
    pub command: String,
    /// The folder of the manifest, from the top of its repository.
    pub folder: String,
    /// What the order was drawn from.
    pub seed: u64,
    /// BLAKE3 of criteria, anchors, weights, margins, stop rule and seed, in hex.
    pub lock: String,
    /// What changed after the lock, in sentences.
    pub changed: Vec<String>,
    /// The stop rule in words.
    pub stop: String,
    /// Joint confidence of the primary verdicts.
    pub level: f64,
    /// Metrics whose verdicts share the joint confidence.
    pub primary: Vec<String>,
    /// Margins in words, by metric.
    pub margins: Vec<(String, String)>,
    /// Trials planned, sealed and void.
    pub planned: usize,
    /// Trials that count.
    pub sealed: usize,
    /// Trials that do not count.
    pub void: usize,
    /// Void trials that were not tried again because retries had had their time, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unretried: Option<String>,
    /// Wall time by part, in seconds.
    pub wall: BTreeMap<String, f64>,
    /// Interruptions and resumptions, in sentences.
    pub interruptions: Vec<String>,
}

/// The machine in rows of name and fact.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct HostRow {
    /// Name and fact.
    pub facts: Vec<(String, String)>,
    /// What makes it a poor rig.
    pub warnings: Vec<String>,
    /// Limits asked for.
    pub asked: Vec<(String, String)>,
    /// Limits really in force, with the number of trials that said so.
    pub in_force: Vec<(String, String, u32)>,
}

/// Facts about the run, from its records.
pub(crate) fn facts(journal: &Journal) -> RunFacts {
    let Some(opened) = journal.opened else { return RunFacts::default() };
    let judging = &opened.experiment.judging;
    let count = |sealed: bool| {
        use bakeoff_experiment::record::TrialOutcome::Sealed;
        journal.trials.iter().filter(|t| matches!(t.outcome, Sealed(_)) == sealed).count()
    };
    let mut margins = vec![("all others".to_owned(), margin(judging.margin))];
    margins.extend(judging.margins.iter().map(|(name, m)| (text::line(name), margin(*m))));
    RunFacts {
        id: text::line(&opened.run),
        title: text::line(&opened.experiment.title),
        version: text::line(&opened.version),
        started: date::utc(opened.at_unix),
        ended: journal.finished.map(|finished| text::line(&finished.reason)),
        command: text::line(&command(&opened.command)),
        folder: text::line(&place(opened)),
        seed: opened.plan.seed,
        lock: text::line(&opened.lock),
        changed: changes(journal),
        stop: stop(&judging.stop),
        level: judging.level,
        primary: judging.primary.iter().map(|name| text::line(name)).collect(),
        margins,
        planned: opened.plan.trials.len()
            + journal.extended.iter().map(|added| added.trials.len()).sum::<usize>(),
        sealed: count(true),
        void: count(false),
        unretried: None,
        wall: journal.finished.map_or(BTreeMap::new(), |f| super::trial::named(&f.wall)),
        interruptions: interruptions(journal),
    }
}

/// Void trials that were not tried again because retries had had their time, in a sentence.
pub(crate) fn unretried(records: &[Record]) -> Option<String> {
    let time = Progress::of(records).retry_time();
    (0 < time.refused()).then(|| text::line(&time.to_string()))
}

/// The command line, absolute paths cut to their last part: a report is read on other machines,
/// and where something lay on this one is nobody's business.
fn command(words: &[String]) -> String {
    let portable = |word: &String| match word.split_once('=') {
        Some((flag, path)) if flag.starts_with('-') && path.starts_with('/') => {
            format!("{flag}={}", last_part(path))
        }
        _ if word.starts_with('/') => last_part(word).to_owned(),
        _ => word.clone(),
    };
    words.iter().map(portable).collect::<Vec<String>>().join(" ")
}

/// Where the manifest is, without what is above its repository.
fn place(opened: &Opened) -> String {
    match (opened.place.is_empty(), opened.folder.starts_with('/')) {
        (false, _) => opened.place.clone(),
        (true, true) => last_part(&opened.folder).to_owned(),
        (true, false) => opened.folder.clone(),
    }
}

fn last_part(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}

fn margin(fraction: f64) -> String {
    format!("{} %", bakeoff_units::digits(fraction * 100.0, 2).trim_end_matches(".0"))
}

/// The stop rule in words.
fn stop(stop: &Stop) -> String {
    match stop {
        Stop::Fixed { rounds } => format!("{rounds} rounds, one look"),
        Stop::Decided { rounds_min, rounds_max } => format!(
            "until every primary verdict is settled, looking after every round from {rounds_min} \
             to {rounds_max} (anytime-valid intervals)"
        ),
        Stop::Precision { half_width, rounds_min, rounds_max } => format!(
            "until every primary interval is within ±{}, {rounds_min} to {rounds_max} rounds",
            margin(*half_width)
        ),
    }
}

fn changes(journal: &Journal) -> Vec<String> {
    journal
        .extended
        .iter()
        .map(|added| {
            let what = match added.trials.len() {
                0 => "measuring went on".to_owned(),
                trials => format!("{trials} trials were added"),
            };
            text::line(&format!(
                "{what} after the first look ({}); intervals are anytime-valid since",
                added.reason
            ))
        })
        .collect()
}

fn interruptions(journal: &Journal) -> Vec<String> {
    let stopped = journal.interrupted.iter().map(|stop| {
        (stop.at_unix, format!("interrupted {}: {}", date::utc(stop.at_unix), stop.reason))
    });
    let resumed = journal.resumed.iter().map(|start| {
        let cleared = if start.cleared.is_empty() {
            "nothing to clear".to_owned()
        } else {
            format!("cleared: {}", start.cleared.join("; "))
        };
        (start.at_unix, format!("resumed {}, {cleared}", date::utc(start.at_unix)))
    });
    let mut all: Vec<(f64, String)> = stopped.chain(resumed).collect();
    all.sort_by(|x, y| x.0.total_cmp(&y.0));
    all.into_iter().map(|(_, sentence)| text::line(&sentence)).collect()
}

/// The name under which [`calibrated`] stands among the facts.
pub(crate) const GENERATOR: &str = "load generator";

/// What the load generator's certificate says, in a line.
pub fn calibrated(calibration: Option<&Calibration>) -> String {
    let Some(found) = calibration else {
        return "not calibrated: run `bakeoff calibrate`".to_owned();
    };
    let time = |seconds: f64| Unit::Seconds.format(seconds);
    let error = if found.excess_max > 0.0 {
        format!("percentiles up to {} further from the truth than", time(found.excess_max))
    } else {
        "percentiles within".to_owned()
    };
    let mut line = format!(
        "calibrated {} (version {}): {error} 1 % or 200 µs; send lag p50 {}, p99 {}; at most {}, {} \
         of CPU a request; {} connections",
        date::utc(found.at_unix),
        text::line(&found.version),
        time(found.send_lag_p50),
        time(found.send_lag_p99),
        Unit::PerSecond.format(found.rate_max),
        time(found.cpu_per_request),
        found.connections
    );
    if let Some(error) = found.error_p50 {
        line.push_str("; medians off by at most ");
        line.push_str(&time(error.abs()));
    }
    // One says enough: the figures do not hold.
    if let Some(reason) = found.reasons.first() {
        line.push_str("; the generator was not fit then, calibrate again on a quiet machine: ");
        line.push_str(&text::line(reason));
    }
    line
}

/// The machine and the limits, from the records.
pub(crate) fn host(journal: &Journal, sealed: &[Sealed]) -> HostRow {
    let mut row = HostRow::default();
    if let Some(host) = journal.host {
        let known = [
            ("processor", host.cpu_model.clone()),
            ("processors we may use", host.cpus.to_string()),
            ("memory", Unit::Bytes.format(host.memory as f64)),
            ("system", host.os.clone()),
            ("kernel", host.kernel.clone()),
            ("virtualisation", host.virtualisation.clone()),
            ("cgroups", host.cgroups.clone()),
        ];
        row.facts = known
            .into_iter()
            .map(|(name, fact)| (name.to_owned(), text::line(&fact)))
            .chain(host.facts.iter().map(|(name, fact)| (text::line(name), text::line(fact))))
            .filter(|(_, fact)| !fact.is_empty())
            .chain([(GENERATOR.to_owned(), calibrated(host.calibration.as_ref()))])
            .collect();
        row.warnings = host.warnings.iter().map(|warning| text::line(warning)).collect();
    }
    if let Some(opened) = journal.opened {
        let limits = &opened.experiment.limits;
        row.asked.push(("processors".to_owned(), limits.cpus.to_string()));
        let memory = limits.memory.map_or("no limit".to_owned(), |b| Unit::Bytes.format(b as f64));
        row.asked.push(("memory".to_owned(), memory));
        let pids = limits.pids.map_or("no limit".to_owned(), |pids| pids.to_string());
        row.asked.push(("processes".to_owned(), pids));
    }
    let mut in_force: BTreeMap<(String, String), u32> = BTreeMap::new();
    for trial in sealed {
        for (name, fact) in &trial.observation.limits {
            *in_force.entry((text::line(name), text::line(fact))).or_default() += 1;
        }
    }
    row.in_force = in_force.into_iter().map(|((name, fact), n)| (name, fact, n)).collect();
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generator_that_was_not_calibrated_or_was_not_fit_is_said_so() {
        assert_eq!(calibrated(None), "not calibrated: run `bakeoff calibrate`");
        let unfit = Calibration {
            excess_max: 0.002,
            error_p50: Some(-12e-6),
            reasons: vec!["maximum: waited for its CPU".to_owned()],
            ..Calibration::default()
        };
        let said = calibrated(Some(&unfit));
        assert!(said.contains("medians off by at most 12.0 µs"), "{said}");
        assert!(said.contains("percentiles up to 2.00 ms further from the truth than"), "{said}");
        assert!(
            said.contains("not fit then, calibrate again on a quiet machine: maximum"),
            "{said}"
        );
    }
}
