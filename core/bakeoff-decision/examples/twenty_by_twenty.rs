//! Decides over 20 alternatives and 20 criteria as often as told, to be timed from outside:
//! two lines on standard input, what (`measured`, `mixed` with all kinds of criteria, or `rounds`
//! with thirty of them) and how often. `script/bench` takes the difference of 1 and 21 times.

use bakeoff_decision::{Criterion, Evidence, Kind, decide};

fn main() {
    let mut words = std::io::stdin().lines();
    let mut word = || words.next().and_then(Result::ok).unwrap_or_default();
    let (what, times) = (word(), word().trim().parse().unwrap_or(1));
    let evidence = evidence(what == "mixed", if what == "rounds" { 30 } else { 8 });
    for _ in 0..times {
        let decision = decide(&evidence).expect("sound evidence");
        println!("{:?} {:.4}", decision.answer.leader, decision.answer.p_best);
    }
}

fn evidence(mixed: bool, rounds: usize) -> Evidence {
    // A fixed, uneven pattern between 0 and 1: no randomness is needed to take time.
    let pattern = |i: usize| (i as f64 * 0.618_033_988_749_895).fract();
    let criterion = |j: usize| {
        let mut criterion = Criterion {
            name: format!("criterion {j}"),
            swing: Some(10.0 + j as f64),
            ..Criterion::default()
        };
        match j % 4 {
            1 if mixed => {
                criterion.kind = Kind::Rated;
                criterion.scale = Some([1.0, 5.0]);
                let score = |a: usize, r: usize| 1.0 + (pattern(a * 31 + r * 7 + j) * 5.0).floor();
                criterion.scores =
                    (0..20).map(|a| Some((0..5).map(|r| Some(score(a, r))).collect())).collect();
            }
            2 if mixed => {
                criterion.kind = Kind::Cited;
                let mode = |a: usize| 0.3 + 0.4 * pattern(a * 17 + j);
                criterion.triangular =
                    (0..20).map(|a| Some([mode(a) - 0.2, mode(a), mode(a) + 0.25])).collect();
            }
            3 if mixed => criterion.kind = Kind::Unknown,
            _ => {
                criterion.kind = Kind::Measured;
                (criterion.best, criterion.worst) = (Some(0.001), Some(0.1));
                let x = |a: usize, r: usize| {
                    0.01 * (1.0 + pattern(a * 13 + j)) * (1.0 + 0.05 * pattern(a + r * 29 + j * 3))
                };
                criterion.rounds =
                    (0..20).map(|a| Some((0..rounds).map(|r| Some(x(a, r))).collect())).collect();
            }
        }
        criterion
    };
    Evidence {
        alternatives: (0..20).map(|a| format!("alternative {a}")).collect(),
        criteria: (0..20).map(criterion).collect(),
        ..Evidence::default()
    }
}
