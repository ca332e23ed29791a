//! Runs one generator on its own core and accounts for it.

use std::fs;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::figures::Figures;
use super::peers::{Load, Peer};

/// The core of the generator; the server has core 0.
pub(super) const GENERATOR_CPU: &str = "1";

/// Runs `argv` pinned, bounded in time, and reads what it and the system say of it.
pub(super) fn measure(argv: &[String], peer: &Peer, load: &Load, seconds: u32) -> Result<Figures> {
    let account = std::env::temp_dir().join(format!("bakeoff-bench-{}", std::process::id()));
    let output = Command::new("/usr/bin/time")
        .args(["--quiet", "-f", "%U %S %e %M", "-o"])
        .arg(&account)
        .args(["timeout", &(seconds * 4 + 20).to_string()])
        .args(["taskset", "-c", GENERATOR_CPU])
        .args(argv)
        .stdin(Stdio::null())
        .output()
        .context("`time`, `timeout` and `taskset` are needed")?;
    let told = fs::read_to_string(&account).unwrap_or_default();
    let _ = fs::remove_file(&account);
    let numbers: Vec<f64> =
        told.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    let [user, system, wall, kib] = numbers[..] else {
        bail!("`{}` left no account: {told}", argv.join(" "));
    };
    let stdout = String::from_utf8_lossy(&output.stdout);
    let mut figures = (peer.read)(&stdout, load).with_context(|| {
        let stderr = String::from_utf8_lossy(&output.stderr);
        format!("could not read the answer of `{}`:\n{stdout}\n{stderr}", argv.join(" "))
    })?;
    figures.cpu_seconds = user + system;
    figures.wall_seconds = wall;
    figures.memory_bytes = kib * 1024.0;
    Ok(figures)
}
