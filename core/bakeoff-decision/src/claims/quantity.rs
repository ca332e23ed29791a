//! Numbers with a unit, as people write them in claims: `1ms`, `2 KB`, `5%`, `2x`.

use crate::claims::ClaimProblem;
use bakeoff_units::{Bytes, parse_span};

/// Suffixes that are neither a span of time nor an amount of bytes.
const SUFFIXES: [(&str, f64); 5] =
    [("%", 0.01), ("x", 1.0), ("/s", 1.0), ("ns", 1e-9), ("\u{b5}s", 1e-6)];

/// Reads a number, or a text with a unit, to SI base units.
///
/// # Errors
///
/// What it could have been, if it is none.
pub fn parse_quantity(value: &serde_json::Value) -> Result<f64, String> {
    if let Some(number) = value.as_f64() {
        return Ok(number);
    }
    let text = value.as_str().unwrap_or_default().trim();
    if let Ok(number) = text.parse::<f64>() {
        return Ok(number);
    }
    for (suffix, factor) in SUFFIXES {
        let number = text.strip_suffix(suffix).and_then(|rest| rest.trim().parse::<f64>().ok());
        if let Some(number) = number {
            return Ok(number * factor);
        }
    }
    if let Ok(span) = parse_span(text) {
        return Ok(span.as_secs_f64());
    }
    // `KB` is what articles write and mean by it what they will: 1000, as `kB`.
    if let Ok(bytes) = text.replace("KB", "kB").parse::<Bytes>() {
        return Ok(bytes.as_u64() as f64);
    }
    Err(format!("is `{text}`, no number with a unit such as `1ms`, `2kB`, `5%` or `2x`"))
}

/// As [`parse_quantity`], a problem noted at `path`.
pub(super) fn quantity_at(
    value: Option<&serde_json::Value>,
    path: &str,
    problems: &mut Vec<ClaimProblem>,
) -> Option<f64> {
    match parse_quantity(value?) {
        Ok(number) if number.is_finite() => Some(number),
        Ok(_) => {
            problems.push(ClaimProblem::new(path, "is not finite"));
            None
        }
        Err(reason) => {
            problems.push(ClaimProblem::new(path, reason));
            None
        }
    }
}
