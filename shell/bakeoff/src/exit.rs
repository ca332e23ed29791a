//! The exit codes, which are part of the contract with whoever calls the program.

use bakeoff_runner::control::Ending;

/// How the program ends. `docs/exit-codes.md` explains each; a test holds the two together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done,
    /// A bug in bakeoff.
    Bug,
    /// The command line, the manifest or another input file is wrong.
    Usage,
    /// A requirement, check or gate failed.
    RequirementFailed,
    /// The data do not settle the question.
    Inconclusive,
    /// The candidate is worse than the reference beyond the margin.
    Regression,
    /// Too few candidates could be built.
    BuildFailed,
    /// Too few candidates keep the contract.
    ContractFailed,
    /// Too few candidates started and stayed up.
    NotStarted,
    /// The generator, the machine or its clock was not fit, so there is no result.
    RunInvalid,
    /// The run's file cannot be read, or a newer bakeoff wrote it.
    StoreUnreadable,
    /// Another process writes the run.
    Locked,
    /// Something could not be written.
    CannotWrite,
    /// The terminal went away; the run can be resumed.
    HungUp,
    /// Ctrl-C; the run can be resumed.
    Interrupted,
    /// SIGTERM; the run can be resumed.
    Terminated,
}

impl Exit {
    /// Every way to end.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 16] = [
        Self::Done,
        Self::Bug,
        Self::Usage,
        Self::RequirementFailed,
        Self::Inconclusive,
        Self::Regression,
        Self::BuildFailed,
        Self::ContractFailed,
        Self::NotStarted,
        Self::RunInvalid,
        Self::StoreUnreadable,
        Self::Locked,
        Self::CannotWrite,
        Self::HungUp,
        Self::Interrupted,
        Self::Terminated,
    ];

    /// How a command ends that a signal ended.
    pub(crate) const fn of_signal(signal: Ending) -> Self {
        match signal {
            Ending::Interrupt => Self::Interrupted,
            Ending::Terminate => Self::Terminated,
            Ending::HangUp => Self::HungUp,
        }
    }

    /// The number the shell sees.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Bug => 1,
            Self::Usage => 2,
            Self::RequirementFailed => 10,
            Self::Inconclusive => 11,
            Self::Regression => 12,
            Self::BuildFailed => 20,
            Self::ContractFailed => 21,
            Self::NotStarted => 22,
            Self::RunInvalid => 23,
            Self::StoreUnreadable => 30,
            Self::Locked => 31,
            Self::CannotWrite => 32,
            Self::HungUp => 129,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_lists_every_code_once_and_no_other() {
        let document = include_str!("../../../docs/exit-codes.md");
        let listed: Vec<u8> = document
            .lines()
            .filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse().ok())
            .collect();
        assert_eq!(listed, Exit::ALL.map(Exit::code));
    }
}
