//! Probes: which of the built-in ones run, and the suite's own programs.

use std::collections::BTreeMap;

use super::candidates::check_name;
use super::problem::did_you_mean;
use super::section::Section;
use super::{Files, file_path, keys};
use crate::experiment::{Candidate, Probe, ProbeKind};
use crate::metric::Direction;
use crate::probe::{BUILT_IN, built_in};

/// The built-in probes that run unless switched off, those that the manifest names, and programs.
pub(super) fn probes(
    root: &Section<'_, '_, '_>,
    candidates: &[Candidate],
    files: &dyn Files,
) -> Vec<Probe> {
    let mut probes: Vec<Probe> = BUILT_IN
        .iter()
        .filter(|probe| probe.by_default)
        .map(|probe| Probe {
            name: probe.name.to_owned(),
            rounds: probe.rounds,
            candidates: Vec::new(),
            kind: ProbeKind::BuiltIn,
        })
        .collect();
    for (name, value) in root.named("probes") {
        check_name(root, &name, "probe");
        let path = format!("probes.{}", name.get_ref());
        let Some(section) = Section::open(root.cx, path, value, keys::PROBE) else { continue };
        let name = name.into_inner();
        if section.get("run").is_some() {
            probes.extend(program(&section, name, files));
            continue;
        }
        let Some(known) = built_in(&name) else {
            section.cx.collector.error(
                value.span().start..value.span().start + 1,
                format!("there is no built-in probe `{name}`"),
                "and it has no `run` of its own",
                did_you_mean(&name, BUILT_IN.iter().map(|probe| probe.name)).or_else(|| {
                    let names: Vec<&str> = BUILT_IN.iter().map(|probe| probe.name).collect();
                    Some(format!("built in: {}", names.join(", ")))
                }),
            );
            continue;
        };
        probes.retain(|probe| probe.name != name);
        if section.bool("enabled").unwrap_or(true) {
            let rounds = section.count("rounds", 1, 1000).unwrap_or(known.rounds);
            let candidates = known_candidates(&section, candidates);
            probes.push(Probe { name, rounds, candidates, kind: ProbeKind::BuiltIn });
        }
    }
    probes
}

fn program(section: &Section<'_, '_, '_>, name: String, files: &dyn Files) -> Option<Probe> {
    if built_in(&name).is_some() {
        section.cx.collector.error(
            section.get("run")?.span(),
            format!("`{name}` is the name of a built-in probe"),
            "a program needs a name of its own",
            None,
        );
    }
    let dir = match section.get("dir") {
        Some(_) => file_path(section, "dir", files)?,
        None => ".".to_owned(),
    };
    let metrics: BTreeMap<String, Direction> = directions(section);
    if metrics.is_empty() && !section.cx.broken {
        section.missing("metrics");
    }
    Some(Probe {
        rounds: section.count("rounds", 1, 1000).unwrap_or(5),
        candidates: Vec::new(),
        kind: ProbeKind::Program {
            subject: section.text("subject").unwrap_or_else(|| name.clone()),
            dir,
            toolchain: section.command("toolchain", false),
            hint: section.text("hint").unwrap_or_default(),
            build: section.commands("build", false),
            run: section.command("run", false),
            within: section.span("within", false).unwrap_or(60.0),
            metrics,
        },
        name,
    })
}

/// The candidates named under `candidates`, which must exist.
fn known_candidates(section: &Section<'_, '_, '_>, candidates: &[Candidate]) -> Vec<String> {
    let asked = section.texts("candidates");
    let names = || candidates.iter().map(|candidate| candidate.name.as_str());
    for name in asked.iter().filter(|name| !names().any(|known| known == *name)) {
        if let Some(value) = section.get("candidates") {
            section.cx.collector.error(
                value.span(),
                format!("there is no candidate `{name}`"),
                "named here",
                did_you_mean(name, names()),
            );
        }
    }
    asked
}

fn directions(section: &Section<'_, '_, '_>) -> BTreeMap<String, Direction> {
    section
        .text_map("metrics")
        .into_iter()
        .filter_map(|(metric, word)| match word.as_str() {
            "lower" => Some((metric, Direction::Lower)),
            "higher" => Some((metric, Direction::Higher)),
            _ => {
                section.cx.collector.error(
                    section.get("metrics")?.span(),
                    format!("`{metric}` cannot be `{word}`"),
                    "here",
                    Some("write `lower` or `higher`: which is better".to_owned()),
                );
                None
            }
        })
        .collect()
}
