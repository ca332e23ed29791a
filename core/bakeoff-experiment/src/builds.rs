//! The builds of each candidate, and which of them a round runs.

use std::collections::BTreeMap;

use crate::record::{BuildOutcome, BuildReceipt, BuildRecord};

/// What was built, by candidate, in the order of the builds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Builds(BTreeMap<String, Vec<BuildReceipt>>);

impl Builds {
    /// Takes one more record into account. A build that was done again counts as the later one.
    pub fn take(&mut self, built: &BuildRecord) {
        let BuildOutcome::Done(receipt) = &built.outcome else { return };
        let receipts = self.0.entry(built.candidate.clone()).or_default();
        match receipts.get_mut(built.build.saturating_sub(1) as usize) {
            Some(earlier) => *earlier = receipt.clone(),
            None => receipts.push(receipt.clone()),
        }
    }

    /// How many builds of a candidate there are.
    pub fn count(&self, candidate: &str) -> u32 {
        self.0.get(candidate).map_or(0, |receipts| receipts.len() as u32)
    }

    /// The first build of a candidate, which contract and probes run.
    pub fn first(&self, candidate: &str) -> Option<&BuildReceipt> {
        self.0.get(candidate)?.first()
    }

    /// The number of the build, from 1, that a candidate's trials of `round` run. Builds take
    /// turns, so that no build is of one part of the run only.
    pub fn number(&self, candidate: &str, round: u32) -> u32 {
        round.saturating_sub(1) % self.count(candidate).max(1) + 1
    }

    /// The build that a candidate's trials of `round` run.
    pub fn of_round(&self, candidate: &str, round: u32) -> Option<&BuildReceipt> {
        self.0.get(candidate)?.get(self.number(candidate, round) as usize - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(candidate: &str, build: u32, hash: &str) -> BuildRecord {
        let receipt = BuildReceipt { artifact_hash: hash.to_owned(), ..BuildReceipt::default() };
        let outcome = BuildOutcome::Done(receipt);
        BuildRecord { candidate: candidate.to_owned(), build, outcome }
    }

    #[test]
    fn rounds_take_turns_with_the_builds_and_one_without_any_has_number_1() {
        let mut builds = Builds::default();
        for (build, hash) in [(1, "one"), (2, "two"), (3, "three"), (2, "two again")] {
            builds.take(&built("a", build, hash));
        }
        let numbers: Vec<u32> = (1..=7).map(|round| builds.number("a", round)).collect();
        assert_eq!(numbers, [1, 2, 3, 1, 2, 3, 1]);
        let hash = |round| builds.of_round("a", round).map(|it| it.artifact_hash.as_str());
        assert_eq!([hash(4), hash(5)], [Some("one"), Some("two again")]);
        assert_eq!(builds.first("a").map(|it| it.artifact_hash.as_str()), Some("one"));
        assert_eq!((builds.count("b"), builds.number("b", 3)), (0, 1));
        assert_eq!(builds.of_round("b", 3), None);
    }
}
