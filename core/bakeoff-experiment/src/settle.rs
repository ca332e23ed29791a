//! Whether what has been measured settles the question, by the stop rule (METHODS.md A6).

use bakeoff_stats::interval::Interval;
use bakeoff_stats::look::is_precise;
use bakeoff_stats::verdict::Verdict;

use crate::analysis::{Analysis, Comparison};
use crate::experiment::{Stop, TWIN_SUFFIX};
use crate::workload::Workload;

/// Whether measuring may stop, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Whether it may.
    pub settled: bool,
    /// In words.
    pub reason: String,
}

/// Looks at `analysis` by the rule `stop`. Only primary verdicts count, and none with the twin. A
/// workload that has had all the rounds it takes part in keeps nothing open: more would not help.
pub fn settle(analysis: &Analysis, stop: &Stop, workloads: &[Workload]) -> Settled {
    let round = analysis.comparisons.iter().map(|c| c.rounds).max().unwrap_or(0);
    let is_done = |comparison: &Comparison| {
        let workload = workloads.iter().find(|workload| workload.name == comparison.workload);
        workload.and_then(|workload| workload.rounds).is_some_and(|most| most <= round)
    };
    let primary: Vec<&Comparison> = analysis
        .comparisons
        .iter()
        .filter(|c| c.primary && !c.a.ends_with(TWIN_SUFFIX) && !c.b.ends_with(TWIN_SUFFIX))
        .collect();
    if primary.is_empty() {
        return Settled { settled: false, reason: "there is no primary verdict yet".to_owned() };
    }
    let is_settled = |comparison: &Comparison| match stop {
        Stop::Fixed { .. } => true,
        Stop::Decided { .. } => is_decisive(&comparison.verdict),
        Stop::Precision { half_width, .. } => is_narrow(comparison, *half_width),
    };
    if let Stop::Fixed { rounds } = stop {
        return Settled { settled: true, reason: format!("{rounds} rounds, one look") };
    }
    let open: Vec<&Comparison> = primary.iter().copied().filter(|c| !is_settled(c)).collect();
    let Some(first) = open.iter().find(|c| !is_done(c)) else {
        if !open.is_empty() {
            let reason = "every primary verdict is settled whose workload has rounds left";
            return Settled { settled: true, reason: reason.to_owned() };
        }
        let reason = match stop {
            Stop::Precision { .. } => "every primary interval is narrow enough",
            Stop::Fixed { .. } | Stop::Decided { .. } => "every primary verdict is decisive",
        };
        return Settled { settled: true, reason: reason.to_owned() };
    };
    let Comparison { workload, load, metric, a, b, verdict, .. } = first;
    let reason = format!(
        "{} of {} primary verdicts open, first {workload} {load} {metric}: {a} against {b} is {verdict}",
        open.len(),
        primary.len()
    );
    Settled { settled: false, reason }
}

fn is_decisive(verdict: &str) -> bool {
    [Verdict::Better, Verdict::Worse, Verdict::Equivalent].iter().any(|v| v.name() == verdict)
}

/// Half-width on the log scale, as a fraction of the ratio.
fn is_narrow(comparison: &Comparison, half_width: f64) -> bool {
    match (comparison.lower, comparison.upper) {
        (Some(lower), Some(upper)) => Interval::new(lower.ln(), upper.ln())
            .is_ok_and(|interval| is_precise(interval, half_width.ln_1p())),
        (None, _) | (_, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{ANALYSIS_SCHEMA, Rig};

    /// An analysis with one comparison: `rival` against `b`, with a verdict and limits.
    fn one(rival: &str, verdict: &str, limits: [f64; 2], primary: bool) -> Analysis {
        let comparison = serde_json::from_value(serde_json::json!({
            "workload": "json", "load": "60%", "metric": "latency-p99", "a": rival, "b": "b",
            "rounds": 8, "ratio": 1.0, "lower": limits[0], "upper": limits[1], "level": 0.95,
            "margin": 0.05, "interval": "anytime", "verdict": verdict, "primary": primary,
            "a_mean": 1.0, "b_mean": 1.0,
        }));
        Analysis {
            schema: ANALYSIS_SCHEMA.to_owned(),
            comparisons: vec![comparison.unwrap()],
            rig: Rig::default(),
        }
    }

    #[test]
    fn primary_verdicts_without_the_twin_settle_a_run() {
        let decided = Stop::Decided { rounds_min: 8, rounds_max: 32 };
        let settled = |analysis: &Analysis| settle(analysis, &decided, &[]).settled;
        for verdict in ["better", "worse", "equivalent"] {
            assert!(settled(&one("a", verdict, [0.9, 0.95], true)), "{verdict}");
            assert!(!settled(&one("a", verdict, [0.9, 0.95], false)), "exploratory {verdict}");
            assert!(!settled(&one("b~twin", verdict, [0.9, 0.95], true)), "twin {verdict}");
        }
        for verdict in ["better-size-unclear", "worse-size-unclear", "inconclusive"] {
            assert!(!settled(&one("a", verdict, [0.9, 1.1], true)), "{verdict}");
        }
    }

    #[test]
    fn precision_asks_for_narrow_intervals_whatever_the_verdict() {
        let precise = Stop::Precision { half_width: 0.05, rounds_min: 10, rounds_max: 32 };
        assert!(settle(&one("a", "inconclusive", [0.97, 1.03], true), &precise, &[]).settled);
        assert!(!settle(&one("a", "better", [0.5, 0.6], true), &precise, &[]).settled);
    }

    fn json(rounds: Option<u32>) -> Workload {
        Workload {
            name: "json".to_owned(),
            requests: Vec::new(),
            variants: 1,
            loads: Vec::new(),
            connections: 1,
            warm_up: 0.0,
            measure: 1.0,
            drain: 1.0,
            timeout: 1.0,
            requests_per_connection: None,
            exploratory: false,
            rounds,
        }
    }

    #[test]
    fn a_workload_that_has_had_its_rounds_keeps_nothing_open() {
        let decided = Stop::Decided { rounds_min: 8, rounds_max: 32 };
        let open = one("a", "inconclusive", [0.9, 1.1], true);
        for (most, expected) in [(None, false), (Some(9), false), (Some(8), true), (Some(3), true)]
        {
            assert_eq!(settle(&open, &decided, &[json(most)]).settled, expected, "{most:?}");
        }
    }
}
