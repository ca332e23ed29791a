//! Builds, launches, limits, samples and stops candidates; runs trial after trial.
