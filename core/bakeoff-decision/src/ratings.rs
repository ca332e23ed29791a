//! What people think, as they wrote it down: criteria with described levels, scores with reasons.
//!
//! One file for all raters, or one for each, merged. Ratings are given blind, before results show;
//! what keeps them so is the lock, not this file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::claims::Panel;
use crate::evidence::{Criterion, Kind, Member};
use crate::evidence_reader::Form::{Flag, Number, NumberMap, Objects, ObjectsMap, ScoresMap, Text};
use crate::evidence_reader::{Field, did_you_mean, read_object};

/// The name and version of the ratings file.
pub const RATINGS_SCHEMA: &str = "bakeoff.ratings/1";

/// Something wrong with a ratings file, with its path.
pub type RatingProblem = crate::EvidenceProblem;

/// A ratings file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ratings {
    /// Always [`RATINGS_SCHEMA`].
    pub schema: String,
    /// Made up to show the format: no verdict may rest on it without saying so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub example: bool,
    /// What is rated.
    pub criteria: Vec<RatedCriterion>,
    /// Who rated, and how.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ratings: Vec<Sheet>,
}

/// One question put to people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RatedCriterion {
    /// Name, as criteria of a manifest call it.
    pub name: String,
    /// The question as it is put.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// The levels of the scale, from the worst to the best, each described.
    pub levels: Vec<ScaleLevel>,
}

/// One level of a scale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScaleLevel {
    /// The number.
    #[serde(serialize_with = "plain")]
    pub level: f64,
    /// What it means, in words.
    pub means: String,
}

/// What one person thinks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sheet {
    /// Who.
    pub rater: String,
    /// When, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The person's own swing points by criterion, of all criteria of the decision.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", serialize_with = "plain_values")]
    pub weights: BTreeMap<String, f64>,
    /// Scores by criterion, then by candidate or language.
    #[serde(default)]
    pub scores: BTreeMap<String, BTreeMap<String, Score>>,
}

/// One score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The level.
    #[serde(serialize_with = "plain")]
    pub score: f64,
    /// Lowest level thought possible; for one who rates alone.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "plain_if_any")]
    pub low: Option<f64>,
    /// Highest level thought possible.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "plain_if_any")]
    pub high: Option<f64>,
    /// Why.
    pub reason: String,
}

/// A number as people write it: `4`, not `4.0`.
#[derive(Serialize)]
#[serde(untagged)]
enum Plain {
    Whole(i64),
    Broken(f64),
}

impl Plain {
    fn of(number: f64) -> Self {
        // Beyond 2^53 whole numbers are not exact.
        if number.fract() == 0.0 && number.abs() < 9e15 {
            Self::Whole(number as i64)
        } else {
            Self::Broken(number)
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
fn plain<S: serde::Serializer>(number: &f64, to: S) -> Result<S::Ok, S::Error> {
    Plain::of(*number).serialize(to)
}

#[allow(clippy::ref_option, reason = "the signature that serde calls")]
fn plain_if_any<S: serde::Serializer>(number: &Option<f64>, to: S) -> Result<S::Ok, S::Error> {
    number.map(Plain::of).serialize(to)
}

fn plain_values<S: serde::Serializer>(
    numbers: &BTreeMap<String, f64>,
    to: S,
) -> Result<S::Ok, S::Error> {
    to.collect_map(numbers.iter().map(|(name, number)| (name, Plain::of(*number))))
}

pub(crate) const RATINGS: &[Field] = &[
    Field::required("schema", crate::evidence_reader::Form::Choice(&[RATINGS_SCHEMA])),
    Field::optional("example", Flag),
    Field::required("criteria", Objects(CRITERION)),
    Field::optional("ratings", Objects(SHEET)),
];

const CRITERION: &[Field] = &[
    Field::required("name", Text),
    Field::optional("question", Text),
    Field::required("levels", Objects(LEVEL)),
];

const LEVEL: &[Field] = &[Field::required("level", Number), Field::required("means", Text)];

const SHEET: &[Field] = &[
    Field::required("rater", Text),
    Field::optional("date", Text),
    Field::optional("weights", NumberMap),
    Field::optional("scores", ScoresMap(&ObjectsMap(SCORE))),
];

const SCORE: &[Field] = &[
    Field::required("score", Number),
    Field::optional("low", Number),
    Field::optional("high", Number),
    Field::required("reason", Text),
];

impl Ratings {
    /// Reads a ratings file.
    ///
    /// # Errors
    ///
    /// Every problem found, each with its path (`ratings[1].scores.onboarding.rust.score`).
    pub fn from_toml(text: &str) -> Result<Self, Vec<RatingProblem>> {
        let table: toml::Table = toml::from_str(text).map_err(|error| {
            vec![RatingProblem::new("", format!("is not TOML: {}", error.to_string().trim()))]
        })?;
        let value: Value = serde_json::to_value(table)
            .map_err(|error| vec![RatingProblem::new("", error.to_string())])?;
        let mut problems = Vec::new();
        read_object(&value, "", RATINGS, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let ratings: Self = serde_json::from_value(value)
            .map_err(|error| vec![RatingProblem::new("", error.to_string())])?;
        let problems = ratings.problems();
        if problems.is_empty() { Ok(ratings) } else { Err(problems) }
    }

    /// Writes the file that [`Ratings::from_toml`] reads.
    ///
    /// # Errors
    ///
    /// If a number is one that TOML cannot hold.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        toml::to_string_pretty(self)
    }

    /// Everything that makes no sense, with its path.
    pub fn problems(&self) -> Vec<RatingProblem> {
        let mut problems = Vec::new();
        for (index, criterion) in self.criteria.iter().enumerate() {
            let path = format!("criteria[{index}]");
            if self.criteria[..index].iter().any(|other| other.name == criterion.name) {
                problems.push(RatingProblem::new(format!("{path}.name"), "repeats another"));
            }
            if criterion.levels.len() < 2 {
                problems.push(RatingProblem::new(format!("{path}.levels"), "needs two at least"));
            }
            for (at, level) in criterion.levels.iter().enumerate() {
                let path = format!("{path}.levels[{at}]");
                if level.means.trim().is_empty() {
                    problems.push(RatingProblem::new(format!("{path}.means"), "is blank"));
                }
                let rises = at == 0 || criterion.levels[at - 1].level < level.level;
                if !rises || !level.level.is_finite() {
                    problems.push(RatingProblem::new(format!("{path}.level"), "does not rise"));
                }
            }
        }
        for (index, sheet) in self.ratings.iter().enumerate() {
            let path = format!("ratings[{index}]");
            if self.ratings[..index].iter().any(|other| other.rater == sheet.rater) {
                problems.push(RatingProblem::new(format!("{path}.rater"), "repeats another"));
            }
            for (name, points) in &sheet.weights {
                if !(points.is_finite() && *points >= 0.0) {
                    let path = format!("{path}.weights.{name}");
                    problems.push(RatingProblem::new(path, "is not at least zero"));
                }
            }
            self.check_scores(sheet, &path, &mut problems);
        }
        problems
    }

    fn check_scores(&self, sheet: &Sheet, path: &str, problems: &mut Vec<RatingProblem>) {
        for (name, scores) in &sheet.scores {
            let path = format!("{path}.scores.{name}");
            let Some(criterion) = self.rated(name) else {
                let names = self.criteria.iter().map(|criterion| criterion.name.as_str());
                let reason = format!("is no criterion of this file{}", did_you_mean(name, names));
                problems.push(RatingProblem::new(path, reason));
                continue;
            };
            let Some([low, high]) = criterion.scale() else { continue };
            for (candidate, score) in scores {
                let path = format!("{path}.{candidate}");
                if score.reason.trim().is_empty() {
                    problems.push(RatingProblem::new(format!("{path}.reason"), "is blank"));
                }
                for given in [Some(score.score), score.low, score.high].into_iter().flatten() {
                    if !(low..=high).contains(&given) {
                        let reason = format!("{given} is outside the scale {low} to {high}");
                        problems.push(RatingProblem::new(format!("{path}.score"), reason));
                    }
                }
                let (least, most) = (score.low.unwrap_or(low), score.high.unwrap_or(high));
                if !(least <= score.score && score.score <= most) {
                    problems.push(RatingProblem::new(path, "needs low <= score <= high"));
                }
            }
        }
    }

    /// The criterion of that name.
    pub fn rated(&self, name: &str) -> Option<&RatedCriterion> {
        self.criteria.iter().find(|criterion| criterion.name == name)
    }

    /// Both files together: the same criteria, more raters.
    ///
    /// # Errors
    ///
    /// If they describe a criterion differently, or hold a rater twice.
    pub fn merged(mut self, other: Self) -> Result<Self, Vec<RatingProblem>> {
        let mut problems = Vec::new();
        for criterion in other.criteria {
            match self.rated(&criterion.name) {
                None => self.criteria.push(criterion),
                Some(own) if *own == criterion => {}
                Some(_) => problems.push(RatingProblem::new(
                    format!("criteria.{}", criterion.name),
                    "is described differently in the two files",
                )),
            }
        }
        self.example |= other.example;
        self.ratings.extend(other.ratings);
        problems.extend(self.problems());
        if problems.is_empty() { Ok(self) } else { Err(problems) }
    }

    /// The rated criterion of a decision between `alternatives`, each a candidate's name and its
    /// language: a score by the name counts, else one by the language. Weights are the caller's.
    pub fn criterion(&self, name: &str, alternatives: &[(&str, &str)]) -> Option<Criterion> {
        let rated = self.rated(name)?;
        let raters: Vec<&Sheet> =
            self.ratings.iter().filter(|sheet| sheet.scores.contains_key(name)).collect();
        let score = |sheet: &Sheet, (candidate, language): (&str, &str)| -> Option<Score> {
            let scores = sheet.scores.get(name)?;
            let by_language = || {
                scores.iter().find(|(key, _)| key.eq_ignore_ascii_case(language)).map(|(_, s)| s)
            };
            scores.get(candidate).or_else(by_language).cloned()
        };
        let row = |alternative: (&str, &str)| -> Vec<Option<f64>> {
            raters.iter().map(|s| score(s, alternative).map(|score| score.score)).collect()
        };
        let mut criterion = Criterion {
            name: name.to_owned(),
            kind: Kind::Rated,
            scale: rated.scale(),
            ..Criterion::default()
        };
        let alone = match raters.as_slice() {
            [] => return Some(Criterion { kind: Kind::Unknown, scale: None, ..criterion }),
            [only] => {
                let ranges: Vec<Option<[f64; 3]>> = alternatives
                    .iter()
                    .map(|alternative| {
                        let score = score(only, *alternative)?;
                        // Where no range was given, a level to either side.
                        let [low, high] = rated.scale()?;
                        let low = score.low.unwrap_or((score.score - 1.0).max(low));
                        let high = score.high.unwrap_or((score.score + 1.0).min(high));
                        Some([low, score.score, high])
                    })
                    .collect();
                let unsure = |score: &Score| score.low.is_some() || score.high.is_some();
                let given = only.scores.get(name).into_iter().flat_map(BTreeMap::values);
                given.into_iter().any(unsure).then_some(ranges)
            }
            _ => None,
        };
        if let Some(ranges) = alone {
            criterion.ranges = ranges;
        } else {
            criterion.scores = alternatives.iter().map(|a| Some(row(*a))).collect();
            criterion.raters = raters.iter().map(|sheet| sheet.rater.clone()).collect();
        }
        Some(criterion)
    }

    /// The people, with weights of their own where they gave any.
    pub fn members(&self) -> Vec<Member> {
        let member =
            |sheet: &Sheet| Member { name: sheet.rater.clone(), weights: sheet.weights.clone() };
        self.ratings.iter().map(member).collect()
    }

    /// What claims may be held against, by criterion.
    pub fn panels(&self, alternatives: &[(&str, &str)]) -> BTreeMap<String, Panel> {
        let mut panels = BTreeMap::new();
        for rated in &self.criteria {
            let found = self.criterion(&rated.name, alternatives);
            let Some((criterion, scale)) = found.zip(rated.scale()) else { continue };
            let middle = criterion.ranges.iter().map(|range| range.map(|r| vec![Some(r[1])]));
            let rows = if criterion.ranges.is_empty() {
                criterion.scores.clone()
            } else {
                middle.collect()
            };
            let named = alternatives.iter().map(|(candidate, _)| (*candidate).to_owned());
            let scores = named.zip(rows).filter_map(|(name, row)| Some((name, row?))).collect();
            panels.insert(rated.name.clone(), Panel { scale, scores });
        }
        panels
    }
}

impl RatedCriterion {
    /// Lowest and highest level; `None` without levels.
    pub fn scale(&self) -> Option<[f64; 2]> {
        Some([self.levels.first()?.level, self.levels.last()?.level])
    }
}
