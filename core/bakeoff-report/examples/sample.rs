//! Prints a made-up report, to look at one without a run: `cargo run --example sample -- html`.

#[path = "../tests/fixture/mod.rs"]
mod fixture;

use bakeoff_report::{Report, csv, html, json, junit, markdown, terminal};

/// Ten thousand weight vectors with the values they give, for the script to be held against.
fn weights(report: &Report) -> Result<String, Box<dyn std::error::Error>> {
    let decision = report.decision.as_ref().ok_or("nothing is weighed")?;
    let mut state = 7_u64;
    let mut vectors = Vec::new();
    for _ in 0..10_000 {
        let points: Vec<f64> = decision
            .criteria
            .iter()
            .map(|_| {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                (state >> 33) as f64 / 2_f64.powi(31) * 100.0
            })
            .collect();
        let expected = decision.values_at(&points);
        vectors.push(serde_json::json!({ "points": points, "expected": expected }));
    }
    let values: Vec<&Vec<f64>> = decision.alternatives.iter().map(|a| &a.values).collect();
    Ok(serde_json::json!({ "values": values, "checks": vectors }).to_string())
}

#[allow(clippy::disallowed_methods, reason = "an example is a program, not part of core")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let kind = arguments.get(2).map_or("", String::as_str);
    let run = match kind {
        "large" => {
            fixture::run(fixture::Size { candidates: 20, workloads: 10, loads: 4, rounds: 50 })
        }
        "several" => fixture::run(fixture::Size { candidates: 5, ..fixture::USUAL }),
        "invalid" => {
            let mut run = fixture::troubled();
            run.analysis.rig.valid = false;
            run.analysis.rig.reasons =
                vec!["the twin of the reference differs from it by 8.1 % (A/A bias)".to_owned()];
            run
        }
        "plain" => {
            let mut run = fixture::troubled();
            run.decision = None;
            run
        }
        _other => fixture::troubled(),
    };
    let report = run.report();
    let layout =
        terminal::Layout { width: 110, colour: false, location: Some("runs/01JD3K/report.html") };
    let text = match arguments.get(1).map_or("terminal", String::as_str) {
        "html" => html::render(&report)?,
        "json" => json::render(&report)?,
        "md" => markdown::render(&report, Some("report.html")),
        "csv" => csv::render(&report),
        "junit" => junit::render(&report),
        "weights" => weights(&report)?,
        _terminal => terminal::render(&report, &layout),
    };
    println!("{text}");
    Ok(())
}
