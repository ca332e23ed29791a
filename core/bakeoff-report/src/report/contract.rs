//! What the contract showed, candidate by candidate.

use serde::Serialize;

use super::journal::Journal;
use crate::text;

/// The contract as one candidate met it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ContractRow {
    /// The candidate.
    pub candidate: String,
    /// Fixed cases tried.
    pub cases: u32,
    /// Random requests compared with the other candidates.
    pub random: u32,
    /// Whether it may be measured.
    pub passed: bool,
    /// Set if it did not start or died meanwhile.
    pub broke: Option<String>,
    /// Answers that were not as they should be, all of them.
    pub failures_total: usize,
    /// The first of them, at most [`FAILURES_MAX`].
    pub failures: Vec<FailureRow>,
}

/// The most failures of one candidate that are shown in full.
pub const FAILURES_MAX: usize = 8;

/// One answer that was not as it should be.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FailureRow {
    /// Which request.
    pub case: String,
    /// What differs.
    pub difference: String,
    /// The answer wanted.
    pub expected: String,
    /// The answer given.
    pub got: String,
    /// A line that reproduces it.
    pub curl: String,
}

/// The contract as each candidate met it, in the order they were held against it.
pub(crate) fn contracts(journal: &Journal) -> Vec<ContractRow> {
    journal
        .contracts
        .iter()
        .map(|contract| ContractRow {
            candidate: text::line(&contract.candidate),
            cases: contract.cases,
            random: contract.random,
            passed: contract.passed(),
            broke: contract.broke.as_deref().map(text::block),
            failures_total: contract.failures.len(),
            failures: contract
                .failures
                .iter()
                .take(FAILURES_MAX)
                .map(|failure| FailureRow {
                    case: text::line(&failure.case),
                    difference: text::block(&failure.difference),
                    expected: text::block(&failure.expected),
                    got: text::block(&failure.got),
                    curl: text::block(&failure.curl),
                })
                .collect(),
        })
        .collect()
}
