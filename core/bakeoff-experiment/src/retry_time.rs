//! How much of a run's time retries may take, and took.

use std::fmt;
use std::time::Duration;

use bakeoff_units::format_span;

use crate::experiment::Experiment;
use crate::plan::{PlannedTrial, trial_duration};

/// How much of a run's time retries may take, and took: a machine that voids one trial after the
/// other must not make a run as long as it likes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RetryTime {
    share: f64,
    planned: f64,
    spent: f64,
    refused: u32,
}

impl RetryTime {
    /// Adds planned trials, whose first tries should take what the plan says.
    pub(crate) fn plan(&mut self, experiment: &Experiment, trials: &[PlannedTrial]) {
        self.share = experiment.judging.retry_share;
        self.planned += trials.iter().map(|trial| trial_duration(experiment, trial)).sum::<f64>();
    }

    /// A retry took `seconds`.
    pub(crate) fn spend(&mut self, seconds: f64) {
        self.spent += seconds;
    }

    /// Whether a retry that should take `seconds` still fits; notes it if not.
    pub(crate) fn grant(&mut self, seconds: f64) -> bool {
        let fits = self.spent + seconds <= self.allowed();
        self.refused += u32::from(!fits);
        fits
    }

    /// What retries may take in all, in seconds.
    pub fn allowed(&self) -> f64 {
        self.share * self.planned
    }

    /// What they took, in seconds.
    pub fn spent(&self) -> f64 {
        self.spent
    }

    /// Void trials that had retries left and were not tried again, because it would have taken
    /// too long.
    pub fn refused(&self) -> u32 {
        self.refused
    }
}

impl fmt::Display for RetryTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let span = |seconds: f64| format_span(Duration::from_secs_f64(seconds.max(0.0)));
        let Self { share, planned, spent, refused } = *self;
        let (trials, were) = if refused == 1 { ("trial", "was") } else { ("trials", "were") };
        write!(
            f,
            "{refused} void {trials} {were} not tried again: retries took {}, and may take {} ({} % \
             of the {} that the planned trials should take)",
            span(spent.round()),
            span(self.allowed().round()),
            (share * 100.0).round(),
            span(planned.round())
        )
    }
}
