//! Lengths of time as people write them: `250ms`, `1.5s`, `2m`, `1h30m`.

use std::time::Duration;

use crate::scale::Unit;

/// Why a text is not a length of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidSpan {
    /// What was written.
    pub text: String,
}

impl std::fmt::Display for InvalidSpan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` is not a length of time; write for example `250ms`, `10s`, `2m`", self.text)
    }
}

impl std::error::Error for InvalidSpan {}

const UNITS: [(&str, f64); 7] = [
    ("ns", 1e-9),
    ("us", 1e-6),
    ("µs", 1e-6),
    ("ms", 1e-3),
    ("s", 1.0),
    ("m", 60.0),
    ("h", 3600.0),
];

/// Reads a length of time: one or more numbers with a unit (`ns us µs ms s m h`), added up.
///
/// # Errors
///
/// [`InvalidSpan`] if a unit is missing or unknown, a number is negative, or the sum is over
/// 100 years.
pub fn parse_span(text: &str) -> Result<Duration, InvalidSpan> {
    let invalid = || InvalidSpan { text: text.to_owned() };
    let mut rest = text.trim();
    let mut seconds = 0.0_f64;
    if rest.is_empty() {
        return Err(invalid());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).ok_or_else(invalid)?;
        let number: f64 = rest[..digits].parse().map_err(|_| invalid())?;
        rest = rest[digits..].trim_start();
        let letters = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        let (_, factor) =
            UNITS.iter().find(|(name, _)| *name == &rest[..letters]).ok_or_else(invalid)?;
        seconds += number * factor;
        rest = rest[letters..].trim_start();
    }
    if !(seconds.is_finite() && seconds <= 100.0 * 365.25 * 86400.0) {
        return Err(invalid());
    }
    Ok(Duration::from_secs_f64(seconds))
}

/// A length of time for people, three significant digits: `12.3 ms`, `4 min 5 s`.
pub fn format_span(span: Duration) -> String {
    Unit::Seconds.format(span.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_and_units_are_required() {
        assert_eq!(parse_span("1h30m"), Ok(Duration::from_mins(90)));
        assert_eq!(parse_span(" 1.5 s "), Ok(Duration::from_millis(1500)));
        assert_eq!(parse_span("250us"), Ok(Duration::from_micros(250)));
        for bad in ["", "5", "5 days", "-1s", "ms", "1e999s", "."] {
            assert!(parse_span(bad).is_err(), "{bad:?}");
        }
    }
}
