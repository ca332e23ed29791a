//! Axes: where a value lies, and which ticks fit.

use bakeoff_units::Unit;

/// How values are laid out along an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scale {
    Linear,
    Log,
}

/// From values to user units.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Axis {
    scale: Scale,
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Axis {
    /// An axis on which `low` lies at `from` and `high` at `to`. Log axes need both above zero.
    pub(crate) fn new(scale: Scale, (low, high): (f64, f64), (from, to): (f64, f64)) -> Self {
        let high = if high > low { high } else { low + low.abs().max(1e-12) };
        Self { scale, low, high, from, to }
    }

    pub(crate) fn at(&self, value: f64) -> f64 {
        let share = match self.scale {
            Scale::Linear => (value - self.low) / (self.high - self.low),
            Scale::Log => (value / self.low).ln() / (self.high / self.low).ln(),
        };
        self.from + share.clamp(0.0, 1.0) * (self.to - self.from)
    }

    pub(crate) fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    pub(crate) fn limits(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// Those of `wanted` that lie on the axis, at least `gap` apart, earlier ones preferred.
    fn spaced(&self, wanted: &[f64], gap: f64) -> Vec<f64> {
        let mut kept: Vec<f64> = Vec::new();
        for value in wanted.iter().copied().filter(|value| self.holds(*value)) {
            if kept.iter().all(|other| (self.at(*other) - self.at(value)).abs() >= gap) {
                kept.push(value);
            }
        }
        kept.sort_by(f64::total_cmp);
        kept
    }

    /// Ticks for a quantity: decades, then halves and fifths of them, or round linear steps.
    pub(crate) fn ticks(&self, unit: Unit, gap: f64) -> Vec<(f64, String)> {
        let values = match self.scale {
            Scale::Linear => self.linear_ticks(unit, gap),
            Scale::Log => self.log_ticks(gap),
        };
        values.into_iter().map(|value| (value, short(unit, value))).collect()
    }

    /// The densest of a few patterns of decades that leaves `gap` between any two ticks.
    fn log_ticks(&self, gap: f64) -> Vec<f64> {
        const PATTERNS: [&[f64]; 6] = [
            &[
                1.0, 1.1, 1.2, 1.3, 1.4, 1.6, 1.8, 2.0, 2.2, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0,
                7.0, 8.0, 9.0,
            ],
            &[1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0],
            &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0],
            &[1.0, 2.0, 5.0],
            &[1.0, 3.0],
            &[1.0],
        ];
        for pattern in PATTERNS {
            let decades = (-12..=15).map(|power| 10_f64.powi(power));
            let ticks: Vec<f64> = decades
                .flat_map(|decade| pattern.iter().map(move |multiple| multiple * decade))
                .filter(|value| self.holds(*value))
                .collect();
            let wide = |pair: &[f64]| (self.at(pair[1]) - self.at(pair[0])).abs() >= gap;
            if ticks.len() > 1 && ticks.windows(2).all(wide) {
                return ticks;
            }
        }
        let decades: Vec<f64> = (-12..=15).map(|power| 10_f64.powi(power)).collect();
        self.spaced(&decades, gap)
    }

    fn linear_ticks(&self, unit: Unit, gap: f64) -> Vec<f64> {
        let room = ((self.to - self.from).abs() / gap).max(1.0);
        // Bytes are counted in powers of two: steps are round in the unit that is printed.
        let (factor, _) = unit.scale_for(self.high);
        let rough = (self.high - self.low) / factor / room;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .map(|multiple| multiple * power)
            .find(|step| *step >= rough * 0.999)
            .unwrap_or(10.0 * power)
            * factor;
        let first = (self.low / step - 1e-9).ceil() as i64;
        (first..)
            .map(|i| i as f64 * step)
            .take_while(|v| *v <= self.high * 1.0000001)
            .take(24)
            .collect()
    }

    /// Ticks for a ratio: 1 first, then round ones outwards.
    pub(crate) fn ratio_ticks(&self, gap: f64) -> Vec<(f64, String)> {
        const WANTED: [f64; 37] = [
            1.0, 0.5, 2.0, 0.1, 10.0, 0.2, 5.0, 0.25, 4.0, 0.05, 20.0, 0.75, 1.5, 0.8, 1.25, 3.0,
            0.33, 0.67, 0.9, 1.1, 0.95, 1.05, 0.85, 1.2, 0.6, 0.7, 1.3, 1.4, 0.97, 1.03, 0.98,
            1.02, 0.02, 50.0, 0.01, 100.0, 0.99,
        ];
        self.spaced(&WANTED, gap)
            .into_iter()
            .map(|value| (value, format!("{}×", trim(&format!("{value:.2}")))))
            .collect()
    }
}

fn trim(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// A tick's label: as few digits as it takes.
fn short(unit: Unit, value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let (factor, label) = unit.scale_for(value);
    let number = format!("{:.3}", value / factor);
    let number = trim(&number);
    if label.is_empty() { number.to_owned() } else { format!("{number} {label}") }
}

/// The least and greatest of `values`; `None` if there are none.
pub(crate) fn extent(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.filter(|value| value.is_finite()).fold(None, |limits, value| match limits {
        None => Some((value, value)),
        Some((low, high)) => Some((low.min(value), high.max(value))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_in_the_unit_printed() {
        let labels = |axis: Axis, unit| -> Vec<String> {
            axis.ticks(unit, 40.0).into_iter().map(|(_, label)| label).collect()
        };
        let log = Axis::new(Scale::Log, (2e-4, 0.05), (0.0, 300.0));
        assert_eq!(labels(log, Unit::Seconds), ["300 µs", "1 ms", "3 ms", "10 ms", "30 ms"]);
        let linear = Axis::new(Scale::Linear, (0.0, 30.0 * 1048576.0), (0.0, 200.0));
        assert_eq!(labels(linear, Unit::Bytes), ["0", "10 MiB", "20 MiB", "30 MiB"]);
    }

    #[test]
    fn a_log_axis_gives_equal_ratios_equal_room() {
        let axis = Axis::new(Scale::Log, (0.5, 2.0), (0.0, 100.0));
        assert!((axis.at(1.0) - 50.0).abs() < 1e-9);
        assert_eq!((axis.at(0.1), axis.at(9.0)), (0.0, 100.0));
    }
}
