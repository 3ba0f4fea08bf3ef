//! What a source of membership is asked, and what it may say.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use identity::Caller;
use signal_protocol::{Role, RoomId, Tenant, UserId};

use crate::doors::Door;

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

/// What a source says about several people and one room. Whoever it does not name is no member.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Roll {
    /// Who belongs to it.
    pub(crate) members: BTreeSet<UserId>,
    /// About whom the source could not be asked. The cause has been logged by the source.
    pub(crate) unknown: BTreeSet<UserId>,
}

impl Roll {
    /// What it says of `users` alone.
    pub(crate) fn of(&self, users: &[UserId]) -> Self {
        let among =
            |known: &BTreeSet<UserId>| users.iter().filter(|user| known.contains(user)).cloned().collect();
        Self { members: among(&self.members), unknown: among(&self.unknown) }
    }

    /// What it counts where people are counted; an empty one is not free either.
    pub(crate) fn weight(&self) -> u32 {
        u32::try_from(1 + self.members.len() + self.unknown.len()).unwrap_or(u32::MAX)
    }

    /// Nothing is known of any of `users`.
    pub(crate) fn unknown(users: &[UserId]) -> Self {
        Self { members: BTreeSet::new(), unknown: users.iter().cloned().collect() }
    }
}

/// What a source says about who is in a room at all.
#[derive(Debug)]
pub(crate) enum Everybody {
    /// These.
    Listed(Arc<Roll>),
    /// The source could not be asked. The cause has been logged by the source.
    Unknown,
    /// It only answers about people whom it is asked about.
    CannotList,
}

/// What a source says about the rooms that somebody belongs to.
#[derive(Debug)]
pub(crate) enum Rooms {
    /// These, and what they may do there; each once.
    Listed(Vec<(RoomId, Role)>),
    /// The source could not be asked. The cause has been logged by the source.
    Unknown,
    /// It only answers about rooms that it is asked about.
    CannotList,
}

/// The name of the source that reads what is kept here.
pub(super) const REGISTRY: &str = "registry";

/// Something that knows members of rooms.
#[async_trait]
pub(crate) trait MembershipSource: Send + Sync {
    /// Its name in settings, logs and metrics.
    fn name(&self) -> &'static str;

    /// Whether `caller` belongs to `room`. The `door` is that of `caller` at `room`, if it was read: what it says already
    /// need not be asked again.
    async fn ask(&self, caller: &Caller, room: &RoomId, door: Option<&Door>) -> Answer;

    /// Which of `users`, at most 49 people of `tenant` none of whom is asking, belong to `room`: by one listing where
    /// the source can list, else by one question for each, at most [`AT_ONCE`] at a time.
    async fn ask_about(&self, tenant: &Tenant, room: &RoomId, users: &[UserId]) -> Roll;

    /// All who belong to `room`.
    async fn everybody(&self, tenant: &Tenant, room: &RoomId) -> Everybody;

    /// The rooms that `caller` belongs to.
    async fn rooms_of(&self, caller: &Caller) -> Rooms;
}

/// How many questions are put to a source at a time for one invite.
pub(crate) const AT_ONCE: usize = 8;
