//! Rows of the page's tables, laid out from the report.

use std::collections::BTreeMap;

use crate::quantity;
use crate::report::Report;
use crate::report::answer;
use crate::report::candidate::label;
use crate::report::comparison::{ComparisonRow, Verdict, short_name};
use crate::report::decision::DecisionRow;
use crate::report::trial::Place;

/// The most primary comparisons on a page.
pub(crate) const PRIMARY_MAX: usize = 2400;

/// The most exploratory comparisons on a page.
pub(crate) const OTHERS_MAX: usize = 600;

/// The most cells of one table of values.
pub(crate) const CELLS_MAX: usize = 12_000;

/// One comparison as a row.
pub(crate) struct Row {
    pub(crate) place: String,
    pub(crate) metric: String,
    pub(crate) pair: String,
    pub(crate) ratio: String,
    pub(crate) verdict: String,
    pub(crate) class: &'static str,
    pub(crate) a: String,
    pub(crate) b: String,
    pub(crate) noise: String,
    pub(crate) rounds: String,
    pub(crate) holm: String,
    pub(crate) notes: String,
}

/// The comparisons of one candidate with another.
pub(crate) struct Pair {
    pub(crate) title: String,
    /// How the verdicts fell.
    pub(crate) tally: String,
    pub(crate) scope: String,
    pub(crate) a: String,
    pub(crate) b: String,
    pub(crate) rows: Vec<Row>,
}

/// What the title of a table of programs ends with.
const PROGRAMS: &str = " (programs)";

/// A row's head, and its cells by column.
type Cells<'a> = (String, BTreeMap<&'a str, &'a str>);

/// A named row of cells.
pub(crate) type Named = (String, Vec<String>);

fn row(from: &ComparisonRow) -> Row {
    let (mut holm, mut notes) = ("–".to_owned(), Vec::new());
    let mut noise = quantity::noise(from.noise_floor);
    if from.noise_floor.is_some_and(|floor| floor > from.margin) {
        noise.push_str(" *");
    }
    for note in &from.notes {
        if let Some(p) = note.strip_prefix("Holm p ") {
            p.split(" of ").next().unwrap_or(p).clone_into(&mut holm);
        } else if note.starts_with("the reference is not shown equivalent") {
            noise.push_str(" †");
        } else if !note.contains("below the noise floor") && !note.contains("would settle it") {
            notes.push(note.as_str());
        }
    }
    let unsettled = from.rounds_needed.filter(|needed| *needed > from.rounds);
    // Where nothing is decided: what could have been found at all (METHODS.md A9).
    let open = from.verdict == Verdict::Inconclusive;
    if let Some(found) = from.detectable.filter(|found| open && *found < 1.0) {
        noise.extend([", finds ", &quantity::percent(found)]);
    }
    Row {
        place: from.place.label(),
        metric: short_name(&from.metric),
        pair: format!("{} : {}", label(&from.a), label(&from.b)),
        ratio: from.text.clone(),
        verdict: format!("{} {}", from.verdict.sign(), from.verdict.word()),
        class: from.verdict.class(),
        a: from.a_text.clone(),
        b: from.b_text.clone(),
        noise,
        rounds: match unsettled {
            Some(needed) => format!("{} of about {needed}", from.rounds),
            None => from.rounds.to_string(),
        },
        holm,
        notes: notes.join("; "),
    }
}

/// The headline comparisons by pair, and how many did not fit.
pub(crate) fn pairs(report: &Report) -> (Vec<Pair>, usize) {
    let headline = report.headline();
    let left_out = headline.len().saturating_sub(PRIMARY_MAX);
    let mut pairs: Vec<Pair> = Vec::new();
    let verdicts = |a: &str, b: &str| {
        let of = |row: &&ComparisonRow| row.a == a && row.b == b;
        let rows: Vec<&ComparisonRow> = headline.iter().copied().filter(of).collect();
        answer::tally(&rows).0
    };
    for from in headline.iter().take(PRIMARY_MAX) {
        let title = format!("{} against {}", label(&from.a), label(&from.b));
        let at = pairs.iter().position(|pair| pair.title == title).unwrap_or_else(|| {
            pairs.push(Pair {
                title,
                tally: verdicts(&from.a, &from.b),
                scope: scope(from, report.run.level),
                a: label(&from.a),
                b: label(&from.b),
                rows: Vec::new(),
            });
            pairs.len() - 1
        });
        pairs[at].rows.push(row(from));
    }
    (pairs, left_out)
}

fn scope(from: &ComparisonRow, level: f64) -> String {
    let kind = match from.interval.as_str() {
        "t" => "t intervals, one look",
        "anytime" => "anytime-valid intervals",
        "planned" => "intervals of planned looks",
        "precision" => "t intervals, stopped by width",
        "exact" => "exact numbers",
        "welch" => "unpaired intervals (Welch)",
        _unknown => "intervals",
    };
    format!(
        "Primary metrics, {kind}, {} confidence jointly at each load ({} each), margin {}.",
        quantity::percent(level),
        quantity::percent(from.level),
        quantity::percent(from.margin)
    )
}

/// All other comparisons, and how many did not fit.
pub(crate) fn others(report: &Report) -> (Vec<Row>, usize) {
    let reference = report.reference();
    let rest: Vec<&ComparisonRow> = report
        .comparisons
        .iter()
        .filter(|row| {
            !row.primary
                || row.is_unequal_load()
                || report.is_twin(row)
                || Some(row.b.as_str()) != reference
        })
        .collect();
    // Those with the reference first: they are asked for most.
    let with = rest.iter().filter(|row| Some(row.b.as_str()) == reference);
    let without = rest.iter().filter(|row| Some(row.b.as_str()) != reference);
    let rows = with.chain(without).take(OTHERS_MAX).map(|from| row(from)).collect();
    (rows, rest.len().saturating_sub(OTHERS_MAX))
}

/// A table with a column for each candidate that it has a number of.
pub(crate) struct Grid {
    pub(crate) title: String,
    pub(crate) names: Vec<String>,
    pub(crate) rows: Vec<Named>,
}

impl Grid {
    /// `cells` by row and column, the columns in the order of `names`; those without a number go.
    fn new(title: &str, rows: &[Cells<'_>], names: &[String]) -> Self {
        let there = |name: &&String| rows.iter().any(|(_, row)| row.contains_key(name.as_str()));
        let names: Vec<&String> = names.iter().filter(there).collect();
        let text = |row: &BTreeMap<&str, &str>, name: &str| {
            row.get(name).map_or("not measured", |text| *text).to_owned()
        };
        Self {
            title: title.to_owned(),
            rows: rows
                .iter()
                .map(|(head, row)| {
                    (head.clone(), names.iter().map(|name| text(row, name)).collect())
                })
                .collect(),
            names: names.into_iter().map(|name| label(name)).collect(),
        }
    }

    /// The same with rows and columns exchanged, for many candidates and few numbers.
    fn turned(self) -> Self {
        let rows = self.names.iter().enumerate().map(|(column, name)| {
            (name.clone(), self.rows.iter().map(|(_, cells)| cells[column].clone()).collect())
        });
        Self {
            rows: rows.collect(),
            title: self.title,
            names: self.rows.into_iter().map(|(head, _)| head).collect(),
        }
    }
}

/// Absolute values: one table a workload, one row a load and metric, one column a candidate.
pub(crate) fn levels(report: &Report) -> Vec<Grid> {
    let mut names: Vec<String> = Vec::new();
    for level in &report.levels {
        if !names.contains(&level.candidate) {
            names.push(level.candidate.clone());
        }
    }
    names.sort_by_key(|name| (report.slot(name), name.clone()));
    let mut cells: BTreeMap<(&Place, &str), BTreeMap<&str, &str>> = BTreeMap::new();
    let mut order: Vec<(&Place, &str, &str)> = Vec::new();
    for level in &report.levels {
        let key = (&level.place, level.metric.as_str());
        if !cells.contains_key(&key) {
            order.push((&level.place, &level.metric, &level.label));
        }
        cells.entry(key).or_default().insert(&level.candidate, &level.text);
    }
    let mut tables: Vec<(&str, Vec<Cells>)> = Vec::new();
    for (place, metric, name) in order.into_iter().take(CELLS_MAX / names.len().max(1)) {
        let line = (format!("{name}, {}", place.load), cells[&(place, metric)].clone());
        match tables.iter_mut().find(|(title, _)| *title == place.workload) {
            Some((_, rows)) => rows.push(line),
            None => tables.push((&place.workload, vec![line])),
        }
    }
    tables.iter().map(|(title, rows)| Grid::new(title, rows, &names)).collect()
}

/// Probes: one table a probe. Programs of one family (`tasks-go`, `tasks-rust`) share a table.
pub(crate) fn probes(report: &Report) -> Vec<Grid> {
    let mut names: Vec<String> =
        report.candidates.iter().map(|candidate| candidate.name.clone()).collect();
    for probe in &report.probes {
        if !names.contains(&probe.candidate) {
            names.push(probe.candidate.clone());
        }
    }
    let of_candidate = |name: &str| report.candidates.iter().any(|c| c.name == name);
    let mut tables: Vec<(String, Vec<Cells>)> = Vec::new();
    for probe in &report.probes {
        let title = match probe.probe.rsplit_once('-') {
            Some((family, _)) if !of_candidate(&probe.candidate) => format!("{family}{PROGRAMS}"),
            _own => probe.probe.clone(),
        };
        let at = tables.iter().position(|(other, _)| *other == title).unwrap_or_else(|| {
            tables.push((title, Vec::new()));
            tables.len() - 1
        });
        let rows = &mut tables[at].1;
        let row = rows.iter().position(|(name, _)| *name == probe.label).unwrap_or_else(|| {
            rows.push((probe.label.clone(), BTreeMap::new()));
            rows.len() - 1
        });
        rows[row].1.insert(&probe.candidate, &probe.text);
    }
    tables.sort_by_key(|(title, _)| title.ends_with(PROGRAMS));
    tables
        .iter()
        .map(|(title, rows)| {
            let grid = Grid::new(title, rows, &names);
            if grid.names.len() > grid.rows.len() { grid.turned() } else { grid }
        })
        .collect()
}

/// The languages of the battery, in order.
pub(crate) fn languages(report: &Report) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for name in report.battery.iter().flat_map(|row| row.cells.keys()) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names.sort_unstable();
    names
}

/// A criterion with what it gives each alternative.
pub(crate) struct CriterionLine {
    pub(crate) name: String,
    pub(crate) weight: String,
    pub(crate) kind: String,
    pub(crate) basis: String,
    pub(crate) values: Vec<(String, String)>,
}

/// An alternative with what came of it.
pub(crate) struct AlternativeLine {
    pub(crate) name: String,
    pub(crate) p_best: String,
    pub(crate) value: String,
    pub(crate) loss: String,
    pub(crate) gates: String,
}

pub(crate) fn criteria(decision: &DecisionRow) -> Vec<CriterionLine> {
    decision
        .criteria
        .iter()
        .enumerate()
        .map(|(at, criterion)| CriterionLine {
            name: criterion.name.clone(),
            weight: quantity::percent(criterion.weight),
            kind: criterion.kind.clone(),
            basis: criterion.basis.clone(),
            values: decision
                .alternatives
                .iter()
                .map(|a| {
                    let value = a.contributions.get(at);
                    (a.name.clone(), value.map_or("–".to_owned(), |v| format!("{v:.3}")))
                })
                .collect(),
        })
        .collect()
}

pub(crate) fn alternatives(decision: &DecisionRow) -> Vec<AlternativeLine> {
    decision
        .alternatives
        .iter()
        .map(|a| AlternativeLine {
            name: a.name.clone(),
            p_best: decision.probability(a.p_best),
            value: format!("{:.3} [{:.3}, {:.3}]", a.value, a.value_lower, a.value_upper),
            loss: format!("{:.3}", a.expected_loss),
            gates: if a.gates.is_empty() {
                "none asked".to_owned()
            } else {
                let said = |(name, p, state): &(String, f64, String)| {
                    format!("{name}: {state} ({})", decision.probability(*p))
                };
                a.gates.iter().map(said).collect::<Vec<_>>().join("; ")
            },
        })
        .collect()
}
