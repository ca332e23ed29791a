//! Distribution functions and their inverses, each tail computed for itself and never as one minus the other.

pub mod beta;
pub mod binomial;
pub mod chi_squared;
pub mod f;
pub(crate) mod gamma;
pub mod noncentral_t;
pub mod normal;
mod root;
mod series;
pub mod t;

/// Both tails of a distribution at one point. Each is accurate where it is small.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tails {
    /// P(X <= x).
    pub lower: f64,
    /// P(X > x).
    pub upper: f64,
}
