//! The decision as the report speaks it: who, how surely, why, and what would flip it.

use serde::Serialize;

use crate::quantity;

/// The decision, in numbers and words.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DecisionRow {
    /// The alternatives, most probable first.
    pub alternatives: Vec<AlternativeRow>,
    /// What is weighed, heaviest first.
    pub criteria: Vec<CriterionRow>,
    /// Probability that no alternative meets every requirement.
    pub p_none: f64,
    /// Simulation draws.
    pub draws: u64,
    /// What they were drawn from.
    pub seed: u64,
    /// Weights at which the leader changes, nearest first.
    pub flips: Vec<FlipRow>,
    /// The least change of weights that flips it, in words.
    pub closest: Option<String>,
    /// What to measure next, best first, in words.
    pub next: Vec<String>,
    /// Share of the weight by kind of evidence: measured, rated, cited, unknown.
    pub shares: Vec<(String, f64)>,
    /// What a reader must know: clipping, double counting, gates undetermined.
    pub warnings: Vec<String>,
}

/// One alternative.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AlternativeRow {
    /// Its name.
    pub name: String,
    /// Probability that it is the best that meets every requirement.
    pub p_best: f64,
    /// Mean value from 0 to 1.
    pub value: f64,
    /// 90% interval of its value.
    pub value_lower: f64,
    /// 90% interval of its value.
    pub value_upper: f64,
    /// What choosing it costs on average against the best, in value.
    pub expected_loss: f64,
    /// Mean weighted value by criterion, in the order of [`DecisionRow::criteria`].
    pub contributions: Vec<f64>,
    /// Requirements: name, probability of meeting it, `pass`, `fail` or `undetermined`.
    pub gates: Vec<(String, f64, String)>,
}

/// One thing that is weighed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CriterionRow {
    /// Its name.
    pub name: String,
    /// `measured`, `rated`, `cited` or `unknown`.
    pub kind: String,
    /// Its share of the weight.
    pub weight: f64,
    /// What it goes by, with its anchors, in words.
    pub basis: String,
}

/// A weight at which the leader changes.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FlipRow {
    /// The criterion.
    pub criterion: String,
    /// Who takes the lead.
    pub to: String,
    /// Its weight now.
    pub now: f64,
    /// Its weight at the flip.
    pub at: f64,
    /// 90% band of the flip.
    pub band: Option<(f64, f64)>,
}

impl FlipRow {
    /// `flips to go if the weight of hiring exceeds 0.31 (90 % band 0.24 to 0.40; now 0.20)`
    pub fn sentence(&self) -> String {
        let way = if self.at > self.now { "exceeds" } else { "falls below" };
        let band = self.band.map_or(String::new(), |(lower, upper)| {
            format!("90 % band {lower:.2} to {upper:.2}; ")
        });
        format!(
            "flips to {} if the weight of {} {way} {:.2} ({band}now {:.2})",
            self.to, self.criterion, self.at, self.now
        )
    }
}

impl DecisionRow {
    /// The most probable alternative, if any can be chosen at all.
    pub fn leader(&self) -> Option<&AlternativeRow> {
        self.alternatives.first().filter(|first| first.p_best > 0.0 && self.p_none < 0.5)
    }

    /// The word for the leader's probability (METHODS.md, table of defaults).
    pub fn sureness(&self) -> &'static str {
        match self.leader().map_or(0.0, |leader| leader.p_best) {
            p if p >= 0.95 => "clear",
            p if p >= 0.80 => "likely",
            p if p >= 0.60 => "leaning",
            _less => "a toss-up",
        }
    }

    /// The probability that none meets every requirement, as text.
    pub fn p_none_text(&self) -> String {
        self.probability(self.p_none)
    }

    /// `p` as text with no more digits than the draws support.
    pub fn probability(&self, p: f64) -> String {
        quantity::probability(p, self.draws)
    }
}
