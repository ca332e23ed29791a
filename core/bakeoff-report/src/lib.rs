//! One report value to terminal, HTML, Markdown, JSON, CSV and `JUnit`.
//!
//! [`Report::new`] turns a run's evidence into words and numbers once; each format then only lays
//! them out. The same evidence gives the same bytes.

pub mod csv;
pub mod date;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod quantity;
pub mod report;
pub mod svg;
pub mod terminal;
pub mod text;

pub use report::{Evidence, Report};
