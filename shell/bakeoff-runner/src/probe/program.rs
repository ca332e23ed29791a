//! A program of the suite that measures something itself and prints one JSON object a line.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use bakeoff_experiment::experiment::ProbeKind;
use serde::Deserialize;

use super::{Ask, Found, ProbeError};
use crate::tool::{self, Tool, ToolEnd};
use crate::trial::Rig;

/// How long one command of its build may take.
const BUILD_WITHIN: Duration = Duration::from_mins(30);

/// How long its toolchain may take to say its version.
const RECEIPT_WITHIN: Duration = Duration::from_secs(30);

/// A line that a probe program prints: `{"metric":"bytes-per-task","value":2650,"unit":"B"}`.
#[derive(Debug, Deserialize)]
struct Line {
    metric: String,
    value: f64,
    #[serde(default)]
    unit: String,
}

pub(super) fn run(rig: &Rig<'_>, ask: Ask<'_>, kind: &ProbeKind) -> Result<Found, ProbeError> {
    let ProbeKind::Program { dir, toolchain, hint, build, run, within, .. } = kind else {
        return Err(ProbeError::Unknown { name: ask.probe.to_owned() });
    };
    let dir = rig.environment.manifest_dir.join(dir);
    let mut found = Found::default();
    if ask.round == 1 {
        if !toolchain.is_empty() {
            let end = command(rig, ask, toolchain, &dir, RECEIPT_WITHIN);
            let words = match end {
                Ok(end) if end.success() => {
                    found.fact("toolchain", end.output.lines().next().unwrap_or_default().trim());
                    None
                }
                Ok(end) => Some(end.words),
                Err(error) => Some(crate::trial::chain(&error)),
            };
            if let Some(words) = words {
                let reason = format!("`{}`: {words}; {hint}", toolchain.join(" "));
                return Err(ProbeError::Nothing { reason });
            }
        }
        for argv in build {
            succeed(command(rig, ask, argv, &dir, BUILD_WITHIN)?, argv)?;
        }
    }
    let within = Duration::from_secs_f64(*within);
    let end = succeed(command(rig, ask, run, &dir, within)?, run)?;
    found.metrics = parse(&end.output)?;
    Ok(found)
}

fn command(
    rig: &Rig<'_>,
    ask: Ask<'_>,
    argv: &[String],
    dir: &Path,
    within: Duration,
) -> Result<ToolEnd, ProbeError> {
    let tool = Tool {
        argv: argv.to_vec(),
        dir: dir.to_owned(),
        env: BTreeMap::new(),
        within,
        log: rig.environment.log_dir().join(format!("probe-{}.log", ask.probe)),
    };
    let end = tool::run(rig.environment, &rig.signals, &tool)?;
    if rig.signals.ending().is_some() { Err(ProbeError::Stopped) } else { Ok(end) }
}

fn succeed(end: ToolEnd, argv: &[String]) -> Result<ToolEnd, ProbeError> {
    if end.success() {
        return Ok(end);
    }
    Err(ProbeError::Command { command: argv.join(" "), words: end.words, tail: end.tail })
}

/// One number a metric in base units; of a metric printed several times, the mean. Lines that are
/// no JSON object are talk.
fn parse(output: &str) -> Result<BTreeMap<String, f64>, ProbeError> {
    let mut values: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for line in output.lines().filter(|line| line.trim_start().starts_with('{')) {
        let shown: String = line.chars().take(200).collect();
        let wrong =
            |why: String| ProbeError::Nothing { reason: format!("printed `{shown}`: {why}") };
        let line: Line = serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
        let factor = factor(&line.unit)
            .ok_or_else(|| wrong(format!("unit `{}` is not known", line.unit.escape_debug())))?;
        let value = line.value * factor;
        if !(value.is_finite() && value >= 0.0) {
            return Err(wrong("the value is not a finite number from 0".to_owned()));
        }
        values.entry(line.metric).or_default().push(value);
    }
    if values.is_empty() {
        return Err(ProbeError::Nothing { reason: "it printed no measurement".to_owned() });
    }
    Ok(values
        .into_iter()
        .map(|(metric, values)| (metric, values.iter().sum::<f64>() / values.len() as f64))
        .collect())
}

/// What a number in `unit` is multiplied by to be in base units.
fn factor(unit: &str) -> Option<f64> {
    Some(match unit {
        "" | "1" | "s" | "B" | "/s" | "1/s" => 1.0,
        "ms" => 1e-3,
        "us" | "µs" => 1e-6,
        "ns" => 1e-9,
        "min" => 60.0,
        "kB" | "k/s" => 1e3,
        "MB" | "M/s" => 1e6,
        "GB" => 1e9,
        "KiB" => 1024.0,
        "MiB" => 1048576.0,
        "GiB" => 1073741824.0,
        "%" => 0.01,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_numbers_in_base_units() {
        let output = "warming up\n{\"metric\":\"a\",\"value\":2,\"unit\":\"ms\"}\n\
            {\"metric\":\"b\",\"value\":3}\n{\"metric\":\"a\",\"value\":4,\"unit\":\"ms\"}\n";
        let metrics = parse(output).unwrap();
        assert_eq!(metrics, BTreeMap::from([("a".to_owned(), 0.003), ("b".to_owned(), 3.0)]));
    }

    #[test]
    fn what_is_no_measurement_is_refused_with_the_line() {
        for (output, why) in [
            ("hello", "no measurement"),
            ("{\"metric\":\"a\"}", "missing field"),
            ("{\"metric\":\"a\",\"value\":1,\"unit\":\"parsec\"}", "parsec"),
            ("{\"metric\":\"a\",\"value\":-1}", "finite number"),
        ] {
            let error = parse(output).unwrap_err().to_string();
            assert!(error.contains(why), "{output}: {error}");
        }
    }
}
