//! What holds a verdict back although there are numbers: windows too short for the quantile it speaks of.

use super::evaluate::Judge;
use super::{Cells, ClaimVerdict, Finding};

impl Judge<'_> {
    /// The finding, inconclusive where a quantile is asked of trials with too few answers for it
    /// (METHODS.md A3). The numbers stay for the reader to see.
    pub(super) fn held(&self, cells: &[&Cells], mut finding: Finding) -> Finding {
        if finding.verdict == ClaimVerdict::NotTestedHere {
            return finding;
        }
        let places = cells
            .iter()
            .flat_map(|cells| self.grounds.places(&cells.metric, &cells.workloads, &cells.loads));
        let short = places.filter_map(|place| Some((self.grounds.short_window(&place)?, place)));
        if let Some((window, (_, workload, load))) = short.min_by_key(|(window, _)| window.answers)
        {
            finding.verdict = ClaimVerdict::Inconclusive;
            finding.rounds_to_settle = None;
            finding.reasons.push(format!("{window} ({workload} at {load})"));
        }
        finding
    }
}
