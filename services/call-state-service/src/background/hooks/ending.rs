//! What became of a hook for now.

/// What became of a hook for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// The push service was told.
    Told,
    /// It does not want to be told of this.
    Unwanted,
    /// It could not be told, and will be tried again.
    PutOff,
    /// It was not even tried, because it is down and others try; it will be.
    Spared,
    /// It waits already; this was a second delivery of it.
    Elsewhere,
    /// What it tells is no longer so.
    Stale,
    /// It was tried for too long.
    GivenUp,
    /// It would have to wait, and too much does.
    CrowdedOut,
    /// There is nobody to tell.
    Off,
    /// What stood in the queue is no hook that this release knows.
    Unreadable,
}

impl Ending {
    /// The word for metrics and the log.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::Unwanted => "unwanted",
            Self::PutOff => "put_off",
            Self::Spared => "spared",
            Self::Elsewhere => "elsewhere",
            Self::Stale => "stale",
            Self::GivenUp => "given_up",
            Self::CrowdedOut => "crowded_out",
            Self::Off => "off",
            Self::Unreadable => "unreadable",
        }
    }

    /// Whether somebody should have been told and never will be.
    pub(super) const fn is_loss(self) -> bool {
        match self {
            Self::GivenUp | Self::CrowdedOut | Self::Unreadable => true,
            Self::Told
            | Self::Unwanted
            | Self::PutOff
            | Self::Spared
            | Self::Elsewhere
            | Self::Stale
            | Self::Off => false,
        }
    }
}
