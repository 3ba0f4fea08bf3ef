//! What a command came to.

use calls::Answer;
use serde::{Deserialize, Serialize};
use signal_protocol::{Availability, Call, InviteAnswer, UserId};
use uuid::Uuid;

/// What a command came to, as it is answered and remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The call after it.
    Call(Box<Call>),
    /// An invite.
    Invited {
        /// The call, and what there is to say about the callees.
        answer: Box<InviteAnswer>,
        /// Whether there is a new call; if not, the callee was calling at the same moment.
        created: bool,
    },
    /// Whether the caller may be rung, from now on.
    Availability(Availability),
    /// The signal with this id was taken.
    Signal(Uuid),
    /// A report of LiveKit was taken. Such a command has no request to be remembered by.
    Reported {
        /// Whether the call goes on.
        live: bool,
        /// Who is in its room and not in the call.
        outsiders: Vec<UserId>,
    },
    /// Nothing to say.
    Nothing,
}

impl From<Answer> for Outcome {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Call(call) => Self::Call(Box::new(call)),
            Answer::Invited { answer, created } => Self::Invited { answer: Box::new(answer), created },
            Answer::Signal(id) => Self::Signal(id),
            Answer::Reported { is_live: live, outsiders } => Self::Reported { live, outsiders },
            Answer::Nothing => Self::Nothing,
        }
    }
}
