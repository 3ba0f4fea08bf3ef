//! Kicks and bans: who is out is written down first, and only then LiveKit is told. What LiveKit does not do at once the
//! reconciler does later, and meanwhile nobody comes back with what they have.

use std::time::Duration;

use http_server::Slice;
use room_tokens::ParticipantIdentity;
use signal_protocol::{Ban, CallId, Page, RoomId, UserId};
use store::{Attempts, Change, Read, Snapshot, Write};
use tokio::time::timeout_at;

use super::bans::Bans;
use super::desk::{Acting, ModerationDesk};
use super::{Denial, DenialKind, ModerationRefused, Sentence, Until, pardon};
use crate::sfu::SfuFailure;
use crate::stored::{bans_key, denial_key};

const ATTEMPTS: Attempts =
    Attempts { change: "moderation", most: 10, longest_pause: Duration::from_millis(20) };

impl ModerationDesk {
    /// Sends a participant out, with all devices of theirs, and bars the user for a while. Kicking somebody who is out because
    /// the same moderator has just kicked them changes nothing, so that a repeated request is no error.
    pub(crate) async fn kick(&self, acting: &Acting<'_>, identity: &str) -> Result<(), ModerationRefused> {
        self.moderating(acting).await?;
        let target = identity.parse::<ParticipantIdentity>().ok();
        if target.as_ref().is_some_and(|target| target.user == acting.caller.user) {
            return Err(ModerationRefused::Oneself { field: "identity" });
        }
        let there = self.in_time(acting, self.sfu.participants(&acting.sfu_room())).await;
        let is_there = there.map(|there| there.iter().any(|one| one.identity == identity));
        let Some(ParticipantIdentity { user, .. }) = target else {
            return self.remove_stranger(acting, identity, is_there?).await;
        };
        if matches!(is_there, Ok(false)) {
            let repeated = self.kicked_before(acting, &user).await?;
            return if repeated { Ok(()) } else { Err(ModerationRefused::NoParticipant) };
        }
        let sentence = Sentence {
            kind: DenialKind::Kicked,
            room: acting.room,
            user: &user,
            by: &acting.caller.user,
            reason: None,
            until: Until::KickEnds,
        };
        self.pass(acting, &sentence).await?;
        tracing::info!(target.user = %user, target.identity = identity, "moderation.kicked");
        let taken_out = self.take_out_of_call(acting, &user).await;
        // Where LiveKit could not even say who is there it is not asked for more.
        is_there.map_err(ModerationRefused::StillThere)?;
        self.send_out(acting, &user).await?;
        taken_out
    }

    /// Bans somebody, whether they are in the room or not, or changes the ban.
    pub(crate) async fn ban(
        &self,
        acting: &Acting<'_>,
        user: &UserId,
        reason: Option<&str>,
        until: Until,
    ) -> Result<(), ModerationRefused> {
        not_of_call(acting.room)?;
        self.moderating(acting).await?;
        if *user == acting.caller.user {
            return Err(ModerationRefused::Oneself { field: "user_id" });
        }
        let sentence = Sentence {
            kind: DenialKind::Banned,
            room: acting.room,
            user,
            by: &acting.caller.user,
            reason,
            until,
        };
        self.pass(acting, &sentence).await?;
        tracing::info!(target.user = %user, "moderation.banned");
        self.send_out(acting, user).await
    }

    /// Lifts a ban. Without one it changes nothing. What they could come in with before stays void: they have to join.
    pub(crate) async fn unban(&self, acting: &Acting<'_>, user: &UserId) -> Result<(), ModerationRefused> {
        not_of_call(acting.room)?;
        self.moderating(acting).await?;
        let read = Read::new().and(denial_key(acting.room, user), 0).and(bans_key(acting.room), 0);
        let changed = self.change(acting, read, |snapshot| {
            Ok(pardon(snapshot, acting.room, user, DenialKind::Banned, self.bounds)?)
        });
        if changed.await? {
            tracing::info!(target.user = %user, "moderation.unbanned");
        }
        Ok(())
    }

    /// Who is banned now, by user id.
    pub(crate) async fn bans(
        &self,
        acting: &Acting<'_>,
        slice: &Slice,
    ) -> Result<Page<Ban>, ModerationRefused> {
        not_of_call(acting.room)?;
        self.moderating(acting).await?;
        let part = slice.part(|cursor| UserId::parse(cursor).ok())?;
        let (tenant, room) = (&acting.caller.tenant, acting.room);
        let index = self.store.read(tenant, Read::new().and(bans_key(room), 0)).await?;
        let bans = Bans::of(&index, room)?;
        let Page { items: listed, next_cursor } = part.page(bans.lasting(index.now), |user| *user);
        let read = listed.iter().fold(Read::new(), |read, user| read.and(denial_key(room, user), 0));
        let denials = self.store.read(tenant, read).await?;
        let mut items = Vec::with_capacity(listed.len());
        for user in listed {
            let denial = denials.parse::<Denial>(&denial_key(room, user))?;
            items.extend(denial.and_then(|denial| as_ban(user, denial, &denials)));
        }
        Ok(Page { items, next_cursor })
    }

    /// Writes down that somebody is out.
    async fn pass(&self, acting: &Acting<'_>, sentence: &Sentence<'_>) -> Result<(), ModerationRefused> {
        let read = sentence.wanted(Read::new());
        self.change(acting, read, |snapshot| Ok(sentence.writes(snapshot, self.bounds)?)).await?;
        Ok(())
    }

    /// Makes one change, as `decide` says. Whether there was anything to change.
    async fn change(
        &self,
        acting: &Acting<'_>,
        read: Read,
        decide: impl Fn(&Snapshot) -> Result<Vec<Write>, ModerationRefused>,
    ) -> Result<bool, ModerationRefused> {
        let tenant = &acting.caller.tenant;
        let change = async {
            let _turn = self.turns.at(tenant, acting.room).await;
            let decide = |snapshot: &Snapshot| {
                let writes = decide(snapshot)?;
                Ok(Change { outcome: !writes.is_empty(), writes })
            };
            self.store.change(tenant, ATTEMPTS, read, decide).await
        };
        timeout_at(acting.since + self.patience, change).await.unwrap_or(Err(ModerationRefused::TooSlow))
    }

    async fn send_out(&self, acting: &Acting<'_>, user: &UserId) -> Result<(), ModerationRefused> {
        let eviction = self.evictions.evict(&acting.caller.tenant, acting.room, user);
        let evicted = timeout_at(acting.since + self.patience, eviction).await;
        let evicted = evicted.unwrap_or(Err(SfuFailure::TimedOut(None)));
        if evicted.map_err(ModerationRefused::StillThere)?.connections > 0 {
            self.metrics.removed(acting.since.elapsed());
        }
        Ok(())
    }

    /// Somebody whom we did not let in, such as a recorder: there is no user to bar.
    async fn remove_stranger(
        &self,
        acting: &Acting<'_>,
        identity: &str,
        is_there: bool,
    ) -> Result<(), ModerationRefused> {
        let sfu_room = acting.sfu_room();
        let removal = self.sfu.remove(&sfu_room, identity);
        if !is_there || !self.in_time(acting, removal).await? {
            return Err(ModerationRefused::NoParticipant);
        }
        tracing::info!(target.identity = identity, "moderation.kicked");
        Ok(())
    }

    async fn kicked_before(&self, acting: &Acting<'_>, user: &UserId) -> Result<bool, ModerationRefused> {
        let key = denial_key(acting.room, user);
        let snapshot = self.store.read(&acting.caller.tenant, Read::new().and(key.clone(), 0)).await?;
        Ok(snapshot.parse::<Denial>(&key)?.is_some_and(|denial| {
            denial.kind == DenialKind::Kicked
                && denial.by == acting.caller.user
                && denial.bars(snapshot.now).is_some()
        }))
    }

    /// The room of a call belongs to the call: who is out of the one is out of the other.
    async fn take_out_of_call(&self, acting: &Acting<'_>, user: &UserId) -> Result<(), ModerationRefused> {
        if let (Some(calls), Some(call)) = (&self.calls, CallId::of_room(acting.room)) {
            calls.remove(&acting.caller.tenant, call, user).await?;
        }
        Ok(())
    }
}

/// Nobody is banned from the room of a call, whoever asks: that is said of the name alone.
fn not_of_call(room: &RoomId) -> Result<(), ModerationRefused> {
    if room.is_call() { Err(ModerationRefused::OfCall) } else { Ok(()) }
}

/// None for what is no ban, or none any more: the list is as of a moment before.
fn as_ban(user: &UserId, denial: Denial, at: &Snapshot) -> Option<Ban> {
    let lasts = denial.kind == DenialKind::Banned && denial.bars(at.now).is_some();
    let Denial { by, reason, since, until, .. } = denial;
    lasts.then(|| Ban { user_id: user.clone(), by, reason, since, until })
}
