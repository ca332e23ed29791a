//! Latency distributions: share of requests at or below a latency, both axes stretched so that
//! the tail can be read.

use bakeoff_units::Unit;

use super::axis::{Axis, Scale, extent};
use super::canvas::{Anchor, Canvas, Key, SLOTS, n};
use crate::report::Report;
use crate::report::candidate::label;
use crate::report::picture::Distribution;

const WIDTH: f64 = 360.0;
const PLOT_X: (f64, f64) = (52.0, 350.0);

/// The most corners of a curve that are drawn.
const CORNERS_MAX: usize = 90;

/// The distributions of one place; empty if there are none.
pub fn draw(report: &Report, curves: &[&Distribution], id: &str) -> String {
    let latencies = curves.iter().flat_map(|curve| curve.points.iter().map(|point| point.0));
    let Some((low, high)) = extent(latencies) else { return String::new() };
    let (title, keys) = heading(report, curves);
    let mut canvas = Canvas::new(WIDTH, 264.0);
    canvas.text("th", (0.0, 13.0), Anchor::Start, &title);
    let top = 22.0 + canvas.legend(&keys, (0.0, 31.0), WIDTH);
    let bottom = 226.0;
    let x = Axis::new(Scale::Log, (low * 0.9, high * 1.1), PLOT_X);
    let deepest = curves
        .iter()
        .filter_map(|curve| curve.points.last())
        .fold(0.9_f64, |deepest, point| deepest.max(point.1.min(0.999_999)));
    let y = |share: f64| bottom - depth(share) / depth(deepest).max(1.0) * (bottom - top - 8.0);
    for share in [0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999].into_iter().filter(|s| *s <= deepest) {
        canvas.line("grid", (PLOT_X.0, y(share)), (PLOT_X.1, y(share)));
        let percent = format!("{} %", (share * 1e5).round() / 1e3);
        canvas.text("tm", (PLOT_X.0 - 5.0, y(share) + 3.5), Anchor::End, &percent);
    }
    for (tick, text) in x.ticks(Unit::Seconds, 46.0) {
        canvas.line("grid", (x.at(tick), top), (x.at(tick), bottom));
        canvas.text("tm", (x.at(tick), bottom + 14.0), Anchor::Middle, &text);
    }
    for curve in curves {
        let points: Vec<(f64, f64)> =
            thinned(&curve.points).map(|(latency, share)| (x.at(latency), y(share))).collect();
        canvas.polyline(&format!("ln c{}", report.slot(&curve.candidate) % SLOTS), &points);
        if let Some((at, height)) = points.last() {
            let slot = report.slot(&curve.candidate);
            let mark = super::canvas::marker(slot, *at, *height);
            canvas.path(&format!("mk c{}", slot % SLOTS), &mark);
        }
    }
    let caption = "latency from intended start; share of requests";
    canvas.text("tm", (f64::midpoint(PLOT_X.0, PLOT_X.1), bottom + 30.0), Anchor::Middle, caption);
    canvas.finish(id, &format!("Latency distribution: {title}"), &description(curves))
}

/// How deep into the tail a share lies: 0 at nothing, 1 at 90 %, 2 at 99 %.
fn depth(share: f64) -> f64 {
    -(1.0 - share.clamp(0.0, 0.999_999_9)).log10()
}

fn heading(report: &Report, curves: &[&Distribution]) -> (String, Vec<Key>) {
    let title = curves.first().map_or(String::new(), |curve| {
        if curve.load.is_empty() {
            curve.workload.clone()
        } else {
            format!("{}, {}", curve.workload, curve.load)
        }
    });
    let keys = curves
        .iter()
        .map(|curve| Key { name: label(&curve.candidate), slot: report.slot(&curve.candidate) })
        .collect();
    (title, keys)
}

/// At most [`CORNERS_MAX`] corners, evenly over the depth of the tail, first and last kept.
fn thinned(points: &[(f64, f64)]) -> impl Iterator<Item = (f64, f64)> {
    let last = points.len().saturating_sub(1);
    let step = points.last().map_or(1.0, |end| depth(end.1)) / CORNERS_MAX as f64;
    let mut next = f64::NEG_INFINITY;
    points.iter().enumerate().filter_map(move |(index, point)| {
        let here = depth(point.1);
        if here < next && index != last {
            return None;
        }
        next = here + step;
        Some(*point)
    })
}

fn description(curves: &[&Distribution]) -> String {
    curves
        .iter()
        .map(|curve| {
            let marks: Vec<String> = [0.5, 0.99, 0.999]
                .into_iter()
                .filter_map(|share| {
                    let (latency, _) = curve.points.iter().find(|point| point.1 >= share)?;
                    Some(format!("{} % {}", n(share * 100.0), Unit::Seconds.format(*latency)))
                })
                .collect();
            let requests = crate::quantity::count(curve.requests);
            format!("{}, {requests} requests: {}.", label(&curve.candidate), marks.join(", "))
        })
        .collect::<Vec<_>>()
        .join(" ")
}
