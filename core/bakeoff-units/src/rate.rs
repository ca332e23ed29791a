//! Requests per second.

use std::fmt;
use std::str::FromStr;

use crate::scale::Unit;

/// A request rate, in requests per second. Finite and above zero.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Rate(f64);

/// Why a number or a text is not a rate.
#[derive(Clone, Debug, PartialEq)]
pub struct InvalidRate {
    /// What was given.
    pub given: String,
}

impl fmt::Display for InvalidRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a rate; write for example `2000/s` or `90/m`", self.given)
    }
}

impl std::error::Error for InvalidRate {}

impl Rate {
    /// # Errors
    ///
    /// [`InvalidRate`] if `per_second` is infinite, not a number, or not above zero.
    pub fn per_second(per_second: f64) -> Result<Self, InvalidRate> {
        if !(per_second.is_finite() && 0.0 < per_second) {
            return Err(InvalidRate { given: per_second.to_string() });
        }
        Ok(Self(per_second))
    }

    /// Requests per second.
    pub const fn as_per_second(self) -> f64 {
        self.0
    }

    /// Nanoseconds from one evenly spaced request to the next.
    pub fn interval_nanos(self) -> f64 {
        1e9 / self.0
    }
}

impl FromStr for Rate {
    type Err = InvalidRate;

    /// Reads `2000/s`, `90/m`, `2k/s`, or a bare number of requests per second.
    fn from_str(text: &str) -> Result<Self, InvalidRate> {
        let invalid = || InvalidRate { given: text.to_owned() };
        let (number, per) = text.trim().split_once('/').unwrap_or((text.trim(), "s"));
        let divisor = match per.trim() {
            "s" => 1.0,
            "m" | "min" => 60.0,
            "h" => 3600.0,
            _ => return Err(invalid()),
        };
        let number = number.trim();
        let (digits, factor) = match number.strip_suffix(['k', 'K']) {
            Some(digits) => (digits, 1e3),
            None => (number, 1.0),
        };
        let value: f64 = digits.trim().parse().map_err(|_| invalid())?;
        Self::per_second(value * factor / divisor).map_err(|_| invalid())
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Unit::PerSecond.format(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        for (text, expected) in [("2000/s", 2000.0), ("90/m", 1.5), ("2k/s", 2000.0), ("7", 7.0)] {
            assert_eq!(text.parse::<Rate>().unwrap().as_per_second(), expected);
        }
        for bad in ["", "0/s", "-1/s", "1/d", "inf", "NaN/s"] {
            assert!(bad.parse::<Rate>().is_err(), "{bad:?}");
        }
    }
}
