//! Samples, histograms, intervals, verdicts and drift; never learns a candidate's name.

pub mod anytime;
pub mod distributions;
pub mod interval;
pub mod level;
pub mod look;
pub mod multiplicity;
pub mod order;
pub mod paired;
pub mod plan;
pub mod quantile;
pub mod rig;
pub mod sample;
pub mod trend;
pub mod verdict;
