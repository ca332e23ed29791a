//! Places where a test can make a write stop dead or fail.
//!
//! `BAKEOFF_FAILPOINT=NAME=kill` ends the process by SIGKILL when it gets there, `NAME=error`
//! makes the step fail as a failing disk would, `NAME=panic` is the bug that is not there. Only
//! debug builds look.

use std::io;

/// Passes the place `name`, unless a test wants otherwise.
///
/// # Errors
///
/// An I/O error if the environment asks for one here.
pub(crate) fn pass(name: &str) -> io::Result<()> {
    if !cfg!(debug_assertions) {
        return Ok(());
    }
    let Ok(wanted) = std::env::var("BAKEOFF_FAILPOINT") else { return Ok(()) };
    match wanted.split_once('=') {
        Some((place, "kill")) if place == name => {
            let me = rustix::process::getpid();
            rustix::process::kill_process(me, rustix::process::Signal::KILL)?;
            Ok(())
        }
        Some((place, "error")) if place == name => {
            Err(io::Error::other(format!("failpoint {name}")))
        }
        Some((place, "panic")) if place == name => panic!("failpoint {name}"),
        Some(_) | None => Ok(()),
    }
}
