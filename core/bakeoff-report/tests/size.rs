//! Twenty candidates, ten workloads, fifty rounds still make a page that opens (FAILURES.md F56).

mod fixture;

use bakeoff_report::{html, markdown};
use fixture::{Size, run};

#[test]
fn a_large_run_is_under_8_mb_and_60_000_characters() {
    let report = run(Size { candidates: 20, workloads: 10, loads: 4, rounds: 50 }).report();
    let page = html::render(&report).unwrap();
    assert!(page.len() < 8_000_000, "{} bytes", page.len());
    let text = markdown::render(&report, Some("report.html"));
    assert!(text.chars().count() < 60_000, "{} characters", text.chars().count());
    assert!(text.contains("are in the full report"), "what was cut is said");
    assert!(page.contains("in the CSV and JSON forms"), "what was cut is said");
    for candidate in &report.candidates {
        assert!(page.contains(&candidate.name), "{}", candidate.name);
    }
}
