//! The upstream beside a candidate: where it runs, how it is started, what it used.

use std::path::Path;

use bakeoff_experiment::experiment::{Candidate, Ready, Source, Tuning};
use bakeoff_experiment::upstream::Upstream;

use crate::candidate::{Running, Start, StartError};
use crate::cpus::Processors;
use crate::limits::Wanted;
use crate::sample::Tick;

/// An address at which nobody listens: what a candidate is told where no upstream runs beside it.
pub(crate) const NOBODY: &str = "127.0.0.1:1";

/// How long the built-in stub may take to be ready, in seconds.
const STUB_WITHIN: f64 = 10.0;

/// How long an upstream may take to stop after SIGTERM, in seconds: whatever it still does is for a
/// candidate that is gone.
const STOP_WITHIN: f64 = 1.0;

/// The upstream of a start: what it is and on which processors.
#[derive(Clone, Debug)]
pub struct Beside {
    program: Candidate,
    wanted: Wanted,
}

impl Beside {
    /// `upstream` as it is started by `exe`, our own program, on the processor that is its.
    pub fn new(upstream: &Upstream, exe: &Path, processors: &Processors) -> Self {
        // Beside a generator it waits rather than makes wait: the generator's clock is the trial's.
        let wanted =
            Wanted { cpus: vec![processors.upstream()], yields: true, ..Wanted::default() };
        Self { program: as_candidate(upstream, exe), wanted }
    }

    /// Starts it beside the candidate of `start` and waits until it answers.
    ///
    /// # Errors
    ///
    /// [`StartError`]; then nothing of it is left running.
    pub(crate) fn start(&self, start: &Start<'_>) -> Result<Running, StartError> {
        let name = format!("{}-upstream", start.name);
        let own = Start {
            candidate: &self.program,
            artifact: Path::new(""),
            wanted: &self.wanted,
            name: &name,
            upstream: None,
            database: None,
            ..*start
        };
        own.run().map_err(|source| match source {
            StartError::Stopped => StartError::Stopped,
            source => StartError::Upstream { source: Box::new(source) },
        })
    }
}

/// How long an upstream may take to stop.
pub(crate) fn grace() -> std::time::Duration {
    std::time::Duration::from_secs_f64(STOP_WITHIN)
}

/// What is started, as a candidate is: limited, timed, listened to and stopped in the same way.
fn as_candidate(upstream: &Upstream, exe: &Path) -> Candidate {
    let program = upstream.program.as_ref();
    let stub = || {
        let exe = exe.to_string_lossy().into_owned();
        let words = [&exe, "__reference", "--delays", "--listen", "{address}"];
        words.map(str::to_owned).to_vec()
    };
    Candidate {
        name: "upstream".to_owned(),
        language: String::new(),
        tuning: Tuning::OutOfTheBox,
        note: String::new(),
        source: Source::Dir(program.map_or(".".to_owned(), |program| program.dir.clone())),
        toolchain: Vec::new(),
        hint: String::new(),
        fetch: Vec::new(),
        build: Vec::new(),
        clean: Vec::new(),
        check: Vec::new(),
        artifact: None,
        run: program.map_or_else(stub, |program| program.run.clone()),
        env: program.map(|program| program.env.clone()).unwrap_or_default(),
        ready: program.map_or_else(
            || Ready { method: "GET".to_owned(), path: "/health".to_owned() },
            |program| program.ready.clone(),
        ),
        ready_within: program.map_or(STUB_WITHIN, |program| program.ready_within),
        stop_within: STOP_WITHIN,
        workloads: Vec::new(),
    }
}

impl Processors {
    /// Where an upstream runs: on a processor of its own if there is one to spare, else beside the
    /// generator, which mostly waits; never on the candidate's.
    pub fn upstream(&self) -> usize {
        self.spare.unwrap_or(self.generator)
    }

    /// Whether an upstream shares the generator's processor. A generator that spins would take
    /// from it what it needs, and measure that.
    pub fn upstream_is_beside_generator(&self) -> bool {
        self.spare.is_none()
    }

    /// Where an upstream runs, in words.
    pub fn describe_upstream(&self) -> String {
        let beside = match (self.spare, self.shared) {
            (Some(_), _) => "beside the sampler",
            (None, false) => "beside the generator, which does not spin then",
            (None, true) => "beside candidate and generator",
        };
        format!("on CPU {}, {beside}", self.upstream())
    }
}

/// The share of a processor that was used between two glances; `None` if no time passed.
pub(crate) fn share(begin: &Tick, end: &Tick) -> Option<f64> {
    let wall_ns = end.at_ns.checked_sub(begin.at_ns).filter(|wall| 0 < *wall)?;
    Some(end.cpu_ns.saturating_sub(begin.cpu_ns) as f64 / wall_ns as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(allowed: &[usize], wanted: u32) -> String {
        Processors::assign(allowed, wanted).describe_upstream()
    }

    #[test]
    fn an_upstream_is_never_on_the_candidates_processor_while_there_is_another() {
        insta::assert_snapshot!(placed(&[0, 1, 2], 1), @"on CPU 1, beside the sampler");
        insta::assert_snapshot!(placed(&[0, 1], 1), @"on CPU 1, beside the generator, which does not spin then");
        insta::assert_snapshot!(placed(&[0, 1, 2], 2), @"on CPU 2, beside the generator, which does not spin then");
        insta::assert_snapshot!(placed(&[7], 1), @"on CPU 7, beside candidate and generator");
    }

    #[test]
    fn its_share_is_of_the_time_between() {
        let at = |at_ns, cpu_ns| Tick { at_ns, cpu_ns, memory: None };
        assert_eq!(share(&at(1_000, 500), &at(3_000, 1_000)), Some(0.25));
        assert_eq!(share(&at(1_000, 500), &at(1_000, 500)), None);
    }
}
