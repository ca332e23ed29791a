//! `bakeoff.report/1`: the report as JSON.

use crate::report::Report;

/// The report as one JSON document, indented, with a line break at its end.
///
/// # Errors
///
/// An error of `serde_json`; none of our types can cause one, but a caller must not have to panic.
pub fn render(report: &Report) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(report)?;
    text.push('\n');
    Ok(text)
}
