//! Starts, limits, measures and stops candidates, trial after trial; prints nothing.
//!
//! The program calls [`run::run`] with an open run and listens to [`event::Event`]s. Two of the
//! program's hidden commands live here as well, because only this crate starts processes:
//! [`launch::exec_launch`] (`__launch`) and [`reaper::exec_reaper`] (`__reaper`).

pub mod control;
pub mod environment;
pub mod event;
pub mod http;
pub mod journal;
pub mod run;
