//! Rates, counts and lengths of time as users of wrk, oha, hey and vegeta type them: `1k`, `1.5M`,
//! `90/m`, `10`, `2m`.

use std::num::NonZeroU32;
use std::time::Duration;

use bakeoff_load::Step;
use bakeoff_units::{Rate, parse_span};

/// The largest count that a number with a fraction still tells exactly.
const COUNT_MAX: f64 = 9_007_199_254_740_992.0;

/// A length of time; a bare number is seconds, as other tools have it.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    if let Ok(seconds) = text.parse::<f64>()
        && (0.0..1e9).contains(&seconds)
    {
        return Ok(Duration::from_secs_f64(seconds));
    }
    parse_span(text).map_err(|why| {
        let meant = text.to_lowercase().replace("mins", "m").replace("min", "m");
        let meant = meant.replace("secs", "s").replace("sec", "s");
        match parse_span(&meant) {
            Ok(_) => format!("`{text}` is not a length of time; did you mean `{meant}`?"),
            Err(_) => why.to_string(),
        }
    })
}

/// A rate: `2000`, `2k`, `2000/s`, `90/m`, `50/1s`, `2000rps`.
pub(crate) fn rate(text: &str) -> Result<Rate, String> {
    let trimmed = text.trim();
    let bare = ["rps", "qps"].iter().find_map(|word| strip_word(trimmed, word)).unwrap_or(trimmed);
    let (number, per) = bare.split_once('/').unwrap_or((bare, "s"));
    let example = || format!("`{text}` is not a rate; write for example `2000`, `2k` or `90/m`");
    let every = match per.trim() {
        "s" | "sec" | "second" => 1.0,
        "m" | "min" | "minute" => 60.0,
        "h" | "hour" => 3600.0,
        span => parse_span(span).map_err(|_| example())?.as_secs_f64(),
    };
    let value = scaled(number).ok_or_else(|| match number.strip_suffix('m').and_then(scaled) {
        Some(_) => {
            let digits = number.trim_end_matches('m');
            format!("`{text}` is not a rate; did you mean `{digits}M`, in millions, or `{digits}/m`, a minute?")
        }
        None => without_commas(number)
            .map_or_else(example, |meant| format!("`{text}` is not a rate; did you mean `{meant}`?")),
    })?;
    Rate::per_second(value / every)
        .map_err(|_| format!("`{text}` is not a rate above zero; write for example `2000` or `2k`"))
}

/// How many requests: a whole number, at least one.
pub(crate) fn count(text: &str) -> Result<u64, String> {
    let number = text.trim();
    let value = scaled(number).ok_or_else(|| {
        without_commas(number).map_or_else(
            || format!("`{text}` is not a count; write for example `10000` or `10k`"),
            |meant| format!("`{text}` is not a count; did you mean `{meant}`?"),
        )
    })?;
    if !(1.0..=COUNT_MAX).contains(&value) || value.fract() != 0.0 {
        return Err(format!("`{text}` is not a whole number of at least 1"));
    }
    Ok(value as u64)
}

/// The same where fewer must do.
pub(crate) fn few(text: &str) -> Result<NonZeroU32, String> {
    let number = count(text)?;
    u32::try_from(number)
        .ok()
        .and_then(NonZeroU32::new)
        .ok_or_else(|| format!("`{text}` is more than {}", u32::MAX))
}

/// One of several steps: `1k:10s`.
pub(crate) fn step(text: &str) -> Result<Step, String> {
    let (per_second, span) = text
        .split_once(':')
        .ok_or_else(|| format!("`{text}` is not a step; write for example `2000:10s`"))?;
    Ok(Step { rate: rate(per_second)?, span: duration(span)? })
}

/// A number with `k`, `M` or `G` behind it, or none.
fn scaled(text: &str) -> Option<f64> {
    let text = text.trim();
    let factors = [(['k', 'K'], 1e3), (['M', 'M'], 1e6), (['G', 'g'], 1e9)];
    let with =
        factors.iter().find_map(|(letters, factor)| Some((text.strip_suffix(letters)?, *factor)));
    let (digits, factor) = with.unwrap_or((text, 1.0));
    let digits = digits.trim_end();
    // No `inf`, `nan`, `1e`: what is typed by mistake is not a number.
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || b".eE_+".contains(&byte));
    let value: f64 = digits.replace('_', "").parse().ok()?;
    // 0.3 * 1e3 is a little less than 300 for a machine.
    plain.then(|| if factor == 1.0 { value } else { (value * factor * 1e6).round() / 1e6 })
}

/// `text` without a word at its end, if it ends with it.
fn strip_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    text.to_ascii_lowercase().ends_with(word).then(|| text[..text.len() - word.len()].trim_end())
}

/// What somebody meant who wrote `1,000`.
fn without_commas(text: &str) -> Option<String> {
    let meant = text.replace(',', "");
    (meant.len() < text.len() && scaled(&meant).is_some()).then_some(meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_as_other_tools_have_them() {
        for (text, expected) in [
            ("2000", 2000.0),
            ("1k", 1000.0),
            ("1K/s", 1000.0),
            ("1.5k", 1500.0),
            ("0.3k", 300.0),
            ("1M", 1e6),
            ("1e4", 1e4),
            ("10_000", 1e4),
            ("90/m", 1.5),
            ("90/min", 1.5),
            ("7200/h", 2.0),
            ("50/1s", 50.0),
            ("50/10s", 5.0),
            ("2000rps", 2000.0),
            ("2 kqps", 2000.0),
            (" 2 k ", 2000.0),
        ] {
            assert_eq!(rate(text).map(Rate::as_per_second), Ok(expected), "{text}");
        }
    }

    #[test]
    fn counts_are_whole() {
        let read = [("10k", 10_000), ("1.5k", 1500), ("1M", 1_000_000), ("1", 1), ("2e3", 2000)];
        for (text, expected) in read {
            assert_eq!(count(text), Ok(expected), "{text}");
        }
        for bad in ["0", "1.5", "0.0001k", "-1", "k", "", "inf", "10s", "1e30"] {
            assert!(count(bad).is_err(), "{bad:?}");
        }
        assert_eq!(few("1k").map(NonZeroU32::get), Ok(1000));
        assert!(few("5G").is_err());
    }

    #[test]
    fn lengths_of_time_may_be_bare_seconds() {
        for (text, millis) in
            [("10", 10_000), ("1.5", 1500), ("1m", 60_000), ("250ms", 250), ("1m30s", 90_000)]
        {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_answered_with_what_could_be_meant() {
        let said = [
            rate("1m").unwrap_err(),
            rate("1,000").unwrap_err(),
            rate("fast").unwrap_err(),
            rate("0").unwrap_err(),
            rate("5/d").unwrap_err(),
            count("10,000").unwrap_err(),
            count("many").unwrap_err(),
            duration("10sec").unwrap_err(),
            duration("2 MIN").unwrap_err(),
            duration("10k").unwrap_err(),
            step("1k").unwrap_err(),
        ];
        assert_eq!(
            said,
            [
                "`1m` is not a rate; did you mean `1M`, in millions, or `1/m`, a minute?",
                "`1,000` is not a rate; did you mean `1000`?",
                "`fast` is not a rate; write for example `2000`, `2k` or `90/m`",
                "`0` is not a rate above zero; write for example `2000` or `2k`",
                "`5/d` is not a rate; write for example `2000`, `2k` or `90/m`",
                "`10,000` is not a count; did you mean `10000`?",
                "`many` is not a count; write for example `10000` or `10k`",
                "`10sec` is not a length of time; did you mean `10s`?",
                "`2 MIN` is not a length of time; did you mean `2 m`?",
                "`10k` is not a length of time; write for example `250ms`, `10s`, `2m`",
                "`1k` is not a step; write for example `2000:10s`",
            ]
        );
    }
}
