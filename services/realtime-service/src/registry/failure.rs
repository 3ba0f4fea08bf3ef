//! Why a change of the registry was not made, or is not known to be.

use http_server::{Problem, Refusal};
use signal_protocol::ErrorCode;
use store::{Contended, StoreError};

use crate::moderation::SentenceRefused;
use crate::stored::problem_of;

/// Why a change of the registry was not made, or is not known to be.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RegistryFailure {
    /// No such room is kept here.
    #[error("no such room is kept here")]
    NoRoom,
    /// The room has as many members as it may have.
    #[error("the room has {0} members already")]
    TooManyMembers(u32),
    /// The person belongs to as many rooms as one may.
    #[error("the person is a member of {0} rooms already")]
    TooManyRooms(u32),
    /// The records could not be read or written.
    #[error("the records could not be read or written")]
    Store(#[from] StoreError),
    /// What is to happen beside it cannot.
    #[error(transparent)]
    Sentence(#[from] SentenceRefused),
    /// Others changed what it rests on each time.
    #[error(transparent)]
    Contended(#[from] Contended),
    /// It took longer than anybody waits. The effect may stand.
    #[error("it took too long")]
    TooSlow,
}

impl Refusal for RegistryFailure {
    fn problem(&self) -> Problem {
        match self {
            Self::NoRoom => Problem::new(ErrorCode::RoomNotFound),
            Self::TooManyMembers(bound) => Problem::new(ErrorCode::InvalidField).field(
                "user_id",
                format!("cannot be added: the room has {bound} members, which is as many as a room may have (ROOMS__MEMBERS_MAX)"),
            ),
            Self::TooManyRooms(bound) => Problem::new(ErrorCode::InvalidField).field(
                "user_id",
                format!("cannot be added: is a member of {bound} rooms, which is as many as one may be (ROOMS__ROOMS_PER_USER_MAX)"),
            ),
            Self::Store(error) | Self::Sentence(SentenceRefused::Store(error)) => problem_of(error),
            // Neither is said of somebody who is no member any more.
            Self::Sentence(SentenceRefused::OverAlready | SentenceRefused::TooManyBans) => {
                Problem::new(ErrorCode::Internal)
            }
            Self::Contended(_) | Self::TooSlow => Problem::new(ErrorCode::StoreUnavailable).retry_after(1),
        }
    }
}
