//! How a number in SI base units is shown to people.

/// What a number in a record counts. Records hold SI base units; people see prefixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// Per second.
    PerSecond,
    /// A share of a whole; 1 is all of it.
    Fraction,
    /// A number of things.
    Count,
}

/// `value` with `significant` significant digits and no exponent, trailing zeros kept.
pub fn digits(value: f64, significant: u32) -> String {
    if value == 0.0 || !value.is_finite() {
        return if value == 0.0 { "0".to_owned() } else { value.to_string() };
    }
    let magnitude = value.abs().log10().floor() as i32;
    let decimals = (significant as i32 - 1 - magnitude).max(0) as usize;
    let text = format!("{value:.decimals$}");
    // 9.996 at three digits rounds up to 10.00: one digit too many.
    let rounded: f64 = text.parse().unwrap_or(value);
    if decimals > 0 && rounded.abs().log10().floor() as i32 > magnitude {
        let decimals = decimals - 1;
        return format!("{value:.decimals$}");
    }
    text
}

impl Unit {
    /// The symbol of the base unit, empty for counts and fractions.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Seconds => "s",
            Self::Bytes => "B",
            Self::PerSecond => "/s",
            Self::Fraction | Self::Count => "",
        }
    }

    /// The factor and label by which `value` reads best, for example `(1e-3, "ms")`.
    pub fn scale_for(self, value: f64) -> (f64, &'static str) {
        let steps: &[(f64, &str)] = match self {
            Self::Seconds => &[(1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")],
            Self::Bytes => {
                &[(1073741824.0, "GiB"), (1048576.0, "MiB"), (1024.0, "KiB"), (1.0, "B")]
            }
            Self::PerSecond => &[(1e6, "M/s"), (1e3, "k/s"), (1.0, "/s")],
            Self::Fraction => &[(1e-2, "%")],
            Self::Count => &[(1.0, "")],
        };
        let last = steps[steps.len() - 1];
        // 999.96 µs would print as 1000 µs: the step is taken on what will be printed.
        steps.iter().copied().find(|(factor, _)| value.abs() >= factor * 0.9995).unwrap_or(last)
    }

    /// `value` in base units as text with three significant digits and its unit: `12.3 ms`.
    pub fn format(self, value: f64) -> String {
        if self == Self::Seconds && value >= 119.5 {
            let whole = value.round() as u64;
            return match (whole / 3600, whole / 60 % 60, whole % 60) {
                (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
                (hours, minutes, _) => format!("{hours} h {minutes} min"),
            };
        }
        if self == Self::Count && value.fract() == 0.0 && value.abs() < 1e15 {
            return format!("{value:.0}");
        }
        let (factor, label) = self.scale_for(value);
        let number = digits(value / factor, 3);
        if label.is_empty() { number } else { format!("{number} {label}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_and_the_prefix_that_reads_best() {
        for (unit, value, text) in [
            (Unit::Seconds, 0.0123, "12.3 ms"),
            (Unit::Seconds, 0.00099996, "1.00 ms"),
            (Unit::Seconds, 245.0, "4 min 5 s"),
            (Unit::Seconds, 0.0, "0 ns"),
            (Unit::Bytes, 1048576.0, "1.00 MiB"),
            (Unit::PerSecond, 12345.0, "12.3 k/s"),
            (Unit::PerSecond, 999.96, "1.00 k/s"),
            (Unit::Fraction, 0.0512, "5.12 %"),
            (Unit::Count, 17.0, "17"),
        ] {
            assert_eq!(unit.format(value), text);
        }
    }

    #[test]
    fn rounding_up_does_not_add_a_digit() {
        assert_eq!(digits(9.996, 3), "10.0");
        assert_eq!(digits(0.00123456, 3), "0.00123");
        assert_eq!(digits(12345.0, 3), "12345");
    }
}
