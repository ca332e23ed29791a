//! Ratios with their intervals against the margin: one row a comparison, on one log axis.

use bakeoff_experiment::metric::Direction;

use super::axis::{Axis, Scale, extent};
use super::canvas::{Anchor, Canvas, cut, n};
use crate::report::Report;
use crate::report::candidate::label;
use crate::report::comparison::{ComparisonRow, Verdict, short_name};

/// How much room there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// A page: label, interval and words side by side.
    Wide,
    /// A telephone: words above the interval.
    Narrow,
}

/// The most rows a forest shows; the table has them all.
pub const ROWS_MAX: usize = 60;

/// Where things are for one [`Room`].
struct Frame {
    width: f64,
    row: f64,
    plot: (f64, f64),
    /// The part of a row that the interval has to itself: its top and height.
    strip: (f64, f64),
}

impl Room {
    fn frame(self) -> Frame {
        match self {
            Self::Wide => {
                Frame { width: 860.0, row: 22.0, plot: (236.0, 566.0), strip: (0.0, 22.0) }
            }
            Self::Narrow => {
                Frame { width: 340.0, row: 46.0, plot: (10.0, 330.0), strip: (29.0, 13.0) }
            }
        }
    }
}

/// The forest of `rows`, grouped by metric; empty if there are none.
pub fn draw(report: &Report, rows: &[&ComparisonRow], room: Room, id: &str) -> String {
    let rows = &rows[..rows.len().min(ROWS_MAX)];
    let Some(limits) = limits(rows) else { return String::new() };
    let frame = room.frame();
    let axis = Axis::new(Scale::Log, limits, frame.plot);
    let groups = groups(report, rows);
    let several = {
        let mut names: Vec<&str> = rows.iter().map(|row| row.a.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names.len() > 1
    };
    let height = 44.0 + groups.len() as f64 * 34.0 - 6.0 + rows.len() as f64 * frame.row;
    let mut canvas = Canvas::new(frame.width, height);
    let mut y = 14.0;
    for (metric, members) in &groups {
        y = group(&mut canvas, &axis, &frame, metric, members, y);
        for row in members {
            draw_row(&mut canvas, &axis, &frame, room, row, y, several);
            y += frame.row;
        }
        y += 26.0;
    }
    foot(&mut canvas, &axis, &frame, y - 12.0, report.reference().unwrap_or_default());
    let title = "Ratios with their intervals against the margin";
    let description = rows
        .iter()
        .map(|row| format!("{}, {}: {}.", row.place.label(), row.sentence, row.verdict.word()))
        .collect::<Vec<_>>()
        .join(" ");
    canvas.finish(id, title, &description)
}

/// Rows by metric in the order of the primary metrics, then by place.
fn groups<'a>(
    report: &Report,
    rows: &[&'a ComparisonRow],
) -> Vec<(String, Vec<&'a ComparisonRow>)> {
    let mut groups: Vec<(String, Vec<&ComparisonRow>)> = Vec::new();
    for row in rows {
        match groups.iter_mut().find(|(metric, _)| *metric == row.metric) {
            Some((_, members)) => members.push(row),
            None => groups.push((row.metric.clone(), vec![row])),
        }
    }
    for (_, members) in &mut groups {
        // Candidates side by side within a place; a stable sort keeps their order.
        let place = |row: &ComparisonRow| report.places.iter().position(|p| *p == row.place);
        members.sort_by_key(|row| place(row));
    }
    let primary = &report.run.primary;
    groups.sort_by_key(|(metric, _)| primary.iter().position(|name| name == metric));
    groups
}

/// The axis holds every estimate and margin, and limits up to 20 times away.
fn limits(rows: &[&ComparisonRow]) -> Option<(f64, f64)> {
    let inside = |value: f64| value.clamp(0.05, 20.0);
    let values = rows.iter().flat_map(|row| {
        [
            Some(row.ratio),
            row.lower,
            row.upper,
            Some(1.0 + row.margin),
            Some(1.0 / (1.0 + row.margin)),
        ]
        .into_iter()
        .flatten()
        .map(inside)
    });
    let (low, high) = extent(values)?;
    Some((low.min(0.9) * 0.95, high.max(1.11) * 1.05))
}

/// A metric's heading and the margin band behind its rows; where the rows begin.
fn group(
    canvas: &mut Canvas,
    axis: &Axis,
    frame: &Frame,
    metric: &str,
    members: &[&ComparisonRow],
    y: f64,
) -> f64 {
    canvas.text("th", (0.0, y), Anchor::Start, &short_name(metric));
    let better = members.first().map_or(Direction::Lower, |row| row.better);
    let way = match better {
        Direction::Lower => "less is better",
        Direction::Higher => "more is better",
    };
    canvas.text("tm", (frame.width, y), Anchor::End, way);
    let top = y + 8.0;
    for (index, row) in members.iter().enumerate() {
        let (low, high) = (axis.at(1.0 / (1.0 + row.margin)), axis.at(1.0 + row.margin));
        let y = top + index as f64 * frame.row + frame.strip.0;
        canvas.rect("band", (low, y), (high - low, frame.strip.1));
        for (tick, _) in axis.ratio_ticks(38.0) {
            let class = if tick == 1.0 { "one" } else { "grid" };
            canvas.line(class, (axis.at(tick), y), (axis.at(tick), y + frame.strip.1));
        }
    }
    top
}

fn draw_row(
    canvas: &mut Canvas,
    axis: &Axis,
    frame: &Frame,
    room: Room,
    row: &ComparisonRow,
    y: f64,
    several: bool,
) {
    let name = if several {
        format!("{} · {}", row.place.label(), label(&row.a))
    } else {
        row.place.label()
    };
    let verdict = format!("{} {}", row.verdict.sign(), row.verdict.word());
    let middle = match room {
        Room::Wide => {
            let middle = y + frame.row / 2.0;
            canvas.text("t", (0.0, middle + 4.0), Anchor::Start, &cut(&name, 39));
            canvas.text("tn", (frame.plot.1 + 16.0, middle + 4.0), Anchor::Start, &row.text);
            let class = format!("t {}", row.verdict.class());
            canvas.text(&class, (frame.plot.1 + 164.0, middle + 4.0), Anchor::Start, &verdict);
            middle
        }
        Room::Narrow => {
            canvas.text("t", (0.0, y + 12.0), Anchor::Start, &cut(&name, 30));
            canvas.text("tn", (frame.width, y + 12.0), Anchor::End, &row.text);
            let class = format!("tm {}", row.verdict.class());
            canvas.text(&class, (0.0, y + 25.0), Anchor::Start, &verdict);
            y + frame.strip.0 + frame.strip.1 / 2.0
        }
    };
    interval(canvas, axis, row, middle);
}

/// The interval as a bar with a marker; arrows where it leaves the axis.
fn interval(canvas: &mut Canvas, axis: &Axis, row: &ComparisonRow, y: f64) {
    let (low, high) = axis.limits();
    let class = row.verdict.class();
    let from = row.lower.unwrap_or(low * 0.5);
    let to = row.upper.unwrap_or(high * 2.0);
    let (x1, x2) = (axis.at(from), axis.at(to));
    canvas.line(&format!("iv {class}"), (x1, y), (x2, y));
    if from < low {
        canvas.path(&format!("ah {class}"), &format!("M{} {}l6-4v8z", n(x1 - 2.0), n(y)));
    }
    if to > high {
        canvas.path(&format!("ah {class}"), &format!("M{} {}l-6-4v8z", n(x2 + 2.0), n(y)));
    }
    let x = axis.at(row.ratio);
    let shape = match row.verdict {
        Verdict::Better
        | Verdict::BetterSizeUnclear
        | Verdict::Worse
        | Verdict::WorseSizeUnclear => {
            format!("M{} {}l5 5-5 5-5-5z", n(x), n(y - 5.0))
        }
        Verdict::Equivalent | Verdict::Inconclusive => {
            format!("M{} {}a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0z", n(x - 4.5), n(y))
        }
        Verdict::Blocked | Verdict::Withheld => {
            format!("M{} {}l8 8m0-8l-8 8", n(x - 4.0), n(y - 4.0))
        }
    };
    canvas.path(&format!("pt {class}"), &shape);
}

/// The axis under the last group, and what its numbers mean.
fn foot(canvas: &mut Canvas, axis: &Axis, frame: &Frame, y: f64, reference: &str) {
    for (tick, label) in axis.ratio_ticks(38.0) {
        canvas.text("tm", (axis.at(tick), y + 2.0), Anchor::Middle, &label);
    }
    let middle = f64::midpoint(frame.plot.0, frame.plot.1);
    let text = format!("times {}; shaded: within the margin", cut(reference, 20));
    canvas.text("tm", (middle, y + 18.0), Anchor::Middle, &text);
}
