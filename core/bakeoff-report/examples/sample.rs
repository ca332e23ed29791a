//! Prints a made-up report, to look at one without a run: `cargo run --example sample -- html`.

#[path = "../tests/fixture/mod.rs"]
mod fixture;

use bakeoff_report::{csv, html, json, junit, markdown, terminal};

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
        _terminal => terminal::render(&report, &layout),
    };
    println!("{text}");
    Ok(())
}
