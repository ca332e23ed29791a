//! How numbers are read from paths and queries.

use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::error::ApiError;

/// An integer in a range; the complaint names it.
pub fn integer_in<T>(name: &str, text: &str, range: RangeInclusive<T>) -> Result<T, ApiError>
where
    T: FromStr + PartialOrd + std::fmt::Display,
{
    text.parse().ok().filter(|value| range.contains(value)).ok_or_else(|| {
        let (min, max) = (range.start(), range.end());
        ApiError::bad_request(format!("{name} must be an integer from {min} to {max}"))
    })
}

/// As [`integer_in`], of a query parameter, which may be absent.
pub fn optional_integer_in<T>(
    name: &str,
    text: Option<&String>,
    absent: T,
    range: RangeInclusive<T>,
) -> Result<T, ApiError>
where
    T: FromStr + PartialOrd + std::fmt::Display,
{
    text.map_or(Ok(absent), |text| integer_in(name, text, range))
}

/// Any integer.
pub fn integer(name: &str, text: &str) -> Result<i64, ApiError> {
    text.parse().map_err(|_| ApiError::bad_request(format!("{name} must be an integer")))
}
