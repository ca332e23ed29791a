//! Why a command did not do what it was asked, and the exit code that says so.

use std::io;

use bakeoff_store::{
    CleanError, CreateError, LockError, OpenError, OutputError, SelectError, WriteError,
};

use crate::exit::Exit;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    /// How the program ends.
    pub(crate) exit: Exit,
    /// What happened, with what it came from.
    pub(crate) error: anyhow::Error,
}

impl Failure {
    pub(crate) fn new(exit: Exit, error: impl Into<anyhow::Error>) -> Self {
        Self { exit, error: error.into() }
    }

    /// A wrong argument or input file, in words.
    pub(crate) fn usage(message: impl std::fmt::Display) -> Self {
        Self::new(Exit::Usage, anyhow::anyhow!("{message}"))
    }

    /// Whether it is only that nobody reads our output any more (`| head`).
    pub(crate) fn is_broken_pipe(&self) -> bool {
        let broken = |cause: &(dyn std::error::Error + 'static)| {
            cause
                .downcast_ref::<io::Error>()
                .is_some_and(|why| why.kind() == io::ErrorKind::BrokenPipe)
        };
        self.error.chain().any(broken)
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let exit = match &error {
            OpenError::Unreadable { .. }
            | OpenError::Foreign { .. }
            | OpenError::Newer { .. }
            | OpenError::Damaged { .. } => Exit::StoreUnreadable,
            OpenError::Lock(lock) => lock_exit(lock),
            OpenError::Write(_) => Exit::CannotWrite,
        };
        Self::new(exit, error)
    }
}

impl From<CreateError> for Failure {
    fn from(error: CreateError) -> Self {
        let exit = match &error {
            CreateError::Folder { .. } | CreateError::FileSystem(_) | CreateError::Write(_) => {
                Exit::CannotWrite
            }
            CreateError::Lock(lock) => lock_exit(lock),
            CreateError::Open(_) => Exit::StoreUnreadable,
        };
        Self::new(exit, error)
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        let exit = match &error {
            WriteError::Full { .. } | WriteError::Failed { .. } => Exit::CannotWrite,
            WriteError::Unspeakable { .. } => Exit::Bug,
        };
        Self::new(exit, error)
    }
}

impl From<SelectError> for Failure {
    fn from(error: SelectError) -> Self {
        let exit = match &error {
            SelectError::None { .. }
            | SelectError::Unknown { .. }
            | SelectError::Ambiguous { .. } => Exit::Usage,
            SelectError::Io { .. } => Exit::StoreUnreadable,
        };
        Self::new(exit, error)
    }
}

impl From<CleanError> for Failure {
    fn from(error: CleanError) -> Self {
        let exit = match &error {
            CleanError::Lock(lock) => lock_exit(lock),
            CleanError::Foreign { .. } | CleanError::Io { .. } => Exit::CannotWrite,
        };
        Self::new(exit, error)
    }
}

impl From<OutputError> for Failure {
    fn from(error: OutputError) -> Self {
        Self::new(Exit::CannotWrite, error)
    }
}

impl From<io::Error> for Failure {
    /// Only what was printed comes here: other I/O errors say which file.
    fn from(error: io::Error) -> Self {
        Self::new(Exit::CannotWrite, anyhow::Error::new(error).context("cannot write the output"))
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        if error.is_io() {
            return Self::from(io::Error::from(error));
        }
        Self::new(Exit::Bug, error)
    }
}

fn lock_exit(error: &LockError) -> Exit {
    match error {
        LockError::Held { .. } => Exit::Locked,
        LockError::Io { .. } => Exit::CannotWrite,
    }
}
