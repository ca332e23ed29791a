//! Shares and margins.

use std::fmt;
use std::str::FromStr;

use crate::scale::Unit;

/// A share or a margin: a finite number from 0, where 1 is the whole (`5%` is 0.05).
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Ratio(f64);

/// Why a text is not a share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidRatio {
    /// What was written.
    pub text: String,
}

impl fmt::Display for InvalidRatio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a share; write for example `5%` or `0.05`", self.text)
    }
}

impl std::error::Error for InvalidRatio {}

impl Ratio {
    /// # Errors
    ///
    /// [`InvalidRatio`] if `fraction` is negative, infinite or not a number.
    pub fn new(fraction: f64) -> Result<Self, InvalidRatio> {
        if !(fraction.is_finite() && 0.0 <= fraction) {
            return Err(InvalidRatio { text: fraction.to_string() });
        }
        Ok(Self(fraction))
    }

    /// As a fraction of the whole.
    pub const fn as_fraction(self) -> f64 {
        self.0
    }
}

impl FromStr for Ratio {
    type Err = InvalidRatio;

    /// Reads `5%` or `0.05`.
    fn from_str(text: &str) -> Result<Self, InvalidRatio> {
        let invalid = || InvalidRatio { text: text.to_owned() };
        let trimmed = text.trim();
        let (digits, divisor) = match trimmed.strip_suffix('%') {
            Some(digits) => (digits.trim(), 100.0),
            None => (trimmed, 1.0),
        };
        let number: f64 = digits.parse().map_err(|_| invalid())?;
        Self::new(number / divisor).map_err(|_| invalid())
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Unit::Fraction.format(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_and_fraction_agree() {
        assert_eq!("5%".parse::<Ratio>(), "0.05".parse::<Ratio>());
        for bad in ["", "%", "-1%", "inf", "NaN"] {
            assert!(bad.parse::<Ratio>().is_err(), "{bad:?}");
        }
    }
}
