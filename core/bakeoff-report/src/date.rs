//! Points in time as people write them, in UTC.

/// `seconds` since the Unix epoch as `2026-11-20 08:38 UTC` (civil-from-days, Howard Hinnant,
/// "chrono-Compatible Low-Level Date Algorithms").
pub fn utc(seconds: f64) -> String {
    if !(seconds.is_finite() && (0.0..4e11).contains(&seconds)) {
        return "unknown".to_owned();
    }
    let whole = seconds as i64;
    let (days, rest) = (whole.div_euclid(86400), whole.rem_euclid(86400));
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_shifted + 2) / 5 + 1;
    let month = if month_shifted < 10 { month_shifted + 3 } else { month_shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02} UTC", rest / 3600, rest / 60 % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leap_days_and_centuries() {
        for (seconds, text) in [
            (0.0, "1970-01-01 00:00 UTC"),
            (951_782_400.0, "2000-02-29 00:00 UTC"),
            (1_795_163_931.5, "2026-11-20 08:38 UTC"),
            (f64::NAN, "unknown"),
        ] {
            assert_eq!(utc(seconds), text);
        }
    }
}
