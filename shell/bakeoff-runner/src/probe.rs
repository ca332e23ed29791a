//! Measurements other than load: those built in, and programs of the suite.

mod build;
mod connections;
mod elf;
mod packages;
mod program;
mod reproducible;
mod shutdown;
mod size;
mod source;
mod start;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bakeoff_experiment::builds::Builds;
use bakeoff_experiment::experiment::{Candidate, ProbeKind};
use bakeoff_experiment::record::ProbeRecord;

use crate::candidate::{Running, StartError};
use crate::limits::Wanted;
use crate::tool::ToolError;
use crate::trial::{Rig, chain};

/// What a probe found.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Found {
    /// One number a metric, SI base units.
    pub(crate) metrics: BTreeMap<String, f64>,
    /// The base units of metrics that the program does not know.
    pub(crate) units: BTreeMap<String, String>,
    /// Facts in words by name.
    pub(crate) facts: BTreeMap<String, String>,
}

impl Found {
    pub(crate) fn metric(&mut self, name: &str, value: f64) {
        self.metrics.insert(name.to_owned(), value);
    }

    pub(crate) fn fact(&mut self, name: &str, words: impl Into<String>) {
        self.facts.insert(name.to_owned(), words.into());
    }
}

/// Why a probe has no numbers.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// There is no such probe, candidate or subject.
    #[error("this version knows no probe `{name}`")]
    Unknown {
        /// Its name.
        name: String,
    },
    /// The candidate did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A command could not be run.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// A command failed.
    #[error("`{command}`: {words}; its last output:\n{tail}")]
    Command {
        /// The command.
        command: String,
        /// How it ended.
        words: String,
        /// Its last lines, escaped.
        tail: String,
    },
    /// A file could not be read or written.
    #[error("`{}`", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is nothing to measure, and why.
    #[error("{reason}")]
    Nothing {
        /// Why.
        reason: String,
    },
    /// A signal came meanwhile.
    #[error("stopped by a signal")]
    Stopped,
}

/// One repetition of a probe on one candidate or subject.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The probe.
    pub probe: &'a str,
    /// The candidate, or the subject of a program.
    pub subject: &'a str,
    /// The repetition, from 1.
    pub round: u32,
    /// What was built.
    pub builds: &'a Builds,
}

/// Runs it. `None` if a signal came meanwhile: then nothing is known, and it is asked for again.
pub fn run(rig: &Rig<'_>, ask: Ask<'_>) -> Option<ProbeRecord> {
    let outcome = measure(rig, ask);
    if rig.signals.ending().is_some() {
        return None;
    }
    let (found, failure) = match outcome {
        Ok(found) => (found, None),
        Err(ProbeError::Stopped) => return None,
        Err(error) => (Found::default(), Some(chain(&error))),
    };
    Some(ProbeRecord {
        probe: ask.probe.to_owned(),
        candidate: ask.subject.to_owned(),
        round: ask.round,
        metrics: found.metrics,
        units: found.units,
        facts: found.facts,
        failure,
    })
}

fn measure(rig: &Rig<'_>, ask: Ask<'_>) -> Result<Found, ProbeError> {
    let unknown = || ProbeError::Unknown { name: ask.probe.to_owned() };
    let probe = rig.experiment.probes.iter().find(|it| it.name == ask.probe).ok_or_else(unknown)?;
    match &probe.kind {
        ProbeKind::Program { .. } => program::run(rig, ask, &probe.kind),
        ProbeKind::BuiltIn => {
            let subject = Subject::of(rig, ask).ok_or_else(unknown)?;
            match ask.probe {
                "start" => start::run(&subject),
                "size" => size::run(&subject),
                "source" => source::run(&subject),
                "build" => build::run(&subject),
                "connections" => connections::run(&subject),
                "shutdown" => shutdown::run(&subject),
                "reproducible" => reproducible::run(&subject),
                _ => Err(unknown()),
            }
        }
    }
}

/// A candidate under a probe.
#[derive(Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) rig: &'a Rig<'a>,
    pub(crate) candidate: &'a Candidate,
    /// Its artifact; empty if it has none.
    pub(crate) artifact: PathBuf,
    pub(crate) wanted: Wanted,
    /// Unique among the starts of the run.
    pub(crate) name: String,
}

impl<'a> Subject<'a> {
    fn of(rig: &'a Rig<'a>, ask: Ask<'_>) -> Option<Self> {
        let candidate = rig.experiment.candidates.iter().find(|it| it.name == ask.subject)?;
        let artifact = ask.builds.first(ask.subject).map(|receipt| receipt.artifact.clone());
        Some(Self {
            rig,
            candidate,
            artifact: artifact.map(PathBuf::from).unwrap_or_default(),
            wanted: rig.wanted(),
            name: format!("probe-{}-{}-{}", ask.probe, ask.subject, ask.round),
        })
    }

    /// Starts it and waits until it answers.
    pub(crate) fn start(&self) -> Result<Running, ProbeError> {
        let artifact: &Path = &self.artifact;
        let started = self.rig.start(self.candidate, artifact, &self.wanted, &self.name).run();
        started.map_err(|error| match error {
            StartError::Stopped => ProbeError::Stopped,
            other => ProbeError::Start(other),
        })
    }

    /// Its folder of source.
    pub(crate) fn source_dir(&self) -> PathBuf {
        crate::candidate::source_dir(self.rig.environment, self.candidate)
    }

    /// What it may take to stop.
    pub(crate) fn grace(&self) -> std::time::Duration {
        std::time::Duration::from_secs_f64(self.candidate.stop_within)
    }
}

/// The error of a file.
pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> ProbeError {
    let path = path.to_owned();
    move |source| ProbeError::File { path, source }
}
