//! What recomputing costs: `analyse` of a million trials, `decide` by 100 000 draws.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::table::median;

/// Wall seconds, processor seconds and peak memory of one command.
#[derive(Clone, Copy)]
struct Cost {
    wall_seconds: f64,
    cpu_seconds: f64,
    memory_bytes: f64,
}

/// Numbers that look random and are the same every time (Marsaglia's xorshift64).
struct Numbers(u64);

impl Numbers {
    /// From 0 to 1.
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The table, each line the median of `repetitions` runs.
pub(super) fn offline(root: &Path, repetitions: usize) -> Result<String> {
    let program = root.join("target/release/bakeoff");
    let folder = root.join("target/bench");
    fs::create_dir_all(&folder)?;
    let mut page = String::from(
        "## Recomputing\n\n| what | wall s | CPU s | peak memory MiB |\n|---|---|---|---|\n",
    );
    for (label, rows, cells) in [
        ("analyse, 100 000 trials, 5 candidates, 200 rounds", 100_000, 100),
        ("analyse, 1 000 000 trials, 5 candidates, 2 000 rounds", 1_000_000, 100),
        ("analyse, 1 000 000 trials, 5 candidates, 200 rounds", 1_000_000, 1000),
    ] {
        let file = folder.join("trials.json");
        write_trials(&file, rows, cells)?;
        add(&mut page, label, &program, "analyse", &file, repetitions)?;
    }
    let file = folder.join("evidence.json");
    write_evidence(&file)?;
    let label = "decide, 100 000 draws, 20 alternatives, 20 criteria measured in 8 rounds";
    add(&mut page, label, &program, "decide", &file, repetitions)?;
    write_mixed_evidence(&file)?;
    let label = "decide, the same, 10 criteria measured in 30 rounds, 5 rated, 4 cited, 1 unknown";
    add(&mut page, label, &program, "decide", &file, repetitions)?;
    Ok(page + "\n")
}

fn add(
    page: &mut String,
    label: &str,
    program: &Path,
    command: &str,
    file: &Path,
    repetitions: usize,
) -> Result<()> {
    let costs: Vec<Cost> =
        (0..repetitions).map(|_| cost(program, command, file)).collect::<Result<_>>()?;
    let of = |figure: fn(&Cost) -> f64| median(&costs.iter().map(figure).collect::<Vec<_>>());
    writeln!(
        page,
        "| {label} | {:.2} | {:.2} | {:.0} |",
        of(|cost| cost.wall_seconds).unwrap_or(f64::NAN),
        of(|cost| cost.cpu_seconds).unwrap_or(f64::NAN),
        of(|cost| cost.memory_bytes).unwrap_or(f64::NAN) / 1048576.0
    )?;
    Ok(())
}

fn cost(program: &Path, command: &str, file: &Path) -> Result<Cost> {
    let account: PathBuf = file.with_extension("account");
    let status = Command::new("/usr/bin/time")
        .args(["--quiet", "-f", "%U %S %e %M", "-o"])
        .arg(&account)
        .arg(program)
        .arg(command)
        .arg(file)
        .arg("--json")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .context("`time` is needed")?;
    let told = fs::read_to_string(&account)?;
    let numbers: Vec<f64> = told.split_whitespace().filter_map(|n| n.parse().ok()).collect();
    let [user, system, wall, kib] = numbers[..] else {
        bail!("`bakeoff {command}` ended with {status} and left no account: {told}");
    };
    Ok(Cost { wall_seconds: wall, cpu_seconds: user + system, memory_bytes: kib * 1024.0 })
}

/// Trials of five candidates with two metrics, in random order within each round.
fn write_trials(file: &Path, rows: usize, cells: usize) -> Result<()> {
    const CANDIDATES: usize = 5;
    let rounds = rows / (cells * CANDIDATES);
    let mut numbers = Numbers(7);
    let mut out = BufWriter::new(fs::File::create(file)?);
    write!(
        out,
        r#"{{"schema":"bakeoff.trials/1","design":{{"candidates":["c0","c1","c2","c3","c4"],"reference":"c0","margin":{{"latency-p99":0.05}},"level":0.95,"stop":{{"kind":"fixed","rounds":{rounds}}},"direction":{{}}}},"trials":["#
    )?;
    for row in 0..rows {
        let (cell, within) = (row / (rounds * CANDIDATES), row % (rounds * CANDIDATES));
        let (round, position) = (within / CANDIDATES, within % CANDIDATES);
        // Rotated by the round: balanced, and enough to be interleaved.
        let candidate = (position + round) % CANDIDATES;
        let (latency, cpu) = (0.010 + 0.001 * numbers.next(), 1e-4 + 1e-5 * numbers.next());
        let comma = if row == 0 { "" } else { "," };
        write!(
            out,
            r#"{comma}{{"round":{},"position":{position},"candidate":"c{candidate}","workload":"w{cell}","load":"60%","build":1,"metrics":{{"latency-p99":{latency:.6},"cpu-per-request":{cpu:.8}}}}}"#,
            round + 1
        )?;
    }
    write!(out, "]}}")?;
    Ok(out.flush()?)
}

/// How many alternatives are decided between, and how many criteria weighed.
const SIZE: usize = 20;

/// Twenty alternatives measured on twenty criteria in eight rounds.
fn write_evidence(file: &Path) -> Result<()> {
    let mut numbers = Numbers(9);
    let criteria: Vec<_> = (0..SIZE).map(|index| measured(index, 8, &mut numbers)).collect();
    write_criteria(file, &criteria)
}

/// Twenty alternatives on criteria of every kind, the measured ones in thirty rounds.
fn write_mixed_evidence(file: &Path) -> Result<()> {
    let mut numbers = Numbers(9);
    let criteria = (0..SIZE).map(|index| match index {
        0..10 => measured(index, 30, &mut numbers),
        10..15 => rated(index, &mut numbers),
        15..19 => cited(index, &mut numbers),
        _ => serde_json::json!({ "name": name(index), "kind": "unknown", "swing": 5 }),
    });
    let criteria: Vec<_> = criteria.collect();
    write_criteria(file, &criteria)
}

fn name(index: usize) -> String {
    format!("k{index}")
}

fn measured(index: usize, rounds: usize, numbers: &mut Numbers) -> serde_json::Value {
    let rows: Vec<Vec<f64>> = (0..SIZE)
        .map(|_| {
            let level = 0.01 + 0.02 * numbers.next();
            (0..rounds).map(|_| level * (1.0 + 0.05 * numbers.next())).collect()
        })
        .collect();
    serde_json::json!({
        "name": name(index), "kind": "measured", "shape": "log",
        "best": 0.005, "worst": 0.05, "swing": 10 + index, "rounds": rows,
    })
}

/// By five people on five levels.
fn rated(index: usize, numbers: &mut Numbers) -> serde_json::Value {
    let mut score = || 1.0 + (5.0 * numbers.next()).floor();
    let scores: Vec<Vec<f64>> = (0..SIZE).map(|_| (0..5).map(|_| score()).collect()).collect();
    serde_json::json!({
        "name": name(index), "kind": "rated", "scale": [1, 5], "swing": 10 + index, "scores": scores,
        "raters": ["ann", "bob", "eve", "joe", "kim"],
    })
}

/// Triangular, then PERT, then an interval on a log scale, in turn.
fn cited(index: usize, numbers: &mut Numbers) -> serde_json::Value {
    let mut criterion = serde_json::json!({
        "name": name(index), "kind": "cited", "grade": "indirect", "swing": 10 + index,
        "best": 0.005, "worst": 0.05,
    });
    let mut cells = |wide: bool| -> Vec<Vec<f64>> {
        let cell = |_| {
            let mode = 0.01 + 0.02 * numbers.next();
            if wide { vec![0.8 * mode, mode, 1.5 * mode] } else { vec![0.8 * mode, 1.3 * mode] }
        };
        (0..SIZE).map(cell).collect()
    };
    let (field, cells) = match index % 3 {
        0 => ("triangular", cells(true)),
        1 => ("pert", cells(true)),
        _ => {
            criterion["shape"] = "log".into();
            ("interval", cells(false))
        }
    };
    criterion[field] = serde_json::json!(cells);
    criterion
}

fn write_criteria(file: &Path, criteria: &[serde_json::Value]) -> Result<()> {
    let alternatives: Vec<String> = (0..SIZE).map(|index| format!("a{index}")).collect();
    let evidence = serde_json::json!({
        "schema": "bakeoff.evidence/1", "seed": 1, "draws": 100_000,
        "alternatives": alternatives, "criteria": criteria,
    });
    fs::write(file, evidence.to_string()).context("could not write the evidence")
}
