//! Which control groups this machine has and where ours go.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The controllers we use where they exist.
pub(super) const CONTROLLERS: [&str; 6] = ["cpu", "cpuacct", "cpuset", "memory", "pids", "freezer"];

/// How control groups are mounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One tree a controller.
    V1,
    /// One tree with all controllers.
    V2,
    /// One tree a controller, and the unified tree beside them, which can still kill.
    Hybrid,
    /// None that we may use.
    None,
}

impl Layout {
    /// Its name in records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
            Self::Hybrid => "hybrid",
            Self::None => "none",
        }
    }
}

/// The folders in which our groups are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// By v1 controller.
    pub v1: BTreeMap<String, PathBuf>,
    /// In the unified tree.
    pub v2: Option<PathBuf>,
    /// Controllers that the unified tree has.
    pub v2_controllers: Vec<String>,
}

impl Tree {
    /// What is mounted under `root`; `own` is the text of `/proc/self/cgroup`. Touches nothing.
    ///
    /// In v1 our groups are made under our own group, so that limits around us go on to hold. In
    /// v2 processes may only live in leaves, so they are made beside our own group.
    pub fn detect(root: &Path, own: &str) -> Self {
        let v1 = CONTROLLERS
            .iter()
            .filter(|controller| root.join(controller).join("cgroup.procs").is_file())
            .map(|&controller| {
                let mount = root.join(controller);
                let base = below(&mount, own_path(own, Some(controller)));
                (controller.to_owned(), base)
            })
            .collect();
        let mount = [root.to_owned(), root.join("unified")]
            .into_iter()
            .find(|mount| mount.join("cgroup.controllers").is_file());
        let v2_controllers = mount
            .as_ref()
            .and_then(|mount| fs::read_to_string(mount.join("cgroup.controllers")).ok())
            .map(|text| text.split_whitespace().map(str::to_owned).collect())
            .unwrap_or_default();
        let v2 = mount.map(|mount| {
            let parent = own_path(own, None).and_then(|path| path.rsplit_once('/')).map(|it| it.0);
            below(&mount, parent)
        });
        Self { v1, v2, v2_controllers }
    }

    /// As [`Tree::detect`], for this process.
    pub fn of_this_process(root: &Path) -> Self {
        Self::detect(root, &fs::read_to_string("/proc/self/cgroup").unwrap_or_default())
    }

    /// How control groups are mounted.
    pub fn layout(&self) -> Layout {
        match (self.v1.is_empty(), &self.v2) {
            (true, None) => Layout::None,
            (true, Some(_)) => Layout::V2,
            (false, None) => Layout::V1,
            (false, Some(_)) => Layout::Hybrid,
        }
    }

    /// Layout and controllers, for people and for the host's facts.
    pub fn describe(&self) -> String {
        let v1: Vec<&str> = self.v1.keys().map(String::as_str).collect();
        match self.layout() {
            Layout::None => "none".to_owned(),
            Layout::V1 => format!("v1: {}", v1.join(" ")),
            Layout::V2 => format!("v2: {}", self.v2_controllers.join(" ")),
            Layout::Hybrid if self.v2_controllers.is_empty() => {
                format!("hybrid: v1 {}; v2 without controllers", v1.join(" "))
            }
            Layout::Hybrid => {
                format!("hybrid: v1 {}; v2 {}", v1.join(" "), self.v2_controllers.join(" "))
            }
        }
    }

    /// Names of groups of ours that exist and begin with `prefix`.
    pub fn groups(&self, prefix: &str) -> Vec<String> {
        let mut names: Vec<String> = self
            .folders()
            .filter_map(|(_, folder)| fs::read_dir(folder).ok())
            .flatten()
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|name| name.starts_with(prefix))
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Every folder that can hold a group of ours, with its controller; none is the unified tree.
    pub(super) fn folders(&self) -> impl Iterator<Item = (Option<&str>, &PathBuf)> {
        let v1 = self.v1.iter().map(|(controller, folder)| (Some(controller.as_str()), folder));
        v1.chain(self.v2.iter().map(|folder| (None, folder)))
    }
}

/// The path of our own group: of a v1 controller, or in the unified tree.
fn own_path<'a>(own: &'a str, controller: Option<&str>) -> Option<&'a str> {
    own.lines().find_map(|line| {
        let mut parts = line.splitn(3, ':');
        let (_, names, path) = (parts.next()?, parts.next()?, parts.next()?);
        let ours = match controller {
            None => names.is_empty(),
            Some(controller) => names.split(',').any(|name| name == controller),
        };
        ours.then_some(path)
    })
}

/// `path` within `mount`, or `mount` itself where it cannot be seen (inside a container).
fn below(mount: &Path, path: Option<&str>) -> PathBuf {
    let path = path.unwrap_or("").trim_start_matches('/');
    let folder = mount.join(path);
    if !path.is_empty() && folder.is_dir() { folder } else { mount.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// Makes a tree with these files and renders what is detected, relative to it.
    fn detected(files: &[(&str, &str)], own: &str) -> String {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let tree = Tree::detect(root.path(), own);
        let mut text = tree.describe();
        for (controller, folder) in tree.folders() {
            let folder = folder.strip_prefix(root.path()).unwrap().display();
            write!(text, "\n{}: /{folder}", controller.unwrap_or("unified")).unwrap();
        }
        text
    }

    #[test]
    fn every_layout_is_detected_and_groups_go_where_they_may() {
        insta::assert_snapshot!(detected(&[], "0::/"), @"none");
        insta::assert_snapshot!(detected(
            &[("memory/cgroup.procs", ""), ("memory/job/cgroup.procs", ""), ("pids/cgroup.procs", "")],
            "4:memory:/job\n8:pids:/not/visible/here\n",
        ), @r"
        v1: memory pids
        memory: /memory/job
        pids: /pids
        ");
        insta::assert_snapshot!(detected(
            &[
                ("cgroup.controllers", "cpuset cpu io memory pids\n"),
                ("user.slice/session-1.scope/cgroup.procs", ""),
            ],
            "0::/user.slice/session-1.scope\n",
        ), @r"
        v2: cpuset cpu io memory pids
        unified: /user.slice
        ");
        insta::assert_snapshot!(detected(
            &[
                ("cpu/cgroup.procs", ""),
                ("cpuset/cgroup.procs", ""),
                ("unified/cgroup.controllers", ""),
            ],
            "3:cpuset:/\n1:cpu:/\n0::/\n",
        ), @r"
        hybrid: v1 cpu cpuset; v2 without controllers
        cpu: /cpu
        cpuset: /cpuset
        unified: /unified
        ");
    }
}
