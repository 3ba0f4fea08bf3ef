//! Who belongs to a room, asked of the configured sources in their order.
//!
//! The first source that says *member* decides. Where none does, one that could not be asked makes the whole answer
//! *unknown*: a fault is never taken for a no.

mod http;
mod token_claims;

pub(crate) use http::HttpSource;
pub(crate) use token_claims::TokenClaims;

use async_trait::async_trait;
use http_server::{Problem, Refusal};
use identity::Caller;
use signal_protocol::{ErrorCode, Role, RoomId};

use crate::metrics::{MembershipAnswer, ServiceMetrics};

/// What a source knows of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    /// What they may do.
    pub(crate) role: Role,
    /// What the room is called in front of people.
    pub(crate) room_name: Option<String>,
    /// How many may be in the room.
    pub(crate) max_participants: Option<u32>,
}

/// What a source says about one person and one room.
#[derive(Debug)]
pub(crate) enum Answer {
    /// They belong to it.
    Member(Member),
    /// They do not, or there is no such room.
    NotMember,
    /// The source could not be asked. The cause has been logged by the source.
    Unknown,
}

/// Something that knows members of rooms.
#[async_trait]
pub(crate) trait MembershipSource: Send + Sync {
    /// Its name in settings, logs and metrics.
    fn name(&self) -> &'static str;

    /// Whether `caller` belongs to `room`.
    async fn ask(&self, caller: &Caller, room: &RoomId) -> Answer;
}

/// Why nobody can be let in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MembershipRefused {
    #[error("no source of membership knows the caller as a member")]
    NotMember,
    #[error("a source of membership could not be asked")]
    Unknown,
}

impl MembershipRefused {
    /// The code that a client is given.
    pub(crate) const fn code(&self) -> ErrorCode {
        match self {
            Self::NotMember => ErrorCode::RoomNotFound,
            Self::Unknown => ErrorCode::MembershipUnavailable,
        }
    }
}

impl Refusal for MembershipRefused {
    fn problem(&self) -> Problem {
        Problem::new(self.code())
    }
}

/// The configured sources.
pub(crate) struct Membership {
    sources: Vec<Box<dyn MembershipSource>>,
    metrics: ServiceMetrics,
}

impl Membership {
    pub(crate) fn new(sources: Vec<Box<dyn MembershipSource>>, metrics: ServiceMetrics) -> Self {
        Self { sources, metrics }
    }

    /// The caller's membership of `room`.
    ///
    /// The rooms of calls belong to the call alone, so no source is asked about them.
    pub(crate) async fn of(&self, caller: &Caller, room: &RoomId) -> Result<Member, MembershipRefused> {
        let mut refused = MembershipRefused::NotMember;
        if room.is_call() {
            return Err(refused);
        }
        for source in &self.sources {
            let answer = source.ask(caller, room).await;
            self.metrics.membership_answered(source.name(), MembershipAnswer::from(&answer));
            match answer {
                Answer::Member(member) => return Ok(member),
                Answer::NotMember => {}
                Answer::Unknown => refused = MembershipRefused::Unknown,
            }
        }
        Err(refused)
    }
}
