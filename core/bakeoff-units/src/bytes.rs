//! Amounts of memory and data.

use std::fmt;
use std::str::FromStr;

use crate::scale::Unit;

/// An amount of memory or data, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(u64);

/// Why a text is not an amount of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidBytes {
    /// What was written.
    pub text: String,
}

impl fmt::Display for InvalidBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not an amount of bytes; write for example `512MiB` or `2kB`", self.text)
    }
}

impl std::error::Error for InvalidBytes {}

const UNITS: [(&str, f64); 8] = [
    ("", 1.0),
    ("B", 1.0),
    ("kB", 1e3),
    ("MB", 1e6),
    ("GB", 1e9),
    ("KiB", 1024.0),
    ("MiB", 1048576.0),
    ("GiB", 1073741824.0),
];

impl Bytes {
    /// An amount of `bytes`.
    pub const fn new(bytes: u64) -> Self {
        Self(bytes)
    }

    /// The amount in bytes.
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}

impl FromStr for Bytes {
    type Err = InvalidBytes;

    /// Reads `512MiB`, `2kB`, `64 B`, or a bare number of bytes.
    fn from_str(text: &str) -> Result<Self, InvalidBytes> {
        let invalid = || InvalidBytes { text: text.to_owned() };
        let text = text.trim();
        let split = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
        let number: f64 = text[..split].parse().map_err(|_| invalid())?;
        let unit = text[split..].trim();
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(invalid)?;
        let bytes = number * factor;
        if !(bytes.is_finite() && bytes < 2_f64.powi(63)) {
            return Err(invalid());
        }
        Ok(Self(bytes.round() as u64))
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Unit::Bytes.format(self.0 as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binary_and_decimal_units_differ() {
        assert_eq!("1MiB".parse(), Ok(Bytes::new(1048576)));
        assert_eq!("1MB".parse(), Ok(Bytes::new(1_000_000)));
        assert_eq!("1.5 KiB".parse(), Ok(Bytes::new(1536)));
        for bad in ["", "MiB", "1 mib", "-1B", "1e400"] {
            assert!(bad.parse::<Bytes>().is_err(), "{bad:?}");
        }
    }
}
