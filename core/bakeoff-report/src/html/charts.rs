//! Which charts the page shows, and in which order.

use crate::report::Report;
use crate::report::candidate::label;
use crate::report::comparison::short_name;
use crate::report::picture::{Distribution, Sweep, Timeline};
use crate::report::trial::Place;
use crate::svg::bars::{self, Bar};
use crate::svg::{dots, ecdf, sweep, timeline};

/// Charts of one kind.
pub(crate) struct ChartGroup {
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) charts: Vec<String>,
    /// Whether the reader unfolds it first.
    pub(crate) folded: bool,
}

/// Above this many charts of a kind they are folded away.
const OPEN_MAX: usize = 8;

/// The most charts of one kind.
const CHARTS_MAX: usize = 60;

/// What is worth a bar chart beside load: lower is better, zero is meaningful.
const BARS: [&str; 3] = ["memory-peak", "cpu-per-request", "memory-after"];

/// What is worth a chart over time.
const OVER_TIME: [&str; 2] = ["memory", "cpu"];

/// All charts, grouped.
pub(crate) fn groups(report: &Report) -> Vec<ChartGroup> {
    let groups = [
        (
            "Latency, from the median to the tail",
            "Further left is faster. Each curve ends at the last percentile that its count of \
             requests supports.",
            distributions(report),
        ),
        (
            "Latency against load",
            "p99 from the intended start at the same offered rates for all, 95 % intervals over \
             trials.",
            sweeps(report),
        ),
        (
            "Memory and CPU",
            "Typical trial at the highest load, 95 % intervals over trials.",
            usage(report),
        ),
        (
            "Over time",
            "One trial each, from the middle of the run, at the highest load.",
            timelines(report),
        ),
        (
            "Trial by trial",
            "Every trial of the primary metrics in the order of rounds. Crosses are void; hollow \
             marks are the reference's twin.",
            trials(report),
        ),
    ];
    groups
        .into_iter()
        .map(|(title, lead, mut charts)| {
            charts.retain(|chart| !chart.is_empty());
            charts.truncate(CHARTS_MAX);
            ChartGroup { title, lead, folded: charts.len() > OPEN_MAX, charts }
        })
        .filter(|group| !group.charts.is_empty())
        .collect()
}

fn distributions(report: &Report) -> Vec<String> {
    let mut places: Vec<(&str, &str)> = Vec::new();
    for curve in &report.distributions {
        if !places.contains(&(&curve.workload, &curve.load)) {
            places.push((&curve.workload, &curve.load));
        }
    }
    places
        .iter()
        .enumerate()
        .map(|(at, (workload, load))| {
            let curves: Vec<&Distribution> = report
                .distributions
                .iter()
                .filter(|curve| curve.workload == *workload && curve.load == *load)
                .filter(|curve| curve.candidate != report.twin)
                .collect();
            ecdf::draw(report, &curves, &format!("ecdf{at}"))
        })
        .collect()
}

fn sweeps(report: &Report) -> Vec<String> {
    let mut workloads: Vec<&str> = Vec::new();
    for sweep in &report.sweeps {
        if !workloads.contains(&sweep.workload.as_str()) {
            workloads.push(&sweep.workload);
        }
    }
    workloads
        .iter()
        .enumerate()
        .map(|(at, workload)| {
            let of_it: Vec<&Sweep> = report
                .sweeps
                .iter()
                .filter(|one| one.workload == *workload && one.candidate != report.twin)
                .collect();
            sweep::draw(report, &of_it, &format!("sweep{at}"))
        })
        .collect()
}

/// The last place of each workload, in the order of the manifest: its highest load.
fn highest(report: &Report) -> Vec<&Place> {
    let mut places: Vec<&Place> = Vec::new();
    for level in &report.levels {
        places.retain(|place| place.workload != level.place.workload);
        places.push(&level.place);
    }
    places
}

fn usage(report: &Report) -> Vec<String> {
    let mut charts = Vec::new();
    for metric in BARS {
        for place in highest(report) {
            let mut bars: Vec<Bar> = report
                .levels
                .iter()
                .filter(|level| level.place == *place && level.metric == metric)
                .filter(|level| level.candidate != report.twin)
                .map(|level| Bar {
                    name: label(&level.candidate),
                    slot: report.slot(&level.candidate),
                    value: level.value.value.max(0.0),
                    interval: level.value.lower.zip(level.value.upper),
                    text: level.text.clone(),
                })
                .collect();
            bars.sort_by_key(|bar| bar.slot);
            let title = format!("{}: {}", short_name(metric), place.label());
            let id = format!("bars{}", charts.len());
            charts.push(bars::draw(&title, &bars, None, &id));
        }
        if charts.len() > OPEN_MAX {
            break;
        }
    }
    charts
}

fn timelines(report: &Report) -> Vec<String> {
    let mut charts = Vec::new();
    for name in OVER_TIME {
        for place in highest(report) {
            let series: Vec<&Timeline> = report
                .timelines
                .iter()
                .filter(|one| one.place == *place && one.name.starts_with(name))
                .filter(|one| one.candidate != report.twin)
                .collect();
            let Some(first) = series.first().map(|one| one.name.clone()) else { continue };
            let same: Vec<&Timeline> = series.into_iter().filter(|one| one.name == first).collect();
            charts.push(timeline::draw(report, &same, &format!("time{}", charts.len())));
        }
    }
    charts
}

fn trials(report: &Report) -> Vec<String> {
    report
        .dots
        .iter()
        .enumerate()
        .map(|(at, group)| dots::draw(report, group, &format!("dots{at}")))
        .collect()
}
