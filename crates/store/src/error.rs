//! Why the store did not do what it was asked to.

use std::time::Duration;

use signal_protocol::{ErrorCode, Tenant};

use crate::Key;

/// Why the store did not do what it was asked to. None of these means that a record is absent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The server cannot be reached or does not serve now. Nothing was changed.
    #[error("the store is unavailable: {reason}")]
    Unavailable {
        /// For the log: what the server or the network said.
        reason: String,
    },
    /// The command was sent and its answer did not come, or too few replicas have it: the effect may stand, so
    /// that only what may happen twice, or carries a request id, is to be tried again.
    #[error("the store's answer is not known: {reason}")]
    Ambiguous {
        /// For the log: what the server or the network said.
        reason: String,
    },
    /// The tenant's slot moves to another node of the cluster. Nothing was changed.
    #[error("the tenant's records move to another node")]
    Moving,
    /// What the server has at this key is not what this crate, or its user, has written.
    #[error("the record {key} is not readable")]
    Corrupt {
        /// Whose record it is.
        key: Key,
    },
    /// What was to be read refers to more records than one read may give ([`MAX_RECORDS`](crate::MAX_RECORDS)).
    #[error("the read refers to more than {} records", crate::MAX_RECORDS)]
    TooManyRecords,
    /// There is no room: the server is out of memory, or a queue has as much as it may. Nothing was changed.
    #[error("the store is full: {reason}")]
    Full {
        /// For the log: what is full.
        reason: String,
    },
    /// The store was started without this tenant.
    #[error("the store has no tenant {0}")]
    UnknownTenant(Tenant),
}

impl StoreError {
    /// The code that a client is given.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Unavailable { .. } | Self::Ambiguous { .. } | Self::Moving | Self::Full { .. } => {
                ErrorCode::StoreUnavailable
            }
            // Trying again helps nobody: somebody has to look at the record, or at us.
            Self::Corrupt { .. } | Self::TooManyRecords | Self::UnknownTenant(_) => ErrorCode::Internal,
        }
    }

    /// When trying again has a chance; none where it has not.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable { .. } | Self::Ambiguous { .. } | Self::Moving => Some(Duration::from_secs(1)),
            Self::Full { .. } => Some(Duration::from_secs(5)),
            Self::Corrupt { .. } | Self::TooManyRecords | Self::UnknownTenant(_) => None,
        }
    }

    /// The word for metrics.
    pub(crate) const fn outcome(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "unavailable",
            Self::Ambiguous { .. } => "ambiguous",
            Self::Moving => "moving",
            Self::Corrupt { .. } => "corrupt",
            Self::TooManyRecords => "too_many_records",
            Self::Full { .. } => "full",
            Self::UnknownTenant(_) => "unknown_tenant",
        }
    }
}

/// Why a store was not started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The settings say something impossible; [`StoreSettings::check`](crate::StoreSettings::check) tells it earlier.
    #[error("the setting `{setting}` {problem}")]
    Settings {
        /// Which one, relative to the section.
        setting: &'static str,
        /// What is wrong with it, without its value.
        problem: String,
    },
    /// A file with certificates or keys cannot be used.
    #[error("the file of `{setting}` cannot be used")]
    File {
        /// The setting that names the file.
        setting: &'static str,
        /// What reading it said.
        #[source]
        source: std::io::Error,
    },
}
