//! The published test vectors of `vectors/`, each at the tolerance its file states.

mod compare;
mod crosscheck;
mod distribution;
mod resampling;
mod rig;
mod series;
mod vector;
