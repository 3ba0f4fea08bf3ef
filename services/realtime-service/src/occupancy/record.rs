//! The record `occupancy:<room>`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use clock::{DateTime, Utc};
use room_tokens::ParticipantIdentity;
use serde::{Deserialize, Serialize};
use signal_protocol::{MediaSource, Role, UserId, timestamp};

use crate::stored::{Extra, Schema};

/// For how long who went, and which room ended, is remembered: an event from before must not bring them back. LiveKit gives an
/// event up after half a minute, and signs it for five.
pub(super) const REMEMBERED: Duration = Duration::from_mins(10);

/// How many of those who went are remembered at most, the last ones; and how many rooms.
const MOST_GONE: usize = 256;
const MOST_ENDED: usize = 16;

/// For how long a record is kept that nobody changes. The reconciler writes that of a live room at each look.
const KEPT_WHILE_LIVE: Duration = Duration::from_hours(24);
/// And for how long one of a room that is over: somewhat longer than what it remembers is of use.
const KEPT_AFTERWARDS: Duration = Duration::from_mins(15);

/// Who is in a room, as far as LiveKit has told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Occupancy {
    /// What the fields mean.
    pub(crate) schema: Schema,
    /// LiveKit's name for the very room; none while there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sid: Option<String>,
    /// In which cluster the room is, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cluster: Option<String>,
    /// When the room was made: the one that is there, or else the last one.
    #[serde(default, with = "timestamp::option", skip_serializing_if = "Option::is_none")]
    pub(crate) started_at: Option<DateTime<Utc>>,
    /// Everybody, by LiveKit's identity.
    #[serde(default)]
    pub(crate) people: BTreeMap<String, Person>,
    /// Connections that are over, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) gone: Vec<Gone>,
    /// Rooms that are over, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) ended: Vec<Ended>,
    /// When LiveKit last told something new of the room, by the store's clock: a list that was asked for before is older.
    #[serde(default, with = "timestamp::option", skip_serializing_if = "Option::is_none")]
    pub(crate) heard_at: Option<DateTime<Utc>>,
    /// When LiveKit's own list was last compared with this.
    #[serde(default, with = "timestamp::option", skip_serializing_if = "Option::is_none")]
    pub(crate) reconciled_at: Option<DateTime<Utc>>,
    /// Until when a replica compares it, and no other is to.
    #[serde(default, with = "timestamp::option", skip_serializing_if = "Option::is_none")]
    pub(crate) claimed_until: Option<DateTime<Utc>>,
    /// What a newer release wrote.
    #[serde(flatten)]
    pub(crate) extra: Extra,
}

/// Somebody in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Person {
    /// LiveKit's name for this very connection.
    pub(crate) sid: String,
    /// Since when.
    #[serde(with = "timestamp")]
    pub(crate) joined_at: DateTime<Utc>,
    /// What they send: the kind of each track; none if it is nothing that this release knows.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) tracks: BTreeMap<String, Option<MediaSource>>,
    /// What they have sent at any time.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) sent: BTreeSet<MediaSource>,
    /// As what they were let in, where LiveKit said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) role: Option<Role>,
    /// When LiveKit last told something new of them, by the store's clock: a list that was asked for before is older.
    #[serde(with = "timestamp")]
    pub(crate) heard_at: DateTime<Utc>,
    /// Whether LiveKit counts them out of the room's capacity: a recorder, an agent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) dependent: bool,
    /// What a newer release wrote.
    #[serde(flatten)]
    pub(crate) extra: Extra,
}

/// A connection, or a track, that is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Gone {
    /// LiveKit's name for it.
    pub(crate) sid: String,
    /// Since when it is known, by the store's clock.
    #[serde(with = "timestamp")]
    pub(crate) since: DateTime<Utc>,
    /// Whose connection it was; none for a track.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) identity: Option<String>,
    /// When it had begun, where LiveKit said so: every older connection of the same identity is over, too.
    #[serde(default, with = "timestamp::option", skip_serializing_if = "Option::is_none")]
    pub(crate) joined_at: Option<DateTime<Utc>>,
}

/// A room that is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ended {
    /// LiveKit's name for it.
    pub(crate) sid: String,
    /// Since when it is known, by the store's clock.
    #[serde(with = "timestamp")]
    pub(crate) since: DateTime<Utc>,
}

impl Occupancy {
    /// The users who are in the room, with whichever of their devices. Who was not let in by us is no user.
    pub(crate) fn users(&self) -> BTreeSet<UserId> {
        self.people.keys().filter_map(|identity| user_of(identity)).collect()
    }

    /// Each user with the time at which a connection of theirs began.
    pub(crate) fn arrivals(&self) -> impl Iterator<Item = (UserId, DateTime<Utc>)> {
        self.people.iter().filter_map(|(identity, person)| Some((user_of(identity)?, person.joined_at)))
    }

    /// Whether the user is in the room with any device.
    pub(crate) fn has(&self, user: &UserId) -> bool {
        self.people.keys().any(|identity| user_of(identity).as_ref() == Some(user))
    }

    /// For how long the record is to be kept if nothing changes it.
    pub(crate) const fn ttl(&self) -> Duration {
        if self.sid.is_some() { KEPT_WHILE_LIVE } else { KEPT_AFTERWARDS }
    }

    pub(super) fn is_gone(&self, sid: &str) -> bool {
        self.gone.iter().any(|gone| gone.sid == sid)
    }

    pub(super) fn has_ended(&self, sid: &str) -> bool {
        self.ended.iter().any(|ended| ended.sid == sid)
    }

    /// Whether a newer connection of this identity than the one begun at `joined_at` is over already: theirs follow one another,
    /// so this one is over as well.
    pub(super) fn is_outlived(&self, identity: &str, joined_at: Option<DateTime<Utc>>) -> bool {
        let later = |gone: &Gone| {
            gone.identity.as_deref() == Some(identity)
                && joined_at.zip(gone.joined_at).is_some_and(|(this, other)| other > this)
        };
        self.gone.iter().any(later)
    }

    /// Notes that something is over. Whether that was news.
    pub(super) fn remember_gone(&mut self, gone: Gone) -> bool {
        if self.is_gone(&gone.sid) {
            return false;
        }
        let now = gone.since;
        self.gone.push(gone);
        self.gone.retain(|gone| now - gone.since < REMEMBERED_DELTA);
        let excess = self.gone.len().saturating_sub(MOST_GONE);
        self.gone.drain(..excess);
        true
    }

    /// Notes that a room is over. Whether that was news.
    pub(super) fn remember_ended(&mut self, sid: &str, now: DateTime<Utc>) -> bool {
        if self.has_ended(sid) {
            return false;
        }
        self.ended.push(Ended { sid: sid.to_owned(), since: now });
        self.ended.retain(|ended| now - ended.since < REMEMBERED_DELTA);
        let excess = self.ended.len().saturating_sub(MOST_ENDED);
        self.ended.drain(..excess);
        true
    }
}

/// [`REMEMBERED`] as the difference of two instants.
const REMEMBERED_DELTA: clock::Duration = clock::Duration::seconds(REMEMBERED.as_secs().cast_signed());

/// Whose connection it is, if we let them in.
pub(super) fn user_of(identity: &str) -> Option<UserId> {
    identity.parse::<ParticipantIdentity>().ok().map(|identity| identity.user)
}
