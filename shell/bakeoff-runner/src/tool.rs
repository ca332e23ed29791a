//! Runs a command to its end: toolchain receipts, builds, probe programs.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};

use crate::control::Signals;
use crate::environment::Environment;
use crate::launch::{self, SpawnError, Spec};
use crate::mark::Marks;
use crate::output;

/// How long a command may take to go after it was told to.
const GRACE: Duration = Duration::from_secs(2);

/// How often a command that runs is left to look for signals.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Most of a command's output that is given back, in bytes.
const OUTPUT_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// A command to run to its end. Standard input is empty.
#[derive(Clone, Debug, Default)]
pub struct Tool {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// The folder it runs in.
    pub dir: PathBuf,
    /// Environment variables beside those passed on.
    pub env: BTreeMap<String, String>,
    /// How long it may take.
    pub within: Duration,
    /// Where its output is appended, both streams.
    pub log: PathBuf,
}

/// How a command ended.
#[derive(Clone, Debug)]
pub struct ToolEnd {
    /// How it ended; `None` if it took too long or we were told to stop, and was killed.
    pub status: Option<ExitStatus>,
    /// Wall time, in seconds.
    pub seconds: f64,
    /// What it printed, both streams, the end of it if it is long. Not escaped.
    pub output: String,
    /// The last lines of it, escaped.
    pub tail: String,
    /// How it ended, in words.
    pub words: String,
}

impl ToolEnd {
    /// Whether it ended by itself with status 0.
    pub fn success(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }
}

/// Why a command could not be run at all.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// It could not be started.
    #[error(transparent)]
    Spawn(#[from] SpawnError),
    /// Its log could not be written or read.
    #[error("log `{}`", path.display())]
    Log {
        /// The log.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Runs `tool` to its end; kills its whole group if it takes too long or `signals` say stop.
///
/// # Errors
///
/// [`ToolError`] if it could not be run; that it failed is no error but told.
pub fn run(
    environment: &Environment,
    signals: &Signals,
    tool: &Tool,
) -> Result<ToolEnd, ToolError> {
    let logged = |source| ToolError::Log { path: tool.log.clone(), source };
    let mut log = open_log(&tool.log).map_err(logged)?;
    let start = log.seek(SeekFrom::End(0)).map_err(logged)?;
    let tmp = environment.run_dir.join("tmp").join("tools");
    fs::create_dir_all(&tmp).map_err(logged)?;
    let spec = Spec {
        argv: tool.argv.clone(),
        dir: tool.dir.clone(),
        env: tool.env.clone(),
        tmp,
        // We may be pinned to a part of them ourselves.
        cpus: environment.cpus.clone(),
        marks: Marks::new(&environment.run, None),
        ..Spec::default()
    };
    let (stdout, stderr) = (log.try_clone().map_err(logged)?, log.try_clone().map_err(logged)?);
    let began = Instant::now();
    let mut child = launch::spawn(&environment.exe, spec, stdout.into(), stderr.into())?;
    let group = Pid::from_child(&child);
    let guarded = signals.guard(group);
    let status = wait(&mut child, tool.within, signals).map_err(logged)?;
    let seconds = began.elapsed().as_secs_f64();
    let words = match status {
        Some(status) => launch::describe(status),
        None if signals.ending().is_some() => "stopped with us".to_owned(),
        None => format!("killed after {seconds:.0} s"),
    };
    if status.is_none() {
        let _ = kill_process_group(group, Signal::TERM);
        if wait(&mut child, GRACE, &Signals::default()).map_err(logged)?.is_none() {
            let _ = kill_process_group(group, Signal::KILL);
            let _ = child.wait();
        }
    }
    // Whatever it left running in its group would disturb what is measured next.
    let _ = kill_process_group(group, Signal::KILL);
    drop(guarded);
    let printed = read_from(&mut log, start).map_err(logged)?;
    Ok(ToolEnd {
        status,
        seconds,
        tail: output::tail(&printed),
        output: String::from_utf8_lossy(&printed).into_owned(),
        words,
    })
}

fn open_log(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    File::options().create(true).append(true).read(true).open(path)
}

fn read_from(log: &mut File, start: u64) -> io::Result<Vec<u8>> {
    let end = log.seek(SeekFrom::End(0))?;
    log.seek(SeekFrom::Start(start.max(end.saturating_sub(OUTPUT_BYTES_MAX))))?;
    let mut printed = Vec::new();
    log.take(OUTPUT_BYTES_MAX).read_to_end(&mut printed)?;
    Ok(printed)
}

/// Waits for `child`; `None` if it did not end `within` that time or a signal came.
pub(crate) fn wait(
    child: &mut std::process::Child,
    within: Duration,
    signals: &Signals,
) -> io::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + within;
    let end = pidfd_open(Pid::from_child(child), PidfdFlags::empty())?;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || signals.ending().is_some() {
            return Ok(None);
        }
        let pause = left.min(LOOK_EVERY);
        let pause = Timespec { tv_sec: 0, tv_nsec: pause.as_nanos() as i64 };
        match poll(&mut [PollFd::new(&end, PollFlags::IN)], Some(&pause)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
