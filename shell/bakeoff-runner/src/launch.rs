//! Starts a program so that it is limited, pinned, timed, and dies with us: `__launch`.
//!
//! Our own program is executed again, prepares itself with safe calls, and becomes the candidate:
//! no code runs between fork and exec, so nothing here needs `unsafe`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};

use rustix::process::{
    Pid, Resource, Rlimit, Signal, getppid, getrlimit, set_parent_process_death_signal, setrlimit,
    setsid,
};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::cpus;
use crate::mark::Marks;

/// The hidden command under which the program calls [`exec_launch`].
pub const LAUNCH_COMMAND: &str = "__launch";

/// Exit status of `__launch` if the program could not be executed (as a shell has it).
pub const EXIT_NOT_EXECUTED: i32 = 127;

/// Descriptors a candidate may open: enough for every connection we make, and the same for all.
const DESCRIPTORS: u64 = 65_536;

/// What candidates have above us when the kernel looks for someone to kill.
const OOM_SCORE: i32 = 500;

/// Environment variables that are passed on from ours.
const PASSED_ON: [&str; 12] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "TZ",
    "SHELL",
    "GOROOT",
    "GOPATH",
    "CARGO_HOME",
    "RUSTUP_HOME",
];

/// A program to start.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Spec {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// The folder it starts in.
    pub dir: PathBuf,
    /// Environment variables beside those passed on.
    pub env: BTreeMap<String, String>,
    /// A folder of its own for temporary files.
    pub tmp: PathBuf,
    /// Processors it may use; empty leaves them alone.
    pub cpus: Vec<usize>,
    /// Files to write `0` to in order to join control groups.
    pub join: Vec<PathBuf>,
    /// Where to note the time of the exec; empty means nowhere.
    pub note: PathBuf,
    /// By what it and all it starts are known.
    pub marks: Marks,
    /// Who starts it: it ends itself if that is no longer its parent.
    pub parent: i32,
}

/// Why a program was not started.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// There is nothing to start.
    #[error("the command is empty")]
    Empty,
    /// The system refused.
    #[error("could not start `{}`", program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Starts `spec` through `exe`, our own program. The child dies with the thread that calls this.
///
/// # Errors
///
/// [`SpawnError`] if not even `__launch` could be started; if the program itself cannot be
/// executed, the child exits with [`EXIT_NOT_EXECUTED`] and says why on standard error.
pub fn spawn(
    exe: &Path,
    mut spec: Spec,
    stdout: Stdio,
    stderr: Stdio,
) -> Result<Child, SpawnError> {
    let program = spec.argv.first().map(PathBuf::from).ok_or(SpawnError::Empty)?;
    spec.parent = std::process::id() as i32;
    let failed = |source: io::Error| SpawnError::Spawn { program: program.clone(), source };
    let text = serde_json::to_string(&spec).map_err(|error| failed(error.into()))?;
    let mut command = Command::new(exe);
    command.arg(LAUNCH_COMMAND).arg(text).stdin(Stdio::null()).stdout(stdout).stderr(stderr);
    command.env_clear();
    for name in PASSED_ON {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.env("TMPDIR", &spec.tmp).envs(&spec.env).envs(spec.marks.variables());
    command.spawn().map_err(failed)
}

/// What the program does when called as `__launch SPEC`: prepares this process and becomes the
/// program of the spec. Returns only if that failed.
pub fn exec_launch(mut args: impl Iterator<Item = OsString>) -> ExitCode {
    let spec = args.next().and_then(|text| serde_json::from_str::<Spec>(text.to_str()?).ok());
    let Some(spec) = spec else {
        let _ = writeln!(io::stderr(), "bakeoff: {LAUNCH_COMMAND} is not for people");
        return ExitCode::from(2);
    };
    let error = match prepare(&spec) {
        Ok(()) => become_program(&spec),
        Err(error) => error,
    };
    let program = spec.argv.first().map_or("", String::as_str);
    let _ = writeln!(io::stderr(), "bakeoff: could not start `{program}`: {error}");
    ExitCode::from(EXIT_NOT_EXECUTED as u8)
}

fn prepare(spec: &Spec) -> io::Result<()> {
    setsid()?;
    // After setsid, and asked again afterwards: the parent may have died in between.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    if getppid().map(Pid::as_raw_pid) != Some(spec.parent) {
        return Err(io::Error::other("bakeoff is gone"));
    }
    limit(Resource::Nofile, DESCRIPTORS)?;
    limit(Resource::Core, 0)?;
    spec.marks.carry();
    let inherited: i32 = fs::read_to_string("/proc/self/oom_score_adj")
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(0);
    // Raising it is everyone's right; a refusal costs nothing but the order of killing.
    let _ = fs::write("/proc/self/oom_score_adj", inherited.max(OOM_SCORE).to_string());
    for file in &spec.join {
        fs::write(file, "0")
            .map_err(|error| io::Error::other(format!("{}: {error}", file.display())))?;
    }
    // After the cpuset, which resets it.
    if !spec.cpus.is_empty() {
        cpus::pin(&spec.cpus)?;
    }
    std::env::set_current_dir(&spec.dir)
}

/// Sets a soft and hard limit, as far as the hard limit allows.
fn limit(resource: Resource, wanted: u64) -> io::Result<()> {
    let hard = getrlimit(resource).maximum.unwrap_or(u64::MAX);
    let given = Some(wanted.min(hard));
    Ok(setrlimit(resource, Rlimit { current: given, maximum: given })?)
}

fn become_program(spec: &Spec) -> io::Error {
    let Some((program, arguments)) = spec.argv.split_first() else {
        return io::Error::other("nothing to start");
    };
    let mut command = Command::new(program);
    command.args(arguments);
    if !spec.note.as_os_str().is_empty()
        && let Err(error) = fs::write(&spec.note, monotonic_nanos().to_string())
    {
        return error;
    }
    command.exec()
}

/// The monotonic clock that all processes of a boot share, in nanoseconds.
pub fn monotonic_nanos() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    u64::try_from(now.tv_sec).unwrap_or(0) * 1_000_000_000 + u64::try_from(now.tv_nsec).unwrap_or(0)
}

/// How a process ended, in words: `exit status 3`, `signal 9 (SIGKILL)`.
pub fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => match signal_name(signal) {
            Some(name) => format!("signal {signal} ({name})"),
            None => format!("signal {signal}"),
        },
        (None, None) => status.to_string(),
    }
}

fn signal_name(signal: i32) -> Option<&'static str> {
    signal_hook::low_level::signal_name(signal)
}
