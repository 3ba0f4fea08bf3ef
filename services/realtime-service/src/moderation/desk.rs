//! What moderators do, once it is certain that they are some: who is in the room, muting, sending out, ending.

use std::collections::BTreeSet;
use std::time::Duration;

use http_server::Slice;
use identity::Caller;
use room_tokens::{ParticipantIdentity, sfu_room};
use signal_protocol::{CallId, DeviceId, EndReason, MediaSource, Page, Participant, RoomId};
use store::Store;
use tokio::time::{Instant, timeout_at};

use super::{Authority, Bounds, Evictions, ModerationMetrics, ModerationRefused};
use crate::call_watch::CallWatch;
use crate::sfu::{Sfu, SfuFailure, SfuParticipant};
use crate::turns::Turns;

/// Everything that moderating a room needs.
pub(crate) struct ModerationDesk {
    pub(super) authority: Authority,
    pub(super) store: Store,
    pub(super) bounds: Bounds,
    pub(super) evictions: Evictions,
    pub(super) sfu: Sfu,
    /// None where there are no calls.
    pub(super) calls: Option<CallWatch>,
    pub(super) metrics: ModerationMetrics,
    /// How long an act may take, so that what is slow is told by its own error.
    pub(super) patience: Duration,
    /// Acts of this replica in one room come one after the other; those of others meet in the store.
    pub(super) turns: Turns,
}

/// What it is made of.
pub(crate) struct ModerationParts {
    pub(crate) authority: Authority,
    pub(crate) store: Store,
    pub(crate) bounds: Bounds,
    pub(crate) evictions: Evictions,
    pub(crate) sfu: Sfu,
    pub(crate) calls: Option<CallWatch>,
    pub(crate) metrics: ModerationMetrics,
    pub(crate) patience: Duration,
}

/// Who does something, and where.
#[derive(Clone, Copy)]
pub(crate) struct Acting<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) device: &'a DeviceId,
    pub(crate) room: &'a RoomId,
    /// Since when.
    pub(crate) since: Instant,
}

impl<'a> Acting<'a> {
    /// Begins now.
    pub(crate) fn new(caller: &'a Caller, device: &'a DeviceId, room: &'a RoomId) -> Self {
        Self { caller, device, room, since: Instant::now() }
    }

    pub(super) fn sfu_room(&self) -> String {
        sfu_room(&self.caller.tenant, self.room)
    }
}

impl ModerationDesk {
    pub(crate) fn new(parts: ModerationParts) -> Self {
        let ModerationParts { authority, store, bounds, evictions, sfu, calls, metrics, patience } = parts;
        Self { authority, store, bounds, evictions, sfu, calls, metrics, patience, turns: Turns::default() }
    }

    /// Who is in the room now, by identity, for every member.
    pub(crate) async fn participants(
        &self,
        acting: &Acting<'_>,
        slice: &Slice,
    ) -> Result<Page<Participant>, ModerationRefused> {
        self.authority.role(acting.caller, acting.device, acting.room).await?;
        let mut there = self.in_time(acting, self.sfu.participants(&acting.sfu_room())).await?;
        there.sort_unstable_by(|one, other| one.identity.cmp(&other.identity));
        let part = slice.part(|cursor| Some(cursor.to_owned()))?;
        Ok(part.page(there.into_iter().map(shown), |one| &one.identity))
    }

    /// Mutes what a participant sends of `source`.
    pub(crate) async fn mute(
        &self,
        acting: &Acting<'_>,
        identity: &str,
        source: MediaSource,
    ) -> Result<(), ModerationRefused> {
        self.moderating(acting).await?;
        let muted = self.in_time(acting, self.sfu.mute(&acting.sfu_room(), identity, source)).await?;
        if !muted {
            return Err(ModerationRefused::NoParticipant);
        }
        tracing::info!(target.identity = identity, source = source.as_str(), "moderation.muted");
        Ok(())
    }

    /// Everybody out, and the room closed. A room that is not open is closed.
    pub(crate) async fn end(&self, acting: &Acting<'_>) -> Result<(), ModerationRefused> {
        self.moderating(acting).await?;
        if let (Some(calls), Some(call)) = (&self.calls, CallId::of_room(acting.room)) {
            calls.end(&acting.caller.tenant, call, EndReason::RoomEnded).await?;
        }
        self.in_time(acting, self.sfu.close_room(&acting.sfu_room())).await?;
        tracing::info!("moderation.ended");
        Ok(())
    }

    /// Counts what became of an act.
    pub(crate) fn count<T>(&self, act: &'static str, outcome: &Result<T, ModerationRefused>) {
        use http_server::Refusal as _;
        let code = outcome.as_ref().err().map(|refused| refused.problem().code().as_str());
        self.metrics.acted(act, code.unwrap_or("done"));
    }

    pub(super) async fn moderating(&self, acting: &Acting<'_>) -> Result<(), ModerationRefused> {
        Ok(self.authority.require_moderator(acting.caller, acting.device, acting.room).await?)
    }

    /// What LiveKit says, if it says it before the act takes too long.
    pub(super) async fn in_time<T>(
        &self,
        acting: &Acting<'_>,
        question: impl Future<Output = Result<T, SfuFailure>>,
    ) -> Result<T, SfuFailure> {
        timeout_at(acting.since + self.patience, question).await.unwrap_or(Err(SfuFailure::TimedOut(None)))
    }
}

/// A participant as members see them.
fn shown(participant: SfuParticipant) -> Participant {
    let SfuParticipant { identity, sid: _, joined_at, name, state: _, tracks, .. } = participant;
    let ours = identity.parse::<ParticipantIdentity>().ok();
    let (user_id, device) = ours.map(|ours| (ours.user, ours.device)).unzip();
    let sources: BTreeSet<MediaSource> = tracks.iter().filter_map(|track| track.source).collect();
    Participant {
        identity,
        user_id,
        device,
        name: Some(name).filter(|name| !name.is_empty()),
        joined_at,
        sources: sources.into_iter().collect(),
    }
}
