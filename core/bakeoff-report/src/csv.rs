//! The comparisons as CSV: one row a comparison, numbers in base units, text inert in spreadsheets.

use crate::report::Report;

/// The columns, in order.
const HEADER: &str = "workload,load,metric,a,b,rounds,ratio,lower,upper,level,interval,margin,\
                      noise_floor,verdict,primary,a_value,b_value,notes";

/// Every comparison of `report` (RFC 4180, line feeds).
pub fn render(report: &Report) -> String {
    let mut out = String::from(HEADER);
    out.push('\n');
    for row in &report.comparisons {
        let cells = [
            text(&row.place.workload),
            text(&row.place.load),
            text(&row.metric),
            text(&row.a),
            text(&row.b),
            row.rounds.to_string(),
            number(Some(row.ratio)),
            number(row.lower),
            number(row.upper),
            number(Some(row.level)),
            text(&row.interval),
            number(Some(row.margin)),
            number(row.noise_floor),
            text(row.verdict.word()),
            row.primary.to_string(),
            number(Some(row.a_value)),
            number(Some(row.b_value)),
            text(&row.notes.join("; ")),
        ];
        out.push_str(&cells.join(","));
        out.push('\n');
    }
    out
}

/// A number as it is; spreadsheets take a leading minus for a number, not a formula.
fn number(value: Option<f64>) -> String {
    value.filter(|value| value.is_finite()).map_or(String::new(), |value| value.to_string())
}

/// A text cell that no spreadsheet takes for a formula: a leading `= + - @`, tab or line break
/// gets an apostrophe (OWASP, CSV Injection), and quotes are doubled.
fn text(text: &str) -> String {
    let formula = text.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r', '|', '%']);
    let guard = if formula { "'" } else { "" };
    if formula || text.contains([',', '"', '\n', '\r', ';', '\'']) {
        return format!("\"{guard}{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn no_text_cell_is_a_formula() {
        for (cell, safe) in [
            ("=1+1", "\"'=1+1\""),
            ("+cmd|' /C calc'!A0", "\"'+cmd|' /C calc'!A0\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            (" -2", "\"' -2\""),
            ("plain", "plain"),
            ("a,\"b\"", "\"a,\"\"b\"\"\""),
        ] {
            assert_eq!(text(cell), safe);
        }
    }
}
