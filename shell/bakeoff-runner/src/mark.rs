//! By what everything that a run started is known, wherever it went: a word in its environment
//! and a number among its limits.
//!
//! A process may leave its session, its parent and its control group, and empty its environment.
//! Limits it hands on all the same, through fork and exec, and without privilege it can only
//! lower them. Time under real-time scheduling is the one that nobody uses; the numbers here
//! allow tens of thousands of years of it.

use std::array;
use std::fs;

use rustix::process::{Resource, Rlimit, setrlimit};
use serde::{Deserialize, Serialize};

use crate::proc_fs;

/// The environment variable whose value is the run's id.
const RUN_NAME: &str = "BAKEOFF_RUN";

/// The environment variable whose value is the start's name, which holds the run's id.
const START_NAME: &str = "BAKEOFF_START";

/// The bit that all hard limits of ours have, and all soft ones lack, so that soft stays below.
const HARD: u64 = 1 << 62;

/// The bit that all soft limits of ours have.
const SOFT: u64 = 1 << 61;

/// What one process of a run carries.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Marks {
    run: String,
    start: Option<String>,
}

/// What is looked for.
#[derive(Clone, Copy, Debug)]
pub enum Mark<'a> {
    /// Everything of a run, by its id.
    Run(&'a str),
    /// Everything of one start of a candidate, by its name.
    Start(&'a str),
}

impl Marks {
    /// Those of run `run`, and of start `start` of it.
    pub fn new(run: &str, start: Option<&str>) -> Self {
        Self { run: run.to_owned(), start: start.map(str::to_owned) }
    }

    /// The environment variables.
    pub fn variables(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let start = self.start.as_deref().map(|start| (START_NAME, start));
        [Some((RUN_NAME, self.run.as_str())), start].into_iter().flatten()
    }

    /// Takes the numbers on. Where somebody has set a lower limit before, that cannot be: then the
    /// environment is all there is.
    pub fn carry(&self) {
        let hard = Mark::Run(&self.run).limit();
        let soft = self.start.as_deref().map_or(SOFT, |start| Mark::Start(start).limit());
        let _ = setrlimit(Resource::Rttime, Rlimit { current: Some(soft), maximum: Some(hard) });
    }
}

impl Mark<'_> {
    /// Live processes, us not included, that carry it.
    pub fn carriers(self) -> Vec<i32> {
        let own = std::process::id() as i32;
        proc_fs::processes()
            .into_iter()
            .filter(|&pid| pid != own && self.is_on(pid) && proc_fs::alive(pid))
            .collect()
    }

    fn is_on(self, pid: i32) -> bool {
        let (name, value) = match self {
            Self::Run(run) => (RUN_NAME, run),
            Self::Start(start) => (START_NAME, start),
        };
        let wanted = format!("{name}={value}");
        let said = fs::read(format!("/proc/{pid}/environ")).is_ok_and(|environ| {
            environ.split(|&byte| byte == 0).any(|entry| entry == wanted.as_bytes())
        });
        let limited = || {
            let limits = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap_or_default();
            real_time_limits(&limits).is_some_and(|(soft, hard)| match self {
                Self::Run(_) => hard == self.limit(),
                Self::Start(_) => soft == self.limit(),
            })
        };
        said || limited()
    }

    /// Its number, in microseconds.
    fn limit(self) -> u64 {
        let (name, bit) = match self {
            Self::Run(run) => (run, HARD),
            Self::Start(start) => (start, SOFT),
        };
        let hash = blake3::hash(name.as_bytes());
        bit | (u64::from_le_bytes(array::from_fn(|at| hash.as_bytes()[at])) & (SOFT - 1))
    }
}

/// Soft and hard limit of time under real-time scheduling in a text of `/proc/PID/limits`, in
/// microseconds; `None` unless both are numbers.
fn real_time_limits(text: &str) -> Option<(u64, u64)> {
    let line = text.lines().find_map(|line| line.strip_prefix("Max realtime timeout"))?;
    let mut fields = line.split_whitespace();
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_differ_by_name_and_soft_ones_stay_below_hard_ones() {
        let names = ["a", "b", "bakeoff-1-start-1", "bakeoff-1-start-2"];
        for (index, one) in names.iter().enumerate() {
            for other in &names[index + 1..] {
                assert_ne!(Mark::Run(one).limit(), Mark::Run(other).limit());
                assert_ne!(Mark::Start(one).limit(), Mark::Start(other).limit());
            }
            assert!(names.iter().all(|other| Mark::Start(one).limit() < Mark::Run(other).limit()));
            assert!(SOFT < Mark::Run(one).limit());
        }
    }

    #[test]
    fn limits_are_read_as_the_kernel_writes_them_and_unlimited_is_no_number() {
        let head =
            "Limit                     Soft Limit           Hard Limit           Units     \n";
        let line = |soft: &str, hard: &str| {
            format!("{head}Max realtime timeout      {soft:<20} {hard:<20} us        \n")
        };
        assert_eq!(real_time_limits(&line("23", "42")), Some((23, 42)));
        assert_eq!(real_time_limits(&line("unlimited", "unlimited")), None);
        assert_eq!(real_time_limits(head), None);
        let own = fs::read_to_string("/proc/self/limits").unwrap();
        assert!(own.contains("Max realtime timeout"), "{own}");
    }
}
