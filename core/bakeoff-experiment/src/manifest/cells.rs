//! Which numbers of a run a criterion or requirement means, and numbers with their units.

use std::collections::BTreeMap;

use bakeoff_units::{Bytes, Rate, Ratio, Unit, parse_span};
use toml::de::DeValue;

use super::problem::did_you_mean;
use super::section::{Section, number_of};
use crate::criterion::Cell;
use crate::experiment::{Probe, ProbeKind};
use crate::metric::{Direction, METRICS, metric};
use crate::probe::BUILT_IN;
use crate::workload::{Load, Workload};

/// The metrics and loads that can be referred to.
#[derive(Debug)]
pub(super) struct Known<'w> {
    first: Option<&'w str>,
    workloads: BTreeMap<&'w str, &'w Workload>,
    programs: BTreeMap<String, Direction>,
}

impl<'w> Known<'w> {
    pub(super) fn new(workloads: &'w [Workload], probes: &[Probe]) -> Self {
        let programs = probes.iter().flat_map(|probe| match &probe.kind {
            ProbeKind::BuiltIn => BTreeMap::default(),
            ProbeKind::Program { metrics, .. } => metrics.clone(),
        });
        Self {
            first: workloads.first().map(|workload| workload.name.as_str()),
            workloads: workloads.iter().map(|w| (w.name.as_str(), w)).collect(),
            programs: programs.collect(),
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        metric(name).is_some() || self.programs.contains_key(name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        METRICS.iter().map(|metric| metric.name).chain(self.programs.keys().map(String::as_str))
    }

    pub(super) fn direction(&self, name: &str) -> Option<Direction> {
        metric(name).map(|m| m.better).or_else(|| self.programs.get(name).copied())
    }

    /// Whether a metric comes from probes or builds, not from load.
    fn is_probed(&self, name: &str) -> bool {
        self.programs.contains_key(name)
            || name == "build-clean"
            || BUILT_IN.iter().any(|probe| probe.metrics.contains(&name))
                && !crate::metric::UNDER_LOAD_TOO.contains(&name)
    }
}

/// A number in base units: bare, or a text with a unit that fits the metric.
pub(super) fn quantity(
    section: &Section<'_, '_, '_>,
    key: &str,
    unit: Option<Unit>,
) -> Option<f64> {
    let value = section.get(key)?;
    let number = match value.get_ref() {
        DeValue::String(text) => parse_quantity(text, unit),
        other => number_of(other),
    };
    if number.is_none() {
        let wanted = match unit {
            Some(Unit::Seconds) => "a length of time such as \"2ms\", or seconds",
            Some(Unit::Bytes) => "an amount of memory such as \"64MiB\", or bytes",
            Some(Unit::PerSecond) => "a rate such as \"2000/s\", or a number a second",
            Some(Unit::Fraction) => "a share such as \"0.1%\", or a fraction",
            Some(Unit::Count) => "a number",
            None => "a number, or a text with a unit",
        };
        section.cx.wrong(value, &section.name(key), wanted);
    }
    number
}

fn parse_quantity(text: &str, unit: Option<Unit>) -> Option<f64> {
    let seconds = || parse_span(text).ok().map(|span| span.as_secs_f64());
    let bytes = || text.parse::<Bytes>().ok().map(|bytes| bytes.as_u64() as f64);
    let rate = || text.parse::<Rate>().ok().map(Rate::as_per_second);
    let share = || text.parse::<Ratio>().ok().map(Ratio::as_fraction);
    match unit {
        Some(Unit::Seconds) => seconds(),
        Some(Unit::Bytes) => bytes(),
        Some(Unit::PerSecond) => rate(),
        Some(Unit::Fraction) => share(),
        Some(Unit::Count) => None,
        None => seconds().or_else(bytes).or_else(rate).or_else(share),
    }
}

/// The metric, workload and load that a criterion or requirement names.
pub(super) fn cell(section: &Section<'_, '_, '_>, known: &Known<'_>) -> Option<Cell> {
    let name = section.text("measure")?;
    if !known.has(&name) {
        section.cx.collector.error(
            section.get("measure")?.span(),
            format!("there is no metric `{name}`"),
            "neither the program nor a probe of this manifest yields it",
            did_you_mean(&name, known.names()),
        );
        return None;
    }
    let workload = section.text("workload");
    let load = section.text("load");
    if known.is_probed(&name) {
        for key in ["workload", "load"] {
            if let Some(value) = section.get(key) {
                section.cx.collector.error(
                    value.span(),
                    format!("`{name}` is not measured under a workload"),
                    "a probe yields it",
                    Some(format!("remove `{key}`")),
                );
            }
        }
        return Some(Cell { metric: name, workload: None, load: None });
    }
    let Some(workload) = workload.or_else(|| known.first.map(str::to_owned)) else {
        section.cx.collector.error(
            section.get("measure")?.span(),
            format!("`{name}` needs a workload, and there is none"),
            "measured under load",
            None,
        );
        return None;
    };
    let Some(&found) = known.workloads.get(workload.as_str()) else {
        section.cx.collector.error(
            section.get("workload")?.span(),
            format!("there is no workload `{workload}`"),
            "named here",
            did_you_mean(&workload, known.workloads.keys().copied()),
        );
        return None;
    };
    let load = match load {
        Some(load) => {
            let labels: Vec<String> = found.loads.iter().map(Load::to_string).collect();
            Some(find_load(section, &load, &labels)?)
        }
        None => found.default_load(&name).map(Load::to_string),
    };
    Some(Cell { metric: name, workload: Some(workload), load })
}

/// A load by its label, or by its level where only one load has it.
fn find_load(section: &Section<'_, '_, '_>, label: &str, loads: &[String]) -> Option<String> {
    let prefix = format!("{label} ");
    let close: Vec<&String> =
        loads.iter().filter(|load| *load == label || load.starts_with(&prefix)).collect();
    if let [one] = close[..] {
        return Some(one.clone());
    }
    section.cx.collector.error(
        section.get("load")?.span(),
        if close.is_empty() {
            format!("there is no load `{label}` in this workload")
        } else {
            format!("`{label}` could be several loads")
        },
        "named here",
        Some(format!("its loads: {}", loads.join(", "))),
    );
    None
}
