//! Starts, limits, measures and stops candidates, trial after trial; prints nothing.
//!
//! The program calls [`run::run`] with an open run and listens to [`event::Event`]s. Two of its
//! hidden commands live here as well: [`launch::exec_launch`] and [`reaper::exec_reaper`].

pub mod battery;
pub mod build;
pub mod calibration;
pub mod candidate;
pub mod contract;
pub mod control;
pub mod cpus;
pub mod database;
pub mod environment;
pub mod event;
pub mod gates;
pub mod host;
pub mod http;
pub mod journal;
pub mod launch;
pub mod learn;
pub mod limits;
pub mod mark;
pub mod observe;
mod offer;
pub mod output;
pub mod probe;
pub mod proc_fs;
mod ready;
pub mod reaper;
pub mod run;
mod run_end;
pub mod sample;
mod slow;
mod source_copy;
pub mod stop;
pub mod tool;
pub mod trial;
pub mod upstream;
pub mod watch;
