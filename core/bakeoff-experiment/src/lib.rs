//! The question and its answers as values: manifest to experiment, experiment and seed to plan,
//! records to progress, trials to analysis.

pub mod across;
pub mod analyse;
pub mod analysis;
pub mod answer;
pub mod battery;
pub mod builds;
pub mod contract;
pub mod criterion;
pub mod database;
pub mod draw;
mod exclusion;
pub mod experiment;
pub mod host;
pub mod json_path;
pub mod lock;
pub mod manifest;
pub mod metric;
pub mod numbers;
pub mod observation;
pub mod only;
mod order;
pub mod plan;
pub mod probe;
pub mod progress;
pub mod quick;
pub mod record;
pub mod retry_time;
pub mod settle;
pub mod short_window;
pub mod steady;
pub mod trials;
pub mod trials_reader;
mod trials_rows;
pub mod upstream;
pub mod workload;
pub mod yields;
