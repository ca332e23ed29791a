//! The commands: a file each, its arguments first, then what it does.

pub(crate) mod analyse;
pub(crate) mod check;
pub(crate) mod claims;
pub(crate) mod clean;
pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod decide;
pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod gate;
pub(crate) mod init;
pub(crate) mod load;
pub(crate) mod plan;
pub(crate) mod ratings;
pub(crate) mod reference;
pub(crate) mod report;
pub(crate) mod resume;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod schema;
pub(crate) mod show;
