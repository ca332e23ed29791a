//! How candidates are compared, when measuring stops, what voids a trial, and what `--quick` means.

use std::collections::BTreeMap;

use bakeoff_stats::look::{ANYTIME_ROUNDS_LEAST, PRECISION_ROUNDS_LEAST};
use toml::Spanned;

use super::cells::Known;
use super::problem::did_you_mean;
use super::section::Section;
use super::workloads::levels;
use super::{cases, keys};
use crate::experiment::{GateBounds, Judging, Stop};
use crate::quick::Quick;
use crate::workload::Workload;

/// The metrics whose verdicts share the joint confidence, unless the manifest names others.
const PRIMARY: [&str; 4] = ["throughput", "latency-p99", "cpu-per-request", "memory-peak"];

/// What METHODS.md takes unless told otherwise (section 0).
fn defaults() -> Judging {
    Judging {
        stop: Stop::Fixed { rounds: 8 },
        level: 0.95,
        margin: 0.05,
        margins: BTreeMap::new(),
        primary: PRIMARY.map(str::to_owned).to_vec(),
        prior_variance: 1.0,
        builds: 1,
        retries: 2,
        retry_share: 0.5,
        gates: GateBounds {
            generator_cpu_max: 0.7,
            rate_delivered_min: 0.99,
            send_lag_p99_max: 0.001,
            errors_max: 0.001,
            littles_law_max: 0.05,
            steal_max: 0.02,
            generator_wait_max: 0.05,
            interference_max: 0.05,
            upstream_cpu_max: 0.5,
        },
    }
}

/// The table `judging`.
pub(super) fn judging(root: &Section<'_, '_, '_>, known: &Known<'_>) -> Judging {
    let mut judging = defaults();
    let section = root
        .get("judging")
        .and_then(|value| Section::open(root.cx, "judging", value, keys::JUDGING));
    let Some(section) = section else { return judging };
    if let Some(stop) = stop(&section) {
        judging.stop = stop;
    }
    if let Some(level) = section.share("level") {
        judging.level = level;
        if !(0.5..1.0).contains(&level)
            && let Some(value) = section.get("level")
        {
            section.cx.wrong(value, "judging.level", "a share from 50% to below 100%");
        }
    }
    if let Some(margin) = section.share("margin") {
        judging.margin = margin;
        check_margin(&section, "margin", margin);
    }
    margins(&section, known, &mut judging.margins);
    if section.get("primary").is_some() {
        judging.primary = section.texts("primary");
        for name in judging.primary.iter().filter(|name| !known.has(name)) {
            unknown_metric(&section, "primary", name, known);
        }
    }
    if let Some(variance) = section.number("prior-variance", 1e-6, 1e6) {
        judging.prior_variance = variance;
    }
    if let Some(builds) = section.count("builds", 1, 100) {
        judging.builds = builds;
    }
    if let Some(retries) = section.count("retries", 0, 100) {
        judging.retries = retries;
    }
    if let Some(share) = section.share("retry-share") {
        judging.retry_share = share;
    }
    gates(&section, &mut judging.gates);
    judging
}

fn stop(section: &Section<'_, '_, '_>) -> Option<Stop> {
    let until = section.words("until", keys::UNTIL).first().copied();
    let min = section.count("rounds-min", 3, 10_000);
    let max = section.count("rounds-max", 3, 10_000);
    let half_width = section.share("half-width");
    let Some(until) = until else {
        for key in ["rounds-min", "rounds-max", "half-width"] {
            if let Some(value) = section.get(key) {
                section.cx.collector.error(
                    value.span(),
                    format!("`judging.{key}` has no effect without `until`"),
                    "here",
                    Some("add `until = \"decided\"`, or use `rounds`".to_owned()),
                );
            }
        }
        return section.count("rounds", 2, 10_000).map(|rounds| Stop::Fixed { rounds });
    };
    if let Some(value) = section.get("rounds") {
        section.cx.collector.error(
            value.span(),
            "`judging.rounds` and `judging.until` contradict each other",
            "a run is fixed or it stops by a rule",
            Some("keep one of them; `rounds-min` and `rounds-max` go with `until`".to_owned()),
        );
    }
    let decided = until == "decided";
    let least = if decided { ANYTIME_ROUNDS_LEAST } else { PRECISION_ROUNDS_LEAST };
    let rounds_min = min.unwrap_or(least as u32);
    let rounds_max = max.unwrap_or(32.max(rounds_min));
    if rounds_min > rounds_max
        && let Some(value) = section.get("rounds-max")
    {
        section.cx.wrong(value, "judging.rounds-max", "at least `rounds-min`");
    }
    Some(if decided {
        Stop::Decided { rounds_min, rounds_max }
    } else {
        Stop::Precision { half_width: half_width.unwrap_or(0.05), rounds_min, rounds_max }
    })
}

fn check_margin(section: &Section<'_, '_, '_>, key: &str, margin: f64) {
    if !(0.0 < margin && margin <= 10.0)
        && let Some(value) = section.get(key)
    {
        section.cx.wrong(value, &section.name(key), "a margin above 0% and up to 1000%");
    }
}

fn margins(section: &Section<'_, '_, '_>, known: &Known<'_>, margins: &mut BTreeMap<String, f64>) {
    for (name, value) in section.named("margins") {
        if !known.has(name.get_ref()) {
            section.cx.collector.error(
                name.span(),
                format!("there is no metric `{}`", name.get_ref()),
                "named here",
                did_you_mean(name.get_ref(), known.names()),
            );
            continue;
        }
        if let Some(margin) =
            section.cx.share(value, &format!("judging.margins.{}", name.get_ref()))
        {
            if margin <= 0.0 {
                section.cx.wrong(value, name.get_ref(), "a margin above 0%");
            }
            margins.insert(name.into_inner(), margin);
        }
    }
}

fn unknown_metric(section: &Section<'_, '_, '_>, key: &str, name: &str, known: &Known<'_>) {
    section.cx.collector.error(
        section.get(key).map_or(0..0, Spanned::span),
        format!("there is no metric `{name}`"),
        "named here",
        did_you_mean(name, known.names()),
    );
}

fn gates(judging: &Section<'_, '_, '_>, bounds: &mut GateBounds) {
    let section = judging
        .get("gates")
        .and_then(|value| Section::open(judging.cx, "judging.gates", value, keys::GATES));
    let Some(section) = section else { return };
    let set = |bound: &mut f64, value: Option<f64>| *bound = value.unwrap_or(*bound);
    set(&mut bounds.generator_cpu_max, section.share("generator-cpu"));
    set(&mut bounds.rate_delivered_min, section.share("rate-delivered"));
    set(&mut bounds.send_lag_p99_max, section.span("send-lag-p99", false));
    set(&mut bounds.errors_max, section.share("errors"));
    set(&mut bounds.littles_law_max, section.share("littles-law"));
    set(&mut bounds.steal_max, section.share("steal"));
    set(&mut bounds.generator_wait_max, section.share("generator-wait"));
    set(&mut bounds.interference_max, section.share("interference"));
    set(&mut bounds.upstream_cpu_max, section.share("upstream-cpu"));
}

/// The table `quick`.
pub(super) fn quick(root: &Section<'_, '_, '_>, workloads: &[Workload]) -> Quick {
    let default = Quick::default();
    let section =
        root.get("quick").and_then(|value| Section::open(root.cx, "quick", value, keys::QUICK));
    let Some(section) = section else { return default };
    Quick {
        rounds: section.count("rounds", 2, 10_000).unwrap_or(default.rounds),
        warm_up: section.span("warm-up", true).unwrap_or(default.warm_up),
        measure: section.span("measure", false).unwrap_or(default.measure),
        load: levels(&section, "load"),
        requests: section.count("requests", 0, 1_000_000).unwrap_or(default.requests),
        workloads: cases::known_workloads(&section, workloads),
        programs: section.bool("programs").unwrap_or(default.programs),
    }
}
