//! Trial by trial: one mark a trial in the order of rounds; void ones are crosses.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::axis::{Axis, Scale, extent};
use super::canvas::{Anchor, Canvas, Key, SLOTS, cut, marker, n};
use crate::report::Report;
use crate::report::candidate::label;
use crate::report::comparison::{short_name, unit_of};
use crate::report::picture::{Dot, Dots};

const WIDTH: f64 = 360.0;
const PLOT_X: (f64, f64) = (56.0, 350.0);

/// Above this many dots a chart uses the shortest shape there is.
const DETAILED_MAX: usize = 120;

/// The trials of one place and metric.
pub fn draw(report: &Report, group: &Dots, id: &str) -> String {
    let Some((low, high)) = extent(group.dots.iter().map(|dot| dot.value)) else {
        return String::new();
    };
    let unit = unit_of(&group.metric);
    let title = format!("{}: {}", short_name(&group.metric), group.place.label());
    let mut by_candidate: BTreeMap<(usize, &str), Vec<&Dot>> = BTreeMap::new();
    for dot in &group.dots {
        let key = (report.slot(&dot.candidate), dot.candidate.as_str());
        by_candidate.entry(key).or_default().push(dot);
    }
    let keys: Vec<Key> =
        by_candidate.keys().map(|(slot, name)| Key { name: label(name), slot: *slot }).collect();
    let mut canvas = Canvas::new(WIDTH, 214.0);
    canvas.text("th", (0.0, 13.0), Anchor::Start, &cut(&title, 52));
    let top = 22.0 + canvas.legend(&keys, (0.0, 31.0), WIDTH);
    let bottom = 178.0;
    let rounds = group.dots.iter().map(|dot| dot.round).max().unwrap_or(1);
    let x = Axis::new(Scale::Linear, (0.5, f64::from(rounds) + 0.5), PLOT_X);
    let y = if low > 0.0 {
        Axis::new(Scale::Log, (low * 0.92, high * 1.08), (bottom, top + 4.0))
    } else {
        Axis::new(Scale::Linear, (low.min(0.0), high * 1.08 + 1e-12), (bottom, top + 4.0))
    };
    for (tick, text) in y.ticks(unit, 24.0) {
        canvas.line("grid", (PLOT_X.0, y.at(tick)), (PLOT_X.1, y.at(tick)));
        canvas.text("tm", (PLOT_X.0 - 5.0, y.at(tick) + 3.5), Anchor::End, &text);
    }
    let step = rounds.div_ceil(10).max(1);
    for round in (1..=rounds).filter(|round| (round - 1) % step == 0) {
        let at = x.at(f64::from(round));
        canvas.text("tm", (at, bottom + 14.0), Anchor::Middle, &round.to_string());
    }
    let lanes = by_candidate.len() as f64;
    let detailed = group.dots.len() <= DETAILED_MAX;
    for (lane, ((slot, name), dots)) in by_candidate.iter().enumerate() {
        // Side by side within a round, so that none hides another.
        let room = (PLOT_X.1 - PLOT_X.0) / f64::from(rounds) * 0.6;
        let aside = ((lane as f64 + 0.5) / lanes - 0.5) * room;
        let spot = |dot: &Dot| (x.at(f64::from(dot.round)) + aside, y.at(dot.value));
        let twin = *name == report.twin;
        candidate(&mut canvas, *slot, twin, detailed, dots, spot);
    }
    let caption = "round; crosses do not count";
    canvas.text("tm", (f64::midpoint(PLOT_X.0, PLOT_X.1), bottom + 30.0), Anchor::Middle, caption);
    let void = group.dots.iter().filter(|dot| !dot.counts).count();
    let description = format!(
        "{} trials from {} to {}, {void} of them void.",
        group.dots.len(),
        unit.format(low),
        unit.format(high)
    );
    canvas.finish(id, &format!("{title}, trial by trial"), &description)
}

/// All dots of one candidate in one path, its crosses in another.
fn candidate(
    canvas: &mut Canvas,
    slot: usize,
    twin: bool,
    detailed: bool,
    dots: &[&Dot],
    spot: impl Fn(&Dot) -> (f64, f64),
) {
    let mut counted = String::new();
    let mut crosses = String::new();
    for dot in dots {
        let (x, y) = spot(dot);
        if !dot.counts {
            let _ = write!(crosses, "M{} {}l6 6m0-6l-6 6", n(x - 3.0), n(y - 3.0));
        } else if detailed {
            counted.push_str(&marker(slot, x, y));
        } else {
            let _ = write!(counted, "M{} {}h0", n(x), n(y));
        }
    }
    let colour = slot % SLOTS;
    let shape = match (detailed, twin) {
        (true, false) => "mk",
        (true, true) => "mh",
        (false, _) => "pd",
    };
    if !counted.is_empty() {
        canvas.path(&format!("{shape} c{colour}"), &counted);
    }
    if !crosses.is_empty() {
        canvas.path(&format!("xx c{colour}"), &crosses);
    }
}
