//! What the endpoints of rooms that are kept here need, and what several of them do.

use std::time::Duration;

use identity::Caller;
use signal_protocol::{DeviceId, RoomId};
use store::{Read, Snapshot, Write};
use tokio::time::{Instant, timeout_at};

use super::deletion::Deletion;
use crate::RoomsSettings;
use crate::doors::Doors;
use crate::moderation::{Authority, Bounds, DenialKind, Evictions, Sentence, Unauthorised, pardon};
use crate::registry::{About, Beside, Registry, RegistryFailure};
use crate::sfu::Sfu;
use crate::stored::denial_key;

/// What the endpoints of rooms that are kept here need.
pub(crate) struct RegistryDesk {
    pub(crate) authority: Authority,
    pub(crate) registry: Registry,
    pub(crate) deletion: Deletion,
    pub(crate) sfu: Sfu,
    pub(crate) doors: Doors,
    pub(crate) evictions: Evictions,
    pub(crate) bounds: Bounds,
    pub(crate) settings: RoomsSettings,
    /// How long one act may take, all its steps together.
    pub(crate) patience: Duration,
}

/// Somebody wants something of a room that is kept here.
pub(super) struct Wanting<'a> {
    pub(super) caller: &'a Caller,
    pub(super) device: &'a DeviceId,
    pub(super) room: &'a RoomId,
    /// Until when nobody else may be waited for.
    until: Instant,
}

impl Wanting<'_> {
    /// What `work` gives, or `late` if it takes longer than there is time.
    pub(super) async fn in_time<T, E>(
        &self,
        late: E,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        timeout_at(self.until, work).await.unwrap_or(Err(late))
    }
}

impl RegistryDesk {
    /// `caller` with `device` wants something of `room`, from now on.
    pub(super) fn wanting<'a>(
        &self,
        caller: &'a Caller,
        device: &'a DeviceId,
        room: &'a RoomId,
    ) -> Wanting<'a> {
        Wanting { caller, device, room, until: Instant::now() + self.patience }
    }

    /// Whether they may do there what its moderators may. Asked first: who is none learns nothing of the room.
    pub(super) async fn moderated(&self, wanting: &Wanting<'_>) -> Result<(), Unauthorised> {
        self.authority.require_moderator(wanting.caller, wanting.device, wanting.room).await
    }
}

/// Whoever is no member any more is sent out by the same commit.
pub(super) struct SentOut<'a> {
    pub(super) sentence: Sentence<'a>,
    pub(super) bounds: Bounds,
}

/// Whoever was sent out because they were no member, and is one again, may come back at once.
pub(super) struct LetBackIn<'a> {
    pub(super) about: About<'a>,
    pub(super) bounds: Bounds,
}

impl Beside for SentOut<'_> {
    fn wanted(&self, read: Read) -> Read {
        self.sentence.wanted(read)
    }

    fn writes(&self, read: &Snapshot) -> Result<Vec<Write>, RegistryFailure> {
        Ok(self.sentence.writes(read, self.bounds)?)
    }
}

impl Beside for LetBackIn<'_> {
    fn wanted(&self, read: Read) -> Read {
        read.and(denial_key(self.about.room, self.about.user), 0)
    }

    fn writes(&self, read: &Snapshot) -> Result<Vec<Write>, RegistryFailure> {
        Ok(pardon(read, self.about.room, self.about.user, DenialKind::Removed, self.bounds)?)
    }
}
