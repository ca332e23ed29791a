//! Linear constraints on weights as people write them: `performance >= safety`, `p99 + memory <= 0.5`.

use crate::evidence_reader::did_you_mean;

/// What a constraint says: `sum_j row_j w_j >= 0` for weights that sum to 1. A constant is spread over
/// all criteria, since `b = b sum_j w_j`. Scaled so that the largest number is 1.
///
/// # Errors
///
/// What is wrong with `text`, as a fragment: no comparison, a term that is none, an unknown criterion.
pub fn row_of(text: &str, names: &[&str]) -> Result<Vec<f64>, String> {
    let text = text.replace('≥', ">=").replace('≤', "<=");
    let (left, right, sign) = match (text.split_once(">="), text.split_once("<=")) {
        (Some((left, right)), None) => (left, right, 1.0),
        (None, Some((left, right))) => (left, right, -1.0),
        (None, None) => return Err("holds neither >= nor <=, as in `tail >= memory`".to_owned()),
        (Some(_), Some(_)) => return Err("compares more than once".to_owned()),
    };
    if right.contains(['<', '>', '=']) {
        return Err("compares more than once".to_owned());
    }
    let mut row = vec![0.0; names.len()];
    add_side(left, sign, names, &mut row)?;
    add_side(right, -sign, names, &mut row)?;
    let largest = row.iter().fold(0.0_f64, |most, entry| most.max(entry.abs()));
    if largest == 0.0 {
        return Err("says nothing: both sides are the same".to_owned());
    }
    if !largest.is_finite() {
        return Err("holds a number that is too large".to_owned());
    }
    for entry in &mut row {
        *entry /= largest;
    }
    Ok(row)
}

/// Adds `factor` times the terms of one side to `row`.
fn add_side(side: &str, factor: f64, names: &[&str], row: &mut [f64]) -> Result<(), String> {
    let mut sign = factor;
    let mut words: Vec<&str> = Vec::new();
    for word in side.split_whitespace() {
        match word {
            "+" | "-" => {
                // A sign may open a side.
                if !(words.is_empty() && sign == factor) || word == "+" {
                    add_term(&words, sign, names, row)?;
                }
                words.clear();
                sign = if word == "+" { factor } else { -factor };
            }
            _ => words.push(word),
        }
    }
    add_term(&words, sign, names, row)
}

/// One term: a criterion, a number of times a criterion, or a number.
fn add_term(words: &[&str], sign: f64, names: &[&str], row: &mut [f64]) -> Result<(), String> {
    let term = words.join(" ");
    if term.is_empty() {
        return Err("lacks a term beside a sign or a comparison".to_owned());
    }
    let place = |name: &str| names.iter().position(|known| *known == name);
    if let Some(at) = place(&term) {
        row[at] += sign;
        return Ok(());
    }
    if let Some(constant) = number(&term) {
        for entry in row {
            *entry += sign * constant;
        }
        return Ok(());
    }
    // `2 * tail`, `2*tail` and `2 tail` are the same.
    let (count, name) = match term.split_once('*') {
        Some((count, name)) => (number(count.trim()), name.trim()),
        None => match term.split_once(' ') {
            Some((count, name)) if number(count).is_some() => (number(count), name),
            Some(_) | None => (Some(1.0), term.as_str()),
        },
    };
    match (count, place(name)) {
        (Some(count), Some(at)) => {
            row[at] += sign * count;
            Ok(())
        }
        (None, _) => Err(format!("`{term}` does not begin with a number of times")),
        (Some(_), None) => {
            Err(format!("`{name}` is no criterion{}", did_you_mean(name, names.iter().copied())))
        }
    }
}

/// A finite number, or a percentage.
fn number(text: &str) -> Option<f64> {
    let (digits, unit) = match text.strip_suffix('%') {
        Some(digits) => (digits.trim_end(), 0.01),
        None => (text, 1.0),
    };
    digits.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 3] = ["tail", "memory", "team skill"];

    #[test]
    fn a_constraint_is_read_as_people_write_it() {
        let cases: [(&str, [f64; 3]); 9] = [
            ("tail >= memory", [1.0, -1.0, 0.0]),
            ("memory <= tail", [1.0, -1.0, 0.0]),
            ("tail ≥ 2 * memory", [0.5, -1.0, 0.0]),
            ("tail >= 2*memory", [0.5, -1.0, 0.0]),
            ("tail >= 2 memory", [0.5, -1.0, 0.0]),
            ("tail - memory >= team skill", [1.0, -1.0, -1.0]),
            // 0.25 of everything: what is left of tail after it.
            ("tail >= 0.25", [1.0, -1.0 / 3.0, -1.0 / 3.0]),
            ("25% <= tail", [1.0, -1.0 / 3.0, -1.0 / 3.0]),
            ("tail + memory >= 50 %", [1.0, 1.0, -1.0]),
        ];
        for (text, expected) in cases {
            let row = row_of(text, &NAMES).unwrap_or_else(|why| panic!("{text}: {why}"));
            for (entry, expected) in row.iter().zip(expected) {
                assert!((entry - expected).abs() < 1e-12, "{text}: {row:?}");
            }
        }
    }

    #[test]
    fn what_is_no_constraint_is_refused_with_a_reason() {
        for (text, reason) in [
            ("tail > memory", "holds neither >= nor <=, as in `tail >= memory`"),
            ("tail = memory", "holds neither >= nor <=, as in `tail >= memory`"),
            ("0.1 <= tail <= 0.3", "compares more than once"),
            ("tail >= memory >= 0", "compares more than once"),
            ("tail >= memry", "`memry` is no criterion; did you mean `memory`?"),
            ("tail >=", "lacks a term beside a sign or a comparison"),
            ("tail + >= memory", "lacks a term beside a sign or a comparison"),
            ("two * tail >= memory", "`two * tail` does not begin with a number of times"),
            ("tail >= tail", "says nothing: both sides are the same"),
            ("inf * tail >= memory", "`inf * tail` does not begin with a number of times"),
        ] {
            assert_eq!(row_of(text, &NAMES).expect_err(text), reason);
        }
    }
}
