//! That somebody may not be in a room, and which of the keys that they once got no longer open it. Rules alone: no clock and
//! no store.
//!
//! LiveKit cannot take a token back, and gives connected clients fresh ones. So it is not a token that is denied but a
//! person, and what ends it is not time alone: whoever was sent out is in again only once they were let in again by a join.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use signal_protocol::{ErrorCode, RemovalReason, RoomId, UserId, timestamp};
use store::Write;

use crate::stored::{Extra, Schema, TOKENS_AFTERLIFE, denial_key, json};

/// How far the clocks of replicas, of LiveKit and of the store may be apart without anybody who was let in again being
/// taken for one who was not.
const CLOCKS_APART: TimeDelta = TimeDelta::seconds(10);

/// Why somebody may not be in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DenialKind {
    /// A moderator sent them out for a while.
    Kicked,
    /// A moderator sent them out until the ban ends.
    Banned,
    /// They are no member any more, which membership says by itself; this voids the keys that they have.
    Removed,
}

/// Somebody was sent out of a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Denial {
    #[serde(default)]
    pub(crate) schema: Schema,
    /// How.
    pub(crate) kind: DenialKind,
    /// Who did it.
    pub(crate) by: UserId,
    /// Why, in their words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// When, by the store's clock.
    #[serde(with = "timestamp")]
    pub(crate) since: DateTime<Utc>,
    /// Up to when they are barred; for ever if absent.
    #[serde(default, with = "timestamp::option", skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<DateTime<Utc>>,
    /// When a join let them in again for the first time after that, by the store's clock.
    #[serde(default, with = "timestamp::option", skip_serializing_if = "Option::is_none")]
    pub(crate) readmitted_at: Option<DateTime<Utc>>,
    /// Up to when it is kept for the sake of somebody who is still in the room, because LiveKit could not be told to send them out.
    #[serde(default, with = "timestamp::option", skip_serializing_if = "Option::is_none")]
    pub(crate) kept_until: Option<DateTime<Utc>>,
    #[serde(flatten)]
    pub(crate) extra: Extra,
}

impl Denial {
    /// The code with which they are refused at `now`; none once the bar is over. Exactly at its end it is.
    pub(crate) fn bars(&self, now: DateTime<Utc>) -> Option<ErrorCode> {
        let over = self.until.is_some_and(|until| until <= now);
        (!over).then_some(match self.kind {
            DenialKind::Banned => ErrorCode::Banned,
            DenialKind::Kicked | DenialKind::Removed => ErrorCode::Kicked,
        })
    }

    /// Whether a LiveKit token that is good from `not_before` on is worthless, whatever it says itself.
    ///
    /// Every token is, until a join lets them in again: LiveKit may have refreshed one between the denial and the removal.
    /// After that those from before the join are.
    pub(crate) fn voids(&self, not_before: DateTime<Utc>) -> bool {
        self.is_from_before(not_before)
    }

    /// Whether somebody who is found in the room at `now`, and came in at `joined_at`, must go.
    pub(crate) fn evicts(&self, joined_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        self.bars(now).is_some() || self.is_from_before(joined_at)
    }

    /// Whether a join at this moment has to write down that it lets them in again.
    pub(crate) const fn awaits_readmission(&self) -> bool {
        self.readmitted_at.is_none()
    }

    /// The same with a join at `now` that lets them in again.
    pub(crate) fn readmitted(self, now: DateTime<Utc>) -> Self {
        Self { readmitted_at: Some(now), ..self }
    }

    /// The same with the bar over at `now`. The keys from before stay void.
    pub(crate) fn lifted(self, now: DateTime<Utc>) -> Self {
        Self { until: Some(self.until.map_or(now, |until| until.min(now))), ..self }
    }

    /// What the person is told.
    pub(crate) const fn removal_reason(&self) -> RemovalReason {
        match self.kind {
            DenialKind::Kicked => RemovalReason::Kicked,
            DenialKind::Banned => RemovalReason::Banned,
            DenialKind::Removed => RemovalReason::Removed,
        }
    }

    /// For how long after `now` it can still matter, where a token of a join lives for `token_life`; none: for ever.
    pub(crate) fn matters_for(&self, now: DateTime<Utc>, token_life: Duration) -> Option<Duration> {
        let left = |until: DateTime<Utc>| (until - now).to_std().unwrap_or_default();
        let tokens = left(self.until?) + token_life + TOKENS_AFTERLIFE;
        Some(self.kept_until.map_or(tokens, |kept_until| tokens.max(left(kept_until))))
    }

    /// What keeps it for as long again, if it would else be forgotten soon.
    pub(crate) fn kept_on(
        self,
        room: &RoomId,
        user: &UserId,
        now: DateTime<Utc>,
        token_life: Duration,
    ) -> Option<Write> {
        let life = token_life + TOKENS_AFTERLIFE;
        let last = self.until?.max(self.since) + life;
        if self.kept_until.map_or(last, |kept_until| last.max(kept_until)) >= now + life / 2 {
            return None;
        }
        let denial = Self { kept_until: Some(now + life), ..self };
        Some(Write::Put {
            key: denial_key(room, user),
            data: json(&denial),
            refs: Vec::new(),
            ttl: Some(life),
        })
    }

    fn is_from_before(&self, instant: DateTime<Utc>) -> bool {
        // Nobody is let in again before the bar is over, so what lies between the two is from before as well.
        self.readmitted_at.is_none_or(|readmitted| instant <= self.since.max(readmitted - CLOCKS_APART))
    }
}

#[cfg(test)]
mod tests;
