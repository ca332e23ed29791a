//! What `bakeoff load` is made of: the plan its arguments mean, the screen, the live view, files.

pub(crate) mod amounts;
pub(crate) mod capacity;
pub(crate) mod checks;
pub(crate) mod hdr;
pub(crate) mod live;
pub(crate) mod requests;
pub(crate) mod screen;
pub(crate) mod target;
