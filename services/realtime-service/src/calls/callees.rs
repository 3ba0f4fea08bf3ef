//! Whether a caller may ring these people, as far as a room decides it. Asked before anything rings.

use std::sync::Arc;
use std::time::Duration;

use http_server::{Problem, Refusal};
use identity::Caller;
use signal_protocol::{ErrorCode, RoomId, UserId};
use tokio::time::timeout;

use crate::membership::{Membership, MembershipRefused};

/// Asks who is a member, within what a request can spare for it.
pub(crate) struct CalleeCheck {
    membership: Arc<Membership>,
    deadline: Duration,
}

/// Why they may not be rung.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CalleesRefused {
    #[error("the caller is no member of the room, or it could not be asked")]
    Caller(#[source] MembershipRefused),
    #[error("{} of the callees are no members of the room", .0.len())]
    Strangers(Vec<UserId>),
    #[error("it could not be asked who of the callees is a member")]
    Unknown(#[source] MembershipRefused),
    #[error("the sources of membership took longer than {} ms", .0.as_millis())]
    Overdue(Duration),
}

impl Refusal for CalleesRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::Caller(refused) | Self::Unknown(refused) => refused.problem(),
            Self::Strangers(users) => {
                let users: Vec<_> = users.iter().map(UserId::as_str).collect();
                Problem::new(ErrorCode::AccessDenied).extension("user_ids", users)
            }
            Self::Overdue(_) => Problem::new(ErrorCode::MembershipUnavailable),
        }
    }
}

impl CalleeCheck {
    pub(crate) fn new(membership: Arc<Membership>, deadline: Duration) -> Self {
        Self { membership, deadline }
    }

    /// How long whatever is asked before something rings may take in all.
    pub(crate) const fn deadline(&self) -> Duration {
        self.deadline
    }

    /// Whether `caller` and all of `callees` are members of `room`. The caller comes first, so that whoever is none learns
    /// nothing of others. An administrator is asked like anybody else: a call is no moderation.
    pub(crate) async fn check(
        &self,
        caller: &Caller,
        room: &RoomId,
        callees: &[UserId],
    ) -> Result<(), CalleesRefused> {
        self.check_within(self.deadline, caller, room, callees).await
    }

    /// The same, where a part of the time has been used already.
    pub(crate) async fn check_within(
        &self,
        left: Duration,
        caller: &Caller,
        room: &RoomId,
        callees: &[UserId],
    ) -> Result<(), CalleesRefused> {
        let asked = timeout(left, async {
            self.membership.of(caller, room).await.map_err(CalleesRefused::Caller)?;
            let strangers = self.membership.all_members(&caller.tenant, room, callees).await;
            match strangers.map_err(CalleesRefused::Unknown)? {
                strangers if strangers.is_empty() => Ok(()),
                strangers => Err(CalleesRefused::Strangers(strangers)),
            }
        });
        asked.await.unwrap_or(Err(CalleesRefused::Overdue(left)))
    }
}
