//! Claims held against the evidence.

use serde::Serialize;

use crate::text;

/// A sentence and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ClaimRow {
    /// Its id.
    pub id: String,
    /// The sentence.
    pub claim: String,
    /// Where it comes from.
    pub source: String,
    /// `supported`, `refuted`, `equivalent`, `inconclusive` or `not tested here`.
    pub verdict: String,
    /// The estimate with interval, trials and what would settle it.
    pub evidence: String,
}

impl ClaimRow {
    /// The same with nothing in its texts that acts.
    pub(crate) fn inert(&self) -> Self {
        Self {
            id: text::line(&self.id),
            claim: text::line(&self.claim),
            source: text::line(&self.source),
            verdict: text::line(&self.verdict),
            evidence: text::line(&self.evidence),
        }
    }

    /// A sign that goes before the verdict's word.
    pub fn sign(&self) -> &'static str {
        match self.verdict.as_str() {
            "supported" => "✓",
            "refuted" => "✗",
            "equivalent" => "=",
            "inconclusive" => "?",
            _not_tested => "–",
        }
    }

    /// The class that colours it.
    pub fn class(&self) -> &'static str {
        match self.verdict.as_str() {
            "supported" => "v-better",
            "refuted" => "v-worse",
            "equivalent" => "v-same",
            "inconclusive" => "v-open",
            _not_tested => "v-none",
        }
    }
}
