//! Who writes a run: one process at a time, known by pid, start time and boot.
//!
//! Two things must both be free: the kernel's lock on the file `lock` (gone with its holder,
//! however it ends) and the process the file names (so that a lock survives where the kernel's
//! does not reach). A holder of another boot, or one whose pid is gone or was given to another
//! process, is dead, and its lock is taken over.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The name of the lock file in a run's folder.
const LOCK_FILE: &str = "lock";

/// Who holds, or last held, a lock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holder {
    /// Process id.
    pub pid: u32,
    /// When that process started, in clock ticks since boot (proc(5), `stat` field 22).
    pub start_ticks: u64,
    /// The kernel's `boot_id` at the time.
    pub boot: String,
    /// The machine.
    pub host: String,
    /// Since when, in seconds since the Unix epoch.
    pub since_unix: u64,
}

/// Why a run could not be locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process writes this run.
    #[error(
        "`{}` is in use by process {} on {} since {} (Unix time); wait for it or stop it",
        run.display(), holder.pid, holder.host, holder.since_unix
    )]
    Held {
        /// The run's folder.
        run: PathBuf,
        /// Who holds it.
        holder: Holder,
    },
    /// The lock file could not be read or written.
    #[error("cannot write the lock `{}`", path.display())]
    Io {
        /// The lock file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The right to write a run; given up when dropped.
#[derive(Debug)]
pub struct RunLock {
    file: File,
    /// The dead holder whose lock was taken over, if there was one.
    pub previous: Option<Holder>,
}

impl RunLock {
    /// Takes the lock of the run in `folder`.
    ///
    /// # Errors
    ///
    /// [`LockError::Held`] if somebody alive holds it, [`LockError::Io`] if it cannot be written.
    pub fn take(folder: &Path) -> Result<Self, LockError> {
        let path = folder.join(LOCK_FILE);
        let io_error = |source| LockError::Io { path: path.clone(), source };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(io_error)?;
        let locked = match file.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock) => false,
            Err(TryLockError::Error(source)) => return Err(io_error(source)),
        };
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(io_error)?;
        let holder = parse(&text);
        if !locked || holder.as_ref().is_some_and(is_alive) {
            let holder = holder.unwrap_or_default();
            return Err(LockError::Held { run: folder.to_owned(), holder });
        }
        file.set_len(0).map_err(io_error)?;
        file.rewind().map_err(io_error)?;
        file.write_all(render(&me()).as_bytes()).map_err(io_error)?;
        file.sync_data().map_err(io_error)?;
        Ok(Self { file, previous: holder })
    }

    /// Whether somebody alive holds the lock of the run in `folder`.
    pub fn is_held(folder: &Path) -> bool {
        let Ok(mut file) = File::open(folder.join(LOCK_FILE)) else { return false };
        if matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)) {
            return true;
        }
        let mut text = String::new();
        file.read_to_string(&mut text).is_ok() && parse(&text).as_ref().is_some_and(is_alive)
    }
}

impl Drop for RunLock {
    fn drop(&mut self) {
        // Emptied, not removed: removing would let two processes lock two files of one name. If
        // this fails the text names a process that will be dead when somebody asks.
        let _ = self.file.set_len(0);
    }
}

impl Holder {
    /// Whether this holder belongs to an earlier boot of the machine.
    pub fn is_of_another_boot(&self) -> bool {
        self.boot != boot_id()
    }
}

fn me() -> Holder {
    let pid = std::process::id();
    Holder {
        pid,
        start_ticks: start_ticks(pid).unwrap_or(0),
        boot: boot_id(),
        host: fs::read_to_string("/proc/sys/kernel/hostname")
            .map_or_else(|_| "this machine".to_owned(), |name| name.trim().to_owned()),
        since_unix: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
    }
}

fn is_alive(holder: &Holder) -> bool {
    holder.boot == boot_id() && start_ticks(holder.pid) == Some(holder.start_ticks)
}

fn boot_id() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

/// Field 22 of `/proc/PID/stat`; the command name before it may hold blanks and brackets.
fn start_ticks(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.split(' ').nth(19)?.parse().ok()
}

fn render(holder: &Holder) -> String {
    let Holder { pid, start_ticks, boot, host, since_unix } = holder;
    format!("pid {pid}\nstart {start_ticks}\nboot {boot}\nhost {host}\nsince {since_unix}\n")
}

fn parse(text: &str) -> Option<Holder> {
    let field = |name: &str| {
        text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).map(str::to_owned)
    };
    Some(Holder {
        pid: field("pid")?.parse().ok()?,
        start_ticks: field("start")?.parse().ok()?,
        boot: field("boot")?,
        host: field("host")?,
        since_unix: field("since")?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(holder: &Holder) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(LOCK_FILE), render(holder)).unwrap();
        folder
    }

    #[test]
    fn the_second_of_two_is_told_who_holds_it_since_when() {
        let folder = tempfile::tempdir().unwrap();
        let first = RunLock::take(folder.path()).unwrap();
        let text = RunLock::take(folder.path()).unwrap_err().to_string();
        assert!(text.contains(&format!("process {}", std::process::id())), "{text}");
        assert!(RunLock::is_held(folder.path()));
        drop(first);
        assert!(!RunLock::is_held(folder.path()));
        assert_eq!(RunLock::take(folder.path()).unwrap().previous, None);
    }

    #[test]
    fn a_live_process_keeps_its_lock_even_without_the_kernels() {
        // Ourselves, by another name: alive, in this boot.
        let folder = folder_with(&me());
        assert!(matches!(RunLock::take(folder.path()), Err(LockError::Held { .. })));
    }

    #[test]
    fn a_lock_of_another_boot_is_taken_over() {
        let stale = Holder { boot: "0000".into(), ..me() };
        let taken = RunLock::take(folder_with(&stale).path()).unwrap();
        assert!(taken.previous.as_ref().unwrap().is_of_another_boot());
    }

    #[test]
    fn a_pid_that_was_given_to_another_process_is_taken_over() {
        let stale = Holder { start_ticks: 1, ..me() };
        assert_eq!(
            RunLock::take(folder_with(&stale).path()).unwrap().previous.as_ref(),
            Some(&stale)
        );
    }

    #[test]
    fn rubbish_in_the_lock_file_is_no_lock() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(LOCK_FILE), "pid nobody").unwrap();
        assert_eq!(RunLock::take(folder.path()).unwrap().previous, None);
    }
}
