//! The run on disk: one SQLite file a run, one transaction a sealed trial.
