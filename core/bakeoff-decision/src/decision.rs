//! The answer: who is best, how surely, what would flip it, and what to find out next.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::elicitation::ElicitationFacts;
use crate::evidence::Kind;
use crate::voi::NormalVoi;
use crate::warnings::Warning;
use crate::weight_region::ConstraintFacts;

/// The name and version of the format that [`Decision`] is written in.
pub const DECISION_SCHEMA: &str = "bakeoff.decision/1";

/// The answer to a decision; arrays run parallel to `alternatives` or `criteria`, as given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Decision {
    /// Always [`DECISION_SCHEMA`].
    pub schema: String,
    /// The question in words.
    pub title: Option<String>,
    /// What was compared.
    pub alternatives: Vec<String>,
    /// What was weighed.
    pub criteria: Vec<CriterionFacts>,
    /// Seed of the simulation.
    pub seed: u64,
    /// Draws of the simulation.
    pub draws: usize,
    /// First draws that were kept whole; what is computed from draws again rests on these alone
    /// (`flips`, `stability` aside, `voi`, `leave_one_out`, `members`, `differences`).
    pub draws_kept: usize,
    /// The answer in words, with its conditions.
    pub answer: Answer,
    /// Probability that each alternative is the best of those that hold all requirements.
    pub p_best: Vec<f64>,
    /// Monte-Carlo standard error of `p_best`, `sqrt(p (1 - p) / draws)`.
    pub p_best_se: Vec<f64>,
    /// Probability that no alternative holds all requirements.
    pub p_none: f64,
    /// Probability that each alternative holds all requirements.
    pub p_feasible: Vec<f64>,
    /// Probability of each alternative (row) for each rank (column), among those that hold all
    /// requirements in that draw; a row sums to `p_feasible`.
    pub rank_acceptability: Vec<Vec<f64>>,
    /// Value of each alternative.
    pub value: Values,
    /// Differences of value, pair by pair.
    pub differences: Vec<Difference>,
    /// What choosing each alternative is expected to cost, in value, against the best of each draw.
    pub expected_loss: Vec<f64>,
    /// Probability that the alternative of the row is worth more than that of the column.
    pub pairwise_wins: Vec<Vec<f64>>,
    /// Requirements, alternative by alternative.
    pub gates: Vec<GateFacts>,
    /// Weights at which another alternative takes the lead, nearest first.
    pub flips: Vec<Flip>,
    /// The least weight that has to move until the leader is no longer ahead.
    pub closest_flip: Option<ClosestFlip>,
    /// For each criterion, the weights over which the leader by mean value stays ahead.
    pub stability: Vec<Stability>,
    /// Quantities of the leader at which it would no longer be ahead.
    pub break_even: Vec<BreakEven>,
    /// The answer without one criterion, one kind of evidence, one rater, or with moved anchors.
    pub leave_one_out: Vec<LeaveOneOut>,
    /// What more knowledge is worth.
    pub voi: Voi,
    /// How much of the weight is measured, rated, cited and unknown.
    pub shares: Shares,
    /// Entropy of `p_best`, in bits: 0 is certain.
    pub entropy: f64,
    /// Mean weights over the draws each alternative wins; only where weights vary.
    pub central_weights: Vec<Option<Vec<f64>>>,
    /// Probability that each alternative wins at its central weights.
    pub confidence_factors: Vec<Option<f64>>,
    /// Agreement of the raters, criterion by criterion.
    pub agreement: Vec<Agreement>,
    /// Which alternatives dominate others by mean values.
    pub dominance: Dominance,
    /// Each member's own answer, and what separates the camps.
    pub members: Option<Members>,
    /// How the weights follow from comparisons, where they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elicitation: Option<ElicitationFacts>,
    /// What constraints the weights were drawn under, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraints: Option<ConstraintFacts>,
    /// What makes the answer less than it seems.
    pub warnings: Vec<Warning>,
}

/// How sure a probability of being best is, in the words of METHODS.md 0.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Sureness {
    /// Below .60.
    TossUp,
    /// From .60.
    Leaning,
    /// From .80.
    Likely,
    /// From .95.
    Clear,
}

impl Sureness {
    /// The word for a probability of being best.
    pub fn of(p: f64) -> Self {
        match p {
            p if p >= 0.95 => Self::Clear,
            p if p >= 0.80 => Self::Likely,
            p if p >= 0.60 => Self::Leaning,
            _ => Self::TossUp,
        }
    }

    /// As printed.
    pub fn word(self) -> &'static str {
        match self {
            Self::TossUp => "toss-up",
            Self::Leaning => "leaning",
            Self::Likely => "likely",
            Self::Clear => "clear",
        }
    }
}

/// The answer in short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Answer {
    /// The alternative most often best; absent if none holds its requirements.
    pub leader: Option<String>,
    /// Its probability of being best.
    pub p_best: f64,
    /// That in a word.
    pub sureness: Sureness,
    /// One paragraph: the answer, its conditions, the nearest flip, what to find out next.
    pub sentence: String,
}

/// One criterion as it entered the decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CriterionFacts {
    /// Name.
    pub name: String,
    /// Where the cells come from.
    pub kind: Kind,
    /// Share of the whole weight.
    pub weight: f64,
    /// Mean value of each alternative, 0 to 1.
    pub values: Vec<f64>,
    /// What it adds to the value of each alternative: weight times mean value.
    pub contributions: Vec<f64>,
    /// Share of draws clipped at the worst and at the best anchor, for each alternative.
    pub clipped: Vec<[f64; 2]>,
    /// How the cells were drawn, where it needs saying.
    pub notes: Vec<String>,
}

/// Values of the alternatives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Values {
    /// Mean.
    pub mean: Vec<f64>,
    /// Standard deviation.
    pub sd: Vec<f64>,
    /// Central interval at `level`.
    pub interval: Vec<[f64; 2]>,
    /// Probability inside the interval.
    pub level: f64,
}

/// A difference of value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// This alternative
    pub a: String,
    /// less this one.
    pub b: String,
    /// Mean.
    pub mean: f64,
    /// Central 90% interval.
    pub interval: [f64; 2],
}

/// Whether a requirement holds (METHODS.md B6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum GateVerdict {
    /// With probability .95 or more.
    Pass,
    /// With probability .05 or less.
    Fail,
    /// Neither.
    Undetermined,
}

impl GateVerdict {
    /// The verdict for a probability.
    pub fn of(p: f64) -> Self {
        match p {
            p if p >= 0.95 => Self::Pass,
            p if p <= 0.05 => Self::Fail,
            _ => Self::Undetermined,
        }
    }
}

/// One requirement and one alternative.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GateFacts {
    /// Name of the requirement (of the criterion, where that carries the limit).
    pub requirement: String,
    /// The alternative.
    pub alternative: String,
    /// Probability that it holds.
    pub probability: f64,
    /// That in a word.
    pub verdict: GateVerdict,
}

/// Which way a weight has to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Above the threshold.
    Above,
    /// Below the threshold.
    Below,
}

/// A weight at which the answer flips, the others keeping their proportions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Flip {
    /// The criterion whose weight moves.
    pub criterion: String,
    /// Who leads now.
    pub from: String,
    /// Who leads beyond the threshold.
    pub to: String,
    /// Weight now.
    pub now: f64,
    /// Weight at which each of the two beats the other in half of the draws.
    pub at: f64,
    /// Which side of `at` it flips on.
    pub direction: Direction,
    /// Weights between which the first beats the second in 95% and in 5% of the draws.
    pub band: [f64; 2],
}

/// The smallest change of all weights together that dethrones the leader.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClosestFlip {
    /// Who leads now.
    pub from: String,
    /// Who would be level.
    pub to: String,
    /// Weight to be moved: half the L1 distance of the weight vectors.
    pub weight_moved: f64,
    /// The weights then.
    pub weights: Vec<f64>,
}

/// The weights of a criterion over which the leader by mean value stays ahead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stability {
    /// The criterion.
    pub criterion: String,
    /// Its weight now.
    pub weight: f64,
    /// Lowest weight.
    pub stable_low: f64,
    /// Highest weight.
    pub stable_high: f64,
    /// Who takes over below.
    pub flips_to_below: Option<String>,
    /// Who takes over above.
    pub flips_to_above: Option<String>,
}

/// A quantity at which the lead is lost, by mean values, all else equal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BreakEven {
    /// The criterion.
    pub criterion: String,
    /// Whose quantity it is: the leader's, or a rival's.
    pub alternative: String,
    /// Against whom.
    pub against: String,
    /// The quantity now, in its own unit.
    pub now: f64,
    /// The quantity at which both are worth the same.
    pub at: f64,
    /// Unit, for people.
    pub unit: Option<String>,
}

/// What was changed to see whether the answer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Without this criterion.
    WithoutCriterion,
    /// Without all criteria of this kind.
    WithoutKind,
    /// With only the criteria of this kind.
    OnlyKind,
    /// Without this rater's scores.
    WithoutRater,
    /// With the best anchor moved by this factor.
    BestAnchor,
    /// With the worst anchor moved by this factor.
    WorstAnchor,
}

/// The answer after one change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LeaveOneOut {
    /// What was changed.
    pub change: Change,
    /// The criterion, kind or rater it was done to.
    pub what: String,
    /// The factor, for anchors.
    pub factor: Option<f64>,
    /// Who is most often best then.
    pub leader: String,
    /// Probability of being best then.
    pub p_best: Vec<f64>,
    /// Whether the leader is another one.
    pub flips: bool,
}

/// What more knowledge is worth, in value of the decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Voi {
    /// Of knowing everything.
    pub evpi: f64,
    /// Of what is known about weights, where people differ about them: when to talk.
    pub weights: Option<f64>,
    /// Probability that knowing whether requirements hold would change the decision; absent where none
    /// of an alternative that may be chosen is undetermined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_flip_requirements: Option<f64>,
    /// Criterion by criterion.
    pub criteria: Vec<CriterionVoi>,
    /// What can be tried, with what each outcome would mean (METHODS.md B8).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<crate::signals::SignalFacts>,
    /// What to do next, the most worth per hour first.
    pub next: Vec<NextAction>,
    /// Whether nothing that can be done is likely to change the decision (METHODS.md B8).
    pub stop: bool,
    /// How it was computed, where that needs saying.
    pub notes: Vec<String>,
}

/// What knowledge about one criterion is worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CriterionVoi {
    /// The criterion.
    pub criterion: String,
    /// Of knowing its cells exactly.
    pub evppi: f64,
    /// Of the next action on it.
    pub evsi: f64,
    /// Probability that the next action changes the decision.
    pub p_flip: f64,
    /// Computed by regression on a bent line, because it is drawn from the same rounds as others.
    pub regression: bool,
    /// The same three by the formula for two alternatives and a normal difference, to be checked by hand; for two alternatives
    /// only, and not where a regression is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normal: Option<NormalVoi>,
}

/// Something that can be done to know more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NextAction {
    /// The criterion.
    pub criterion: String,
    /// In words: `8 more rounds`.
    pub action: String,
    /// How many more rounds, ratings or citations.
    pub more: u32,
    /// Hours it would take.
    pub hours: f64,
    /// The evidence did not say how many hours; a default was taken.
    pub hours_assumed: bool,
    /// Expected gain in value.
    pub evsi: f64,
    /// Expected gain an hour.
    pub evsi_per_hour: f64,
    /// Probability that it changes the decision.
    pub p_flip: f64,
    /// `evsi` is that of perfect knowledge, an upper bound.
    pub upper_bound: bool,
}

/// How much of the weight rests on what (METHODS.md B10).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Shares {
    /// Measured.
    pub measured: f64,
    /// Rated by people.
    pub rated: f64,
    /// Cited.
    pub cited: f64,
    /// Unknown.
    pub unknown: f64,
}

/// Agreement of the raters of one criterion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Agreement {
    /// The criterion.
    pub criterion: String,
    /// Raters who gave at least one score.
    pub raters: usize,
    /// Krippendorff's alpha, ordinal.
    pub krippendorff: Option<f64>,
    /// Kendall's coefficient of concordance.
    pub kendall_w: Option<f64>,
    /// Intraclass correlation (3,k), of the panel's mean, raters' leniency apart.
    pub icc: Option<f64>,
    /// Intraclass correlation (3,1), of a single rater: how far one person's scores would do.
    pub icc_one: Option<f64>,
    /// Standard error of the difference of two alternatives' panel means, in points of the scale.
    pub se_of_difference: Option<f64>,
    /// For two alternatives: mean within-rater difference, as values, with a 95% interval.
    pub difference: Option<RaterDifference>,
}

/// Two alternatives as one panel saw them (METHODS.md B4).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RaterDifference {
    /// The first less the second, in the order of `alternatives`.
    pub mean: f64,
    /// 95% interval of the mean, h - 1 degrees of freedom.
    pub interval: [f64; 2],
    /// Share of raters who put the first higher, both level, the second higher.
    pub shares: [f64; 3],
}

/// Who dominates whom, by mean values (METHODS.md B1).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Dominance {
    /// At least as good on all criteria and better on one.
    pub dominates: Vec<[String; 2]>,
    /// Worse on exactly one criterion, which is named last.
    pub worse_on_one: Vec<[String; 3]>,
}

/// The members' own answers (METHODS.md B9).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Members {
    /// Mean of the members' normalised weights.
    pub consensus: Vec<f64>,
    /// One by one.
    pub each: Vec<MemberFacts>,
    /// What separates those who choose differently, most separating first.
    pub separates: Vec<Separation>,
    /// Such as `4 of 5 members' own numbers choose rust`.
    pub sentence: String,
}

/// One member's own answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MemberFacts {
    /// Name.
    pub name: String,
    /// Normalised weights.
    pub weights: Vec<f64>,
    /// Whether own ratings entered.
    pub own_ratings: bool,
    /// Who is most often best.
    pub choice: String,
    /// Probability of being best.
    pub p_best: Vec<f64>,
    /// Half the L1 distance of the weights from the consensus.
    pub distance: f64,
}

/// How far apart the camps are on one criterion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Separation {
    /// The criterion.
    pub criterion: String,
    /// Mean weight among those who choose the leader.
    pub for_leader: f64,
    /// Mean weight among the others.
    pub for_others: f64,
    /// How much of the difference in value between the camps it makes.
    pub effect: f64,
}
