//! Event loops that own sockets, threads and the clock and turn the load engine.
//!
//! [`run`] follows a plan against a [`Target`] and gives a [`bakeoff_load::LoadOutcome`];
//! a [`Control`] stops it, says in which phase it is, and shows how it goes. [`reference`] is a
//! server whose behaviour is known, to hold all this against.

mod calibrate;
mod capacity;
mod clock;
mod control;
mod event_loop;
mod gauge;
mod preflight;
pub mod reference;
mod run;
mod socket;
mod target;

pub use calibrate::{
    CERTIFICATE_SCHEMA, CalibrateError, CalibrateOptions, CalibrationCheck, Certificate,
    QuantileError, calibrate,
};
pub use capacity::{CapacityQuestion, find_capacity};
pub use clock::Clock;
pub use control::{Control, Live};
pub use run::{DriveError, DriverOptions, run};
pub use target::{Network, Reach, Target, TargetError};
