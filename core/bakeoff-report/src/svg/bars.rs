//! Bars from zero with their intervals: what each candidate uses, or how probably it is best.

use super::canvas::{Anchor, Canvas, SLOTS, cut, marker};

const WIDTH: f64 = 360.0;
const ROW: f64 = 34.0;

/// One bar.
#[derive(Clone, Debug)]
pub struct Bar {
    /// Whose it is.
    pub name: String,
    /// Fixes colour and marker.
    pub slot: usize,
    /// Its length, in base units; not below zero.
    pub value: f64,
    /// Its interval, if it has one.
    pub interval: Option<(f64, f64)>,
    /// The number as printed.
    pub text: String,
}

/// Bars on one scale from zero to `full`, or to the longest if that is `None`.
pub fn draw(title: &str, bars: &[Bar], full: Option<f64>, id: &str) -> String {
    if bars.is_empty() {
        return String::new();
    }
    let longest = bars
        .iter()
        .map(|bar| bar.interval.map_or(bar.value, |(_, upper)| upper.max(bar.value)))
        .fold(0.0_f64, f64::max);
    let full = full.unwrap_or(longest).max(f64::MIN_POSITIVE);
    let mut canvas = Canvas::new(WIDTH, 22.0 + ROW * bars.len() as f64);
    canvas.text("th", (0.0, 13.0), Anchor::Start, &cut(title, 52));
    for (index, bar) in bars.iter().enumerate() {
        let y = 26.0 + ROW * index as f64;
        let at = |value: f64| (value / full).clamp(0.0, 1.0) * WIDTH;
        let colour = bar.slot % SLOTS;
        canvas.path(&format!("mk c{colour}"), &marker(bar.slot, 5.0, y + 6.0));
        canvas.text("t", (15.0, y + 10.0), Anchor::Start, &cut(&bar.name, 26));
        canvas.text("tn", (WIDTH, y + 10.0), Anchor::End, &bar.text);
        canvas.rect("track", (0.0, y + 15.0), (WIDTH, 9.0));
        canvas.rect(&format!("bar c{colour}"), (0.0, y + 15.0), (at(bar.value), 9.0));
        if let Some((lower, upper)) = bar.interval {
            canvas.line("ci", (at(lower), y + 19.5), (at(upper), y + 19.5));
            canvas.line("ci", (at(lower), y + 15.5), (at(lower), y + 23.5));
            canvas.line("ci", (at(upper), y + 15.5), (at(upper), y + 23.5));
        }
    }
    let description: Vec<String> =
        bars.iter().map(|bar| format!("{}: {}.", bar.name, bar.text)).collect();
    canvas.finish(id, title, &description.join(" "))
}
