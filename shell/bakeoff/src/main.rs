//! The program: arguments, progress, printing and exit codes; wiring only.

mod asking;
mod beside;
mod claims;
mod cli;
mod commands;
mod conclusion;
mod context;
mod execution;
mod exit;
mod failure;
mod judging;
mod listening;
mod load;
mod manifest;
mod progress;
mod second;
mod talk;

use std::io::{self, Write};
use std::process::ExitCode;

use anstream::ColorChoice;
use clap::Parser;

use crate::cli::{Cli, Color};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

fn main() -> ExitCode {
    if let Some(exit) = hidden() {
        return exit;
    }
    let cli = Cli::parse();
    match cli.color {
        Color::Auto => {}
        Color::Always => ColorChoice::Always.write_global(),
        Color::Never => ColorChoice::Never.write_global(),
    }
    std::panic::set_hook(Box::new(report_bug));
    let done = std::panic::catch_unwind(|| run(cli));
    let exit = match done {
        Ok(Ok(exit)) => exit,
        Ok(Err(failure)) if failure.is_broken_pipe() => Exit::Done,
        Ok(Err(failure)) => {
            talk::failure(&failure);
            failure.exit
        }
        Err(_) => Exit::Bug,
    };
    ExitCode::from(exit.code())
}

/// The commands that the program gives itself.
fn hidden() -> Option<ExitCode> {
    let mut args = std::env::args_os().skip(1);
    match args.next()?.to_str()? {
        "__launch" => Some(bakeoff_runner::launch::exec_launch(args)),
        "__reaper" => Some(bakeoff_runner::reaper::exec_reaper(args)),
        _ => None,
    }
}

fn run(cli: Cli) -> Result<Exit, Failure> {
    let here = std::env::current_dir()
        .map_err(|why| Failure::usage(format!("cannot tell the current folder: {why}")))?;
    let store = cli.store.unwrap_or_else(|| bakeoff_store::default_store(&here));
    let mut out = io::BufWriter::new(anstream::stdout());
    let exit = cli.command.exec(&mut Context { store, out: &mut out })?;
    let flushed = out.flush();
    match exit {
        // The terminal may be what went away; what is in the run is not lost.
        Exit::HungUp | Exit::Interrupted | Exit::Terminated => {}
        Exit::Done
        | Exit::Bug
        | Exit::Usage
        | Exit::RequirementFailed
        | Exit::Inconclusive
        | Exit::Regression
        | Exit::BuildFailed
        | Exit::ContractFailed
        | Exit::NotStarted
        | Exit::RunInvalid
        | Exit::StoreUnreadable
        | Exit::Locked
        | Exit::CannotWrite => flushed?,
    }
    Ok(exit)
}

/// Says where a panic happened and writes it down: the screen may be gone soon.
fn report_bug(panic: &std::panic::PanicHookInfo<'_>) {
    let trace = std::backtrace::Backtrace::force_capture();
    let text = format!("bakeoff {}\n{panic}\n\n{trace}\n", env!("CARGO_PKG_VERSION"));
    let path = std::env::temp_dir().join(format!("bakeoff-crash-{}.txt", std::process::id()));
    let mut err = io::stderr().lock();
    let _ = writeln!(err, "bug in bakeoff: {panic}");
    if std::fs::write(&path, text).is_ok() {
        let _ = writeln!(err, "  please report it with `{}`", path.display());
    }
}
