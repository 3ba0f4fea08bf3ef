//! What a failed command means: by the kind of the error, and by whether the command could have changed something.

use ::redis::{ErrorKind, RedisError};

use crate::StoreError;

/// Why a command failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    /// The server does not know the script (yet, or any more).
    #[error("the server forgets scripts at once")]
    NoScript,
    /// The server is not, or not yet, the one that has the records and takes changes. Nothing was done.
    #[error("{0}")]
    WrongServer(String),
    /// The answer did not come: the connection broke, or it took too long. What was asked for may have been done.
    #[error("{0}")]
    NoAnswer(String),
    /// There is no room. Nothing was done.
    #[error("{0}")]
    Full(String),
    /// The slot moves. Nothing was done.
    #[error("the slot moves")]
    Moving,
    /// Something else is at the key. Nothing was done.
    #[error("another sort of thing is at the key")]
    WrongType,
    /// The server will not, for a reason of its own. Nothing was done.
    #[error("{0}")]
    Refused(String),
    /// A script failed on its way. A fault of ours; some of what it does may have been done.
    #[error("{0}")]
    Script(String),
}

impl Failure {
    pub(super) fn of(error: &RedisError) -> Self {
        let said = error.to_string();
        if !matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension) {
            return Self::NoAnswer(said);
        }
        match error.code().unwrap_or_default() {
            "NOSCRIPT" => Self::NoScript,
            "READONLY" | "MASTERDOWN" | "LOADING" | "MOVED" => Self::WrongServer(said),
            "ASK" | "TRYAGAIN" | "CLUSTERDOWN" => Self::Moving,
            "OOM" => Self::Full("the server is out of memory".to_owned()),
            "WRONGTYPE" => Self::WrongType,
            // A record refers to another one by its key, which a script may touch undeclared; where that is on the move,
            // Redis has this for an error.
            _ if said.contains("non local key") => Self::Moving,
            _ if said.contains("user_script") => Self::Script(said),
            _ => Self::Refused(said),
        }
    }

    /// Whether the connection, or the server behind it, is no longer to be used.
    pub(super) const fn spoils_connection(&self) -> bool {
        match self {
            Self::WrongServer(_) | Self::NoAnswer(_) => true,
            Self::NoScript
            | Self::Full(_)
            | Self::Moving
            | Self::WrongType
            | Self::Refused(_)
            | Self::Script(_) => false,
        }
    }
}

/// What a command does to the records, as far as its failure goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing: without an answer nothing has happened.
    None,
    /// Changes: without an answer they may stand.
    Changes,
}

impl Effect {
    /// What a failure means for whoever asked. `key` is what the command was about.
    pub(super) fn error(self, failure: &Failure, corrupt: impl FnOnce() -> StoreError) -> StoreError {
        let reason = failure.to_string();
        match failure {
            Failure::NoAnswer(_) | Failure::Script(_) if self == Self::Changes => {
                StoreError::Ambiguous { reason }
            }
            Failure::NoAnswer(_)
            | Failure::Script(_)
            | Failure::NoScript
            | Failure::WrongServer(_)
            | Failure::Refused(_) => StoreError::Unavailable { reason },
            Failure::Full(_) => StoreError::Full { reason },
            Failure::Moving => StoreError::Moving,
            Failure::WrongType => corrupt(),
        }
    }
}
