//! What a commit holds so that somebody is out of a room: the denial, the list of bans, and that the person is told.

use std::time::Duration;

use chrono::{DateTime, Utc};
use mailbox::Addressed;
use signal_protocol::{EventBody, RoomId, UserId};
use store::{Read, Snapshot, StoreError, Write};
use uuid::Uuid;

use super::bans::Bans;
use super::{Denial, DenialKind};
use crate::stored::{Extra, Schema, bans_key, denial_key, json};

/// Of what bounds there are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// For how long whoever is kicked may not come back.
    pub(crate) kick: Duration,
    /// For how long a token that a join gave can be used to connect.
    pub(crate) token_life: Duration,
    /// How many people may be banned from one room at a time.
    pub(crate) bans_per_room: usize,
}

/// Up to when somebody is to be barred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// As long as a kick bars.
    KickEnds,
    /// This instant; none: for ever.
    Given(Option<DateTime<Utc>>),
}

/// Somebody is to be out of a room.
#[derive(Debug, Clone)]
pub(crate) struct Sentence<'a> {
    pub(crate) kind: DenialKind,
    pub(crate) room: &'a RoomId,
    /// Who is.
    pub(crate) user: &'a UserId,
    /// Who says so.
    pub(crate) by: &'a UserId,
    /// Why, in their words.
    pub(crate) reason: Option<&'a str>,
    pub(crate) until: Until,
}

/// Why somebody is not sentenced.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SentenceRefused {
    #[error("what there is already cannot be read")]
    Store(#[from] StoreError),
    #[error("the ban would be over before it begins")]
    OverAlready,
    #[error("as many people are banned from the room as may be")]
    TooManyBans,
}

impl Sentence<'_> {
    /// `read`, and what this needs. Nothing of it is followed.
    pub(crate) fn wanted(&self, read: Read) -> Read {
        read.and(denial_key(self.room, self.user), 0).and(bans_key(self.room), 0)
    }

    /// What is to be written, on the condition that all that was read still holds. Nothing where a ban says more already.
    pub(crate) fn writes(&self, snapshot: &Snapshot, bounds: Bounds) -> Result<Vec<Write>, SentenceRefused> {
        let now = snapshot.now;
        let before = denial_in(snapshot, self.room, self.user)?;
        let ban = before.filter(|denial| denial.kind == DenialKind::Banned && denial.bars(now).is_some());
        let until = match self.until {
            Until::KickEnds => Some(now + bounds.kick),
            Until::Given(until) => until,
        };
        if until.is_some_and(|until| until <= now) {
            return Err(SentenceRefused::OverAlready);
        }
        let bans_longer = |ban: &Denial| match (ban.until, until) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(ban), Some(until)) => ban >= until,
        };
        if self.kind != DenialKind::Banned && ban.as_ref().is_some_and(bans_longer) {
            return Ok(Vec::new());
        }
        let denial = Denial {
            schema: Schema,
            kind: self.kind,
            by: self.by.clone(),
            reason: self.reason.map(ToOwned::to_owned),
            // A ban that is changed goes on: nobody was let in meanwhile.
            since: ban.as_ref().map_or(now, |ban| ban.since),
            until,
            readmitted_at: None,
            kept_until: None,
            extra: ban.as_ref().map(|ban| ban.extra.clone()).unwrap_or_default(),
        };
        let mut writes = vec![put(&denial, self.room, self.user, now, bounds)];
        if self.kind == DenialKind::Banned {
            let mut bans = Bans::of(snapshot, self.room)?;
            if !bans.add(self.user, until, now, bounds.bans_per_room) {
                return Err(SentenceRefused::TooManyBans);
            }
            writes.push(bans.put(self.room, now));
        }
        if ban.is_none() {
            let told = EventBody::RoomRemoved { room_id: self.room.clone(), reason: denial.removal_reason() };
            writes.push(mailbox::append(self.user, &Addressed::All, Uuid::now_v7(), now, &told));
        }
        Ok(writes)
    }
}

/// What is to be written so that what bars `user` is over, if it is of this `kind` and there is any; on the condition that
/// [`denial_key`] and [`bans_key`] still hold what was read. The keys that they have stay void until a join lets them in.
pub(crate) fn pardon(
    snapshot: &Snapshot,
    room: &RoomId,
    user: &UserId,
    kind: DenialKind,
    bounds: Bounds,
) -> Result<Vec<Write>, StoreError> {
    let now = snapshot.now;
    let mut writes = Vec::new();
    let denial = denial_in(snapshot, room, user)?;
    if let Some(denial) = denial.filter(|denial| denial.kind == kind && denial.bars(now).is_some()) {
        writes.push(put(&denial.lifted(now), room, user, now, bounds));
    }
    if kind == DenialKind::Banned {
        let mut bans = Bans::of(snapshot, room)?;
        if bans.remove(user, now) {
            writes.push(bans.put(room, now));
        }
    }
    Ok(writes)
}

/// What is to be written so that no key that `user` got for the room up to now opens it, and whoever comes in with one has
/// to go: a join alone lets them in again. It bars nobody, and nobody is told. On the condition that [`denial_key`] still holds
/// what was read. Nothing where they are barred, which says it already.
pub(crate) fn void_keys(
    snapshot: &Snapshot,
    room: &RoomId,
    user: &UserId,
    by: &UserId,
    bounds: Bounds,
) -> Result<Option<Write>, StoreError> {
    let now = snapshot.now;
    if denial_in(snapshot, room, user)?.is_some_and(|denial| denial.bars(now).is_some()) {
        return Ok(None);
    }
    let denial = Denial {
        schema: Schema,
        kind: DenialKind::Removed,
        by: by.clone(),
        reason: None,
        since: now,
        until: Some(now),
        readmitted_at: None,
        kept_until: None,
        extra: Extra::new(),
    };
    Ok(Some(put(&denial, room, user, now, bounds)))
}

/// The denial as it is to be stored.
pub(crate) fn put(
    denial: &Denial,
    room: &RoomId,
    user: &UserId,
    now: DateTime<Utc>,
    bounds: Bounds,
) -> Write {
    Write::Put {
        key: denial_key(room, user),
        data: json(denial),
        refs: Vec::new(),
        ttl: denial.matters_for(now, bounds.token_life),
    }
}

fn denial_in(snapshot: &Snapshot, room: &RoomId, user: &UserId) -> Result<Option<Denial>, StoreError> {
    snapshot.parse(&denial_key(room, user))
}
