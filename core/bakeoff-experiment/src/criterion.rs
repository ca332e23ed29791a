//! What is weighed and what must hold.

use serde::{Deserialize, Serialize};

/// One thing that is weighed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Criterion {
    /// Its name, unique in the experiment.
    pub name: String,
    /// Where it stands in the criteria tree, outermost first; empty at the top.
    pub path: Vec<String>,
    /// What the change from worst to best is worth beside the other criteria, in points.
    pub swing: f64,
    /// Where its values come from.
    pub evidence: Evidence,
}

/// Where the values of a criterion come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Evidence {
    /// Measured by this run.
    Measured {
        /// Which metric, where.
        cell: Cell,
        /// As good as it matters, in SI base units.
        best: f64,
        /// The worst that matters, in SI base units.
        worst: f64,
        /// How value lies between the anchors.
        shape: Shape,
    },
    /// Judged by people.
    Rated {
        /// Path of the ratings file, relative to the manifest.
        file: String,
    },
    /// Taken from a source, as (min, mode, max) of the value from 0 to 1 by candidate.
    Cited {
        /// The source, with its year.
        source: String,
        /// How much it is trusted: 1 (direct and recent) to 4 (opinion).
        grade: u8,
        /// Candidate name and triangle.
        values: Vec<(String, [f64; 3])>,
    },
    /// Nobody knows.
    Unknown,
}

/// Which numbers of a run are meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Cell {
    /// The metric.
    pub metric: String,
    /// The workload; `None` for metrics of probes.
    pub workload: Option<String>,
    /// The label of the load; `None` means [`crate::workload::Workload::default_load`].
    pub load: Option<String>,
}

/// How value lies between the anchors (METHODS.md B3).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// Equal ratios are equally valuable.
    Log,
    /// Equal differences are equally valuable.
    Linear,
    /// Straight lines between (number, value) knots.
    Piecewise(Vec<(f64, f64)>),
    /// Diminishing, through this midvalue as a fraction of the range.
    Exponential(f64),
}

/// Something that must hold, measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Requirement {
    /// Its name, unique in the experiment.
    pub name: String,
    /// Which metric, where.
    pub cell: Cell,
    /// The least it may be, in SI base units.
    pub min: Option<f64>,
    /// The most it may be, in SI base units.
    pub max: Option<f64>,
}
