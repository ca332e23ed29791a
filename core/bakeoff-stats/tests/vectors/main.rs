//! The published test vectors of `vectors/`, each at the tolerance its file states.

mod compare;
mod distribution;
mod rig;
mod series;
mod vector;
