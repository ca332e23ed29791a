//! The commands: a file each, its arguments first, then what it does.

pub(crate) mod check;
pub(crate) mod clean;
pub(crate) mod completions;
pub(crate) mod load;
pub(crate) mod plan;
pub(crate) mod runs;
pub(crate) mod schema;
pub(crate) mod show;
