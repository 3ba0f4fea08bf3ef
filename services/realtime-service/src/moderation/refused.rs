//! Why something that a moderator wants is not done.

use http_server::{NotACursor, Problem, Refusal};
use signal_protocol::ErrorCode;
use store::{Contended, StoreError};

use super::{SentenceRefused, Unauthorised};
use crate::call_watch::CallActFailure;
use crate::sfu::SfuFailure;
use crate::stored::problem_of;

/// Why something that a moderator wants is not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ModerationRefused {
    #[error(transparent)]
    Unauthorised(#[from] Unauthorised),
    #[error("nobody is banned from the room of a call")]
    OfCall,
    #[error("nobody sends themselves out")]
    Oneself {
        /// The segment of the path that names them.
        field: &'static str,
    },
    #[error("no such participant is in the room, or sends that")]
    NoParticipant,
    #[error(transparent)]
    Sentence(#[from] SentenceRefused),
    #[error(transparent)]
    Cursor(#[from] NotACursor),
    #[error("what is kept of the room cannot be read or written")]
    Store(#[from] StoreError),
    #[error(transparent)]
    Contended(#[from] Contended),
    /// It may stand all the same.
    #[error("the store took too long")]
    TooSlow,
    #[error("LiveKit did not do it")]
    Sfu(#[from] SfuFailure),
    /// They may not come back; LiveKit did not send them out, or not all of them.
    #[error("they are barred, and LiveKit did not send them out")]
    StillThere(#[source] SfuFailure),
    #[error(transparent)]
    Call(#[from] CallActFailure),
}

impl Refusal for ModerationRefused {
    fn problem(&self) -> Problem {
        let wrong = |field: &str, problem: &str| Problem::new(ErrorCode::InvalidField).field(field, problem);
        match self {
            Self::Unauthorised(refused) => refused.problem(),
            Self::OfCall => wrong("room_id", "must not be the room of a call: it ends with the call"),
            Self::Oneself { field } => wrong(field, "must not be the caller: leave the room instead"),
            Self::NoParticipant => Problem::new(ErrorCode::ParticipantNotFound),
            Self::Sentence(SentenceRefused::Store(error)) | Self::Store(error) => problem_of(error),
            Self::Sentence(SentenceRefused::OverAlready) => wrong("until", "must be in the future"),
            Self::Sentence(SentenceRefused::TooManyBans) => {
                wrong("user_id", "cannot be banned: as many people are banned from this room as may be")
            }
            Self::Cursor(refused) => refused.problem(),
            Self::Contended(_) | Self::TooSlow => Problem::new(ErrorCode::StoreUnavailable).retry_after(1),
            Self::Sfu(failure) => failure.problem(),
            Self::StillThere(failure) => failure.problem().extension("barred", true),
            Self::Call(CallActFailure::Refused(refused)) => refused.problem(),
            Self::Call(CallActFailure::NoAccount | CallActFailure::Account(_)) => {
                Problem::new(ErrorCode::CallStateUnavailable)
            }
        }
    }
}

impl Refusal for Unauthorised {
    fn problem(&self) -> Problem {
        match self {
            Self::Membership(refused) => refused.problem(),
            Self::Call(refused) => refused.problem(),
            Self::Barred(code) => Problem::new(*code),
            Self::Store(error) => problem_of(error),
            Self::RoleRequired { .. } => Problem::new(ErrorCode::RoleRequired),
        }
    }
}
