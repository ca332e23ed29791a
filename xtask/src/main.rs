//! The project's own chores: ci, tidy, codegen.

mod arrows;
mod bench;
mod codegen;
mod files;
mod lengths;
mod tidy;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};

const USAGE: &str = "usage: cargo xtask ci | tidy | codegen [--check] | bench [--quick] [PART ...]

  ci        everything a change must pass: formatting, tidy, clippy, generated files, sliders, tests
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
    sliders()?;
    cargo(&["test", "--workspace", "--no-fail-fast"])
}

/// The report's script against the report: its sliders must give our numbers (FAILURES.md F60).
/// Without node there is nothing to run it with, which only a CI machine may not have.
fn sliders() -> Result<()> {
    println!("==> sliders: report.js against the report");
    if Command::new("node").arg("--version").output().is_err() {
        if std::env::var_os("CI").is_some() {
            bail!("there is no `node` to run core/bakeoff-report/assets/check.js with");
        }
        println!("skipped: there is no `node`; install it (script/setup does) to run check.js");
        return Ok(());
    }
    let sample = ["run", "--quiet", "--package", "bakeoff-report", "--example", "sample", "--"];
    let weights = Command::new(env!("CARGO"))
        .args(sample)
        .arg("weights")
        .current_dir(root())
        .stderr(Stdio::inherit())
        .output()
        .context("cargo does not start")?;
    if !weights.status.success() {
        bail!("the sample of weights failed");
    }
    let mut node = Command::new("node")
        .arg("core/bakeoff-report/assets/check.js")
        .current_dir(root())
        .stdin(Stdio::piped())
        .spawn()
        .context("node does not start")?;
    let written = node.stdin.take().context("a pipe")?.write_all(&weights.stdout);
    // If it did not read all, it says why by its status.
    if !node.wait()?.success() {
        bail!("check.js failed");
    }
    written.context("check.js did not read the weights")
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
