//! Numbers sampled over one trial: memory, CPU and the like.

use bakeoff_units::Unit;

use super::axis::{Axis, Scale, extent};
use super::canvas::{Anchor, Canvas, Key, SLOTS, cut, marker};
use crate::report::Report;
use crate::report::candidate::label;
use crate::report::comparison::short_name;
use crate::report::picture::Timeline;

const WIDTH: f64 = 360.0;
const PLOT_X: (f64, f64) = (56.0, 350.0);

/// What a series counts, by its name.
pub fn unit_of(name: &str) -> Unit {
    if name.starts_with("memory") {
        return Unit::Bytes;
    }
    if name.starts_with("latency") {
        return Unit::Seconds;
    }
    if name.starts_with("throughput") || name.starts_with("rate") {
        return Unit::PerSecond;
    }
    if name.starts_with("cpu") || name.contains("share") || name.contains("pressure") {
        return Unit::Fraction;
    }
    Unit::Count
}

/// The series of one name in one place; empty if there are none.
pub fn draw(report: &Report, series: &[&Timeline], id: &str) -> String {
    let all = || series.iter().flat_map(|one| &one.points);
    let (Some((start, end)), Some((_, high))) =
        (extent(all().map(|point| point.0)), extent(all().map(|point| point.1)))
    else {
        return String::new();
    };
    let first = series[0];
    let unit = unit_of(&first.name);
    let name = if first.name == "cpu-share" { "CPU share".into() } else { short_name(&first.name) };
    let title = format!("{name}: {}", first.place.label());
    let keys: Vec<Key> = series
        .iter()
        .map(|one| Key { name: label(&one.candidate), slot: report.slot(&one.candidate) })
        .collect();
    let mut canvas = Canvas::new(WIDTH, 214.0);
    canvas.text("th", (0.0, 13.0), Anchor::Start, &cut(&title, 52));
    let top = 22.0 + canvas.legend(&keys, (0.0, 31.0), WIDTH);
    let bottom = 178.0;
    let x = Axis::new(Scale::Linear, (start.min(0.0), end), PLOT_X);
    let y = Axis::new(Scale::Linear, (0.0, (high * 1.08).max(1e-9)), (bottom, top + 4.0));
    for (tick, text) in y.ticks(unit, 26.0) {
        canvas.line("grid", (PLOT_X.0, y.at(tick)), (PLOT_X.1, y.at(tick)));
        canvas.text("tm", (PLOT_X.0 - 5.0, y.at(tick) + 3.5), Anchor::End, &text);
    }
    for (tick, text) in x.ticks(Unit::Seconds, 48.0) {
        canvas.text("tm", (x.at(tick), bottom + 14.0), Anchor::Middle, &text);
    }
    for one in series {
        let slot = report.slot(&one.candidate);
        let points: Vec<(f64, f64)> =
            one.points.iter().map(|(at, value)| (x.at(*at), y.at(*value))).collect();
        canvas.polyline(&format!("ln c{}", slot % SLOTS), &points);
        if let Some((at, height)) = points.last() {
            canvas.path(&format!("mk c{}", slot % SLOTS), &marker(slot, *at, *height));
        }
    }
    let caption = format!("time since measuring began, round {}", first.round);
    canvas.text("tm", (f64::midpoint(PLOT_X.0, PLOT_X.1), bottom + 30.0), Anchor::Middle, &caption);
    let description = series
        .iter()
        .map(|one| {
            let (low, high) = extent(one.points.iter().map(|p| p.1)).unwrap_or_default();
            let (low, high) = (unit.format(low), unit.format(high));
            format!("{}: from {low} to {high}.", label(&one.candidate))
        })
        .collect::<Vec<_>>()
        .join(" ");
    canvas.finish(id, &format!("{title} over time"), &description)
}
