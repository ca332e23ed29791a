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
    /// Those seen at once.
    pub(crate) charts: Vec<String>,
    /// Those the reader unfolds first.
    pub(crate) folded: Vec<String>,
}

/// A chart, and whether it is of a workload's highest load.
type Chart = (String, bool);

/// The most charts of one kind that are seen at once.
const OPEN_MAX: usize = 9;

/// The most charts of one kind.
const CHARTS_MAX: usize = 90;

/// What is worth a bar chart beside load: lower is better, zero is meaningful.
const BARS: [&str; 3] = ["memory-peak", "cpu-per-request", "memory-after"];

/// Fewer samples make no course.
const SAMPLES_LEAST: usize = 6;

/// A course of so many samples is seen at once.
const SAMPLES_OPEN: usize = 12;

/// What is worth a chart over time.
const OVER_TIME: [&str; 3] = ["latency-p99", "memory", "cpu"];

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
        .map(|(title, lead, charts)| group(title, lead, charts))
        .filter(|group| !group.charts.is_empty())
        .collect()
}

/// The charts of the highest loads are seen at once, the others folded away.
fn group(title: &'static str, lead: &'static str, charts: Vec<Chart>) -> ChartGroup {
    let drawn = charts.into_iter().filter(|(svg, _)| !svg.is_empty()).take(CHARTS_MAX);
    let (mut open, mut folded): (Vec<Chart>, Vec<Chart>) = drawn.partition(|(_, high)| *high);
    if open.is_empty() {
        std::mem::swap(&mut open, &mut folded);
    }
    let rest = open.split_off(open.len().min(OPEN_MAX));
    let plain = |charts: Vec<Chart>| charts.into_iter().map(|(svg, _)| svg).collect::<Vec<_>>();
    ChartGroup { title, lead, charts: plain(open), folded: plain([rest, folded].concat()) }
}

fn distributions(report: &Report) -> Vec<Chart> {
    let mut places: Vec<Place> = Vec::new();
    for curve in &report.distributions {
        let place = Place { workload: curve.workload.clone(), load: curve.load.clone() };
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places.sort_by_key(|place| report.places.iter().position(|other| other == place));
    let highest = highest(report);
    places
        .iter()
        .enumerate()
        .map(|(at, place)| {
            let mut curves: Vec<&Distribution> = report
                .distributions
                .iter()
                .filter(|curve| curve.workload == place.workload && curve.load == place.load)
                .filter(|curve| curve.candidate != report.twin)
                .collect();
            curves.sort_by_key(|curve| report.slot(&curve.candidate));
            (ecdf::draw(report, &curves, &format!("ecdf{at}")), highest.contains(&place))
        })
        .collect()
}

fn sweeps(report: &Report) -> Vec<Chart> {
    let mut workloads: Vec<&str> = Vec::new();
    for place in &report.places {
        if !workloads.contains(&place.workload.as_str()) {
            workloads.push(&place.workload);
        }
    }
    workloads
        .iter()
        .enumerate()
        .map(|(at, workload)| {
            let mut of_it: Vec<&Sweep> = report
                .sweeps
                .iter()
                .filter(|one| one.workload == *workload && one.candidate != report.twin)
                .collect();
            // One rate makes no curve.
            if !of_it.iter().any(|sweep| has_rates(sweep)) {
                of_it.clear();
            }
            of_it.sort_by_key(|sweep| report.slot(&sweep.candidate));
            (sweep::draw(report, &of_it, &format!("sweep{at}")), true)
        })
        .collect()
}

/// Whether `sweep` has points at rates that differ by more than a twentieth.
fn has_rates(sweep: &Sweep) -> bool {
    let offered = || sweep.points.iter().map(|point| point.offered);
    let (low, high) = (offered().fold(f64::INFINITY, f64::min), offered().fold(0.0, f64::max));
    low * 1.05 < high
}

/// The last place of each workload, in the order of the manifest: its highest load.
fn highest(report: &Report) -> Vec<&Place> {
    let mut places: Vec<&Place> = Vec::new();
    for place in &report.places {
        places.retain(|other| other.workload != place.workload);
        places.push(place);
    }
    places
}

fn usage(report: &Report) -> Vec<Chart> {
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
            charts.push((bars::draw(&title, &bars, None, &id), metric != BARS[2]));
        }
    }
    charts
}

fn timelines(report: &Report) -> Vec<Chart> {
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
            let mut same: Vec<&Timeline> =
                series.into_iter().filter(|one| one.name == first).collect();
            if same.iter().all(|one| one.points.len() < SAMPLES_LEAST) {
                continue;
            }
            same.sort_by_key(|one| report.slot(&one.candidate));
            let long = same.iter().any(|one| one.points.len() >= SAMPLES_OPEN);
            charts.push((timeline::draw(report, &same, &format!("time{}", charts.len())), long));
        }
    }
    charts
}

fn trials(report: &Report) -> Vec<Chart> {
    let last = |at: usize| {
        let group = &report.dots[at];
        !report.dots[at + 1..].iter().any(|later| {
            later.metric == group.metric && later.place.workload == group.place.workload
        })
    };
    let mut order: Vec<usize> = (0..report.dots.len()).collect();
    let metric =
        |at: usize| report.run.primary.iter().position(|name| *name == report.dots[at].metric);
    order.sort_by_key(|at| (metric(*at), *at));
    order
        .into_iter()
        .map(|at| (dots::draw(report, &report.dots[at], &format!("dots{at}")), last(at)))
        .collect()
}
