//! Kills what a dead run left behind: at once by a process that outlives us (`__reaper`), and at
//! the next start.

use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitCode, Stdio};

use rustix::process::{Pid, Signal, kill_process, setsid};

use crate::environment::Environment;
use crate::limits::{Group, Tree};
use crate::mark::Mark;
use crate::proc_fs;

/// The hidden command under which the program calls [`exec_reaper`].
pub const REAPER_COMMAND: &str = "__reaper";

/// What is written to the reaper by someone who cleaned up himself.
const GOODBYE: &[u8] = b"bye";

/// How often marked processes are looked for: those that fork while we look are found next time.
const LOOKS_MAX: u32 = 100;

/// How the groups of a run's candidates begin.
pub fn group_prefix(run: &str) -> String {
    format!("bakeoff-{run}-")
}

/// A process that waits for our end and then clears what we left. Dropping it sends it home.
#[derive(Debug)]
pub struct Reaper {
    child: Child,
    pipe: Option<ChildStdin>,
}

impl Reaper {
    /// Starts it.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn start(environment: &Environment) -> io::Result<Self> {
        let mut child = Command::new(&environment.exe)
            .arg(REAPER_COMMAND)
            .arg(&environment.run)
            .arg(&environment.cgroup_root)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let pipe = child.stdin.take();
        Ok(Self { child, pipe })
    }
}

impl Drop for Reaper {
    fn drop(&mut self) {
        if let Some(mut pipe) = self.pipe.take() {
            let _ = pipe.write_all(GOODBYE);
        }
        let _ = self.child.wait();
    }
}

/// What the program does when called as `__reaper RUN CGROUP_ROOT`: waits until the pipe on
/// standard input closes, and clears the run unless it was told that there is no need.
pub fn exec_reaper(mut args: impl Iterator<Item = OsString>) -> ExitCode {
    let run = args.next().and_then(|run| run.into_string().ok());
    let (Some(run), Some(root)) = (run, args.next().map(PathBuf::from)) else {
        let _ = writeln!(io::stderr(), "bakeoff: {REAPER_COMMAND} is not for people");
        return ExitCode::from(2);
    };
    // A session of its own: Ctrl-C and a terminal that goes away are not meant for it.
    let _ = setsid();
    let mut said = Vec::new();
    let _ = io::stdin().lock().read_to_end(&mut said);
    if said != GOODBYE {
        clear(&run, &root);
    }
    ExitCode::SUCCESS
}

/// Kills every process that run `run` left behind and removes its control groups. Says what there
/// was, for people.
pub fn clear(run: &str, cgroup_root: &Path) -> Vec<String> {
    let tree = Tree::of_this_process(cgroup_root);
    let mut cleared = Vec::new();
    let names = tree.groups(&group_prefix(run));
    for name in &names {
        let group = Group::existing(&tree, name);
        cleared.extend(group.pids().into_iter().map(proc_fs::name));
        group.kill();
    }
    for _ in 0..LOOKS_MAX {
        let left = Mark::Run(run).carriers();
        if left.is_empty() {
            break;
        }
        for pid in left {
            let name = proc_fs::name(pid);
            if !cleared.contains(&name) {
                cleared.push(name);
            }
            kill(pid);
        }
        std::thread::yield_now();
    }
    for name in names {
        if Group::existing(&tree, &name).remove().is_err() {
            cleared.push(format!("control group {name} (could not be removed)"));
        }
    }
    cleared
}

fn kill(pid: i32) {
    if let Some(pid) = Pid::from_raw(pid) {
        let _ = kill_process(pid, Signal::KILL);
    }
}
