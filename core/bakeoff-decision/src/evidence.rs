//! What a decision rests on: alternatives, criteria with their cells, weights, requirements, people.

use bakeoff_experiment::json_path::path_at;
use serde::{Deserialize, Serialize};

use crate::elicitation::Elicitation;
use crate::evidence_fields::EVIDENCE;
use crate::evidence_reader::{drop_null_fields, read_object};

/// The name and version of the format that [`Evidence`] reads and writes.
pub const EVIDENCE_SCHEMA: &str = "bakeoff.evidence/1";

/// Draws of the simulation unless the evidence says otherwise (METHODS.md 0).
pub const DRAWS_DEFAULT: usize = 100_000;

/// Everything that a decision rests on, as read from `bakeoff.evidence/1` or built from a run.
///
/// Quantities are SI base units (seconds, bytes, per second, fractions). Arrays that speak of
/// alternatives are parallel to `alternatives`. A value of this type may still be nonsense
/// (an anchor missing, rows of unequal length): [`crate::Model::new`] and [`crate::decide`] check it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Always [`EVIDENCE_SCHEMA`].
    pub schema: String,
    /// The question in words, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Seed of every random draw.
    #[serde(default = "one")]
    pub seed: u64,
    /// Draws of the simulation.
    #[serde(default = "draws_default")]
    pub draws: usize,
    /// Names of what is compared; at least one, all different.
    pub alternatives: Vec<String>,
    /// What is weighed.
    pub criteria: Vec<Criterion>,
    /// What is known about the weights.
    #[serde(default)]
    pub weights: WeightMode,
    /// Beside `weights` none or ordinal: what must hold of every weight drawn, as in `tail >= memory` or
    /// `tail + memory <= 0.5`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<String>,
    /// Comparisons that the weights follow from, in place of swing points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elicitation: Option<Elicitation>,
    /// Inner nodes of a criteria tree, by path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
    /// People with weights (and ratings) of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member>,
    /// What must hold, beside `min` and `max` of the criteria.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requirements: Vec<Requirement>,
    /// What can be tried, and would say more about a cell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<crate::signals::Signal>,
}

fn one() -> u64 {
    1
}

fn draws_default() -> usize {
    DRAWS_DEFAULT
}

impl Default for Evidence {
    fn default() -> Self {
        Self {
            schema: EVIDENCE_SCHEMA.to_owned(),
            title: None,
            seed: 1,
            draws: DRAWS_DEFAULT,
            alternatives: Vec::new(),
            criteria: Vec::new(),
            weights: WeightMode::Swing,
            constraints: Vec::new(),
            elicitation: None,
            groups: Vec::new(),
            members: Vec::new(),
            requirements: Vec::new(),
            signals: Vec::new(),
        }
    }
}

/// What is known about the weights (METHODS.md B5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WeightMode {
    /// Swing points, agreed on: one weight vector.
    #[default]
    Swing,
    /// In every draw the weights of one member, picked at random.
    Members,
    /// Only the order of the criteria is known.
    Ordinal,
    /// Nothing is known: every weight vector is as likely as any other.
    None,
}

/// Where the cells of a criterion come from.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A number for each round of a run.
    Measured,
    /// Scores by people.
    Rated,
    /// Numbers that someone published.
    Cited,
    /// Nobody knows: any value is as likely as any other.
    #[default]
    Unknown,
}

/// The form of the value function between the anchors (METHODS.md B3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// Equal ratios are equally valuable.
    Log,
    /// Equal differences are equally valuable.
    Linear,
    /// Linear between `knots`.
    Piecewise,
    /// Diminishing returns, by `rho` or `midvalue`.
    Exponential,
}

/// How far a citation is from the question; widens the interval about its mode (METHODS.md B4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// The same question, recently: as published.
    #[default]
    Direct,
    /// A related question: half-widths times 1.5.
    Indirect,
    /// Old, or another domain: times 2.
    Old,
    /// An opinion: times 3.
    Opinion,
}

/// Whether what differs between this rig and production strikes all alternatives alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transfer {
    /// Each alternative has a shift of its own.
    #[default]
    Each,
    /// One shift for all.
    Common,
}

/// One criterion: what is known of each alternative, what it is worth, how much it weighs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Criterion {
    /// Name; all different.
    pub name: String,
    /// Where the cells come from.
    pub kind: Kind,
    /// Nodes of the criteria tree above this one, from the root.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<String>,
    /// Swing points against its siblings; not negative.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub swing: Option<f64>,
    /// Place in the order of importance, 1 is the most important; for [`WeightMode::Ordinal`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank: Option<u32>,
    /// Form of the value function; log for measurements with anchors above zero, else linear.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shape: Option<Shape>,
    /// Anchor worth 1: as good as it matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best: Option<f64>,
    /// Anchor worth 0: unacceptable, or the worst that matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worst: Option<f64>,
    /// `[x, value]` pairs of a piecewise value function.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub knots: Vec<[f64; 2]>,
    /// Constant of an exponential value function, in the unit of the anchors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rho: Option<f64>,
    /// The amount worth one half, from which `rho` follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub midvalue: Option<f64>,
    /// Measured: a number per round for each alternative; `null` for a trial that was void.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rounds: Vec<Option<Vec<Option<f64>>>>,
    /// Measured without error (a size, a count): the rounds only repeat it.
    #[serde(skip_serializing_if = "is_false")]
    pub exact: bool,
    /// Name shared by metrics of the same trials, which are then drawn jointly where rounds suffice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trials: Option<String>,
    /// Standard deviation, on the log scale, of production against this rig.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer_sd: Option<f64>,
    /// Whether that shift is common to all alternatives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer: Option<Transfer>,
    /// Rated: lowest and highest level of the scale.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<[f64; 2]>,
    /// Rated: a score per rater for each alternative; `null` for one not given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scores: Vec<Option<Vec<Option<f64>>>>,
    /// Rated: who gave the scores, column by column.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub raters: Vec<String>,
    /// Rated by one person: low, mode and high for each alternative.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<Option<[f64; 3]>>,
    /// Cited: minimum, mode and maximum for each alternative, triangular.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub triangular: Vec<Option<[f64; 3]>>,
    /// Cited: minimum, mode and maximum for each alternative, PERT.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pert: Vec<Option<[f64; 3]>>,
    /// Cited: a 95% interval for each alternative, lognormal.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub interval: Vec<Option<[f64; 2]>>,
    /// Cited: mean and standard error for each alternative.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub normal: Vec<Option<[f64; 2]>>,
    /// Cited: how far the citation is from the question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grade: Option<Grade>,
    /// Where the numbers come from: one for the criterion, or one for each alternative. Cells of
    /// which the latter is the same are drawn together, those of other sources apart.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_more")]
    pub source: Vec<String>,
    /// Requirement: the quantity must not be below this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Requirement: the quantity must not be above this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// Hours that one more round, rating or citation would cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effort: Option<f64>,
    /// How many more of them the next action would add.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub more: Option<u32>,
    /// Unit of the quantity, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_false(flag: &bool) -> bool {
    !flag
}

fn one_or_more<'de, D: serde::Deserializer<'de>>(reader: D) -> Result<Vec<String>, D::Error> {
    Ok(match serde_json::Value::deserialize(reader)? {
        serde_json::Value::String(text) => vec![text],
        other => serde_json::from_value(other).map_err(serde::de::Error::custom)?,
    })
}

/// An inner node of the criteria tree.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The node, from the root.
    pub path: Vec<String>,
    /// Swing points against its siblings.
    pub swing: f64,
}

/// One person of the group that decides.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Name; matches `raters` of rated criteria.
    pub name: String,
    /// Swing points by criterion; one left out weighs nothing.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub weights: std::collections::BTreeMap<String, f64>,
}

/// Something that must hold, of a criterion, of a quantity of its own, or simply known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Requirement {
    /// Name; all different.
    pub name: String,
    /// The criterion whose quantity it limits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub criterion: Option<String>,
    /// Or a number per round for each alternative.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rounds: Vec<Option<Vec<Option<f64>>>>,
    /// Or whether it holds, for each alternative; `null` where nobody knows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Option<bool>>,
    /// The quantity must not be below this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The quantity must not be above this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
}

/// One thing wrong with evidence: where, and what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{path}{}{reason}", if path.is_empty() { "" } else { " " })]
pub struct EvidenceProblem {
    /// Where, as in `criteria[2].best`; empty for the whole document.
    pub path: String,
    /// What is wrong, as a fragment that follows the path.
    pub reason: String,
}

impl EvidenceProblem {
    pub(crate) fn new(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { path: path.into(), reason: reason.into() }
    }
}

/// That a text is no JSON, and where.
fn not_json(text: &str, error: &serde_json::Error) -> EvidenceProblem {
    let path = path_at(text.as_bytes(), error.line(), error.column());
    let said = error.to_string();
    let reason = if said.starts_with("number out of range") {
        format!("is not a finite number: {said}")
    } else {
        format!("is not JSON: {said}")
    };
    EvidenceProblem::new(path, reason)
}

impl Evidence {
    /// Reads and checks an evidence document.
    ///
    /// # Errors
    ///
    /// Every problem found, each with its path: first those of form (a string where a number
    /// belongs, an unknown field), and if there are none, those of sense.
    pub fn from_json(text: &str) -> Result<Self, Vec<EvidenceProblem>> {
        let value: serde_json::Value =
            serde_json::from_str(text).map_err(|error| vec![not_json(text, &error)])?;
        Self::from_value(value)
    }

    /// As [`Evidence::from_json`], from a parsed document.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn from_value(mut value: serde_json::Value) -> Result<Self, Vec<EvidenceProblem>> {
        let mut problems = Vec::new();
        read_object(&value, "", EVIDENCE, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        drop_null_fields(&mut value);
        let evidence: Self = serde_json::from_value(value)
            .map_err(|error| vec![EvidenceProblem::new("", error.to_string())])?;
        crate::Model::new(&evidence)?;
        Ok(evidence)
    }

    /// The same evidence with the swing points of one criterion set so that its weight is `weight`,
    /// the others keeping their proportions (METHODS.md B7).
    ///
    /// # Errors
    ///
    /// If there is no such criterion, or `weight` is outside 0 to 1.
    pub fn with_weight(&self, name: &str, weight: f64) -> Result<Self, EvidenceProblem> {
        if !(0.0..=1.0).contains(&weight) {
            return Err(EvidenceProblem::new(
                name,
                format!("weight {weight} is not within 0 to 1"),
            ));
        }
        let Some(index) = self.criteria.iter().position(|criterion| criterion.name == name) else {
            let names = self.criteria.iter().map(|criterion| criterion.name.as_str());
            let hint = crate::evidence_reader::did_you_mean(name, names);
            return Err(EvidenceProblem::new(name, format!("is no criterion{hint}")));
        };
        let model = crate::Model::new(self).map_err(|mut problems| problems.swap_remove(0))?;
        let weights = crate::weights::with_one_fixed(&model.weights(), index, weight);
        let mut changed = self.clone();
        changed.elicitation = None;
        changed.weights = WeightMode::Swing;
        changed.constraints.clear();
        changed.groups.clear();
        for (criterion, weight) in changed.criteria.iter_mut().zip(weights) {
            criterion.path.clear();
            criterion.swing = Some(weight * 100.0);
        }
        Ok(changed)
    }
}
