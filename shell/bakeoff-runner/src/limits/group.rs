//! One candidate's control group: made, limited, counted, killed, removed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bakeoff_units::Unit;
use rustix::process::{Pid, Signal, kill_process};

use super::tree::Tree;
use super::{Held, InForce, Wanted};
use crate::cpus;

/// How often a group that fights back is gone through before it is given up.
const KILL_ROUNDS_MAX: u32 = 200;

/// How long the kernel may take to let go of an emptied group.
const REMOVE_WITHIN: Duration = Duration::from_secs(2);

/// One candidate's control group, in every tree there is.
#[derive(Clone, Debug)]
pub struct Group {
    /// v1 folders by controller.
    v1: Vec<(String, PathBuf)>,
    v2: Option<PathBuf>,
    in_force: InForce,
}

/// Processor time of a group that yields, where a single process has 1024 (v1) or a group 100 (v2).
const YIELDING_SHARES: &str = "20";

/// How a group was killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupKill {
    /// By `cgroup.kill` of the unified tree (Linux 5.14).
    Whole,
    /// Frozen, every process killed, thawed, until none was left.
    Frozen,
    /// There is no group to kill by.
    Unable,
}

impl Group {
    /// Makes group `name` and sets its limits. What cannot be had is said in
    /// [`Group::in_force`], not an error: whether that matters is the caller's to decide.
    pub fn create(tree: &Tree, name: &str, wanted: &Wanted) -> Self {
        let mut group = Self { v1: Vec::new(), v2: None, in_force: InForce::new() };
        let mut refused = None;
        // A v1 cpuset without processors takes no processes: without a wish for some, none is made.
        let useful = |controller: &str| controller != "cpuset" || !wanted.cpus.is_empty();
        for (controller, folder) in tree.v1.iter().filter(|(controller, _)| useful(controller)) {
            match make(&folder.join(name)) {
                Ok(made) => group.v1.push((controller.clone(), made)),
                Err(error) => refused = Some(error.to_string()),
            }
        }
        if let Some(folder) = &tree.v2 {
            for controller in ["cpuset", "cpu", "memory", "pids"] {
                // Fails where it is on already or cannot be had; what counts is what a group has.
                let _ = fs::write(folder.join("cgroup.subtree_control"), format!("+{controller}"));
            }
            match make(&folder.join(name)) {
                Ok(made) => group.v2 = Some(made),
                Err(error) => refused = Some(error.to_string()),
            }
        }
        let reason = match (refused, group.v1.is_empty() && group.v2.is_none()) {
            (_, false) => "this machine's control groups have no such controller".to_owned(),
            (Some(error), true) => format!("no right to make control groups ({error})"),
            (None, true) => "this machine has no control groups that we can see".to_owned(),
        };
        group.limit(wanted, &reason);
        group
    }

    /// The group of that name as far as it exists, to be killed and removed.
    pub fn existing(tree: &Tree, name: &str) -> Self {
        let at = |folder: &PathBuf| Some(folder.join(name)).filter(|folder| folder.is_dir());
        Self {
            v1: tree.v1.iter().filter_map(|(c, folder)| Some((c.clone(), at(folder)?))).collect(),
            v2: tree.v2.as_ref().and_then(at),
            in_force: InForce::new(),
        }
    }

    fn limit(&mut self, wanted: &Wanted, reason: &str) {
        if !wanted.cpus.is_empty() {
            let held = self.limit_processors(&cpus::list(&wanted.cpus));
            self.in_force.insert("processors".to_owned(), held);
        }
        if let Some(bytes) = wanted.memory {
            let held = self.limit_memory(bytes, reason);
            self.in_force.insert("memory".to_owned(), held);
        }
        if let Some(pids) = wanted.pids {
            let held = match self.file("pids", "pids.max", "pids.max") {
                Some(file) => by(&file, &pids.to_string(), &format!("{pids}")),
                None => Held::NotEnforced(reason.to_owned()),
            };
            self.in_force.insert("pids".to_owned(), held);
        }
        if wanted.yields {
            let held = match self.file("cpu", "cpu.shares", "cpu.weight") {
                Some(file) => by(&file, YIELDING_SHARES, "a small share"),
                None => Held::NotEnforced(reason.to_owned()),
            };
            self.in_force.insert("precedence".to_owned(), held);
        }
    }

    /// The launcher sets the affinity as well, which is what holds where there is no cpuset.
    fn limit_processors(&mut self, cpus: &str) -> Held {
        let affinity = || Held::By(format!("CPU {cpus} by affinity, which it could change itself"));
        if let Some(folder) = self.v1_folder("cpuset") {
            // A v1 cpuset without memory nodes takes no processes; inherit the parent's.
            let parent = folder.parent().unwrap_or(folder);
            let nodes = fs::read_to_string(parent.join("cpuset.mems")).unwrap_or_default();
            let set = fs::write(folder.join("cpuset.mems"), nodes.trim())
                .and_then(|()| fs::write(folder.join("cpuset.cpus"), cpus));
            if set.is_ok() {
                return Held::By(format!("CPU {cpus} by cpuset (v1) and affinity"));
            }
            // A cpuset that is not set up would refuse the candidate.
            let folder = folder.to_owned();
            let _ = fs::remove_dir(&folder);
            self.v1.retain(|(_, known)| *known != folder);
            return affinity();
        }
        match self.v2_file("cpuset.cpus").map(|file| fs::write(file, cpus)) {
            Some(Ok(())) => Held::By(format!("CPU {cpus} by cpuset (v2) and affinity")),
            Some(Err(_)) | None => affinity(),
        }
    }

    fn limit_memory(&self, bytes: u64, reason: &str) -> Held {
        let words = Unit::Bytes.format(bytes as f64);
        if let Some(folder) = self.v1_folder("memory") {
            let held = by(&folder.join("memory.limit_in_bytes"), &bytes.to_string(), &words);
            // Order matters: memory and swap together may never be below memory alone.
            let swap = folder.join("memory.memsw.limit_in_bytes");
            return match (held, fs::write(swap, bytes.to_string())) {
                (Held::By(means), Ok(())) => Held::By(format!("{means}, no swap beside it")),
                (Held::By(means), Err(_)) => Held::By(format!("{means}; swap is not counted here")),
                (refused @ Held::NotEnforced(_), _) => refused,
            };
        }
        let Some(file) = self.v2_file("memory.max") else {
            return Held::NotEnforced(reason.to_owned());
        };
        let swap = self.v2_file("memory.swap.max").map(|file| fs::write(file, "0"));
        match (by(&file, &bytes.to_string(), &words), swap) {
            (Held::By(means), Some(Ok(()))) => Held::By(format!("{means}, no swap beside it")),
            (Held::By(means), _) => Held::By(format!("{means}; swap is not counted here")),
            (refused @ Held::NotEnforced(_), _) => refused,
        }
    }

    /// What really holds, by limit.
    pub fn in_force(&self) -> &InForce {
        &self.in_force
    }

    /// The files that a process writes `0` to in order to join.
    pub fn join_files(&self) -> Vec<PathBuf> {
        self.folders().map(|folder| folder.join("cgroup.procs")).collect()
    }

    /// Whether the kernel keeps the group together, so that nothing in it can be lost sight of.
    pub fn exists(&self) -> bool {
        self.folders().next().is_some()
    }

    /// Processes in it.
    pub fn pids(&self) -> Vec<i32> {
        let mut pids: Vec<i32> = self
            .folders()
            .filter_map(|folder| fs::read_to_string(folder.join("cgroup.procs")).ok())
            .flat_map(|text| text.lines().filter_map(|id| id.parse().ok()).collect::<Vec<i32>>())
            .collect();
        pids.sort_unstable();
        pids.dedup();
        pids
    }

    /// Processor time used by all that ever was in it, and how to read it: nanoseconds in v1,
    /// the line `usage_usec` in v2.
    pub fn cpu_file(&self) -> Option<(PathBuf, CpuFile)> {
        let v1 = self.v1_folder("cpuacct").map(|it| (it.join("cpuacct.usage"), CpuFile::Nanos));
        v1.or_else(|| Some((self.v2_file("cpu.stat")?, CpuFile::Stat)))
    }

    /// Memory in use, in bytes, counted as the limit counts it.
    pub fn memory_file(&self) -> Option<PathBuf> {
        self.file("memory", "memory.usage_in_bytes", "memory.current")
    }

    /// Peak of the same.
    pub fn memory_peak(&self) -> Option<u64> {
        let file = self.file("memory", "memory.max_usage_in_bytes", "memory.peak")?;
        fs::read_to_string(file).ok()?.trim().parse().ok()
    }

    /// How many processes were killed for want of memory.
    pub fn oom_kills(&self) -> u64 {
        self.file("memory", "memory.oom_control", "memory.events")
            .and_then(|file| fs::read_to_string(file).ok())
            .and_then(|text| {
                text.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse().ok())
            })
            .unwrap_or(0)
    }

    /// How often a process or thread was refused by the pids limit.
    pub fn pids_refused(&self) -> u64 {
        self.file("pids", "pids.events", "pids.events")
            .and_then(|file| fs::read_to_string(file).ok())
            .and_then(|text| {
                text.lines().find_map(|line| line.strip_prefix("max ")?.trim().parse().ok())
            })
            .unwrap_or(0)
    }

    /// Kills everything in it. On return, processes may still be on their way out.
    pub fn kill(&self) -> GroupKill {
        if let Some(folder) = &self.v2
            && fs::write(folder.join("cgroup.kill"), "1").is_ok()
        {
            return GroupKill::Whole;
        }
        let Some(folder) = self.v1_folder("freezer").or_else(|| self.folders().next()) else {
            return GroupKill::Unable;
        };
        let (file, freeze, thaw) = match &self.v2 {
            Some(v2) if v2 == folder => ("cgroup.freeze", "1", "0"),
            Some(_) | None => ("freezer.state", "FROZEN", "THAWED"),
        };
        for _ in 0..KILL_ROUNDS_MAX {
            let _ = fs::write(folder.join(file), freeze);
            let pids = self.pids();
            for pid in pids.iter().filter_map(|&pid| Pid::from_raw(pid)) {
                let _ = kill_process(pid, Signal::KILL);
            }
            let _ = fs::write(folder.join(file), thaw);
            if pids.is_empty() {
                break;
            }
            std::thread::yield_now();
        }
        GroupKill::Frozen
    }

    /// Removes the group once it is empty; says what is left if it cannot be.
    ///
    /// # Errors
    ///
    /// What the system says of the last folder that stayed.
    pub fn remove(&self) -> io::Result<()> {
        let deadline = Instant::now() + REMOVE_WITHIN;
        let mut result = Ok(());
        for folder in self.folders() {
            loop {
                match fs::remove_dir(folder) {
                    Ok(()) => break,
                    Err(error) if error.kind() == io::ErrorKind::NotFound => break,
                    Err(_) if Instant::now() < deadline => {
                        // Killed processes leave their group only when their exit is complete.
                        std::thread::sleep(Duration::from_millis(2));
                    }
                    Err(error) => {
                        result = Err(error);
                        break;
                    }
                }
            }
        }
        result
    }

    fn folders(&self) -> impl Iterator<Item = &Path> {
        self.v1.iter().map(|(_, folder)| folder.as_path()).chain(self.v2.as_deref())
    }

    fn v1_folder(&self, controller: &str) -> Option<&Path> {
        self.v1.iter().find(|(name, _)| name == controller).map(|(_, folder)| folder.as_path())
    }

    fn v2_file(&self, name: &str) -> Option<PathBuf> {
        self.v2.as_ref().map(|folder| folder.join(name)).filter(|file| file.is_file())
    }

    /// The file of a controller, by its name in v1 or in v2, where there is one.
    fn file(&self, controller: &str, v1: &str, v2: &str) -> Option<PathBuf> {
        self.v1_folder(controller).map(|it| it.join(v1)).or_else(|| self.v2_file(v2))
    }
}

/// How processor time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CpuFile {
    /// One number, nanoseconds.
    Nanos,
    /// `usage_usec N` among other lines.
    Stat,
}

fn make(folder: &Path) -> io::Result<PathBuf> {
    match fs::create_dir(folder) {
        Ok(()) => Ok(folder.to_owned()),
        // Left by a process that died: its limits are set anew.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(folder.to_owned()),
        Err(error) => Err(error),
    }
}

/// Writes a limit and reads it back: what the kernel says is what holds.
fn by(file: &Path, value: &str, words: &str) -> Held {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    match fs::write(file, value).and_then(|()| fs::read_to_string(file)) {
        Ok(held) if held.trim() == value => Held::By(format!("{words} by {name}")),
        Ok(held) => Held::By(format!("{} (asked for {value}) by {name}", held.trim())),
        Err(error) => Held::NotEnforced(format!("{name}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// Makes a group in a fake tree whose controllers have these files, and renders what holds
    /// and what was written.
    fn created(tree_files: &[&str], group_files: &[&str], yields: bool) -> String {
        let root = tempfile::tempdir().unwrap();
        for path in tree_files.iter().chain(group_files) {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "0\n").unwrap();
        }
        let tree = Tree::detect(root.path(), "");
        let wanted = Wanted { cpus: vec![0], memory: Some(1 << 29), pids: Some(100), yields };
        let group = Group::create(&tree, "g", &wanted);
        let mut text = String::new();
        for (limit, held) in group.in_force() {
            writeln!(text, "{limit}: {}", held.describe()).unwrap();
        }
        for path in group_files {
            let held = fs::read_to_string(root.path().join(path)).unwrap_or_default();
            writeln!(text, "{path} = {}", held.trim()).unwrap();
        }
        text
    }

    #[test]
    fn limits_are_set_by_whatever_there_is_and_said_otherwise() {
        insta::assert_snapshot!(created(&[], &[], true), @r"
        memory: not enforced: this machine has no control groups that we can see
        pids: not enforced: this machine has no control groups that we can see
        precedence: not enforced: this machine has no control groups that we can see
        processors: CPU 0 by affinity, which it could change itself
        ");
        insta::assert_snapshot!(created(
            &["cpuset/cgroup.procs", "cpuset/cpuset.mems", "memory/cgroup.procs", "pids/cgroup.procs"],
            &["cpuset/g/cpuset.cpus", "memory/g/memory.limit_in_bytes", "memory/g/memory.memsw.limit_in_bytes", "pids/g/pids.max"],
            false,
        ), @r"
        memory: 512 MiB by memory.limit_in_bytes, no swap beside it
        pids: 100 by pids.max
        processors: CPU 0 by cpuset (v1) and affinity
        cpuset/g/cpuset.cpus = 0
        memory/g/memory.limit_in_bytes = 536870912
        memory/g/memory.memsw.limit_in_bytes = 536870912
        pids/g/pids.max = 100
        ");
        insta::assert_snapshot!(created(
            &["cgroup.controllers", "cgroup.subtree_control"],
            &["g/cpuset.cpus", "g/memory.max", "g/memory.swap.max", "g/pids.max", "g/cpu.weight"],
            true,
        ), @r"
        memory: 512 MiB by memory.max, no swap beside it
        pids: 100 by pids.max
        precedence: a small share by cpu.weight
        processors: CPU 0 by cpuset (v2) and affinity
        g/cpuset.cpus = 0
        g/memory.max = 536870912
        g/memory.swap.max = 0
        g/pids.max = 100
        g/cpu.weight = 20
        ");
        insta::assert_snapshot!(created(
            &["memory/cgroup.procs", "unified/cgroup.controllers"],
            &["memory/g/memory.limit_in_bytes"],
            false,
        ), @r"
        memory: 512 MiB by memory.limit_in_bytes, no swap beside it
        pids: not enforced: this machine's control groups have no such controller
        processors: CPU 0 by affinity, which it could change itself
        memory/g/memory.limit_in_bytes = 536870912
        ");
    }
}
