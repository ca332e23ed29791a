//! Why one alternative is ahead of another: weighted value, criterion by criterion.

use super::canvas::{Anchor, Canvas, SLOTS, cut};
use crate::report::Report;
use crate::report::decision::DecisionRow;

const WIDTH: f64 = 360.0;
const ROW: f64 = 34.0;

/// What each criterion gives the leader over the runner-up; empty with fewer than two.
pub fn draw(report: &Report, decision: &DecisionRow, id: &str) -> String {
    let [first, second, ..] = decision.alternatives.as_slice() else { return String::new() };
    let mut rows: Vec<(&str, f64)> = decision
        .criteria
        .iter()
        .zip(first.contributions.iter().zip(&second.contributions))
        .map(|(criterion, (a, b))| (criterion.name.as_str(), a - b))
        .collect();
    rows.sort_by(|x, y| y.1.abs().total_cmp(&x.1.abs()));
    rows.truncate(12);
    let widest = rows.iter().map(|row| row.1.abs()).fold(1e-9_f64, f64::max);
    let mut canvas = Canvas::new(WIDTH, 42.0 + ROW * rows.len() as f64);
    let title = "What speaks for which";
    canvas.text("th", (0.0, 13.0), Anchor::Start, title);
    let half = WIDTH / 2.0;
    canvas.text("tm", (half - 8.0, 30.0), Anchor::End, &format!("◀ {}", cut(&second.name, 22)));
    canvas.text("tm", (half + 8.0, 30.0), Anchor::Start, &format!("{} ▶", cut(&first.name, 22)));
    let bottom = 38.0 + ROW * rows.len() as f64;
    for (index, (name, lead)) in rows.iter().enumerate() {
        let y = 40.0 + ROW * index as f64;
        let length = lead.abs() / widest * (half - 4.0);
        let (from, ahead) = if *lead >= 0.0 { (half, first) } else { (half - length, second) };
        let colour = report.slot(&ahead.name) % SLOTS;
        canvas.text("t", (0.0, y + 10.0), Anchor::Start, &cut(name, 40));
        canvas.text("tn", (WIDTH, y + 10.0), Anchor::End, &format!("{lead:+.3}"));
        canvas.rect(&format!("bar c{colour}"), (from, y + 15.0), (length, 9.0));
    }
    canvas.line("one", (half, 36.0), (half, bottom));
    let description: Vec<String> = rows
        .iter()
        .map(|(name, lead)| {
            let ahead = if *lead >= 0.0 { &first.name } else { &second.name };
            format!("{name}: {:.3} for {ahead}.", lead.abs())
        })
        .collect();
    canvas.finish(id, title, &description.join(" "))
}
