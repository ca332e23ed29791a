//! The probes the program brings along: what each yields, how often, and what it costs.

/// A measurement other than load that any candidate can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltIn {
    /// Its name in manifests and records.
    pub name: &'static str,
    /// The metrics it yields.
    pub metrics: &'static [&'static str],
    /// How often it is repeated unless the manifest says otherwise.
    pub rounds: u32,
    /// Whether it runs unless switched off: only what takes a second or two does.
    pub by_default: bool,
    /// How often at most in a quick run; 0 leaves it out.
    pub quick_rounds: u32,
}

/// Every built-in probe. A new one is a line here and a file in the runner.
pub const BUILT_IN: &[BuiltIn] = &[
    BuiltIn {
        name: "start",
        metrics: &["start", "memory-idle"],
        rounds: 8,
        by_default: true,
        quick_rounds: 5,
    },
    BuiltIn {
        name: "size",
        metrics: &["artifact-size", "artifact-size-stripped", "dynamic-dependencies"],
        rounds: 1,
        by_default: true,
        quick_rounds: 1,
    },
    BuiltIn {
        name: "source",
        metrics: &["source-lines", "dependencies", "dependency-depth"],
        rounds: 1,
        by_default: true,
        quick_rounds: 1,
    },
    BuiltIn {
        name: "build",
        metrics: &["build-clean", "build-incremental", "build-noop", "build-check"],
        rounds: 3,
        by_default: false,
        quick_rounds: 0,
    },
    BuiltIn {
        name: "connections",
        metrics: &["bytes-per-connection"],
        rounds: 3,
        by_default: false,
        quick_rounds: 0,
    },
    BuiltIn {
        name: "shutdown",
        metrics: &["shutdown", "shutdown-lost"],
        rounds: 3,
        by_default: false,
        quick_rounds: 0,
    },
    BuiltIn {
        name: "reproducible",
        metrics: &["build-differs"],
        rounds: 1,
        by_default: false,
        quick_rounds: 0,
    },
];

/// The built-in probe of that name.
pub fn built_in(name: &str) -> Option<&'static BuiltIn> {
    BUILT_IN.iter().find(|probe| probe.name == name)
}
