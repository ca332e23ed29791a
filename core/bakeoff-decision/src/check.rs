//! Says what in evidence makes no sense: every problem at once, each with its path.

use std::collections::BTreeMap;

use crate::elicitation::elicited;
use crate::evidence::{
    Criterion, EVIDENCE_SCHEMA, Evidence, EvidenceProblem, Kind, Shape, WeightMode,
};
use crate::evidence_reader::did_you_mean;
use crate::value::shape_of;
use crate::weight_region::Region;

/// Draws above this would take more memory and time than anyone means to ask for.
const DRAWS_MAX: usize = 10_000_000;

/// Collects problems under a path.
struct Report<'a> {
    path: String,
    problems: &'a mut Vec<EvidenceProblem>,
}

impl Report<'_> {
    fn say(&mut self, field: &str, reason: impl Into<String>) {
        let path = match (self.path.as_str(), field) {
            (path, "") => path.to_owned(),
            ("", field) => field.to_owned(),
            (path, field) => format!("{path}.{field}"),
        };
        self.problems.push(EvidenceProblem::new(path, reason));
    }

    fn finite(&mut self, field: &str, number: Option<f64>) {
        if number.is_some_and(|number| !computable(number)) {
            self.say(field, "is not a finite number, or beyond 1e100");
        }
    }
}

/// Squares and products of such numbers stay finite.
fn computable(number: f64) -> bool {
    number.abs() <= 1e100
}

/// Everything wrong with `evidence`.
pub(crate) fn problems(evidence: &Evidence) -> Vec<EvidenceProblem> {
    let mut problems = Vec::new();
    let mut report = Report { path: String::new(), problems: &mut problems };
    whole(evidence, &mut report);
    for (index, criterion) in evidence.criteria.iter().enumerate() {
        let path = format!("criteria[{index}]");
        let mut report = Report { path, problems: &mut problems };
        check_value(criterion, &mut report);
        check_cells(criterion, evidence, &mut report);
        check_limits(criterion, &mut report);
    }
    check_weights(evidence, &mut problems);
    check_requirements(evidence, &mut problems);
    problems.extend(elicited(evidence).err().into_iter().flatten());
    problems.extend(Region::of(evidence).err().into_iter().flatten());
    problems.extend(crate::signals::problems(evidence));
    problems
}

fn whole(evidence: &Evidence, report: &mut Report) {
    if evidence.schema != EVIDENCE_SCHEMA {
        report.say("schema", format!("is `{}`, not `{EVIDENCE_SCHEMA}`", evidence.schema));
    }
    if evidence.draws == 0 || evidence.draws > DRAWS_MAX {
        report.say("draws", format!("is {}, not within 1 to {DRAWS_MAX}", evidence.draws));
    }
    if evidence.alternatives.is_empty() {
        report.say("alternatives", "is empty");
    }
    if evidence.criteria.is_empty() {
        report.say("criteria", "is empty");
    }
    let names = evidence.criteria.iter().map(|criterion| &criterion.name);
    unique("alternatives", "", evidence.alternatives.iter(), report);
    unique("criteria", ".name", names, report);
    unique("members", ".name", evidence.members.iter().map(|member| &member.name), report);
    unique("requirements", ".name", evidence.requirements.iter().map(|r| &r.name), report);
}

fn unique<'a>(
    list: &str,
    field: &str,
    names: impl Iterator<Item = &'a String>,
    report: &mut Report,
) {
    let mut seen = BTreeMap::new();
    for (index, name) in names.enumerate() {
        if name.trim().is_empty() {
            report.say(&format!("{list}[{index}]{field}"), "is blank");
        }
        if let Some(first) = seen.insert(name, index) {
            report.say(&format!("{list}[{index}]{field}"), format!("repeats {list}[{first}]"));
        }
    }
}

fn check_value(criterion: &Criterion, report: &mut Report) {
    report.finite("best", criterion.best);
    report.finite("worst", criterion.worst);
    report.finite("rho", criterion.rho);
    report.finite("midvalue", criterion.midvalue);
    if !criterion.knots.is_empty() {
        return check_knots(criterion, report);
    }
    let (best, worst) = match (criterion.best, criterion.worst) {
        (Some(best), Some(worst)) => (best, worst),
        (None, None) => {
            if criterion.kind == Kind::Measured {
                report.say("best", "is missing: a measurement needs the anchors best and worst");
            } else if shape_of(criterion) != Shape::Linear {
                report.say("shape", "needs the anchors best and worst");
            }
            return;
        }
        (Some(_), None) => return report.say("worst", "is missing"),
        (None, Some(_)) => return report.say("best", "is missing"),
    };
    if best == worst {
        return report.say("best", "equals worst");
    }
    match shape_of(criterion) {
        Shape::Log => {
            for (name, anchor) in [("best", best), ("worst", worst)] {
                if anchor <= 0.0 {
                    report.say(name, format!("is {anchor}, and shape log needs it above zero"));
                }
            }
        }
        Shape::Linear => {}
        Shape::Piecewise => report.say("knots", "is missing: shape piecewise needs it"),
        Shape::Exponential => check_curve(criterion, best, worst, report),
    }
}

fn check_curve(criterion: &Criterion, best: f64, worst: f64, report: &mut Report) {
    match (criterion.rho, criterion.midvalue) {
        (None, None) => report.say("rho", "is missing: shape exponential needs rho or midvalue"),
        (Some(0.0), _) => report.say("rho", "is zero"),
        (Some(_), _) => {}
        (None, Some(midvalue)) => {
            if !(best.min(worst) < midvalue && midvalue < best.max(worst)) {
                report.say("midvalue", format!("is {midvalue}, not between best and worst"));
            }
        }
    }
}

fn check_knots(criterion: &Criterion, report: &mut Report) {
    if criterion.shape.is_some_and(|shape| shape != Shape::Piecewise) {
        report.say("knots", "belongs to shape piecewise");
    }
    if criterion.knots.len() < 2 {
        report.say("knots", "needs at least two pairs");
    }
    let mut quantities: Vec<f64> = Vec::new();
    for (index, [x, value]) in criterion.knots.iter().enumerate() {
        if !(0.0..=1.0).contains(value) {
            report.say(&format!("knots[{index}]"), format!("value {value} is not within 0 to 1"));
        }
        if !computable(*x) || quantities.contains(x) {
            report
                .say(&format!("knots[{index}]"), format!("quantity {x} repeats or is not finite"));
        }
        quantities.push(*x);
    }
    if criterion.knots.iter().all(|knot| knot[1] == criterion.knots[0][1]) {
        report.say("knots", "all have the same value");
    }
}

fn check_cells(criterion: &Criterion, evidence: &Evidence, report: &mut Report) {
    let cells: [(&str, Kind, usize); 7] = [
        ("rounds", Kind::Measured, criterion.rounds.len()),
        ("scores", Kind::Rated, criterion.scores.len()),
        ("ranges", Kind::Rated, criterion.ranges.len()),
        ("triangular", Kind::Cited, criterion.triangular.len()),
        ("pert", Kind::Cited, criterion.pert.len()),
        ("interval", Kind::Cited, criterion.interval.len()),
        ("normal", Kind::Cited, criterion.normal.len()),
    ];
    let mut given = 0;
    for (field, kind, rows) in cells.into_iter().filter(|(_, _, rows)| *rows > 0) {
        if kind != criterion.kind {
            let kind = format!("{:?}", criterion.kind).to_lowercase();
            report.say(field, format!("belongs to another kind than {kind}"));
        } else if rows != evidence.alternatives.len() {
            let wanted = evidence.alternatives.len();
            report.say(field, format!("has {rows} rows for {wanted} alternatives"));
        }
        given += 1;
    }
    let wanted = match criterion.kind {
        Kind::Measured => "rounds",
        Kind::Rated => "scores",
        Kind::Cited => "triangular",
        Kind::Unknown => return,
    };
    if given == 0 {
        return report.say(wanted, "is missing");
    }
    if given > 1 {
        report.say("", "has cells of more than one form");
    }
    match criterion.kind {
        Kind::Measured => check_rounds(criterion, report),
        Kind::Rated => check_scores(criterion, report),
        Kind::Cited => check_citations(criterion, evidence.alternatives.len(), report),
        Kind::Unknown => {}
    }
}

/// The numbers present in a row.
pub(crate) fn present(row: Option<&Vec<Option<f64>>>) -> Vec<f64> {
    row.into_iter().flatten().flatten().copied().collect()
}

fn check_rows(field: &str, rows: &[Option<Vec<Option<f64>>>], report: &mut Report) {
    let first = rows.iter().enumerate().find_map(|(at, row)| Some((at, row.as_ref()?.len())));
    for (index, row) in rows.iter().enumerate() {
        let (Some(row), Some((at, length))) = (row, first) else { continue };
        if row.len() != length && !row.is_empty() {
            let path = format!("{field}[{index}]");
            let reason = format!("has {} where {field}[{at}] has {length}; use null", row.len());
            report.say(&path, format!("{reason} for one that is missing"));
        }
        for (place, _) in row.iter().enumerate().filter(|(_, x)| x.is_some_and(|x| !computable(x)))
        {
            let path = format!("{field}[{index}][{place}]");
            report.say(&path, "is not a finite number, or beyond 1e100");
        }
    }
}

fn check_rounds(criterion: &Criterion, report: &mut Report) {
    check_rows("rounds", &criterion.rounds, report);
    if shape_of(criterion) == Shape::Log {
        for (index, row) in criterion.rounds.iter().enumerate() {
            for (place, x) in row.iter().flatten().enumerate() {
                if let Some(x) = x.filter(|x| *x <= 0.0) {
                    let path = format!("rounds[{index}][{place}]");
                    report.say(&path, format!("is {x}, and shape log needs it above zero"));
                }
            }
        }
    }
    let most = criterion.rounds.iter().map(|row| present(row.as_ref()).len()).max();
    match most {
        None | Some(0) => report.say("rounds", "holds no number; say kind unknown"),
        Some(1) if !criterion.exact => {
            report
                .say("rounds", "has one round, which has no spread; say exact if it has no error");
        }
        Some(_) => {}
    }
    if criterion.transfer_sd.is_some_and(|sd| !(sd.is_finite() && sd >= 0.0)) {
        report.say("transfer_sd", "is negative or not finite");
    }
}

fn check_scores(criterion: &Criterion, report: &mut Report) {
    let Some([low, high]) = criterion.scale else {
        return report.say("scale", "is missing");
    };
    if low == high || !computable(low) || !computable(high) {
        return report.say("scale", "has no two levels");
    }
    check_rows("scores", &criterion.scores, report);
    let inside = low.min(high)..=low.max(high);
    for (index, row) in criterion.scores.iter().enumerate() {
        for (place, score) in row.iter().flatten().enumerate() {
            if let Some(score) = score.filter(|score| !inside.contains(score)) {
                let path = format!("scores[{index}][{place}]");
                report.say(&path, format!("is {score}, outside the scale {low} to {high}"));
            }
        }
    }
    check_triples("ranges", &criterion.ranges, report);
    for (index, range) in criterion.ranges.iter().enumerate() {
        if range.is_some_and(|range| !range.iter().all(|score| inside.contains(score))) {
            report.say(&format!("ranges[{index}]"), "is outside the scale");
        }
    }
    let columns = criterion.scores.iter().flatten().map(Vec::len).max().unwrap_or(0);
    if !criterion.raters.is_empty() && criterion.raters.len() != columns {
        let raters = criterion.raters.len();
        report.say("raters", format!("names {raters}, and there are {columns} columns of scores"));
    }
}

fn check_citations(criterion: &Criterion, alternatives: usize, report: &mut Report) {
    check_triples("triangular", &criterion.triangular, report);
    check_triples("pert", &criterion.pert, report);
    let natural = criterion.best.is_some() || !criterion.knots.is_empty();
    let cells = [("triangular", &criterion.triangular), ("pert", &criterion.pert)];
    for (field, triples) in cells.into_iter().filter(|_| !natural) {
        for (index, triple) in triples.iter().enumerate() {
            if triple.is_some_and(|triple| triple.iter().any(|v| !(0.0..=1.0).contains(v))) {
                let path = format!("{field}[{index}]");
                report.say(&path, "is no value within 0 to 1; give the anchors best and worst");
            }
        }
    }
    for (index, interval) in criterion.interval.iter().enumerate() {
        let Some([low, high]) = interval else { continue };
        if !(0.0 < *low && low <= high && computable(*high)) {
            report.say(&format!("interval[{index}]"), "needs 0 < low <= high");
        }
    }
    for (index, normal) in criterion.normal.iter().enumerate() {
        if normal.is_some_and(|[mean, se]| !(computable(mean) && computable(se) && se >= 0.0)) {
            report.say(
                &format!("normal[{index}]"),
                "needs a mean and a standard error of at least 0",
            );
        }
    }
    let sources = criterion.source.len();
    if sources > 1 && sources != alternatives {
        report.say("source", format!("names {sources}, and there are {alternatives} alternatives"));
    }
}

fn check_triples(field: &str, triples: &[Option<[f64; 3]>], report: &mut Report) {
    for (index, triple) in triples.iter().enumerate() {
        let Some([low, mode, high]) = triple else { continue };
        if !(low <= mode && mode <= high && computable(*low) && computable(*high)) {
            report.say(&format!("{field}[{index}]"), "needs low <= mode <= high");
        }
    }
}

fn check_limits(criterion: &Criterion, report: &mut Report) {
    report.finite("min", criterion.min);
    report.finite("max", criterion.max);
    if let (Some(min), Some(max)) = (criterion.min, criterion.max)
        && min > max
    {
        report.say("min", format!("is {min}, above max {max}"));
    }
    let limited = criterion.min.or(criterion.max).is_some();
    if limited && criterion.kind != Kind::Measured {
        report.say(
            if criterion.min.is_some() { "min" } else { "max" },
            "limits a quantity, and only a measured criterion has one",
        );
    }
    if criterion.effort.is_some_and(|hours| !(1e-6..=1e6).contains(&hours)) {
        report.say("effort", "is not within 1e-6 to 1e6 hours");
    }
    if criterion.more == Some(0) {
        report.say("more", "is zero");
    }
}

fn check_weights(evidence: &Evidence, problems: &mut Vec<EvidenceProblem>) {
    let mut report = Report { path: String::new(), problems };
    let swings_needed = evidence.weights == WeightMode::Swing && evidence.elicitation.is_none();
    for (index, criterion) in evidence.criteria.iter().enumerate() {
        let path = format!("criteria[{index}].swing");
        match criterion.swing {
            None if swings_needed => report.say(&path, "is missing"),
            Some(swing) if !(computable(swing) && swing >= 0.0) => {
                report.say(&path, format!("is {swing}, not a number from 0 to 1e100"));
            }
            None | Some(_) => {}
        }
    }
    let total: f64 = evidence.criteria.iter().filter_map(|criterion| criterion.swing).sum();
    if swings_needed && !evidence.criteria.is_empty() && total <= 0.0 {
        report.say("criteria", "all have swing 0: nothing would be weighed");
    }
    if evidence.weights == WeightMode::Members && evidence.members.is_empty() {
        report.say("members", "is empty, and weights are those of members");
    }
    check_members(evidence, &mut report);
    check_groups(evidence, &mut report);
    check_ranks(evidence, &mut report);
}

fn check_members(evidence: &Evidence, report: &mut Report) {
    for (index, member) in evidence.members.iter().enumerate() {
        for (name, points) in &member.weights {
            let path = format!("members[{index}].weights.{name}");
            if !evidence.criteria.iter().any(|criterion| criterion.name == *name) {
                let names = evidence.criteria.iter().map(|criterion| criterion.name.as_str());
                report.say(&path, format!("is no criterion{}", did_you_mean(name, names)));
            }
            if !(computable(*points) && *points >= 0.0) {
                report.say(&path, format!("is {points}, not a number from 0 to 1e100"));
            }
        }
        let empty = member.weights.values().sum::<f64>() <= 0.0;
        if empty && (evidence.weights == WeightMode::Members || !member.weights.is_empty()) {
            report.say(&format!("members[{index}].weights"), "sum to nothing");
        }
    }
}

fn check_groups(evidence: &Evidence, report: &mut Report) {
    for (index, group) in evidence.groups.iter().enumerate() {
        let path = format!("groups[{index}]");
        if group.path.is_empty() {
            report.say(&format!("{path}.path"), "is empty");
        }
        if !(computable(group.swing) && group.swing >= 0.0) {
            report.say(&format!("{path}.swing"), "is not a number from 0 to 1e100");
        }
        if !evidence.criteria.iter().any(|criterion| criterion.path.starts_with(&group.path)) {
            report.say(&format!("{path}.path"), "leads to no criterion");
        }
    }
    let known = |path: &[String]| evidence.groups.iter().any(|group| group.path == path);
    for (index, criterion) in evidence.criteria.iter().enumerate() {
        for depth in 1..=criterion.path.len() {
            if !known(&criterion.path[..depth]) {
                let node = criterion.path[..depth].join("/");
                report.say(&format!("criteria[{index}].path"), format!("`{node}` has no group"));
            }
        }
    }
}

fn check_ranks(evidence: &Evidence, report: &mut Report) {
    let ranks: Vec<u32> = evidence.criteria.iter().filter_map(|criterion| criterion.rank).collect();
    if ranks.is_empty() {
        let swings = evidence.criteria.iter().all(|criterion| criterion.swing.is_some());
        if evidence.weights == WeightMode::Ordinal && !swings {
            report.say("criteria", "need rank (or swing) each, as weights are ordinal");
        }
        return;
    }
    let mut sorted = ranks.clone();
    sorted.sort_unstable();
    if ranks.len() != evidence.criteria.len()
        || !sorted.iter().zip(1..).all(|(rank, at)| *rank == at)
    {
        report.say("criteria", "need the ranks 1, 2, 3 and so on, one each");
    }
}

fn check_requirements(evidence: &Evidence, problems: &mut Vec<EvidenceProblem>) {
    for (index, requirement) in evidence.requirements.iter().enumerate() {
        let mut report = Report { path: format!("requirements[{index}]"), problems };
        report.finite("min", requirement.min);
        report.finite("max", requirement.max);
        let forms = usize::from(requirement.criterion.is_some())
            + usize::from(!requirement.rounds.is_empty())
            + usize::from(!requirement.holds.is_empty());
        if forms != 1 {
            report.say("", "needs exactly one of criterion, rounds and holds");
        }
        let limited = requirement.min.or(requirement.max).is_some();
        if requirement.holds.is_empty() && !limited {
            report.say("max", "is missing, and min too");
        }
        for (field, rows) in
            [("rounds", requirement.rounds.len()), ("holds", requirement.holds.len())]
        {
            if rows > 0 && rows != evidence.alternatives.len() {
                let wanted = evidence.alternatives.len();
                report.say(field, format!("has {rows} rows for {wanted} alternatives"));
            }
        }
        check_rows("rounds", &requirement.rounds, &mut report);
        if let Some(name) = &requirement.criterion {
            let known = evidence.criteria.iter().find(|criterion| criterion.name == *name);
            let names = evidence.criteria.iter().map(|criterion| criterion.name.as_str());
            match known {
                None => {
                    report
                        .say("criterion", format!("is no criterion{}", did_you_mean(name, names)));
                }
                Some(criterion) if criterion.kind != Kind::Measured => {
                    report.say("criterion", "is not measured: it has no quantity to limit");
                }
                Some(_) => {}
            }
        }
    }
}
