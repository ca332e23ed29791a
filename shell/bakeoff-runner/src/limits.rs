//! What every candidate gets, and what really holds it to that: control groups v1, v2, or both.

mod group;
mod tree;

pub use group::{CpuFile, Group, GroupKill};
pub use tree::{Layout, Tree};

use std::collections::BTreeMap;

/// What a candidate is to get.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Processors by number; empty means any.
    pub cpus: Vec<usize>,
    /// Memory in bytes, swap included.
    pub memory: Option<u64>,
    /// Processes and threads.
    pub pids: Option<u64>,
    /// Whether everything else goes first where processors are shared.
    pub yields: bool,
}

/// A limit and what enforces it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// By the kernel, in words.
    By(String),
    /// By nothing, and why.
    NotEnforced(String),
}

impl Held {
    /// In words, for records and reports.
    pub fn describe(&self) -> String {
        match self {
            Self::By(means) => means.clone(),
            Self::NotEnforced(reason) => format!("not enforced: {reason}"),
        }
    }
}

/// Limits by name: `processors`, `memory`, `pids`.
pub type InForce = BTreeMap<String, Held>;
