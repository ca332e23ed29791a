//! Manifest to experiment, experiment and seed to plan, records to progress and analysis.
