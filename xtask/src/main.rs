//! The project's own chores: ci, tidy, codegen.

mod arrows;
mod bench;
mod codegen;
mod files;
mod lengths;
mod tidy;

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

const USAGE: &str = "usage: cargo xtask ci | tidy | codegen [--check] | bench [--quick] [PART ...]

  ci        everything a change must pass: formatting, tidy, clippy, generated files, tests
  tidy      what a compiler cannot see: arrows, lengths, first lines, paths of one machine
  codegen   write schemas, man page and completions; --check only compares them
  bench     the load generator beside its peers; script/bench installs them
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["ci"] => ci(),
        ["tidy"] => tidy::tidy(root()),
        ["codegen"] => codegen::codegen(root(), false),
        ["bench", rest @ ..] => bench::bench(root(), rest),
        ["codegen", "--check"] => codegen::codegen(root(), true),
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why:#}");
            ExitCode::FAILURE
        }
    }
}

/// The folder of the workspace.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the workspace")
}

/// Everything a change must pass, cheapest first.
fn ci() -> Result<()> {
    cargo(&["fmt", "--all", "--check"])?;
    tidy::tidy(root())?;
    cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])?;
    codegen::codegen(root(), true)?;
    cargo(&["test", "--workspace", "--no-fail-fast"])
}

fn cargo(args: &[&str]) -> Result<()> {
    println!("==> cargo {}", args.join(" "));
    let status = Command::new(env!("CARGO"))
        .args(args)
        .current_dir(root())
        .status()
        .context("cargo does not start")?;
    if !status.success() {
        bail!("cargo {} failed", args.join(" "));
    }
    Ok(())
}
