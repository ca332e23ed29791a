//! Why a candidate takes no part in trials.

/// Why a candidate takes no part in trials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exclusion {
    /// Its toolchain is missing.
    Skipped {
        /// What was tried, what it said, and what to install.
        reason: String,
    },
    /// Its build failed.
    BuildFailed {
        /// The command and its status.
        reason: String,
    },
    /// It did not start, or did not stay up while it was held against the contract.
    NotStarted {
        /// What happened.
        reason: String,
    },
    /// It answers otherwise than it must.
    ContractFailed {
        /// How many answers differed, or what happened.
        reason: String,
    },
    /// It failed [`FAILURES_MAX`] tries in a row.
    Unreliable {
        /// Why the last of them failed.
        reason: String,
    },
}

/// Tries that a candidate may spoil in a row before it is left out: as many say that it is the
/// candidate and not the moment, and all others would wait for it.
pub const FAILURES_MAX: u32 = 3;

impl Exclusion {
    /// Why, in words.
    pub fn reason(&self) -> &str {
        match self {
            Self::Skipped { reason }
            | Self::BuildFailed { reason }
            | Self::NotStarted { reason }
            | Self::ContractFailed { reason }
            | Self::Unreliable { reason } => reason,
        }
    }
}
