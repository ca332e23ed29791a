//! Load shapes beside plain loads: overload with recovery, a sweep to the knee, slow clients.

use super::keys;
use super::section::Section;
use crate::workload::{Level, Overload, Sweep};

/// The levels that `overload` and `sweep` of a workload ask for.
pub(super) fn levels(section: &Section<'_, '_, '_>) -> Vec<Level> {
    let mut levels = Vec::new();
    levels.extend(sweep(section).map(Level::Sweep));
    // Last, because reports show what is last over time.
    levels.extend(overload(section).map(Level::Overload));
    levels
}

fn overload(section: &Section<'_, '_, '_>) -> Option<Overload> {
    let value = section.get("overload")?;
    let name = section.name("overload");
    let table = Section::open(section.cx, name, value, keys::OVERLOAD)?;
    let share = |key: &str, least: f64, most: f64, default: f64| {
        let given = table.share(key)?;
        if least < given && given <= most {
            return Some(given);
        }
        let wanted = format!(
            "above {}% and at most {}% of what the weakest candidate sustains",
            least * 100.0,
            most * 100.0
        );
        table.get(key).inspect(|value| table.cx.wrong(value, &table.name(key), &wanted));
        Some(default)
    };
    Some(Overload {
        load: share("load", 1.0, 10.0, 2.0).unwrap_or(2.0),
        span: table.span("span", false).unwrap_or(2.0),
        recovery: share("recovery", 0.0, 0.9, 0.6).unwrap_or(0.6),
        within: table.span("within", false).unwrap_or(6.0),
    })
}

fn sweep(section: &Section<'_, '_, '_>) -> Option<Sweep> {
    let value = section.get("sweep")?;
    let table = Section::open(section.cx, section.name("sweep"), value, keys::SWEEP)?;
    Some(Sweep {
        p99: table.span("p99", false).unwrap_or(0.020),
        errors: table.share("errors").unwrap_or(0.001),
        step: table.span("step", false).unwrap_or(1.0),
    })
}

/// How many slow clients are asked for; `open` says whether there is a load for them to be beside.
pub(super) fn slow_clients(section: &Section<'_, '_, '_>, open: bool) -> Option<u32> {
    let clients = section.count("slow-clients", 1, 10_000)?;
    if !open {
        section.cx.collector.error(
            section.get("slow-clients").map_or(0..0, toml::Spanned::span),
            format!("`{}` has no effect without `load`", section.name("slow-clients")),
            "slow clients are beside an open load",
            Some("add `load = [\"60%\"]`, or remove this".to_owned()),
        );
    }
    Some(clients)
}
