//! Tail latency against the rate offered, with the rate each candidate sustains.

use bakeoff_units::Unit;

use super::axis::{Axis, Scale, extent};
use super::canvas::{Anchor, Canvas, Key, SLOTS, marker};
use crate::report::Report;
use crate::report::candidate::label;
use crate::report::picture::Sweep;

const WIDTH: f64 = 360.0;
const PLOT_X: (f64, f64) = (52.0, 350.0);

/// The sweeps of one workload; empty if there are none.
pub fn draw(report: &Report, sweeps: &[&Sweep], id: &str) -> String {
    let all = || sweeps.iter().flat_map(|sweep| &sweep.points);
    let sustained = sweeps.iter().filter_map(|sweep| sweep.sustainable);
    let Some((_, fastest)) = extent(all().map(|point| point.offered).chain(sustained)) else {
        return String::new();
    };
    let latencies = all().flat_map(|point| {
        [Some(point.p99.value), point.p99.lower, point.p99.upper].into_iter().flatten()
    });
    let Some((low, high)) = extent(latencies.filter(|value| *value > 0.0)) else {
        return String::new();
    };
    let workload = sweeps.first().map_or("", |sweep| sweep.workload.as_str());
    let keys: Vec<Key> = sweeps
        .iter()
        .map(|sweep| Key { name: label(&sweep.candidate), slot: report.slot(&sweep.candidate) })
        .collect();
    let mut canvas = Canvas::new(WIDTH, 264.0);
    canvas.text("th", (0.0, 13.0), Anchor::Start, &format!("{workload}: p99 against load"));
    let top = 22.0 + canvas.legend(&keys, (0.0, 31.0), WIDTH);
    let bottom = 226.0;
    let x = Axis::new(Scale::Linear, (0.0, fastest * 1.05), PLOT_X);
    let y = Axis::new(Scale::Log, (low * 0.85, high * 1.15), (bottom, top + 4.0));
    for (tick, text) in y.ticks(Unit::Seconds, 22.0) {
        canvas.line("grid", (PLOT_X.0, y.at(tick)), (PLOT_X.1, y.at(tick)));
        canvas.text("tm", (PLOT_X.0 - 5.0, y.at(tick) + 3.5), Anchor::End, &text);
    }
    for (tick, text) in x.ticks(Unit::PerSecond, 62.0) {
        canvas.line("grid", (x.at(tick), top), (x.at(tick), bottom));
        canvas.text("tm", (x.at(tick), bottom + 14.0), Anchor::Middle, &text);
    }
    for sweep in sweeps {
        curve(&mut canvas, sweep, report.slot(&sweep.candidate), &x, &y, (top, bottom));
    }
    let caption = "rate offered to all; dashed: most it sustains";
    canvas.text("tm", (f64::midpoint(PLOT_X.0, PLOT_X.1), bottom + 30.0), Anchor::Middle, caption);
    canvas.finish(
        id,
        &format!("{workload}: p99 latency against offered load"),
        &description(sweeps),
    )
}

fn curve(
    canvas: &mut Canvas,
    sweep: &Sweep,
    slot: usize,
    x: &Axis,
    y: &Axis,
    (top, bottom): (f64, f64),
) {
    let colour = slot % SLOTS;
    if let Some(rate) = sweep.sustainable {
        canvas.line(&format!("cap c{colour}"), (x.at(rate), top), (x.at(rate), bottom));
    }
    let points: Vec<(f64, f64)> =
        sweep.points.iter().map(|p| (x.at(p.offered), y.at(p.p99.value))).collect();
    canvas.polyline(&format!("ln c{colour}"), &points);
    for (point, (at, height)) in sweep.points.iter().zip(&points) {
        if let (Some(lower), Some(upper)) = (point.p99.lower, point.p99.upper) {
            let ends = ((*at, y.at(lower.max(1e-12))), (*at, y.at(upper)));
            canvas.line(&format!("wh c{colour}"), ends.0, ends.1);
        }
        canvas.path(&format!("mk c{colour}"), &marker(slot, *at, *height));
    }
}

fn description(sweeps: &[&Sweep]) -> String {
    sweeps
        .iter()
        .map(|sweep| {
            let points: Vec<String> = sweep
                .points
                .iter()
                .map(|p| format!("at {} {}", Unit::PerSecond.format(p.offered), p.p99.text()))
                .collect();
            format!("{}: {}.", label(&sweep.candidate), points.join(", "))
        })
        .collect::<Vec<_>>()
        .join(" ")
}
