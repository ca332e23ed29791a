//! Weights from comparisons of criteria: pairwise (AHP), best-worst, or a mere order; with how far they contradict themselves.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::{Criterion, Evidence, EvidenceProblem, WeightMode};
use crate::weights::best_worst::BestWorst;
use crate::weights::pairwise::{Comparisons, RandomIndex};
use crate::weights::{normalised, order, rank_order_centroid, rank_reciprocal, rank_sum};

/// Consistency ratio above which comparisons should be gone over again (Saaty 1990).
const RATIO_MOST: f64 = 0.1;

/// How weights are elicited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Every criterion against every other (AHP, for weights only; METHODS.md B1).
    Pairwise,
    /// The best against all, and all against the worst (METHODS.md B1).
    BestWorst,
    /// Only the order: one vector that stands for it (METHODS.md B1).
    Ranks,
}

/// How a matrix of comparisons becomes weights; they differ where it is inconsistent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Priorities {
    /// Principal right eigenvector (Saaty).
    #[default]
    Eigenvector,
    /// Geometric means of the rows.
    GeometricMean,
}

/// Which vector stands for an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RankFormula {
    /// The centre of all weights in this order.
    #[default]
    Centroid,
    /// Proportional to the places counted from the last.
    Sum,
    /// Proportional to one over the place.
    Reciprocal,
}

/// Comparisons that weights follow from, in place of swing points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elicitation {
    /// How.
    pub method: Method,
    /// Pairwise: how many times the criterion of the row outweighs that of the column, in the order of the
    /// criteria; `null` where the reciprocal says it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comparisons: Vec<Option<Vec<Option<f64>>>>,
    /// Pairwise: or a matrix from each of several people; their geometric mean is taken (AIJ).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub judges: Vec<Judge>,
    /// Pairwise: how the weights follow.
    #[serde(default)]
    pub priorities: Priorities,
    /// Best-worst: the criterion that matters most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best: Option<String>,
    /// Best-worst: the one that matters least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worst: Option<String>,
    /// Best-worst: how many times the best outweighs each; itself may be left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub best_to_others: BTreeMap<String, f64>,
    /// Best-worst: how many times each outweighs the worst; itself may be left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub others_to_worst: BTreeMap<String, f64>,
    /// Ranks: which vector stands for the order.
    #[serde(default)]
    pub formula: RankFormula,
}

/// One person's comparisons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judge {
    /// Who.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// As [`Elicitation::comparisons`].
    pub comparisons: Vec<Option<Vec<Option<f64>>>>,
}

/// The weights that follow from comparisons, and how far these contradict one another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ElicitationFacts {
    /// How.
    pub method: Method,
    /// Pairwise: how the weights follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priorities: Option<Priorities>,
    /// Weights, parallel to the criteria as given; they sum to 1.
    pub weights: Vec<f64>,
    /// Pairwise: the weights by the other priority method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_weights: Option<Vec<f64>>,
    /// Pairwise: principal eigenvalue; the number of criteria if consistent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lambda_max: Option<f64>,
    /// Pairwise: `(lambda_max - n) / (n - 1)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consistency_index: Option<f64>,
    /// Pairwise: consistency index over the random index of a table; by the name of the table.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub consistency_ratios: BTreeMap<String, f64>,
    /// Best-worst: the largest `|w_B - a_Bj w_j|` or `|w_j - a_jW w_W|`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub xi: Option<f64>,
    /// Best-worst: input-based consistency ratio (Liang, Brunelli & Rezaei 2020); zero if consistent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consistency: Option<f64>,
    /// Ranks: which vector stands for the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formula: Option<RankFormula>,
}

impl ElicitationFacts {
    fn new(method: Method, weights: Vec<f64>) -> Self {
        Self {
            method,
            weights,
            priorities: None,
            other_weights: None,
            lambda_max: None,
            consistency_index: None,
            consistency_ratios: BTreeMap::new(),
            xi: None,
            consistency: None,
            formula: None,
        }
    }

    /// In words, if the comparisons contradict one another so much that they should be gone over again.
    pub(crate) fn inconsistency(&self) -> Option<String> {
        let (table, ratio) = self.consistency_ratios.iter().max_by(|a, b| a.1.total_cmp(b.1))?;
        (*ratio > RATIO_MOST).then(|| {
            format!(
                "comparisons contradict one another, consistency ratio {ratio:.2} ({table}), \
                 above {RATIO_MOST}: go over them again"
            )
        })
    }
}

/// The weights of evidence that has comparisons; `None` if it has none.
///
/// # Errors
///
/// What is wrong with the comparisons, each with its path.
pub(crate) fn elicited(
    evidence: &Evidence,
) -> Result<Option<ElicitationFacts>, Vec<EvidenceProblem>> {
    let Some(elicitation) = &evidence.elicitation else { return Ok(None) };
    let mut problems = misplaced(evidence, elicitation);
    let facts = match elicitation.method {
        Method::Pairwise => pairwise(elicitation, evidence.criteria.len()),
        Method::BestWorst => best_worst(elicitation, &evidence.criteria),
        Method::Ranks => ranks(elicitation, &evidence.criteria),
    };
    match facts {
        Ok(facts) if problems.is_empty() => return Ok(Some(facts)),
        Ok(_) => {}
        Err(more) => problems.extend(more),
    }
    Err(problems)
}

impl Evidence {
    /// The same evidence with the swing points that its comparisons amount to, and without these.
    ///
    /// # Errors
    ///
    /// As [`elicited`].
    pub fn with_elicited_swings(&self) -> Result<Self, Vec<EvidenceProblem>> {
        let mut changed = self.clone();
        if let Some(facts) = elicited(self)? {
            for (criterion, weight) in changed.criteria.iter_mut().zip(facts.weights) {
                criterion.swing = Some(weight * 100.0);
            }
            changed.elicitation = None;
        }
        Ok(changed)
    }
}

fn problem(field: &str, reason: impl Into<String>) -> EvidenceProblem {
    let dot = if field.is_empty() { "" } else { "." };
    EvidenceProblem::new(format!("elicitation{dot}{field}"), reason)
}

/// Fields of other methods, and weights that are said twice.
fn misplaced(evidence: &Evidence, given: &Elicitation) -> Vec<EvidenceProblem> {
    let mut problems = Vec::new();
    let fields = [
        ("comparisons", Method::Pairwise, given.comparisons.is_empty()),
        ("judges", Method::Pairwise, given.judges.is_empty()),
        ("priorities", Method::Pairwise, given.priorities == Priorities::default()),
        ("best", Method::BestWorst, given.best.is_none()),
        ("worst", Method::BestWorst, given.worst.is_none()),
        ("best_to_others", Method::BestWorst, given.best_to_others.is_empty()),
        ("others_to_worst", Method::BestWorst, given.others_to_worst.is_empty()),
        ("formula", Method::Ranks, given.formula == RankFormula::default()),
    ];
    for (field, method, absent) in fields {
        if !absent && method != given.method {
            problems.push(problem(field, "belongs to another method"));
        }
    }
    if evidence.weights != WeightMode::Swing {
        problems.push(EvidenceProblem::new("weights", "must be swing where comparisons give them"));
    }
    for (index, criterion) in evidence.criteria.iter().enumerate() {
        if criterion.swing.is_some() {
            let path = format!("criteria[{index}].swing");
            problems.push(EvidenceProblem::new(path, "is given, and elicitation gives it too"));
        }
        if !criterion.path.is_empty() {
            let path = format!("criteria[{index}].path");
            problems.push(EvidenceProblem::new(path, "has no place beside elicitation"));
        }
    }
    problems
}

type Rows = [Option<Vec<Option<f64>>>];

fn pairwise(given: &Elicitation, n: usize) -> Result<ElicitationFacts, Vec<EvidenceProblem>> {
    let mut problems = Vec::new();
    let mut matrices = Vec::new();
    let own =
        (!given.comparisons.is_empty()).then(|| ("comparisons".to_owned(), &given.comparisons));
    let judges = given.judges.iter().enumerate();
    let judges =
        judges.map(|(at, judge)| (format!("judges[{at}].comparisons"), &judge.comparisons));
    for (path, rows) in own.into_iter().chain(judges) {
        match matrix(rows, n) {
            Ok(matrix) => matrices.push(matrix),
            Err((place, reason)) => problems.push(problem(&format!("{path}{place}"), reason)),
        }
    }
    if given.comparisons.is_empty() == given.judges.is_empty() {
        problems.push(problem("comparisons", "or judges is needed, one of them"));
    }
    let Some(all) = Comparisons::of_group(&matrices).filter(|_| problems.is_empty()) else {
        return Err(problems);
    };
    let (eigen, rows) = (all.eigenvector(), all.geometric_mean());
    let ratios = [RandomIndex::Saaty1980, RandomIndex::SaatyLater].into_iter();
    let ratios = ratios.filter_map(|table| {
        Some((table.name().to_owned(), eigen.consistency_ratio(table)?.max(0.0)))
    });
    let (weights, other) = match given.priorities {
        Priorities::Eigenvector => (eigen.weights.clone(), rows),
        Priorities::GeometricMean => (rows, eigen.weights.clone()),
    };
    Ok(ElicitationFacts {
        priorities: Some(given.priorities),
        other_weights: Some(other),
        lambda_max: Some(eigen.lambda_max),
        consistency_index: Some(eigen.consistency_index),
        consistency_ratios: ratios.collect(),
        ..ElicitationFacts::new(Method::Pairwise, weights)
    })
}

/// A matrix with what its other half says filled in; else where it is wrong, and how.
fn matrix(rows: &Rows, n: usize) -> Result<Comparisons, (String, String)> {
    let at = |row: usize, column: usize| rows.get(row)?.as_ref()?.get(column).copied().flatten();
    if rows.len() != n {
        return Err((String::new(), format!("has {} rows for {n} criteria", rows.len())));
    }
    if let Some((row, found)) = rows
        .iter()
        .enumerate()
        .find_map(|(at, row)| Some((at, row.as_ref()?.len())).filter(|(_, len)| *len != n))
    {
        return Err((
            format!("[{row}]"),
            format!("has {found} entries for {n} criteria; use null"),
        ));
    }
    let mut full = vec![vec![1.0; n]; n];
    for (row, entries) in full.iter_mut().enumerate() {
        for (column, entry) in entries.iter_mut().enumerate() {
            *entry = match (at(row, column), at(column, row)) {
                (Some(value), _) => value,
                (None, Some(other)) if other > 0.0 => 1.0 / other,
                (None, _) if row == column => 1.0,
                (None, _) => {
                    let place = format!("[{row}][{column}]");
                    return Err((place, "is null, and so is its reciprocal".to_owned()));
                }
            };
        }
    }
    // Ratios beyond this are no judgement, and overflow.
    if let Some((row, column)) = (0..n * n).map(|k| (k / n, k % n)).find(|(i, j)| {
        let value = full[*i][*j];
        value > 1e12 || (value > 0.0 && value < 1e-12)
    }) {
        return Err((format!("[{row}][{column}]"), "is beyond 1e12 to 1".to_owned()));
    }
    Comparisons::new(full).map_err(|error| (String::new(), error.to_string()))
}

fn best_worst(
    given: &Elicitation,
    criteria: &[Criterion],
) -> Result<ElicitationFacts, Vec<EvidenceProblem>> {
    let mut problems = Vec::new();
    let place = |name: &str| criteria.iter().position(|criterion| criterion.name == name);
    let mut reference = |field: &str, name: Option<&String>| {
        let Some(name) = name else {
            problems.push(problem(field, "is missing"));
            return None;
        };
        let found = place(name);
        if found.is_none() {
            problems.push(problem(field, format!("`{name}` is no criterion")));
        }
        found
    };
    let best = reference("best", given.best.as_ref());
    let worst = reference("worst", given.worst.as_ref());
    let mut vector = |field: &str, given: &BTreeMap<String, f64>, own: Option<usize>| -> Vec<f64> {
        for (name, value) in given {
            let path = format!("{field}.{name}");
            if place(name).is_none() {
                problems.push(problem(&path, "is no criterion"));
            }
            if !(1.0..=1e6).contains(value) {
                problems.push(problem(&path, format!("is {value}, not within 1 to 1e6")));
            }
            if own.is_some() && place(name) == own && *value != 1.0 {
                problems.push(problem(&path, format!("is {value}; against itself it is 1")));
            }
        }
        let value = |(at, criterion): (usize, &Criterion)| match given.get(&criterion.name) {
            Some(value) => *value,
            None if Some(at) == own => 1.0,
            None => {
                problems.push(problem(&format!("{field}.{}", criterion.name), "is missing"));
                1.0
            }
        };
        criteria.iter().enumerate().map(value).collect()
    };
    let to_others = vector("best_to_others", &given.best_to_others, best);
    let to_worst = vector("others_to_worst", &given.others_to_worst, worst);
    let (Some(best), Some(worst)) = (best, worst) else { return Err(problems) };
    if problems.is_empty() && to_others[worst] != to_worst[best] {
        let reason = format!(
            "{} and others_to_worst {} speak of the same pair, and differ",
            to_others[worst], to_worst[best]
        );
        problems.push(problem(&format!("best_to_others.{}", criteria[worst].name), reason));
    }
    let comparisons = BestWorst::new(best, worst, to_others, to_worst);
    let comparisons = comparisons.map_err(|error| problems.push(problem("", error.to_string())));
    let Some(comparisons) = comparisons.ok().filter(|_| problems.is_empty()) else {
        return Err(problems);
    };
    let found = comparisons.weights();
    Ok(ElicitationFacts {
        xi: Some(found.xi),
        consistency: Some(found.consistency),
        ..ElicitationFacts::new(Method::BestWorst, normalised(&found.weights))
    })
}

fn ranks(
    given: &Elicitation,
    criteria: &[Criterion],
) -> Result<ElicitationFacts, Vec<EvidenceProblem>> {
    if criteria.iter().any(|criterion| criterion.rank.is_none()) {
        let reason = "need the ranks 1, 2, 3 and so on, one each";
        return Err(vec![EvidenceProblem::new("criteria", reason)]);
    }
    let by_place = match given.formula {
        RankFormula::Centroid => rank_order_centroid(criteria.len()),
        RankFormula::Sum => rank_sum(criteria.len()),
        RankFormula::Reciprocal => rank_reciprocal(criteria.len()),
    };
    let weights = order(criteria).into_iter().map(|place| by_place[place]).collect();
    Ok(ElicitationFacts {
        formula: Some(given.formula),
        ..ElicitationFacts::new(Method::Ranks, weights)
    })
}
