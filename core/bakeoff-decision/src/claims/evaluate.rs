//! Holds claims against evidence: statement by statement, to a ledger.

use std::collections::{BTreeMap, BTreeSet};

use bakeoff_stats::level::Level;

use super::grounds::Grounds;
use super::numeric::{all, any, settled};
use super::{
    Cells, Claim, ClaimVerdict, Claims, Each, Finding, Form, LEDGER_SCHEMA, Ledger, LedgerEntry,
    Statement,
};

/// Judges every claim.
pub fn judge(claims: &Claims, grounds: &Grounds) -> Ledger {
    let entries: Vec<LedgerEntry> =
        claims.claims.iter().map(|claim| entry(claim, claims, grounds)).collect();
    let mut counts = BTreeMap::new();
    for entry in &entries {
        *counts.entry(entry.verdict.words().to_owned()).or_insert(0) += 1;
    }
    Ledger {
        schema: LEDGER_SCHEMA.to_owned(),
        sources: claims.sources.clone(),
        claims: entries,
        counts,
    }
}

fn entry(claim: &Claim, claims: &Claims, grounds: &Grounds) -> LedgerEntry {
    let judge = Judge { claims, grounds, level: grounds.level };
    let finding = match (&claim.holds, &claim.citation) {
        (Some(holds), _) => judge.statement(holds),
        (None, Some(source)) => {
            let year = source.year.map(|year| format!(", {year}")).unwrap_or_default();
            missing("cited", vec![format!("cited, not measured: {}{year}", source.title)])
        }
        (None, None) => missing("nothing", vec!["nothing is said that could hold".to_owned()]),
    };
    LedgerEntry {
        id: claim.id.clone(),
        from: claim.from.clone(),
        says: claim.says.clone(),
        kind: claim.kind,
        verdict: finding.verdict,
        finding,
        citation: claim.citation.clone(),
        limits: claim.limits.clone(),
    }
}

pub(super) fn missing(says: &str, reasons: Vec<String>) -> Finding {
    Finding {
        says: says.to_owned(),
        verdict: ClaimVerdict::NotTestedHere,
        metric: None,
        scale: None,
        estimate: None,
        lower: None,
        upper: None,
        level: None,
        margin: None,
        rounds: 0,
        trials: 0,
        rounds_to_settle: None,
        reasons,
        parts: Vec::new(),
    }
}

/// What a statement is held against, and how sure its interval has to be.
#[derive(Clone, Copy)]
pub(super) struct Judge<'a> {
    pub(super) claims: &'a Claims,
    pub(super) grounds: &'a Grounds,
    pub(super) level: Level,
}

impl Judge<'_> {
    fn statement(&self, statement: &Statement) -> Finding {
        let mut finding = match &statement.form {
            Form::Ratio { cells, a, b, bound } => {
                self.spread_over(cells, [a, b], |judge, cells, [a, b]| {
                    judge.ratio(statement, cells, [a, b], *bound)
                })
            }
            Form::Value { cells, candidate, take, bound } => {
                self.spread_over(cells, [candidate, ""], |judge, cells, [candidate, _]| {
                    judge.value(statement, cells, candidate, *take, *bound)
                })
            }
            Form::Gap { from, to, a, b, bound } => self.gap(statement, [from, to], [a, b], *bound),
            Form::Count { programs, bound, share, against } => {
                self.count(statement, programs, *bound, *share, against.as_ref())
            }
            Form::Rated { criterion, a, b, bound } => {
                self.rated(statement, criterion, [a, b], *bound)
            }
            Form::WeightSpace { of, bound } => self.weight_space(statement, of, *bound),
            Form::All(parts) => {
                let parts = parts.iter().map(|part| self.statement(part)).collect();
                together("all of", parts, all)
            }
            Form::Any(parts) => {
                // Several chances to be right by accident: each has to be surer (METHODS.md A5).
                let judge = Judge { level: self.level.split(parts.len()), ..*self };
                let parts = parts.iter().map(|part| judge.statement(part)).collect();
                together("at least one of", parts, any)
            }
            Form::Not(part) => negated(self.statement(part)),
        };
        finding.verdict = settled(finding.verdict, statement.equivalent);
        if let Some(label) = &statement.label {
            finding.says.clone_from(label);
        }
        finding
    }

    /// Workloads and group members one by one, where the statement asks for it.
    fn spread_over(
        &self,
        cells: &Cells,
        names: [&str; 2],
        one: impl Fn(&Judge, &Cells, [&str; 2]) -> Finding,
    ) -> Finding {
        let grounds = self.grounds;
        let places = grounds.places(&cells.metric, &cells.workloads, &cells.loads);
        let mut each: Vec<Cells> = vec![cells.clone()];
        if cells.over != Each::Mean && places.len() > 1 {
            each = places
                .iter()
                .map(|(_, workload, load)| Cells {
                    workloads: vec![workload.clone()],
                    loads: vec![load.clone()],
                    ..cells.clone()
                })
                .collect();
        }
        let members = |name: &str| grounds.members(name, &self.claims.groups);
        let pairs: Vec<[String; 2]> = if cells.each == Each::Mean {
            vec![names.map(str::to_owned)]
        } else {
            let others = if names[1].is_empty() { vec![String::new()] } else { members(names[1]) };
            let pair =
                |a: &String| others.iter().map(|b| [a.clone(), b.clone()]).collect::<Vec<_>>();
            members(names[0]).iter().flat_map(pair).collect()
        };
        // Several chances to be right by accident: each has to be surer (METHODS.md A5).
        let chances = |each: Each, count: usize| if each == Each::Some { count } else { 1 };
        let count = chances(cells.over, each.len()) * chances(cells.each, pairs.len());
        let surer = Judge { level: self.level.split(count), ..*self };
        let over_cells = |cells: &Cells| {
            let found = pairs.iter().map(|[a, b]| one(&surer, cells, [a, b])).collect();
            quantified(cells.each, found)
        };
        quantified(cells.over, each.iter().map(over_cells).collect())
    }
}

fn quantified(each: Each, mut found: Vec<Finding>) -> Finding {
    if found.len() == 1 {
        return found.remove(0);
    }
    match each {
        Each::Some => together("at least one of", found, any),
        Each::Mean | Each::Every => together("all of", found, all),
    }
}

fn together(
    words: &str,
    parts: Vec<Finding>,
    combine: impl Fn(Vec<ClaimVerdict>) -> ClaimVerdict,
) -> Finding {
    let mut whole = missing(words, Vec::new());
    if parts.is_empty() {
        whole.reasons.push("nothing was measured that it speaks of".to_owned());
        return whole;
    }
    whole.verdict = combine(parts.iter().map(|part| part.verdict).collect());
    whole.says = format!("{words} {}", parts.len());
    whole.rounds = parts.iter().map(|part| part.rounds).min().unwrap_or(0);
    whole.trials = parts.iter().map(|part| part.trials).sum();
    whole.rounds_to_settle = match whole.verdict {
        ClaimVerdict::Inconclusive => parts.iter().filter_map(|part| part.rounds_to_settle).max(),
        ClaimVerdict::Supported
        | ClaimVerdict::Refuted
        | ClaimVerdict::Equivalent
        | ClaimVerdict::NotTestedHere => None,
    };
    if whole.verdict == ClaimVerdict::NotTestedHere {
        let reasons = parts.iter().flat_map(|part| part.reasons.iter().cloned());
        whole.reasons = reasons.collect::<BTreeSet<String>>().into_iter().collect();
    }
    whole.parts = parts;
    whole
}

fn negated(part: Finding) -> Finding {
    let verdict = match part.verdict {
        ClaimVerdict::Supported => ClaimVerdict::Refuted,
        ClaimVerdict::Refuted => ClaimVerdict::Supported,
        ClaimVerdict::Equivalent | ClaimVerdict::Inconclusive | ClaimVerdict::NotTestedHere => {
            part.verdict
        }
    };
    Finding { verdict, says: format!("not: {}", part.says), ..part }
}
