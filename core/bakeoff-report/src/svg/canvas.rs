//! A sheet to draw on: shapes and text in, one accessible `<svg>` out.

use std::fmt::Write;

/// Colours and markers repeat after this many candidates.
pub const SLOTS: usize = 8;

/// The most candidates that a chart names itself.
const KEYS_MAX: usize = 6;

/// Where text is anchored.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// An SVG drawing under construction.
#[derive(Debug)]
pub(crate) struct Canvas {
    width: f64,
    height: f64,
    body: String,
}

/// A candidate in a legend.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its name as shown.
    pub name: String,
    /// Fixes colour, marker and dash.
    pub slot: usize,
}

impl Canvas {
    pub(crate) fn new(width: f64, height: f64) -> Self {
        Self { width, height, body: String::new() }
    }

    /// The drawing, named for people who do not see it. `id` is unique in the document.
    pub(crate) fn finish(self, id: &str, title: &str, description: &str) -> String {
        let (title, description) = (xml(title), xml(description));
        format!(
            "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\">\
             <title id=\"{id}-t\">{title}</title><desc id=\"{id}-d\">{description}</desc>{}</svg>",
            n(self.width),
            n(self.height),
            self.body
        )
    }

    pub(crate) fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        let path = format!("M{} {}L{} {}", n(x1), n(y1), n(x2), n(y2));
        self.path(class, &path);
    }

    pub(crate) fn path(&mut self, class: &str, d: &str) {
        let _ = write!(self.body, "<path class=\"{class}\" d=\"{d}\"/>");
    }

    /// A line through `points`, rounded to what the eye can tell.
    pub(crate) fn polyline(&mut self, class: &str, points: &[(f64, f64)]) {
        let mut d = String::new();
        for (index, (x, y)) in points.iter().enumerate() {
            let _ = write!(d, "{}{} {}", if index == 0 { 'M' } else { 'L' }, n(*x), n(*y));
        }
        self.path(class, &d);
    }

    pub(crate) fn rect(&mut self, class: &str, (x, y): (f64, f64), (width, height): (f64, f64)) {
        let _ = write!(
            self.body,
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
            n(x),
            n(y),
            n(width.max(0.0)),
            n(height.max(0.0))
        );
    }

    pub(crate) fn text(&mut self, class: &str, (x, y): (f64, f64), anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let _ = write!(
            self.body,
            "<text class=\"{class}\" x=\"{}\" y=\"{}\"{anchor}>{}</text>",
            n(x),
            n(y),
            xml(text)
        );
    }

    /// The candidates with their markers from `(x, y)` on, wrapped at `right`; the height used.
    pub(crate) fn legend(&mut self, keys: &[Key], (left, top): (f64, f64), right: f64) -> f64 {
        let (mut x, mut y) = (left, top);
        // More than these would leave no room for the chart; the page has a key of its own.
        if keys.len() > KEYS_MAX {
            return 0.0;
        }
        for key in keys {
            let name = cut(&key.name, 26);
            let width = 16.0 + columns_width(&name);
            if x > left && x + width > right {
                x = left;
                y += 15.0;
            }
            self.path(&format!("mk c{}", key.slot % SLOTS), &marker(key.slot, x + 4.0, y - 4.0));
            self.text("t", (x + 12.0, y), Anchor::Start, &name);
            x += width + 10.0;
        }
        if keys.is_empty() { 0.0 } else { y - top + 15.0 }
    }
}

/// Width of `text` at the size of class `t`, in user units.
pub(crate) fn columns_width(text: &str) -> f64 {
    crate::text::columns(text) as f64 * 6.1
}

/// At most `max` characters of `text`.
pub(crate) fn cut(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(max - 1).collect();
    short.push('…');
    short
}

/// The outline of a slot's marker around `(x, y)`: shapes differ as well as colours.
pub(crate) fn marker(slot: usize, x: f64, y: f64) -> String {
    let at = |dx: f64, dy: f64| format!("M{} {}", n(x + dx), n(y + dy));
    match slot % SLOTS {
        0 => format!("{}a3.6 3.6 0 1 0 7.2 0a3.6 3.6 0 1 0-7.2 0z", at(-3.6, 0.0)),
        1 => format!("{}h6.4v6.4h-6.4z", at(-3.2, -3.2)),
        2 => format!("{}l4.2 7.2h-8.4z", at(0.0, -4.2)),
        3 => format!("{}l4.4 4.4-4.4 4.4-4.4-4.4z", at(0.0, -4.4)),
        4 => format!("{}l4.2-7.2h-8.4z", at(0.0, 4.2)),
        5 => format!("{}h2.6v-2.6h2.6v2.6h2.6v2.6h-2.6v2.6h-2.6v-2.6h-2.6z", at(-3.9, -1.3)),
        6 => format!("{}l4.3 3.1-1.7 5h-5.2l-1.7-5z", at(0.0, -4.4)),
        _seventh => format!("{}l2 3.9 3.9-3.9-3.9-3.9-3.9 3.9 1.9 1.9z", at(-1.9, 0.0)),
    }
}

/// A coordinate with one decimal and no idle nought.
pub(crate) fn n(value: f64) -> String {
    let tenths = (value * 10.0).round() / 10.0;
    let text = format!("{tenths:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// Text inside an element or attribute.
pub(crate) fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}
