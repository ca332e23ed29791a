//! Where a run happens: programs, folders, and the kernel's file trees.

use std::path::{Path, PathBuf};

/// Where a run happens.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The program itself, which is re-executed as `__launch` and `__reaper`.
    pub exe: PathBuf,
    /// The run's id.
    pub run: String,
    /// The folder the manifest is in.
    pub manifest_dir: PathBuf,
    /// The run's own folder: logs and leftovers go there.
    pub run_dir: PathBuf,
    /// Where source checkouts and other things worth keeping between runs go.
    pub cache_dir: PathBuf,
    /// Where control groups are mounted: `/sys/fs/cgroup`.
    pub cgroup_root: PathBuf,
    /// Where the load generator's certificate on this machine is kept; none if there is no home.
    pub certificate: Option<PathBuf>,
    /// The URL of the database that stands for the manifest's, if `BAKEOFF_DATABASE` names one.
    pub database: Option<String>,
    /// Processors that this process may use, ascending: builds get all of them.
    pub cpus: Vec<usize>,
}

impl Environment {
    /// The environment of run `run` on this machine.
    pub fn new(exe: &Path, run: &str, manifest_dir: &Path, run_dir: &Path) -> Self {
        Self {
            exe: exe.to_owned(),
            run: run.to_owned(),
            manifest_dir: manifest_dir.to_owned(),
            run_dir: run_dir.to_owned(),
            cache_dir: run_dir.join("cache"),
            cgroup_root: PathBuf::from("/sys/fs/cgroup"),
            certificate: crate::calibration::path(),
            database: std::env::var("BAKEOFF_DATABASE").ok(),
            // If the kernel does not say, there is at least the first.
            cpus: crate::cpus::allowed().unwrap_or_else(|_| vec![0]),
        }
    }

    /// The folder of logs within the run's folder.
    pub fn log_dir(&self) -> PathBuf {
        self.run_dir.join("logs")
    }
}
