//! Ends a candidate with everything it started, and notes what that took.
//!
//! The rungs (FAILURES.md, "Stopping what we started"): SIGTERM to its process group and grace;
//! `cgroup.kill` of the unified tree; the v1 freezer; SIGKILL to the group and to every process
//! that carries the start's mark or descends from it.

use std::process::ExitStatus;
use std::time::{Duration, Instant};

use bakeoff_experiment::observation::StopFacts;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, kill_process_group, waitpid};

use crate::candidate::{HURRY, Process, Running};
use crate::control::Signals;
use crate::launch::describe;
use crate::limits::GroupKill;
use crate::mark::Mark;
use crate::{proc_fs, tool, upstream};

/// How long killed processes may take to be gone.
const GONE_WITHIN: Duration = Duration::from_secs(5);

/// How often a candidate that is asked to end is left to look for signals.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What is known once a candidate is gone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stopped {
    /// What was needed.
    pub facts: StopFacts,
    /// From SIGTERM to the end of the process that was started, in seconds; `None` if it did not
    /// end by itself.
    pub seconds: Option<f64>,
    /// What it printed last, escaped.
    pub tail: String,
}

impl Running {
    /// Stops it: politely first, for `grace`, then not. A candidate that ran before is left alone.
    pub fn stop(mut self, grace: Duration, signals: &Signals) -> Stopped {
        let Some(mut process) = self.take_process() else { return Stopped::default() };
        let stopped = process.stop(grace, signals);
        drop(process);
        // Last: to finish what it had taken on, the candidate may have needed it.
        if let Some(upstream) = self.take_upstream() {
            upstream.stop(upstream::grace(), signals);
        }
        stopped
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut process) = self.take_process() {
            process.stop(Duration::ZERO, &Signals::default());
        }
    }
}

impl Process {
    /// Waits for its end, for `grace`; less once we are in a hurry, which a second Ctrl-C may make
    /// us at any time.
    fn wait_politely(&mut self, grace: Duration, signals: &Signals) -> Option<ExitStatus> {
        let mut deadline = Instant::now() + grace;
        let mut hurrying = false;
        loop {
            if !hurrying && signals.cut_short() {
                deadline = deadline.min(Instant::now() + HURRY);
                hurrying = true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let status = tool::wait(&mut self.child, left.min(LOOK_EVERY), &Signals::default());
            if let Some(status) = status.ok().flatten() {
                return Some(status);
            }
            if left.is_zero() {
                return None;
            }
        }
    }

    fn stop(&mut self, grace: Duration, signals: &Signals) -> Stopped {
        let group = Pid::from_raw(self.leader);
        let began = Instant::now();
        let before = self.ended();
        if before.is_none() && !grace.is_zero() {
            if let Some(group) = group {
                let _ = kill_process_group(group, Signal::TERM);
            }
            self.status = self.wait_politely(grace, signals);
        }
        let seconds = self.status.map(|_| began.elapsed().as_secs_f64());
        let left = self.left();
        let outlived = self.status.map_or(0, |_| left.len() as u32);
        let rung = match (self.status, left.is_empty(), before) {
            (Some(_), true, Some(_)) => "none",
            (Some(_), true, None) => "term",
            (Some(_) | None, _, _) => self.kill(),
        };
        if self.status.is_none() {
            self.status = self.child.wait().ok();
        }
        self.wait_until_gone(left);
        self.output.finish();
        let facts = StopFacts {
            rung: rung.to_owned(),
            status: self.status.map(describe).unwrap_or_default(),
            leaked: outlived,
        };
        let tail = self.output.tail();
        self.clean_up();
        Stopped { facts, seconds: seconds.filter(|_| before.is_none()), tail }
    }

    /// Processes of it that run, wherever they went.
    fn left(&self) -> Vec<i32> {
        let mut left = self.pids();
        left.extend(Mark::Start(&self.start).carriers());
        left.sort_unstable();
        left.dedup();
        left
    }

    /// Kills everything of it; gives the rung that was needed.
    fn kill(&self) -> &'static str {
        let descendants = proc_fs::descendants(self.leader);
        let rung = match self.group.kill() {
            GroupKill::Whole => "cgroup-kill",
            GroupKill::Frozen => "freezer-kill",
            GroupKill::Unable => "group-kill",
        };
        // The leader by its id too, which is its own until it is waited for: stopped while it is
        // launched, it has not joined the group yet, nor leads one of processes.
        if let (None, Some(leader)) = (self.status, Pid::from_raw(self.leader)) {
            let _ = kill_process(leader, Signal::KILL);
        }
        if let Some(group) = Pid::from_raw(self.leader) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        // Whoever left the group: by descent, and by mark.
        let mut strays = self.left();
        strays.retain(|pid| !self.group.pids().contains(pid) && *pid != self.leader);
        strays.extend(descendants);
        let mut needed = false;
        for pid in strays.into_iter().filter(|&pid| proc_fs::alive(pid)) {
            if let Some(pid) = Pid::from_raw(pid) {
                needed |= kill_process(pid, Signal::KILL).is_ok();
            }
        }
        if needed && rung == "group-kill" { "tree-kill" } else { rung }
    }

    /// Waits until nothing of it is left, and reaps what was left to us: orphans are ours.
    fn wait_until_gone(&self, mut known: Vec<i32>) {
        let deadline = Instant::now() + GONE_WITHIN;
        loop {
            let left = self.left();
            known.extend(&left);
            for pid in left.iter().filter_map(|&pid| Pid::from_raw(pid)) {
                let _ = kill_process(pid, Signal::KILL);
            }
            if left.is_empty() || deadline < Instant::now() {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        known.retain(|&pid| pid != self.leader);
        for pid in known.into_iter().filter_map(Pid::from_raw) {
            let _ = waitpid(Some(pid), WaitOptions::NOHANG);
        }
    }
}
