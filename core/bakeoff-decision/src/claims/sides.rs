//! What two sides of a comparison have in common, round by round, and why not where they have not.

use std::collections::BTreeSet;

use super::Cells;
use super::evaluate::Judge;
use super::grounds::{CandidateFacts, Place, Series};

/// A side of a comparison that cannot be had, and why.
pub(super) type Missing = Vec<String>;

impl Judge<'_> {
    /// The series of a candidate, or of a group round by round as geometric mean of its members.
    fn logs(&self, place: &Place, name: &str) -> Result<(Series, usize), Missing> {
        let members = self.grounds.members(name, &self.claims.groups);
        let mut reasons = Vec::new();
        let mut found: Vec<&Series> = Vec::new();
        for member in &members {
            match self.grounds.series(place, member) {
                Some(series) => found.push(series),
                None => reasons.push(self.why_absent(member, place)),
            }
        }
        if found.is_empty() {
            if members.is_empty() {
                reasons.push(format!("`{name}` stands for no candidate"));
            }
            return Err(reasons);
        }
        let rounds: BTreeSet<u32> =
            found.iter().flat_map(|series| series.keys().copied()).collect();
        let mut logs = Series::new();
        for round in rounds {
            let values: Option<Vec<f64>> =
                found.iter().map(|series| series.get(&round).copied()).collect();
            if let Some(values) = values {
                let mean = values.iter().map(|value| value.ln()).sum::<f64>() / values.len() as f64;
                logs.insert(round, mean);
            }
        }
        Ok((logs, found.len()))
    }

    pub(super) fn why_absent(&self, candidate: &str, place: &Place) -> String {
        match self.grounds.candidates.get(candidate) {
            None => format!("{candidate} is no candidate of this run"),
            Some(CandidateFacts { absent: Some(reason), .. }) => format!("{candidate}: {reason}"),
            Some(CandidateFacts { absent: None, .. }) => {
                let at =
                    if place.1.is_empty() { String::new() } else { format!(" at {}", place.1) };
                format!("{candidate} has no {}{at} in this run", place.0)
            }
        }
    }

    /// `ln a - ln b` by round, the mean over places that both have; how many trials that took.
    pub(super) fn differences(
        &self,
        cells: &Cells,
        [a, b]: [&str; 2],
    ) -> Result<(Series, usize), Missing> {
        let places = self.grounds.places(&cells.metric, &cells.workloads, &cells.loads);
        let mut reasons = Vec::new();
        let mut found: Vec<Series> = Vec::new();
        let mut candidates = 0;
        for place in &places {
            match (self.logs(place, a), self.logs(place, b)) {
                (Ok((left, m)), Ok((right, n))) => {
                    let both = left.iter().filter_map(|(round, x)| {
                        // Two zeroes are the same; one is no ratio, and stays infinite.
                        right.get(round).map(|y| (*round, if x == y { 0.0 } else { x - y }))
                    });
                    found.push(both.collect());
                    candidates += m + n;
                }
                (left, right) => {
                    reasons.extend(left.err().into_iter().chain(right.err()).flatten());
                }
            }
        }
        if found.is_empty() {
            if places.is_empty() {
                reasons.push(nowhere(cells));
            }
            reasons.dedup();
            return Err(reasons);
        }
        let mut mean = Series::new();
        for round in found[0].keys() {
            let each: Option<Vec<f64>> = found.iter().map(|s| s.get(round).copied()).collect();
            if let Some(each) = each {
                mean.insert(*round, each.iter().sum::<f64>() / each.len() as f64);
            }
        }
        let trials = mean.len() * candidates;
        Ok((mean, trials))
    }
}

/// That a metric was not measured where it is looked for.
pub(super) fn nowhere(cells: &Cells) -> String {
    let named = if cells.workloads.is_empty() {
        String::new()
    } else {
        format!(" at {}", cells.workloads.join(", "))
    };
    format!("nothing was measured of {}{named}", cells.metric)
}
