//! Why a run cannot be begun, opened or written.

use std::io;
use std::path::PathBuf;

use crate::filesystem::RefusedFileSystem;
use crate::lock::LockError;

/// Why a run could not be begun.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The folder could not be made.
    #[error("cannot make the folder `{}`", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder is on a file system that cannot hold a run.
    #[error(transparent)]
    FileSystem(#[from] RefusedFileSystem),
    /// Somebody else writes a run of this id.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The first record could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// What was written does not read back.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// Why a run could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file is not there or the system refuses it.
    #[error("cannot read the run `{}`", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is not a run, or not one any more.
    #[error("`{}` is not a bakeoff run: {check}; nothing in it was changed", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What was looked at and found.
        check: String,
    },
    /// A newer program wrote it.
    #[error(
        "`{}` has format version {found}, this program reads up to {known}; use the newer bakeoff",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i32,
        /// Ours.
        known: i32,
    },
    /// It is damaged.
    #[error("`{}` is damaged: {check}; other runs are not affected", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The check that failed.
        check: String,
    },
    /// Somebody else writes it.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A trial that was found running could not be voided.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Why something was not written. Nothing of it was: a transaction is whole or absent.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The disk is full.
    #[error("no room at `{}`: about {bytes} bytes are needed; make room, then `bakeoff resume`", path.display())]
    Full {
        /// The file.
        path: PathBuf,
        /// About how many bytes the transaction needs.
        bytes: u64,
    },
    /// The disk or the file failed. The store accepts nothing more: what a failed fsync left
    /// behind is unknown, and asking again would be told that all is well.
    #[error("cannot write `{}`: {reason}", path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        reason: String,
    },
    /// A number in the record has no spelling in JSON, or the like: a bug of the caller.
    #[error("record cannot be written so that it reads back: {reason}")]
    Unspeakable {
        /// What does not come back.
        reason: String,
    },
}
