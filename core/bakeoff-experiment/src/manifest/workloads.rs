//! Workloads: requests, loads, times, and objectives as requirements.

use toml::de::DeValue;

use bakeoff_units::{Rate, Ratio};

use super::candidates::check_name;
use super::section::{Section, Value};
use super::{Files, database, keys, requests, shapes};
use crate::criterion::{Cell, Requirement};
use crate::workload::{Arrivals, Level, Load, Workload};

/// Connections of a closed loop, and of open ones, unless the manifest says otherwise.
const CONNECTIONS: u32 = 64;

/// What the workloads of a manifest come to.
#[derive(Debug)]
pub(super) struct Workloads {
    pub(super) list: Vec<Workload>,
    pub(super) objectives: Vec<Requirement>,
}

/// Everything under `workloads`.
pub(super) fn workloads(root: &Section<'_, '_, '_>, files: &dyn Files) -> Workloads {
    let mut workloads = Workloads { list: Vec::new(), objectives: Vec::new() };
    for (name, value) in root.named("workloads") {
        check_name(root, &name, "workload");
        let path = format!("workloads.{}", name.get_ref());
        let Some(section) = Section::open(root.cx, path, value, keys::WORKLOAD) else { continue };
        let workload = workload(&section, name.into_inner(), files);
        database::check_costs(root, &section);
        objective(&section, &workload, &mut workloads.objectives);
        workloads.list.push(workload);
    }
    workloads
}

fn workload(section: &Section<'_, '_, '_>, name: String, files: &dyn Files) -> Workload {
    let requests = requests::templates(section, "requests", files);
    if let Some(value) = section.get("requests")
        && value.get_ref().as_array().is_some_and(|items| items.is_empty())
    {
        section.cx.wrong(value, &section.name("requests"), "an array with at least one request");
    }
    Workload {
        name,
        requests,
        variants: section.count("variants", 1, 100_000).unwrap_or(256),
        loads: loads(section),
        connections: section.count("connections", 1, 100_000).unwrap_or(CONNECTIONS),
        warm_up: section.span("warm-up", true).unwrap_or(3.0),
        measure: section.span("measure", false).unwrap_or(10.0),
        drain: section.span("drain", true).unwrap_or(2.0),
        timeout: section.span("timeout", false).unwrap_or(5.0),
        requests_per_connection: section.count("requests-per-connection", 1, u32::MAX),
        rounds: section.count("rounds", 2, 10_000),
        exploratory: section.bool("exploratory").unwrap_or(false),
    }
}

/// One value or the values of an array.
fn each<'a, 'i>(value: &'a Value<'i>) -> Vec<&'a Value<'i>> {
    match value.get_ref().as_array() {
        Some(items) => items.iter().collect(),
        None => vec![value],
    }
}

/// Closed loops first, then every rhythm at every level. Shares need a closed loop, which shows
/// what is sustainable: it is added if there is none.
fn loads(section: &Section<'_, '_, '_>) -> Vec<Load> {
    let closed: Vec<u32> = section
        .get("closed")
        .map(each)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|value| section.cx.count(value, &section.name("closed"), 1, 100_000))
        .collect();
    let levels = levels(section, "load");
    let mut rhythms: Vec<Arrivals> = section
        .words("arrivals", keys::RHYTHMS)
        .into_iter()
        .map(|word| if word == "poisson" { Arrivals::Poisson } else { Arrivals::Constant })
        .collect();
    let open = ["load", "overload", "sweep"].iter().any(|key| section.get(key).is_some());
    if section.get("arrivals").is_some() && !open {
        section.cx.collector.error(
            section.get("arrivals").map_or(0..0, toml::Spanned::span),
            format!("`{}` has no effect without `load`", section.name("arrivals")),
            "closed loops have no rhythm of their own",
            Some("add `load = [\"60%\"]`, or remove this".to_owned()),
        );
    }
    if rhythms.is_empty() {
        rhythms.push(Arrivals::Constant);
    }
    let extra = shapes::levels(section);
    let shares = levels.iter().chain(&extra).any(|level| !matches!(level, Level::Rate(_)));
    let closed =
        if closed.is_empty() && (shares || levels.is_empty()) { vec![CONNECTIONS] } else { closed };
    let mut loads: Vec<Load> = closed
        .into_iter()
        .map(|connections| Load::new(Level::Closed(connections), Arrivals::Closed))
        .collect();
    // What is asked for beside the plain loads comes once, in the last rhythm.
    let last = rhythms[rhythms.len() - 1];
    for arrivals in rhythms {
        loads.extend(levels.iter().map(|level| Load::new(level.clone(), arrivals)));
    }
    if let Some(slow_clients) = shapes::slow_clients(section, !levels.is_empty()) {
        let beside = |level: &Level| Load { slow_clients, ..Load::new(level.clone(), last) };
        loads.extend(levels.iter().map(beside));
    }
    loads.extend(extra.into_iter().map(|level| Load::new(level, last)));
    let mut labels: Vec<String> = loads.iter().map(Load::to_string).collect();
    labels.sort();
    if let Some((twice, _)) = labels.iter().zip(labels.iter().skip(1)).find(|(a, b)| a == b) {
        section.cx.collector.error(
            section.get("load").or_else(|| section.get("closed")).map_or(0..0, toml::Spanned::span),
            format!("`{}` has the load `{}` twice", section.path, twice),
            "here",
            None,
        );
    }
    loads
}

/// Open levels: shares up to 100 %, or rates.
pub(super) fn levels(section: &Section<'_, '_, '_>, key: &str) -> Vec<Level> {
    let Some(value) = section.get(key) else { return Vec::new() };
    each(value)
        .into_iter()
        .filter_map(|value| {
            let level = level(value.get_ref());
            if level.is_none() {
                let wanted = "a share up to \"100%\" or a rate such as \"2000/s\"";
                section.cx.wrong(value, &section.name(key), wanted);
            }
            level
        })
        .collect()
}

fn level(value: &DeValue<'_>) -> Option<Level> {
    // A bare number would be read as a share by one and as a rate by another: texts only.
    let text = value.as_str()?;
    if text.contains('%') {
        let share = text.parse::<Ratio>().ok()?.as_fraction();
        return (0.0 < share && share <= 1.0).then_some(Level::Share(share));
    }
    text.contains('/').then(|| text.parse::<Rate>().ok().map(|r| Level::Rate(r.as_per_second())))?
}

/// An objective is short for requirements: on errors at every load, on latency at open ones.
fn objective(
    section: &Section<'_, '_, '_>,
    workload: &Workload,
    requirements: &mut Vec<Requirement>,
) {
    let objective = section.get("objective").and_then(|value| {
        Section::open(section.cx, section.name("objective"), value, keys::OBJECTIVE)
    });
    let Some(objective) = objective else { return };
    let bounds = [
        ("p50", "latency-p50", objective.span("p50", false)),
        ("p90", "latency-p90", objective.span("p90", false)),
        ("p99", "latency-p99", objective.span("p99", false)),
        ("p999", "latency-p999", objective.span("p999", false)),
        ("errors", "errors", objective.share("errors")),
    ];
    for (short, metric, bound) in bounds {
        let Some(max) = bound else { continue };
        let plain = |load: &&Load| load.is_plain() && !load.is_closed();
        let mut open = workload.loads.iter().filter(plain).map(Load::to_string);
        // The heaviest open load is the one an objective is about.
        requirements.push(Requirement {
            name: format!("{}-{short}", workload.name),
            cell: Cell {
                metric: metric.to_owned(),
                workload: Some(workload.name.clone()),
                load: open.next_back(),
            },
            min: None,
            max: Some(max),
        });
    }
}
