//! The folder of runs: where it is, what is in it, which run somebody means.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bakeoff_experiment::record::{Record, TrialOutcome};

use crate::errors::OpenError;
use crate::lock::{LockError, RunLock};
use crate::run_store::RunStore;

/// The name of a run's file in its folder.
pub(crate) const DATABASE: &str = "run.db";

/// A run as a list shows it.
#[derive(Debug)]
pub struct ListedRun {
    /// Its id, the name of its folder.
    pub id: String,
    /// Its folder.
    pub folder: PathBuf,
    /// What is known of it.
    pub state: Result<RunState, OpenError>,
}

/// What a list says about a run that can be read.
#[derive(Clone, Debug, PartialEq)]
pub struct RunState {
    /// What is being decided.
    pub title: String,
    /// When it began, in seconds since the Unix epoch.
    pub opened_unix: f64,
    /// Whether a process writes it now.
    pub alive: bool,
    /// Why it stopped, if nothing is left to do.
    pub finished: Option<String>,
    /// Trials planned.
    pub planned: u32,
    /// Trials that count.
    pub sealed: u32,
    /// Trials that were voided, tries included.
    pub void: u32,
}

/// Why no run could be picked.
#[derive(Debug, thiserror::Error)]
pub enum SelectError {
    /// There are none.
    #[error("no runs in `{}`; start one with `bakeoff run`, or name the folder with --store", runs.display())]
    None {
        /// Where they would be.
        runs: PathBuf,
    },
    /// None of that name.
    #[error("no run `{wanted}` in `{}`; `bakeoff runs` lists them", runs.display())]
    Unknown {
        /// What was asked for.
        wanted: String,
        /// Where it was sought.
        runs: PathBuf,
    },
    /// Several begin with it.
    #[error("`{wanted}` fits {} runs: {}", fits.len(), fits.join(", "))]
    Ambiguous {
        /// What was asked for.
        wanted: String,
        /// The ids that fit.
        fits: Vec<String>,
    },
    /// The folder cannot be read.
    #[error("cannot read `{}`", runs.display())]
    Io {
        /// The folder.
        runs: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Why a run was not removed.
#[derive(Debug, thiserror::Error)]
pub enum CleanError {
    /// It is in use.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// It is another user's.
    #[error("`{}` belongs to another user", folder.display())]
    Foreign {
        /// The run's folder.
        folder: PathBuf,
    },
    /// The system refused.
    #[error("cannot remove `{}`", folder.display())]
    Io {
        /// The run's folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Where runs are kept unless told otherwise: `.bakeoff/runs` in the nearest folder, from
/// `from` upwards, that has a `.bakeoff` or a `.git`; else in `from` itself. So every command
/// run anywhere in a repository means the same runs, wherever the manifest is.
pub fn default_store(from: &Path) -> PathBuf {
    let marked =
        from.ancestors().find(|dir| dir.join(".bakeoff").is_dir() || dir.join(".git").exists());
    marked.unwrap_or(from).join(".bakeoff").join("runs")
}

/// The folder of run `id` among `runs`.
pub fn run_dir(runs: &Path, id: &str) -> PathBuf {
    runs.join(id)
}

/// All runs in the folder, oldest first. A run that cannot be read is listed with the reason.
///
/// # Errors
///
/// If the folder exists and cannot be read; an absent folder has no runs.
pub fn list_runs(runs: &Path) -> Result<Vec<ListedRun>, SelectError> {
    let listed = ids(runs)?.into_iter().map(|id| {
        let folder = run_dir(runs, &id);
        let state = RunStore::open_read_only(&folder)
            .and_then(|store| store.records())
            .map(|records| summarise(&records, RunLock::is_held(&folder)));
        ListedRun { id, folder, state }
    });
    Ok(listed.collect())
}

/// The folder of the run that `wanted` means: `latest`, an id or the beginning of one (in
/// either case), or a path to a run's folder or file.
///
/// # Errors
///
/// [`SelectError`].
pub fn select_run(runs: &Path, wanted: &str) -> Result<PathBuf, SelectError> {
    let path = Path::new(wanted);
    if path.is_file() || path.join(DATABASE).is_file() {
        return Ok(path.to_owned());
    }
    let mut ids = ids(runs)?;
    let none = || SelectError::None { runs: runs.to_owned() };
    if wanted == "latest" {
        return ids.pop().map(|id| run_dir(runs, &id)).ok_or_else(none);
    }
    let prefix = wanted.to_ascii_uppercase();
    let mut fits: Vec<String> = ids.into_iter().filter(|id| id.starts_with(&prefix)).collect();
    match (fits.len(), prefix.is_empty()) {
        (1, false) => Ok(run_dir(runs, &fits.remove(0))),
        (0, _) | (_, true) => {
            Err(SelectError::Unknown { wanted: wanted.to_owned(), runs: runs.to_owned() })
        }
        (_, false) => Err(SelectError::Ambiguous { wanted: wanted.to_owned(), fits }),
    }
}

/// Removes a run's folder, unless somebody writes it or it is another user's.
///
/// # Errors
///
/// [`CleanError`].
pub fn remove_run(folder: &Path) -> Result<(), CleanError> {
    use std::os::unix::fs::MetadataExt;
    let io_error = |source| CleanError::Io { folder: folder.to_owned(), source };
    let owner = fs::metadata(folder).map_err(io_error)?.uid();
    if owner != rustix::process::geteuid().as_raw() {
        return Err(CleanError::Foreign { folder: folder.to_owned() });
    }
    let lock = RunLock::take(folder)?;
    fs::remove_dir_all(folder).map_err(io_error)?;
    drop(lock);
    Ok(())
}

/// Names of the runs' folders, oldest first: ULIDs sort by time.
fn ids(runs: &Path) -> Result<Vec<String>, SelectError> {
    let io_error = |source| SelectError::Io { runs: runs.to_owned(), source };
    let entries = match fs::read_dir(runs) {
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(io_error)?,
    };
    let mut ids = Vec::new();
    for entry in entries {
        let entry = entry.map_err(io_error)?;
        if entry.path().join(DATABASE).exists() {
            ids.extend(entry.file_name().into_string().ok());
        }
    }
    ids.sort();
    Ok(ids)
}

fn summarise(records: &[Record], alive: bool) -> RunState {
    let mut state = RunState {
        title: String::new(),
        opened_unix: 0.0,
        alive,
        finished: None,
        planned: 0,
        sealed: 0,
        void: 0,
    };
    for record in records {
        match record {
            Record::Opened(opened) => {
                state.title.clone_from(&opened.experiment.title);
                state.opened_unix = opened.at_unix;
                state.planned += opened.plan.trials.len() as u32;
            }
            Record::Extended(extended) => state.planned += extended.trials.len() as u32,
            Record::Trial(trial) => match trial.outcome {
                TrialOutcome::Sealed(_) => state.sealed += 1,
                TrialOutcome::Void { .. } => state.void += 1,
            },
            Record::Resumed(_) => state.finished = None,
            Record::Finished(finished) => state.finished = Some(finished.reason.clone()),
            Record::Host(_)
            | Record::Built(_)
            | Record::Contract(_)
            | Record::Rates(_)
            | Record::Probe(_)
            | Record::Battery(_)
            | Record::Interrupted(_) => {}
        }
    }
    state
}
