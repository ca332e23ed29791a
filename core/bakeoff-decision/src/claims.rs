//! Sentences that people publish, held against evidence: what a claim is, and what became of it.
//!
//! The language is data: a claim's `holds` is a table of the forms in [`Form`], nothing is
//! computed by code of the suite. `docs/claims.md` explains it with examples.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod evaluate;
mod forms;

mod grounds;
mod held;
mod language;
mod numeric;
mod quantity;
mod sides;

pub use evaluate::judge;
pub use grounds::{CandidateFacts, Grounds, Panel};
pub(crate) use language::{CLAIMS as CLAIMS_FIELDS, statement_fields};
pub use quantity::parse_quantity;

/// The name and version of the claims file.
pub const CLAIMS_SCHEMA: &str = "bakeoff.claims/1";

/// The name and version of the ledger.
pub const LEDGER_SCHEMA: &str = "bakeoff.ledger/1";

/// Something wrong with a claims file, with its path (`claims[3].holds.ratio.metric`).
pub type ClaimProblem = crate::EvidenceProblem;

/// A claims file.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims {
    /// Margin of statements that name none, as a fraction.
    pub margin: f64,
    /// Where the claims come from, by the letter they are cited with.
    pub sources: BTreeMap<String, Source>,
    /// Names for several candidates.
    pub groups: BTreeMap<String, Vec<String>>,
    /// The claims, in the order written.
    pub claims: Vec<Claim>,
}

/// Where a claim was published.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// Author and title.
    pub title: String,
    /// Year of publication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<i64>,
    /// Address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What it gives in figures, where it gives any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figure: Option<String>,
}

/// How a claim can be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimKind {
    /// By a machine.
    Measured,
    /// By a machine in part; the rest by people.
    MeasuredInPart,
    /// By people.
    Rated,
    /// By whoever published it: a survey, history.
    Cited,
}

/// One claim.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// Its name.
    pub id: String,
    /// Which sources make it.
    pub from: Vec<String>,
    /// The claim, in our words.
    pub says: String,
    /// How it can be decided.
    pub kind: ClaimKind,
    /// When it holds; absent for claims that are only cited.
    pub holds: Option<Statement>,
    /// Figures from elsewhere, beside the verdict or in place of one.
    pub citation: Option<Source>,
    /// What no machine can settle about it.
    pub limits: Option<String>,
}

/// Something that is true or false of the evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// What it speaks of.
    pub form: Form,
    /// Its own margin, as a fraction.
    pub margin: Option<f64>,
    /// What to make of an interval inside the margin.
    pub equivalent: WhenEquivalent,
    /// In a few words, for the ledger.
    pub label: Option<String>,
}

/// What a statement speaks of.
#[derive(Clone, Debug, PartialEq)]
pub enum Form {
    /// `a` over `b` on a metric, paired by round.
    Ratio {
        /// The metric, where.
        cells: Cells,
        /// Candidate or group above the line.
        a: String,
        /// Candidate or group below the line.
        b: String,
        /// What the ratio has to be.
        bound: Bound,
    },
    /// How the factor between `a` and `b` changes from one workload to others.
    Gap {
        /// The metric where the gap is said to be wide.
        from: Cells,
        /// Where it is said to be narrower or wider.
        to: Cells,
        /// Candidate or group.
        a: String,
        /// Candidate or group.
        b: String,
        /// What the factor there over the factor here has to be.
        bound: Bound,
    },
    /// A candidate's own number.
    Value {
        /// The metric, where.
        cells: Cells,
        /// Candidate or group.
        candidate: String,
        /// Which number of the rounds.
        take: Take,
        /// What it has to be, in SI base units.
        bound: Bound,
    },
    /// How many programs of a battery ended in certain ways.
    Count {
        /// Which programs, which outcomes.
        programs: Programs,
        /// How many there have to be, or what share.
        bound: Bound,
        /// The number is divided by that of all outcomes known.
        share: bool,
        /// Or it is compared with the number of these.
        against: Option<Programs>,
    },
    /// What people think of `a` against `b`, in levels of the scale as values 0 to 1.
    Rated {
        /// The rated criterion.
        criterion: String,
        /// Candidate or group.
        a: String,
        /// Candidate or group.
        b: String,
        /// What the mean difference within raters has to be.
        bound: Bound,
    },
    /// The largest share of weight space in which one candidate (of a group) is best.
    WeightSpace {
        /// Groups or candidates that count as one; all candidates singly if empty.
        of: Vec<String>,
        /// What the largest share has to be.
        bound: Bound,
    },
    /// All hold.
    All(Vec<Statement>),
    /// At least one holds.
    Any(Vec<Statement>),
    /// It does not hold.
    Not(Box<Statement>),
}

/// Which numbers of a run are meant, and how several of them are taken together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cells {
    /// The metric.
    pub metric: String,
    /// Workloads; empty is the probe, or where there is none, every workload that has the metric.
    pub workloads: Vec<String>,
    /// Load labels; empty is every load that has the metric.
    pub loads: Vec<String>,
    /// Several workloads and loads: their mean round by round, or each by itself.
    pub over: Each,
    /// Several candidates in a group: likewise.
    pub each: Each,
}

/// How several of a kind are taken together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Each {
    /// Their geometric mean, round by round.
    #[default]
    Mean,
    /// The statement has to hold for every one.
    Every,
    /// The statement has to hold for one at least.
    Some,
}

/// Which number of a candidate's rounds is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Take {
    /// Their mean, with its interval.
    #[default]
    Mean,
    /// The largest: it must hold in every round.
    Max,
    /// The smallest.
    Min,
}

/// What a number has to be. At least one side is there.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bound {
    /// Above this.
    pub above: Option<f64>,
    /// Below this.
    pub below: Option<f64>,
}

/// What to make of an interval that lies inside the margin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WhenEquivalent {
    /// Say so: `equivalent`.
    #[default]
    Says,
    /// The statement is supported: `better or equivalent`.
    Supports,
    /// The statement is refuted: a difference was claimed, and there is none.
    Refutes,
}

/// Programs of a battery that ended in certain ways.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Programs {
    /// Of this language.
    pub language: String,
    /// Of these classes; all if empty.
    pub classes: Vec<String>,
    /// With one of these outcomes.
    pub outcomes: Vec<String>,
}

/// What became of a claim or a statement.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimVerdict {
    /// It holds.
    Supported,
    /// It does not.
    Refuted,
    /// The difference it speaks of lies within the margin.
    Equivalent,
    /// The interval is wider than the question.
    Inconclusive,
    /// Something that it takes is missing here.
    NotTestedHere,
}

impl ClaimVerdict {
    /// As printed.
    pub fn words(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Refuted => "refuted",
            Self::Equivalent => "equivalent",
            Self::Inconclusive => "inconclusive",
            Self::NotTestedHere => "not tested here",
        }
    }
}

/// What a number is, for printing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// A ratio: 1 is the same.
    Ratio,
    /// A quantity in SI base units of the metric.
    Quantity,
    /// A number of programs.
    Count,
    /// A share of a whole.
    Share,
    /// A difference of values, each 0 to 1.
    Difference,
}

/// What the evidence says of one statement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What it says, in words.
    pub says: String,
    /// The verdict.
    pub verdict: ClaimVerdict,
    /// The metric, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// What the numbers are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scale>,
    /// The estimate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate: Option<f64>,
    /// Lower limit of its interval; absent where exact or unbounded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lower: Option<f64>,
    /// Upper limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upper: Option<f64>,
    /// Confidence of the interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<f64>,
    /// Margin, as a fraction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
    /// Rounds, raters or programs it rests on.
    pub rounds: usize,
    /// Trials it rests on: rounds of all candidates and workloads.
    pub trials: usize,
    /// Rounds that would probably settle it, were mean and spread to stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounds_to_settle: Option<usize>,
    /// Why, where the verdict needs a reason, and what else to know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// The statements it was put together from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Finding>,
}

/// One line of the ledger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LedgerEntry {
    /// The claim's name.
    pub id: String,
    /// Which sources make it.
    pub from: Vec<String>,
    /// The claim.
    pub says: String,
    /// How it can be decided.
    pub kind: ClaimKind,
    /// What became of it.
    pub verdict: ClaimVerdict,
    /// Why: estimate, interval, trials.
    pub finding: Finding,
    /// Figures from elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub citation: Option<Source>,
    /// What no machine can settle about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<String>,
}

/// All claims with their verdicts, `bakeoff.ledger/1`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ledger {
    /// Always [`LEDGER_SCHEMA`].
    pub schema: String,
    /// Where the claims come from.
    pub sources: BTreeMap<String, Source>,
    /// In the order of the claims file.
    pub claims: Vec<LedgerEntry>,
    /// How many claims got each verdict.
    pub counts: BTreeMap<String, usize>,
}
