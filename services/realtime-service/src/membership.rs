//! Who belongs to a room, asked of the configured sources in their order.
//!
//! The first source that says *member* decides. Where none does, one that could not be asked makes the whole answer
//! *unknown*: a fault is never taken for a no. About the caller a source is asked with the caller's own token, about
//! others with that of our service account.

mod configured;
mod http;
mod others;
mod peer;
mod registry;
mod rolls;
mod rooms;
mod source;
mod token_claims;

use std::num::NonZeroU32;

use http_server::{Problem, Refusal, waiting_for};
use identity::{Caller, ServiceAccount};
use signal_protocol::{ErrorCode, RoomId};

pub(crate) use peer::NoPeer;
pub(crate) use rooms::Belonging;
pub(crate) use source::{Answer, Member};

use crate::doors::Door;
use crate::metrics::{MembershipAnswer, ServiceMetrics};
use crate::registry::{Entry, Registry};
use crate::{MembershipSettings, StartError};
use source::MembershipSource;

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
    /// The sources that `settings` name. Without an `account` nothing is known of anybody but the caller, but for what the
    /// `registry` knows.
    pub(crate) fn start(
        settings: &MembershipSettings,
        account: Option<&ServiceAccount>,
        registry: Option<&Registry>,
        metrics: ServiceMetrics,
    ) -> Result<Self, StartError> {
        Ok(Self { sources: configured::sources(settings, account, registry)?, metrics })
    }

    /// The caller's membership of `room`.
    ///
    /// The rooms of calls belong to the call alone, so no source is asked about them.
    pub(crate) async fn of(&self, caller: &Caller, room: &RoomId) -> Result<Member, MembershipRefused> {
        self.of_at(caller, room, None).await
    }

    /// The same, where the door of `caller` at `room` was read before.
    pub(crate) async fn of_at(
        &self,
        caller: &Caller,
        room: &RoomId,
        door: Option<&Door>,
    ) -> Result<Member, MembershipRefused> {
        let mut refused = MembershipRefused::NotMember;
        if room.is_call() {
            return Err(refused);
        }
        for source in &self.sources {
            let asked = waiting_for(ErrorCode::MembershipUnavailable, source.ask(caller, room, door));
            let answer = asked.await;
            self.metrics.membership_answered(source.name(), MembershipAnswer::from(&answer));
            match answer {
                Answer::Member(member) => return Ok(completed(member, door)),
                Answer::NotMember => {}
                Answer::Unknown => refused = MembershipRefused::Unknown,
            }
        }
        Err(refused)
    }
}

/// What `member` does not say of the room itself, as it is kept here. A record that cannot be read was told of by the store;
/// that somebody is a member stays as certain as it was.
fn completed(member: Member, door: Option<&Door>) -> Member {
    let Some(Ok(Entry { room: Some(room), .. })) = door.map(Entry::at) else { return member };
    Member {
        role: member.role,
        room_name: member.room_name.or(room.name),
        max_participants: member.max_participants.or(room.max_participants.map(NonZeroU32::get)),
    }
}

#[cfg(test)]
mod tests;
