//! Numbers for people: unit, interval, and no digit beyond the noise (METHODS.md A12).

use bakeoff_units::Unit;
use serde::{Serialize, Serializer};

/// A number in SI base units with what is known about it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Quantity {
    /// The number itself.
    pub value: f64,
    /// Lower limit of its interval; `None` for exact numbers and unbounded intervals.
    pub lower: Option<f64>,
    /// Upper limit of its interval; `None` for exact numbers and unbounded intervals.
    pub upper: Option<f64>,
    /// What it counts.
    #[serde(serialize_with = "serialize_unit")]
    pub unit: Unit,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn serialize_unit<S: Serializer>(unit: &Unit, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match unit {
        Unit::Seconds => "s",
        Unit::Bytes => "B",
        Unit::PerSecond => "/s",
        Unit::Fraction => "fraction",
        Unit::Count => "count",
    })
}

impl Quantity {
    /// A number known exactly.
    pub const fn exact(value: f64, unit: Unit) -> Self {
        Self { value, lower: None, upper: None, unit }
    }

    /// `12.3 ms [11.9, 12.8]`, or `12.3 ms` when there is no interval.
    pub fn text(&self) -> String {
        match self.interval_text() {
            Some(interval) => format!("{} {interval}", self.value_text()),
            None => self.value_text(),
        }
    }

    /// The number with its unit: `12.3 ms`.
    pub fn value_text(&self) -> String {
        let (Some(lower), Some(upper)) = (self.lower, self.upper) else {
            return self.unit.format(self.value);
        };
        let (factor, label) = self.unit.scale_for(self.value);
        let place = place_of(self.value / factor, lower / factor, upper / factor, 0.0);
        join(&at_place(self.value / factor, place), label)
    }

    /// The limits in the unit of [`Quantity::value_text`]: `[11.9, 12.8]`.
    pub fn interval_text(&self) -> Option<String> {
        let (lower, upper) = (self.lower?, self.upper?);
        let (factor, _) = self.unit.scale_for(self.value);
        let place = place_of(self.value / factor, lower / factor, upper / factor, 0.0);
        Some(format!("[{}, {}]", at_place(lower / factor, place), at_place(upper / factor, place)))
    }
}

fn join(number: &str, label: &str) -> String {
    if label.is_empty() { number.to_owned() } else { format!("{number} {label}") }
}

/// A ratio as it is printed everywhere: `0.75x [0.72, 0.79]`. `noise` is the noise floor as a
/// fraction: no digit below it is shown.
pub fn ratio(value: f64, lower: Option<f64>, upper: Option<f64>, noise: f64) -> String {
    let limits = ratio_limits(value, lower, upper, noise);
    format!("{} {limits}", ratio_value(value, lower, upper, noise))
}

/// The ratio alone: `0.75x`.
pub fn ratio_value(value: f64, lower: Option<f64>, upper: Option<f64>, noise: f64) -> String {
    match (lower, upper) {
        (Some(low), Some(high)) if low < high => {
            format!("{}x", at_place(value, place_of(value, low, high, noise * value)))
        }
        (Some(_), Some(_)) => format!("{}x", at_place(value, -2)),
        _ => format!("{}x", bakeoff_units::digits(value, 2)),
    }
}

/// An upper limit beyond so many times the ratio is not spelt out.
const HIGH_MAX: f64 = 1000.0;

/// The limits of a ratio alone: `[0.72, 0.79]`, `(exact)` or `[unbounded]`.
pub fn ratio_limits(value: f64, lower: Option<f64>, upper: Option<f64>, noise: f64) -> String {
    match (lower, upper) {
        (Some(low), Some(high)) if low < high => {
            let place = place_of(value, low, high, noise * value);
            // Two or three trials that differ give limits of thirty digits: they say "anything".
            let far = HIGH_MAX * value;
            let high = if far < high {
                format!(">{}", at_place(far, place.max(magnitude(far))))
            } else {
                at_place(high, place)
            };
            format!("[{}, {high}]", low_limit(low, value, place))
        }
        (Some(_), Some(_)) => "(exact)".to_owned(),
        _ => "[unbounded]".to_owned(),
    }
}

/// The lower limit of a ratio: a ratio is never 0, so where rounding would say so, the first digit
/// of the limit is shown; not below a thousandth, unless the ratio itself is.
fn low_limit(low: f64, value: f64, place: i32) -> String {
    let near = if value > 0.01 { 1.0 / HIGH_MAX } else { value / HIGH_MAX };
    let text = at_place(low, place);
    if low <= 0.0 || text.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
        text
    } else if low < near {
        format!("<{}", at_place(near, magnitude(near)))
    } else {
        at_place(low, magnitude(low))
    }
}

/// The power of ten of the last digit worth printing: that of the first digit of the shorter arm
/// of the interval (or of half the noise floor, where that is larger), at most four significant
/// digits.
fn place_of(value: f64, lower: f64, upper: f64, noise: f64) -> i32 {
    // However loud the rig, two digits of the value are left.
    let noise = (noise / 2.0).min(value.abs() / 20.0);
    let half = (upper - value).min(value - lower).max(noise);
    if !(half.is_finite() && half > 0.0) {
        return (magnitude(value) - 2).max(-6);
    }
    let place = magnitude(half).max(magnitude(value) - 3).min(magnitude(value));
    // Limits that would print alike say nothing: one more digit.
    if at_place(lower, place) == at_place(upper, place) && lower < upper {
        return (place - 1).max(magnitude(value) - 4);
    }
    place
}

fn magnitude(value: f64) -> i32 {
    if value == 0.0 || !value.is_finite() { 0 } else { value.abs().log10().floor() as i32 }
}

fn at_place(value: f64, place: i32) -> String {
    if place >= 0 {
        let step = 10_f64.powi(place);
        return format!("{:.0}", (value / step).round() * step);
    }
    format!("{value:.0$}", place.unsigned_abs() as usize)
}

/// A probability: never 0 or 1 by simulation, and no more digits than `draws` support
/// (METHODS.md B5).
pub fn probability(p: f64, draws: u64) -> String {
    let least = 10_f64.powi(-((draws.max(10) as f64).log10().floor() as i32 - 1));
    if p > 1.0 - least {
        return format!("> {}", percent(1.0 - least));
    }
    if p < least {
        return format!("< {}", percent(least));
    }
    percent(p)
}

/// A share as a percentage, whole between 1 and 99.
pub fn percent(share: f64) -> String {
    let hundredths = share * 100.0;
    let rest = hundredths.min(100.0 - hundredths).abs();
    if rest == 0.0 || rest >= 0.995 {
        return format!("{hundredths:.0} %");
    }
    let decimals = (-rest.log10().floor()).clamp(1.0, 4.0) as usize;
    let text = format!("{hundredths:.decimals$}");
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A noise floor as people read it: `±2 %`; beyond the value itself it is no floor at all.
pub fn noise(floor: Option<f64>) -> String {
    match floor {
        None => "–".to_owned(),
        Some(floor) if floor < 1.0 => format!("±{}", percent(floor)),
        Some(_) => "over ±100 %".to_owned(),
    }
}

/// A p-value: never 0.
pub fn p_value(p: f64) -> String {
    if p < 0.001 { "p < 0.001".to_owned() } else { format!("p = {}", bakeoff_units::digits(p, 2)) }
}

/// A count with thin grouping: `12 345`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_end_where_the_interval_begins() {
        for (value, lower, upper, text) in [
            (0.7512, 0.7231, 0.7893, "0.75x [0.72, 0.79]"),
            (0.7512, 0.7502, 0.7521, "0.7512x [0.7502, 0.7521]"),
            (1.34, 1.11, 1.61, "1.3x [1.1, 1.6]"),
            (12.3, 9.1, 16.5, "12x [9, 17]"),
            (1.0, 0.2, 5.0, "1.0x [0.2, 5.0]"),
        ] {
            assert_eq!(ratio(value, Some(lower), Some(upper), 0.0), text);
        }
        assert_eq!(ratio(0.7512, Some(0.7502), Some(0.7521), 0.03), "0.751x [0.750, 0.752]");
        assert_eq!(ratio(1.01, Some(0.14), Some(7.2), 22.96), "1.0x [0.1, 7.2]");
        assert_eq!(ratio(0.51, Some(0.51), Some(0.51), 0.0), "0.51x (exact)");
        assert_eq!(ratio(0.512, None, None, 0.0), "0.51x [unbounded]");
    }

    #[test]
    fn a_limit_that_says_anything_is_not_spelt_out() {
        let text = |low: f64, high: f64| ratio(1.2, Some(low), Some(high), 0.0);
        assert_eq!(text(1e-30, 1.660e27), "1x [<0.001, >1000]");
        assert_eq!(text(0.03, 60.0), "1x [0.03, 60]");
        assert_eq!(text(0.2, 6.0), "1x [0.2, 6]");
    }

    #[test]
    fn quantities_share_one_prefix_with_their_limits() {
        let q = |value, lower, upper, unit| Quantity {
            value,
            lower: Some(lower),
            upper: Some(upper),
            unit,
        };
        assert_eq!(q(0.0123, 0.0119, 0.0128, Unit::Seconds).text(), "12.3 ms [11.9, 12.8]");
        assert_eq!(q(24567.0, 24100.0, 25012.0, Unit::PerSecond).text(), "24.6 k/s [24.1, 25.0]");
        assert_eq!(q(245e-6, 215e-6, 275e-6, Unit::Seconds).text(), "250 µs [220, 280]");
        assert_eq!(Quantity::exact(8.4e6, Unit::Bytes).text(), "8.01 MiB");
    }

    #[test]
    fn no_probability_is_nought_or_one() {
        assert_eq!(probability(1.0, 100_000), "> 99.99 %");
        assert_eq!(probability(0.0, 100_000), "< 0.01 %");
        assert_eq!(probability(0.834, 100_000), "83 %");
        assert_eq!(probability(0.9971, 100_000), "99.7 %");
        assert_eq!(p_value(0.0), "p < 0.001");
    }
}
