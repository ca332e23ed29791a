//! Files other than the run itself: written whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::failpoint;

/// Why a file could not be written. What stood there before still does.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// No room.
    #[error("no room for {bytes} bytes at `{}`", path.display())]
    Full {
        /// The file.
        path: PathBuf,
        /// How many bytes it needs.
        bytes: u64,
        /// What the system said.
        source: io::Error,
    },
    /// Anything else.
    #[error("cannot write `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Replaces the file at `path` by `bytes`: a temporary file in the same folder, fsync, rename,
/// fsync of the folder. A reader sees the old file or the new one.
///
/// # Errors
///
/// [`OutputError`]; the temporary file is removed and the old file is untouched.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    try_write(path, bytes).map_err(|source| match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            OutputError::Full { path: path.to_owned(), bytes: bytes.len() as u64, source }
        }
        _ => OutputError::Io { path: path.to_owned(), source },
    })
}

fn try_write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    };
    fs::create_dir_all(folder)?;
    // Temporary files are made for their owner only; a report is for everyone the umask allows.
    let mode = fs::Permissions::from_mode(0o666);
    let mut temporary =
        tempfile::Builder::new().prefix(".bakeoff-").permissions(mode).tempfile_in(folder)?;
    temporary.write_all(bytes)?;
    failpoint::pass("output.written")?;
    temporary.as_file().sync_all()?;
    failpoint::pass("output.synced")?;
    temporary.persist(path).map_err(|refused| refused.error)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shorter_file_replaces_a_longer_one_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reports/report.html");
        write_atomic(&path, b"a long first version").unwrap();
        write_atomic(&path, b"short").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"short");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no leftovers");
    }

    #[test]
    fn a_refused_write_names_the_file_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let blocked = folder.path().join("file");
        fs::write(&blocked, "old").unwrap();
        let error = write_atomic(&blocked.join("report.html"), b"x").unwrap_err();
        assert!(error.to_string().contains("report.html"), "{error}");
        assert_eq!(fs::read(&blocked).unwrap(), b"old");
    }
}
