//! What `--quick` makes of an experiment: the same question, answered sooner and less surely.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::criterion::{Cell, Evidence};
use crate::experiment::{Experiment, ProbeKind, Stop};
use crate::probe::built_in;
use crate::workload::{Level, Load};

/// What `--quick` changes. Nothing else differs, so a quick run shows the same report.
///
/// The defaults keep a run of three labels, four workloads and three loads each under six
/// minutes: 5 rounds x 36 trials x (0.4 s + 1 s + about 0.4 s to start, learn and stop).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Quick {
    /// Rounds, one look.
    pub rounds: u32,
    /// Time before measuring starts, in seconds; shorter ones stay.
    pub warm_up: f64,
    /// The measuring window, in seconds; shorter ones stay.
    pub measure: f64,
    /// The open-loop levels that remain; empty keeps the middle one of each workload.
    pub load: Vec<Level>,
    /// Random requests of the contract, at most.
    pub requests: u32,
    /// The workloads that remain; empty keeps all. Candidates that take part in none of them go,
    /// and so do criteria and requirements on the others.
    #[serde(default)]
    pub workloads: Vec<String>,
    /// Whether the suite's probe programs and battery remain, and the criteria and requirements on
    /// the programs.
    #[serde(default = "yes")]
    pub programs: bool,
}

fn yes() -> bool {
    true
}

impl Default for Quick {
    fn default() -> Self {
        Self {
            rounds: 5,
            warm_up: 0.4,
            measure: 1.0,
            load: Vec::new(),
            requests: 200,
            workloads: Vec::new(),
            programs: true,
        }
    }
}

impl Experiment {
    /// The experiment as `--quick` runs it.
    #[must_use]
    pub fn quickened(mut self) -> Self {
        self.judging.stop = Stop::Fixed { rounds: self.quick.rounds };
        self.judging.builds = 1;
        self.contract.requests = self.contract.requests.min(self.quick.requests);
        self.leave_out();
        for workload in &mut self.workloads {
            workload.warm_up = workload.warm_up.min(self.quick.warm_up);
            workload.measure = workload.measure.min(self.quick.measure);
            workload.loads = quick_loads(&workload.loads, &self.quick.load);
        }
        self.repoint_cells();
        self
    }

    /// Drops what the quick run does not measure.
    fn leave_out(&mut self) {
        self.quick_probes();
        if !self.quick.workloads.is_empty() {
            let kept = self.quick.workloads.clone();
            self.workloads.retain(|workload| kept.contains(&workload.name));
            let reference = &self.reference;
            self.candidates
                .retain(|candidate| candidate.name == *reference || candidate.takes_part(&kept));
            let asked = |workloads: &[String]| {
                workloads.is_empty() || workloads.iter().any(|workload| kept.contains(workload))
            };
            self.contract.cases.retain(|case| asked(&case.workloads));
            self.contract.random.retain(|template| asked(&template.workloads));
        }
        let probed = self.probed_metrics();
        let known: Vec<String> = self.workloads.iter().map(|w| w.name.clone()).collect();
        let measured = |cell: &Cell| match &cell.workload {
            Some(workload) => known.contains(workload),
            None => probed.contains(&cell.metric),
        };
        self.requirements.retain(|requirement| measured(&requirement.cell));
        self.criteria.retain(|criterion| match &criterion.evidence {
            Evidence::Measured { cell, .. } => measured(cell),
            Evidence::Rated { .. } | Evidence::Cited { .. } | Evidence::Unknown => true,
        });
        let names: Vec<&String> = self.criteria.iter().map(|criterion| &criterion.name).collect();
        for points in self.profiles.values_mut() {
            points.retain(|name, _| names.contains(&name));
        }
    }

    /// Fewer repetitions of the built-in probes, none of the dear ones.
    fn quick_probes(&mut self) {
        let programs = self.quick.programs;
        if !programs {
            self.battery = None;
        }
        for probe in &mut self.probes {
            if let (ProbeKind::BuiltIn, Some(known)) = (&probe.kind, built_in(&probe.name)) {
                probe.rounds = probe.rounds.min(known.quick_rounds);
            }
        }
        self.probes.retain(|probe| match probe.kind {
            ProbeKind::BuiltIn => probe.rounds > 0,
            ProbeKind::Program { .. } => programs,
        });
    }

    /// The metrics that builds and the probes yield.
    pub(crate) fn probed_metrics(&self) -> BTreeSet<String> {
        let mut metrics: BTreeSet<String> =
            ["build-clean", "artifact-size"].map(str::to_owned).into();
        for probe in &self.probes {
            match &probe.kind {
                ProbeKind::BuiltIn => {
                    let known = built_in(&probe.name).map_or(&[][..], |known| known.metrics);
                    metrics.extend(known.iter().map(|name| (*name).to_owned()));
                }
                ProbeKind::Program { metrics: named, .. } => metrics.extend(named.keys().cloned()),
            }
        }
        metrics
    }

    /// Cells that name a load which is gone mean the one that is meant where none is named.
    fn repoint_cells(&mut self) {
        let workloads = &self.workloads;
        let repoint = |cell: &mut Cell| {
            let workload = workloads.iter().find(|w| Some(&w.name) == cell.workload.as_ref());
            let Some((workload, load)) = workload.zip(cell.load.as_ref()) else { return };
            if workload.loads.iter().all(|known| known.to_string() != *load) {
                cell.load = workload.default_load(&cell.metric).map(Load::to_string);
            }
        };
        for requirement in &mut self.requirements {
            repoint(&mut requirement.cell);
        }
        for criterion in &mut self.criteria {
            match &mut criterion.evidence {
                Evidence::Measured { cell, .. } => repoint(cell),
                Evidence::Rated { .. } | Evidence::Cited { .. } | Evidence::Unknown => {}
            }
        }
    }
}

/// The closed loops, and the open ones at the wanted levels (else at their middle one).
fn quick_loads(loads: &[Load], wanted: &[Level]) -> Vec<Load> {
    let mut kept: Vec<Load> = loads.iter().filter(|load| load.is_closed()).cloned().collect();
    let mut rhythms: Vec<_> = Vec::new();
    // Shapes of their own take longer than a quick run has.
    for load in loads.iter().filter(|load| !load.is_closed() && load.is_plain()) {
        if !rhythms.contains(&load.arrivals) {
            rhythms.push(load.arrivals);
        }
    }
    for arrivals in rhythms {
        let levels: Vec<&Level> = loads
            .iter()
            .filter(|load| load.arrivals == arrivals && load.is_plain())
            .map(|load| &load.level)
            .collect();
        let chosen: Vec<Level> = if wanted.is_empty() {
            vec![levels[levels.len() / 2].clone()]
        } else {
            wanted.to_vec()
        };
        kept.extend(chosen.into_iter().map(|level| Load::new(level, arrivals)));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::Arrivals;

    #[test]
    fn closed_loops_stay_and_each_rhythm_keeps_its_middle_level() {
        let share = |fraction, arrivals| Load::new(Level::Share(fraction), arrivals);
        let closed = Load::new(Level::Closed(64), Arrivals::Closed);
        let loads = [
            closed.clone(),
            share(0.3, Arrivals::Constant),
            share(0.6, Arrivals::Constant),
            share(0.8, Arrivals::Constant),
            share(0.6, Arrivals::Poisson),
        ];
        let labels = |loads: Vec<Load>| loads.iter().map(Load::to_string).collect::<Vec<_>>();
        assert_eq!(labels(quick_loads(&loads, &[])), ["closed 64", "60% constant", "60% poisson"]);
        assert_eq!(
            labels(quick_loads(&loads, &[Level::Share(0.5)])),
            ["closed 64", "50% constant", "50% poisson"]
        );
        assert_eq!(labels(quick_loads(&[closed], &[Level::Share(0.5)])), ["closed 64"]);
    }
}
