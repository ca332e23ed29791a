//! `bakeoff analyse`: everything recomputed from raw trials, without the run.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use bakeoff_experiment::analyse::analyse_at;
use bakeoff_experiment::analyse::second::{Costs, second_opinions};
use bakeoff_experiment::analysis::{Analysis, Comparison};
use bakeoff_experiment::trials_reader;
use bakeoff_units::digits;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::second;
use crate::talk;

/// Recompute every verdict from exported trials
#[derive(Debug, clap::Args)]
pub(crate) struct AnalyseArgs {
    /// Trials (bakeoff.trials/1), `-` for stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Say what other methods make of the primary comparisons, in place of the verdicts
    #[arg(long)]
    second_opinions: bool,

    /// What one more round and one more build take, in any unit: how many rounds a build are the cheapest
    #[arg(long, value_name = "ROUND,BUILD", value_parser = costs)]
    costs: Option<Costs>,

    /// Print bakeoff.analysis/1, or bakeoff.second-opinions/1
    #[arg(long)]
    json: bool,
}

impl AnalyseArgs {
    pub(crate) fn exec(self, context: &mut Context) -> Result<Exit, Failure> {
        let bytes = read_bytes(&self.file)?;
        let trials = trials_reader::read(&bytes).map_err(|why| Failure::new(Exit::Usage, why))?;
        // The text of a million trials weighs as much as all that is made of it.
        drop(bytes);
        if self.second_opinions {
            let opinions = second_opinions(&trials, self.costs)
                .map_err(|why| Failure::new(Exit::Usage, why))?;
            if self.json {
                context.json(&opinions)?;
            } else {
                second::print(&opinions, context.out)?;
            }
            return Ok(Exit::Done);
        }
        let analysis = analyse_at(&trials, self.costs.unwrap_or(Costs::EQUAL))
            .map_err(|why| Failure::new(Exit::Usage, why))?;
        // Millions of small pieces take a tenth of a second to give back, and the program ends here.
        std::mem::forget(trials);
        if self.json {
            context.json(&analysis)?;
        } else {
            print(&analysis, context.out)?;
        }
        Ok(Exit::Done)
    }
}

/// `5,60`: both above zero.
fn costs(text: &str) -> Result<Costs, String> {
    let number = |part: &str| part.trim().parse::<f64>().ok().filter(|n| n.is_finite() && *n > 0.0);
    let parts =
        text.split_once(',').and_then(|(round, build)| Some((number(round)?, number(build)?)));
    let (round, build) = parts.ok_or_else(|| format!("`{text}` is not two costs like 5,60"))?;
    Ok(Costs { round, build })
}

/// A file's bytes, or those of stdin for `-`.
pub(crate) fn read_bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut bytes);
        read.map_err(|why| Failure::usage(format!("cannot read stdin: {why}")))?;
        return Ok(bytes);
    }
    std::fs::read(path)
        .map_err(|why| Failure::usage(format!("cannot read `{}`: {why}", path.display())))
}

fn print(analysis: &Analysis, out: &mut dyn Write) -> std::io::Result<()> {
    for comparison in &analysis.comparisons {
        writeln!(out, "{}", line_of(comparison))?;
    }
    let rig = &analysis.rig;
    writeln!(out, "rig {}", if rig.valid { "valid" } else { "NOT TO BE TRUSTED" })?;
    for reason in &rig.reasons {
        writeln!(out, "  {reason}")?;
    }
    Ok(())
}

/// A comparison in one line.
pub(crate) fn line_of(comparison: &Comparison) -> String {
    let Comparison { workload, load, metric, a, b, verdict, .. } = comparison;
    let place = if workload.is_empty() { String::new() } else { format!("{workload} {load} ") };
    let notes = if comparison.notes.is_empty() {
        String::new()
    } else {
        format!(" ({})", comparison.notes.join("; "))
    };
    // A candidate against itself is one against what it was in an earlier run.
    let b = if a == b { "before" } else { b.as_str() };
    let said = match verdict.as_str() {
        "better" | "worse" => format!("{a} {verdict} than {b}"),
        "equivalent" => format!("{a} equivalent to {b}"),
        "better-size-unclear" => format!("{a} better than {b}, size unclear"),
        "worse-size-unclear" => format!("{a} worse than {b}, size unclear"),
        open => format!("{a} against {b} {open}"),
    };
    format!(
        "{place}{metric}: {said}: {}x {}, margin {} %, {}{notes}",
        digits(comparison.ratio, 3),
        interval_of(comparison),
        digits(comparison.margin * 100.0, 2),
        talk::plural(comparison.rounds as usize, "round"),
    )
}

/// `[0.539, 0.672] (98.75 % t)`; a counted number has no interval.
fn interval_of(comparison: &Comparison) -> String {
    if comparison.interval == "exact" {
        return "counted".to_owned();
    }
    let limits = limits(comparison.lower, comparison.upper);
    format!("{limits} ({} % {})", digits(comparison.level * 100.0, 4), comparison.interval)
}

/// The limits of a ratio; beyond a thousand either way they say no more than that.
pub(crate) fn limits(lower: Option<f64>, upper: Option<f64>) -> String {
    let (Some(lower), Some(upper)) = (lower, upper) else {
        return "[no finite interval]".to_owned();
    };
    let shown = |limit: f64| match limit {
        tiny if tiny < 1e-3 => "< 0.001".to_owned(),
        huge if huge > 1e3 => "> 1000".to_owned(),
        limit => digits(limit, 3),
    };
    format!("[{}, {}]", shown(lower), shown(upper))
}
