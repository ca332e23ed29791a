//! The run on disk: one SQLite file a run, one transaction a sealed trial.
//!
//! A run is a folder named after its id, holding `run.db` (the journal and the blobs), `lock`
//! while somebody writes, and whatever logs the runner keeps beside them. `docs/run-format.md`
//! describes the file for readers without this program.

mod errors;
mod failpoint;
mod filesystem;
mod integrity;
mod lock;
mod output;
mod run_store;
mod runs;
mod schema;

pub use errors::{CreateError, OpenError, WriteError};
pub use filesystem::{RefusedFileSystem, refuse_network};
pub use lock::{Holder, LockError, RunLock};
pub use output::{OutputError, write_atomic};
pub use run_store::RunStore;
pub use runs::{
    CleanError, ListedRun, RunState, SelectError, default_store, list_runs, remove_run, run_dir,
    select_run,
};
pub use schema::{APPLICATION_ID, VERSION, new_run_id};
