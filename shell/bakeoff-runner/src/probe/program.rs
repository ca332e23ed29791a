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
    parse(&end.output, &mut found)?;
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

/// One number a metric in base units, and those units; of a metric printed several times, the mean. Lines that are
/// no JSON object are talk.
fn parse(output: &str, found: &mut Found) -> Result<(), ProbeError> {
    let mut values: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for line in output.lines().filter(|line| line.trim_start().starts_with('{')) {
        let shown: String = line.chars().take(200).collect();
        let wrong =
            |why: String| ProbeError::Nothing { reason: format!("printed `{shown}`: {why}") };
        let line: Line = serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
        let (factor, base) = base(&line.unit)
            .ok_or_else(|| wrong(format!("unit `{}` is not known", line.unit.escape_debug())))?;
        let value = line.value * factor;
        if !(value.is_finite() && value >= 0.0) {
            return Err(wrong("the value is not a finite number from 0".to_owned()));
        }
        if !base.is_empty() {
            found.units.insert(line.metric.clone(), base.to_owned());
        }
        values.entry(line.metric).or_default().push(value);
    }
    if values.is_empty() {
        return Err(ProbeError::Nothing { reason: "it printed no measurement".to_owned() });
    }
    let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
    found.metrics = values.into_iter().map(|(metric, values)| (metric, mean(values))).collect();
    Ok(())
}

/// What a number in `unit` is multiplied by to be in its base unit, and that unit.
fn base(unit: &str) -> Option<(f64, &'static str)> {
    Some(match unit {
        "" | "1" => (1.0, ""),
        "s" => (1.0, "s"),
        "ms" => (1e-3, "s"),
        "us" | "µs" => (1e-6, "s"),
        "ns" => (1e-9, "s"),
        "min" => (60.0, "s"),
        "/s" | "1/s" => (1.0, "/s"),
        "k/s" => (1e3, "/s"),
        "M/s" => (1e6, "/s"),
        "B" => (1.0, "B"),
        "kB" => (1e3, "B"),
        "MB" => (1e6, "B"),
        "GB" => (1e9, "B"),
        "KiB" => (1024.0, "B"),
        "MiB" => (1048576.0, "B"),
        "GiB" => (1073741824.0, "B"),
        "%" => (0.01, "fraction"),
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
        let mut found = Found::default();
        parse(output, &mut found).unwrap();
        assert_eq!(found.metrics, BTreeMap::from([("a".to_owned(), 0.003), ("b".to_owned(), 3.0)]));
        assert_eq!(found.units, BTreeMap::from([("a".to_owned(), "s".to_owned())]));
    }

    #[test]
    fn what_is_no_measurement_is_refused_with_the_line() {
        for (output, why) in [
            ("hello", "no measurement"),
            ("{\"metric\":\"a\"}", "missing field"),
            ("{\"metric\":\"a\",\"value\":1,\"unit\":\"parsec\"}", "parsec"),
            ("{\"metric\":\"a\",\"value\":-1}", "finite number"),
        ] {
            let error = parse(output, &mut Found::default()).unwrap_err().to_string();
            assert!(error.contains(why), "{output}: {error}");
        }
    }
}
