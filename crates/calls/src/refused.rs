//! What the rules do not allow, with what the client needs to go on.

use serde_json::{Map, Value};
use signal_protocol::{Call, CallId, ErrorCode, FieldProblem, UserId};

/// A command that changed nothing, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Something in the command is not within its bounds.
    #[error("the command is not within its bounds")]
    Invalid(Vec<FieldProblem>),
    /// Calls without a room are not allowed here.
    #[error("these people may not be called")]
    AccessDenied {
        /// Who may not be called.
        user_ids: Vec<UserId>,
    },
    /// There is no such call, or the actor is no party of it.
    #[error("no such call for this user")]
    CallNotFound,
    /// Whom it is about is no party of the call.
    #[error("no such party in this call")]
    PartyNotFound,
    /// The call is over.
    #[error("the call is over")]
    CallEnded {
        /// As it ended.
        call: Box<Call>,
    },
    /// Another device of the actor answered.
    #[error("another device has answered")]
    CallAlreadyAnswered,
    /// The actor has a call of their own, or who is to be added is in this one.
    #[error("already in call {call_id}")]
    AlreadyInCall {
        /// In which.
        call_id: CallId,
    },
    /// The command does not fit where the call or the actor stands.
    #[error("not allowed where the call stands")]
    NotAllowedInPhase,
    /// The actor is not in the call with this device.
    #[error("not the device that is in the call")]
    NotThisDevice,
    /// The signal is of before the last restart.
    #[error("the signal is of an earlier generation")]
    StaleGeneration,
    /// The actor has sent as much in this call as anybody may.
    #[error("too many signals in one call")]
    TooManySignals,
    /// The call is peer-to-peer and can have no third party, or is not and takes no signals.
    #[error("the call is of the other media")]
    WrongMedia,
}

impl Refused {
    /// The code of the problem document.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Invalid(_) => ErrorCode::InvalidField,
            Self::AccessDenied { .. } => ErrorCode::AccessDenied,
            Self::CallNotFound => ErrorCode::CallNotFound,
            Self::PartyNotFound => ErrorCode::ParticipantNotFound,
            Self::CallEnded { .. } => ErrorCode::CallEnded,
            Self::CallAlreadyAnswered => ErrorCode::CallAlreadyAnswered,
            Self::AlreadyInCall { .. } => ErrorCode::AlreadyInCall,
            Self::NotAllowedInPhase => ErrorCode::NotAllowedInPhase,
            Self::NotThisDevice => ErrorCode::NotThisDevice,
            Self::StaleGeneration => ErrorCode::StaleGeneration,
            Self::TooManySignals => ErrorCode::RateLimited,
            Self::WrongMedia => ErrorCode::WrongMedia,
        }
    }

    /// What the problem document carries besides. The faults of [`Refused::Invalid`] go into its `fields`.
    ///
    /// # Panics
    /// Never: ids and calls are JSON.
    #[must_use]
    pub fn extensions(&self) -> Map<String, Value> {
        let extension = match self {
            Self::AccessDenied { user_ids } => Some(("user_ids", serde_json::to_value(user_ids))),
            Self::CallEnded { call } => Some(("call", serde_json::to_value(call))),
            Self::AlreadyInCall { call_id } => Some(("call_id", serde_json::to_value(call_id))),
            Self::Invalid(_)
            | Self::CallNotFound
            | Self::PartyNotFound
            | Self::CallAlreadyAnswered
            | Self::NotAllowedInPhase
            | Self::NotThisDevice
            | Self::StaleGeneration
            | Self::TooManySignals
            | Self::WrongMedia => None,
        };
        extension
            .map(|(name, value)| (name.to_owned(), value.expect("ids and calls are JSON")))
            .into_iter()
            .collect()
    }

    /// The fields at fault.
    #[must_use]
    pub fn fields(&self) -> &[FieldProblem] {
        match self {
            Self::Invalid(fields) => fields,
            Self::AccessDenied { .. }
            | Self::CallNotFound
            | Self::PartyNotFound
            | Self::CallEnded { .. }
            | Self::CallAlreadyAnswered
            | Self::AlreadyInCall { .. }
            | Self::NotAllowedInPhase
            | Self::NotThisDevice
            | Self::StaleGeneration
            | Self::TooManySignals
            | Self::WrongMedia => &[],
        }
    }
}
