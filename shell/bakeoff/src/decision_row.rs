//! A decision as the report speaks it.

use bakeoff_decision::{Decision, GateVerdict, Kind};
use bakeoff_experiment::criterion::Evidence;
use bakeoff_experiment::experiment::Experiment;
use bakeoff_experiment::metric::metric;
use bakeoff_report::report::decision::{AlternativeRow, CriterionRow, DecisionRow, FlipRow};
use bakeoff_units::{Unit, digits};

/// The report's row of a decision about `experiment`.
pub(crate) fn decision_row(decision: &Decision, experiment: &Experiment) -> DecisionRow {
    let mut order: Vec<usize> = (0..decision.alternatives.len()).collect();
    order.sort_by(|a, b| decision.p_best[*b].total_cmp(&decision.p_best[*a]));
    let mut heavy: Vec<usize> = (0..decision.criteria.len()).collect();
    heavy.sort_by(|a, b| decision.criteria[*b].weight.total_cmp(&decision.criteria[*a].weight));
    let shares = decision.shares;
    DecisionRow {
        alternatives: order.iter().map(|index| alternative(decision, *index, &heavy)).collect(),
        criteria: heavy.iter().map(|index| criterion(decision, *index, experiment)).collect(),
        p_none: decision.p_none,
        draws: decision.draws as u64,
        seed: decision.seed,
        flips: decision.flips.iter().map(flip).collect(),
        closest: decision.closest_flip.as_ref().map(|closest| {
            format!(
                "{} would be level with {} if {} of the weight moved",
                closest.to,
                closest.from,
                Unit::Fraction.format(closest.weight_moved)
            )
        }),
        next: decision.voi.next.iter().take(5).map(next).collect(),
        shares: vec![
            ("measured".to_owned(), shares.measured),
            ("rated".to_owned(), shares.rated),
            ("cited".to_owned(), shares.cited),
            ("unknown".to_owned(), shares.unknown),
        ],
        warnings: decision.warnings.iter().map(|warning| warning.text.clone()).collect(),
    }
}

fn alternative(decision: &Decision, index: usize, heavy: &[usize]) -> AlternativeRow {
    let name = decision.alternatives[index].clone();
    let gates = decision.gates.iter().filter(|gate| gate.alternative == name).map(|gate| {
        let word = match gate.verdict {
            GateVerdict::Pass => "pass",
            GateVerdict::Fail => "fail",
            GateVerdict::Undetermined => "undetermined",
        };
        (gate.requirement.clone(), gate.probability, word.to_owned())
    });
    let [value_lower, value_upper] = decision.value.interval[index];
    AlternativeRow {
        p_best: decision.p_best[index],
        value: decision.value.mean[index],
        value_lower,
        value_upper,
        expected_loss: decision.expected_loss[index],
        contributions: heavy.iter().map(|c| decision.criteria[*c].contributions[index]).collect(),
        gates: gates.collect(),
        name,
    }
}

fn criterion(decision: &Decision, index: usize, experiment: &Experiment) -> CriterionRow {
    let facts = &decision.criteria[index];
    let kind = match facts.kind {
        Kind::Measured => "measured",
        Kind::Rated => "rated",
        Kind::Cited => "cited",
        Kind::Unknown => "unknown",
    };
    let evidence = experiment.criteria.iter().find(|known| known.name == facts.name);
    CriterionRow {
        name: facts.name.clone(),
        kind: kind.to_owned(),
        weight: facts.weight,
        basis: evidence.map_or(String::new(), |criterion| basis(&criterion.evidence)),
    }
}

/// What a criterion goes by, with its anchors, in words.
fn basis(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Measured { cell, best, worst, .. } => {
            let unit = metric(&cell.metric).map(|metric| metric.unit);
            let number = |value: f64| unit.map_or_else(|| digits(value, 3), |u| u.format(value));
            let place: Vec<&str> =
                [&cell.workload, &cell.load].into_iter().filter_map(Option::as_deref).collect();
            format!(
                "{} {}, best {}, worst {}",
                cell.metric,
                place.join(" at "),
                number(*best),
                number(*worst)
            )
        }
        Evidence::Rated { file } => format!("ratings in {file}"),
        Evidence::Cited { source, grade, .. } => format!("{source} (grade {grade})"),
        Evidence::Unknown => "nobody knows".to_owned(),
    }
}

fn flip(flip: &bakeoff_decision::Flip) -> FlipRow {
    let [first, last] = flip.band;
    FlipRow {
        criterion: flip.criterion.clone(),
        to: flip.to.clone(),
        now: flip.now,
        at: flip.at,
        band: Some((first.min(last), first.max(last))),
    }
}

fn next(action: &bakeoff_decision::NextAction) -> String {
    format!(
        "{}: {} (about {} h; {} that it changes the decision)",
        action.criterion,
        action.action,
        digits(action.hours, 2),
        Unit::Fraction.format(action.p_flip)
    )
}
