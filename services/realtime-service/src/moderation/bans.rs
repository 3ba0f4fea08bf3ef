//! The record `bans:<room>`: who is banned, so that they can be listed. What a ban says is in its [`Denial`](super::Denial).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use signal_protocol::{RoomId, UserId, timestamp};
use store::{Snapshot, StoreError, Write};

use crate::stored::{Extra, Schema, bans_key, json};

/// Who is banned from a room.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bans {
    #[serde(default)]
    schema: Schema,
    #[serde(default)]
    banned: BTreeMap<UserId, Entry>,
    #[serde(flatten)]
    extra: Extra,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    /// When the ban ends; never if absent.
    #[serde(default, with = "timestamp::option", skip_serializing_if = "Option::is_none")]
    until: Option<DateTime<Utc>>,
    #[serde(flatten)]
    extra: Extra,
}

impl Bans {
    /// What was read of it.
    pub(super) fn of(snapshot: &Snapshot, room: &RoomId) -> Result<Self, StoreError> {
        Ok(snapshot.parse(&bans_key(room))?.unwrap_or_default())
    }

    /// Notes a ban. Whether there was room for it among at most `most`, those that are over not counted.
    pub(super) fn add(
        &mut self,
        user: &UserId,
        until: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
        most: usize,
    ) -> bool {
        self.banned.retain(|_, ban| ban.lasts(now));
        let fits = self.banned.contains_key(user) || self.banned.len() < most;
        if fits {
            self.banned.entry(user.clone()).or_default().until = until;
        }
        fits
    }

    /// Takes a ban out. Whether there was one.
    pub(super) fn remove(&mut self, user: &UserId, now: DateTime<Utc>) -> bool {
        self.banned.retain(|_, ban| ban.lasts(now));
        self.banned.remove(user).is_some()
    }

    /// Who is banned at `now`, by user id.
    pub(super) fn lasting(&self, now: DateTime<Utc>) -> impl Iterator<Item = &UserId> {
        self.banned.iter().filter(move |(_, ban)| ban.lasts(now)).map(|(user, _)| user)
    }

    /// The change that keeps it, for as long as somebody is banned.
    pub(super) fn put(&self, room: &RoomId, now: DateTime<Utc>) -> Write {
        if self.banned.is_empty() && self.extra.is_empty() {
            return Write::Delete { key: bans_key(room) };
        }
        let last =
            self.banned.values().map(|ban| ban.until).try_fold(now, |last, until| Some(last.max(until?)));
        let ttl = last.map(|last| (last - now).to_std().unwrap_or_default());
        Write::Put { key: bans_key(room), data: json(self), refs: Vec::new(), ttl }
    }
}

impl Entry {
    fn lasts(&self, now: DateTime<Utc>) -> bool {
        self.until.is_none_or(|until| until > now)
    }
}
