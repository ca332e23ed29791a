//! What a candidate used, and what disturbed it: read from files kept open, at the two ends of
//! the window and a few times a second between.
//!
//! One boundary costs 12 us a counter and 10 us a thread of the candidate; one tick between costs
//! about 40 us, five times a second: 0.02 % of a processor. The sampler runs on a spare processor
//! if there is one, else on the generator's, never on the candidate's.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use rustix::io::pread;

use crate::candidate::Process;
use crate::cpus::Processors;
use crate::launch::monotonic_nanos;
use crate::limits::{CpuFile, Group};
use crate::proc_fs;

/// Enough of `/proc/stat` for the lines of several hundred processors.
const BUFFER_BYTES: usize = 32 * 1024;

/// Files of a candidate and of the machine, kept open.
#[derive(Debug)]
pub struct Gauge {
    leader: i32,
    group: Group,
    cpu: Option<(File, CpuFile)>,
    memory: Option<File>,
    everyone: Option<File>,
    stat: Option<File>,
    pressure: Option<File>,
    cpus: Vec<usize>,
    generator: usize,
    buffer: Vec<u8>,
}

/// Counters at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// When, on the monotonic clock.
    pub at_ns: u64,
    /// Processor time of the candidate.
    pub cpu_ns: u64,
    /// Of each of its threads: processor time, and time ready to run without running.
    pub threads: BTreeMap<i32, (u64, u64)>,
    /// Processor time of everyone on the candidate's processors; `None` if the kernel does not say.
    pub everyone_ns: Option<u64>,
    /// Ticks stolen by the hypervisor, of the processors in use.
    pub steal_ticks: u64,
    /// Ticks in which the candidate's processors ran something.
    pub busy_ticks: u64,
    /// Time in which some task waited for a processor.
    pub pressure_us: u64,
}

/// A glance between the two ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tick {
    /// When, on the monotonic clock.
    pub at_ns: u64,
    /// Processor time of the candidate so far.
    pub cpu_ns: u64,
    /// Its memory, in bytes, as its limit counts it.
    pub memory: Option<u64>,
}

/// What happened between two readings.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// Time between them, in seconds.
    pub wall_s: f64,
    /// Processor time of the candidate, in seconds.
    pub cpu_s: f64,
    /// Time its threads were ready to run without running, in seconds.
    pub wait_s: f64,
    /// Share of the candidate's processors that others used.
    pub others_share: f64,
    /// Share of time stolen, of the processors in use.
    pub steal_share: f64,
    /// Share of time in which some task on the machine waited for a processor.
    pub pressure_share: f64,
}

/// Memory of a candidate at one moment, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Proportional set size of all its processes: shared pages count by their share.
    pub proportional: u64,
    /// The most that its processes had resident, each at its own peak.
    pub peak: u64,
}

impl Gauge {
    /// Opens what there is to read about `process`.
    pub fn open(process: &Process, processors: &Processors, cgroup_root: &Path) -> Self {
        let group = process.group().clone();
        let open = |path: &Path| File::open(path).ok();
        let cpu = group.cpu_file().and_then(|(path, kind)| Some((open(&path)?, kind)));
        Self {
            leader: process.leader(),
            memory: group.memory_file().and_then(|path| open(&path)),
            everyone: open(&cgroup_root.join("cpuacct").join("cpuacct.usage_percpu")),
            stat: open(Path::new("/proc/stat")),
            pressure: open(Path::new("/proc/pressure/cpu")),
            cpus: processors.candidate.clone(),
            generator: processors.generator,
            buffer: vec![0; BUFFER_BYTES],
            cpu,
            group,
        }
    }

    fn pids(&self) -> Vec<i32> {
        if self.group.exists() {
            return self.group.pids();
        }
        let mut pids = proc_fs::descendants(self.leader);
        pids.push(self.leader);
        pids
    }

    /// Whether the process that was started still runs.
    pub fn alive(&self) -> bool {
        proc_fs::alive(self.leader)
    }

    /// All counters now.
    pub fn read(&mut self) -> Reading {
        let threads = self.threads();
        let at_ns = monotonic_nanos();
        let cpu_ns = self.cpu_ns().unwrap_or_else(|| threads.values().map(|(run, _)| run).sum());
        let everyone_ns = self.everyone_ns();
        let (steal_ticks, busy_ticks) = self.ticks();
        let pressure_us = self.pressure_us();
        Reading { at_ns, cpu_ns, threads, everyone_ns, steal_ticks, busy_ticks, pressure_us }
    }

    /// The cheap counters now.
    pub fn tick(&mut self) -> Tick {
        let cpu_ns =
            self.cpu_ns().unwrap_or_else(|| self.threads().values().map(|(run, _)| run).sum());
        let memory = self.memory.as_ref().and_then(|file| number(file, &mut self.buffer));
        Tick { at_ns: monotonic_nanos(), cpu_ns, memory }
    }

    /// Memory now. Costs up to milliseconds under the candidate's own lock: not under load.
    pub fn memory(&self) -> Memory {
        let mut memory = Memory::default();
        for pid in self.pids() {
            let folder = Path::new("/proc").join(pid.to_string());
            memory.proportional +=
                proc_fs::kilobytes(&folder.join("smaps_rollup"), "Pss").unwrap_or(0);
            memory.peak += proc_fs::kilobytes(&folder.join("status"), "VmHWM").unwrap_or(0);
        }
        memory
    }

    fn threads(&self) -> BTreeMap<i32, (u64, u64)> {
        let tasks = self
            .pids()
            .into_iter()
            .filter_map(|pid| fs::read_dir(format!("/proc/{pid}/task")).ok());
        tasks
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let id = entry.file_name().to_str()?.parse().ok()?;
                // kernel Documentation/scheduler/sched-stats: run time, wait time, time slices.
                let text = fs::read_to_string(entry.path().join("schedstat")).ok()?;
                let mut numbers = text.split_whitespace().map(str::parse);
                Some((id, (numbers.next()?.ok()?, numbers.next()?.ok()?)))
            })
            .collect()
    }

    fn cpu_ns(&mut self) -> Option<u64> {
        let (file, kind) = self.cpu.as_ref()?;
        match kind {
            CpuFile::Nanos => number(file, &mut self.buffer),
            CpuFile::Stat => {
                let text = text(file, &mut self.buffer)?;
                let line = text.lines().find_map(|line| line.strip_prefix("usage_usec "))?;
                Some(line.trim().parse::<u64>().ok()? * 1000)
            }
        }
    }

    fn everyone_ns(&mut self) -> Option<u64> {
        let text = text(self.everyone.as_ref()?, &mut self.buffer)?;
        let each: Vec<u64> = text.split_whitespace().flat_map(str::parse).collect();
        self.cpus.iter().map(|&cpu| each.get(cpu).copied()).sum()
    }

    fn ticks(&mut self) -> (u64, u64) {
        let Some(text) = self.stat.as_ref().and_then(|file| text(file, &mut self.buffer)) else {
            return (0, 0);
        };
        ticks_of(text, &self.cpus, self.generator)
    }

    fn pressure_us(&mut self) -> u64 {
        self.pressure
            .as_ref()
            .and_then(|file| text(file, &mut self.buffer))
            .and_then(|text| text.lines().next()?.rsplit_once("total=")?.1.trim().parse().ok())
            .unwrap_or(0)
    }
}

/// Stolen ticks of the candidate's and the generator's processors, busy ticks of the candidate's,
/// from the text of `/proc/stat` (proc(5): user nice system idle iowait irq softirq steal).
fn ticks_of(text: &str, cpus: &[usize], generator: usize) -> (u64, u64) {
    let (mut steal, mut busy) = (0, 0);
    for line in text.lines() {
        let Some((name, numbers)) = line.split_once(' ') else { continue };
        let Some(cpu) = name.strip_prefix("cpu").and_then(|cpu| cpu.parse::<usize>().ok()) else {
            continue;
        };
        let ticks: Vec<u64> = numbers.split_whitespace().flat_map(str::parse).collect();
        let ours = cpus.contains(&cpu);
        if (ours || cpu == generator) && 8 <= ticks.len() {
            steal += ticks[7];
        }
        if ours && 3 <= ticks.len() {
            busy += ticks[..3].iter().sum::<u64>();
        }
    }
    (steal, busy)
}

fn text<'b>(file: &File, buffer: &'b mut [u8]) -> Option<&'b str> {
    let length = pread(file, &mut *buffer, 0).ok()?;
    // A long file may be cut in the middle of a line, never of a character: they are ASCII.
    std::str::from_utf8(&buffer[..length]).ok()
}

fn number(file: &File, buffer: &mut [u8]) -> Option<u64> {
    text(file, buffer)?.trim().parse().ok()
}

impl Usage {
    /// What happened from `begin` to `end`, of a candidate on `candidate_cpus` processors while
    /// `cpus` were in use in all. Threads that came in between count from nothing, those that went
    /// are lost to the wait (not to the processor time, where the group counts it).
    pub fn between(begin: &Reading, end: &Reading, candidate_cpus: usize, cpus: usize) -> Self {
        let wall_ns = end.at_ns.saturating_sub(begin.at_ns) as f64;
        if wall_ns == 0.0 {
            return Self::default();
        }
        let cpu_ns = end.cpu_ns.saturating_sub(begin.cpu_ns) as f64;
        let wait_ns: u64 = end
            .threads
            .iter()
            .map(|(id, (_, wait))| {
                wait.saturating_sub(begin.threads.get(id).map_or(0, |(_, before)| *before))
            })
            .sum();
        let tick_ns = 1e9 / rustix::param::clock_ticks_per_second() as f64;
        let ticks = |end: u64, begin: u64| end.saturating_sub(begin) as f64 * tick_ns;
        let busy_ns = match (begin.everyone_ns, end.everyone_ns) {
            (Some(before), Some(after)) => after.saturating_sub(before) as f64,
            (None, _) | (_, None) => ticks(end.busy_ticks, begin.busy_ticks),
        };
        let pressure_us = end.pressure_us.saturating_sub(begin.pressure_us) as f64;
        Self {
            wall_s: wall_ns / 1e9,
            cpu_s: cpu_ns / 1e9,
            wait_s: wait_ns as f64 / 1e9,
            others_share: (busy_ns - cpu_ns).max(0.0) / wall_ns / candidate_cpus.max(1) as f64,
            steal_share: ticks(end.steal_ticks, begin.steal_ticks) / wall_ns / cpus.max(1) as f64,
            pressure_share: pressure_us * 1e3 / wall_ns,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAT: &str = "cpu  100 0 100 900 0 0 5 30\n\
        cpu0 60 1 40 400 0 0 5 10 0 0\n\
        cpu1 40 0 60 500 0 0 0 20 0 0\n\
        intr 1 2 3\n";

    #[test]
    fn steal_counts_where_we_run_and_busy_where_the_candidate_does() {
        assert_eq!(ticks_of(STAT, &[0], 1), (30, 101));
        assert_eq!(ticks_of(STAT, &[1], 1), (20, 100));
    }

    #[test]
    fn usage_is_the_difference_and_what_others_did_is_the_rest() {
        let begin = Reading {
            at_ns: 1_000_000_000,
            cpu_ns: 500,
            threads: BTreeMap::from([(1, (0, 100)), (2, (0, 70))]),
            everyone_ns: Some(1000),
            ..Reading::default()
        };
        let end = Reading {
            at_ns: 3_000_000_000,
            cpu_ns: 1_500_000_500,
            threads: BTreeMap::from([(1, (0, 300)), (3, (0, 40))]),
            everyone_ns: Some(1_700_001_000),
            pressure_us: 500_000,
            ..Reading::default()
        };
        let usage = Usage::between(&begin, &end, 1, 2);
        assert_eq!(usage.wall_s, 2.0);
        assert_eq!(usage.cpu_s, 1.5);
        assert_eq!(usage.wait_s, 240e-9);
        assert!((usage.others_share - 0.1).abs() < 1e-9, "{usage:?}");
        assert_eq!(usage.pressure_share, 0.25);
        assert_eq!(Usage::between(&end, &end, 1, 2), Usage::default());
    }
}
