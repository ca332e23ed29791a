//! What `--only` leaves of an experiment: some candidates, some workloads, some probes, the battery.

use std::collections::BTreeSet;

use crate::criterion::{Cell, Evidence};
use crate::experiment::Experiment;

/// What the battery is called.
const BATTERY: &str = "battery";

/// A name that the experiment does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    /// What was asked for.
    pub name: String,
    /// The known name closest to it, if one is close.
    pub meant: Option<String>,
}

impl std::fmt::Display for UnknownName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no candidate, workload or probe is called `{}`", self.name)?;
        match &self.meant {
            Some(meant) => write!(f, "; did you mean `{meant}`?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for UnknownName {}

impl Experiment {
    /// The experiment with only what `names` name, each a candidate, a workload or a probe. A kind
    /// that no name belongs to stays whole, but the battery is put to the tools only if it is named
    /// (`battery`): it has nothing to do with the others. Criteria and requirements that lose their workload
    /// go; if the reference goes, the first candidate that stays takes its place.
    ///
    /// # Errors
    ///
    /// [`UnknownName`] for the first name that is neither.
    pub fn only(mut self, names: &[String]) -> Result<Self, UnknownName> {
        let candidates: Vec<String> = self.candidates.iter().map(|c| c.name.clone()).collect();
        let workloads: Vec<String> = self.workloads.iter().map(|w| w.name.clone()).collect();
        let probes: Vec<String> = self.probes.iter().map(|p| p.name.clone()).collect();
        let battery = self.battery.as_ref().map(|_| BATTERY.to_owned());
        let known: Vec<&String> =
            candidates.iter().chain(&workloads).chain(&probes).chain(&battery).collect();
        if let Some(name) = names.iter().find(|name| !known.contains(name)) {
            return Err(UnknownName { name: name.clone(), meant: closest(name, &known) });
        }
        let kept = |all: &[String]| -> BTreeSet<String> {
            let named: BTreeSet<String> =
                all.iter().filter(|name| names.contains(name)).cloned().collect();
            if named.is_empty() { all.iter().cloned().collect() } else { named }
        };
        let (candidates, workloads) = (kept(&candidates), kept(&workloads));
        let probes = kept(&probes);
        self.candidates.retain(|candidate| candidates.contains(&candidate.name));
        self.workloads.retain(|workload| workloads.contains(&workload.name));
        self.probes.retain(|probe| probes.contains(&probe.name));
        self.battery = self.battery.filter(|_| names.iter().any(|name| name == BATTERY));
        if !candidates.contains(&self.reference) {
            self.reference.clone_from(&self.candidates[0].name);
        }
        let stays = |cell: &Cell| cell.workload.as_ref().is_none_or(|w| workloads.contains(w));
        self.requirements.retain(|requirement| stays(&requirement.cell));
        self.criteria.retain(|criterion| match &criterion.evidence {
            Evidence::Measured { cell, .. } => stays(cell),
            Evidence::Rated { .. } | Evidence::Cited { .. } | Evidence::Unknown => true,
        });
        let left: BTreeSet<&String> = self.criteria.iter().map(|c| &c.name).collect();
        for profile in self.profiles.values_mut() {
            profile.retain(|criterion, _| left.contains(criterion));
        }
        Ok(self)
    }
}

/// The known name that differs least, if it is close (Damerau-Levenshtein, a third of its length).
fn closest(name: &str, known: &[&String]) -> Option<String> {
    let distance = |other: &str| strsim::damerau_levenshtein(name, other);
    let best = known.iter().min_by_key(|other| distance(other))?;
    (distance(best) <= name.len().max(3) / 3 + 1).then(|| (*best).clone())
}
