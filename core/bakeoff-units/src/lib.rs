//! Quantities that cannot be mixed up: points in time, spans, rates, bytes, CPU time, ratios.
//!
//! Inside the program a quantity is a type; on paper (records, exports) it is a number in SI base
//! units: seconds, bytes, per second, fractions. Parsing and printing live here and nowhere else.

mod bytes;
mod cpu_time;
mod rate;
mod ratio;
mod scale;
mod span;
mod timestamp;

pub use bytes::{Bytes, InvalidBytes};
pub use cpu_time::CpuTime;
pub use rate::{InvalidRate, Rate};
pub use ratio::{InvalidRatio, Ratio};
pub use scale::{Unit, digits};
pub use span::{InvalidSpan, format_span, parse_span};
pub use timestamp::Timestamp;
