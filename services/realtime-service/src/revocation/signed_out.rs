//! The record `signed-out:<user>`: when a login of somebody was last ended, where that means that they leave rooms.
//!
//! LiveKit's tokens carry no login session and none of them can be taken back. So all of the person's from before are void; a
//! device whose login goes on joins again, and what it gets then is not.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use signal_protocol::{Tenant, UserId, timestamp};
use store::{Commit, Read, Snapshot, Store, StoreError, Write};

use crate::stored::{Extra, Schema, TOKENS_AFTERLIFE, json, signed_out_key};

/// That a login of somebody was ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SignedOut {
    #[serde(default)]
    pub(crate) schema: Schema,
    /// When; where they had to be removed from rooms for it, when that was done: until then LiveKit may have refreshed a
    /// token of theirs.
    #[serde(with = "timestamp")]
    pub(crate) at: DateTime<Utc>,
    /// Up to when it is kept for the sake of somebody who is still in a room, because LiveKit could not be told to send them out.
    #[serde(default, with = "timestamp::option", skip_serializing_if = "Option::is_none")]
    pub(crate) kept_until: Option<DateTime<Utc>>,
    #[serde(flatten)]
    pub(crate) extra: Extra,
}

impl SignedOut {
    pub(crate) fn at(at: DateTime<Utc>) -> Self {
        Self { schema: Schema, at, kept_until: None, extra: Extra::new() }
    }

    /// What `snapshot` holds of `user`, if it was asked for.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`]: it is there and cannot be read, which is never taken for absent.
    pub(crate) fn of(snapshot: &Snapshot, user: &UserId) -> Result<Option<Self>, StoreError> {
        snapshot.parse(&signed_out_key(user))
    }

    /// Whether a LiveKit token that is good from `not_before` on is worthless. Tokens tell their time in whole seconds, so
    /// one of the same second may be from before.
    pub(crate) fn voids(&self, not_before: DateTime<Utc>) -> bool {
        not_before.timestamp() <= self.at.timestamp()
    }

    /// Whether somebody who came into a room at `joined_at` has to leave it.
    pub(crate) fn evicts(&self, joined_at: DateTime<Utc>) -> bool {
        joined_at <= self.at
    }

    /// Stores it for as long as it can matter, where a token of a join lives for `token_life`.
    pub(crate) fn put(&self, user: &UserId, token_life: Duration) -> Write {
        let ttl = Some(token_life + TOKENS_AFTERLIFE);
        Write::Put { key: signed_out_key(user), data: json(self), refs: Vec::new(), ttl }
    }

    /// What keeps it for as long again, if it would else be forgotten soon.
    pub(crate) fn kept_on(self, user: &UserId, now: DateTime<Utc>, token_life: Duration) -> Option<Write> {
        let life = token_life + TOKENS_AFTERLIFE;
        if self.kept_until.unwrap_or(self.at + life) >= now + life / 2 {
            return None;
        }
        Some(Self { kept_until: Some(now + life), ..self }.put(user, token_life))
    }

    /// Notes that the person was removed from a room for it just now: up to this moment LiveKit may have refreshed a token of
    /// theirs.
    ///
    /// # Errors
    /// The store did not take it.
    pub(crate) async fn renew(
        store: &Store,
        tenant: &Tenant,
        user: &UserId,
        token_life: Duration,
    ) -> Result<(), StoreError> {
        let now = store.read(tenant, Read::new()).await?.now;
        let writes = vec![Self::at(now).put(user, token_life)];
        store.commit(tenant, Commit { writes, ..Commit::default() }).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_800_000_000_000 + milliseconds).expect("an instant")
    }

    #[test]
    fn what_is_from_before_is_over_and_what_comes_after_is_not() {
        let signed_out = SignedOut::at(at(10_500));
        for (not_before, is_void) in [(0, true), (10_000, true), (11_000, false), (60_000, false)] {
            assert_eq!(signed_out.voids(at(not_before)), is_void, "{not_before}");
        }
        for (joined_at, must_go) in [(0, true), (10_500, true), (10_501, false)] {
            assert_eq!(signed_out.evicts(at(joined_at)), must_go, "{joined_at}");
        }
    }

    #[test]
    fn it_keeps_what_a_newer_release_wrote_and_refuses_another_schema() {
        let written = r#"{"schema":1,"at":"2027-01-15T08:00:00.000Z","why":"disabled"}"#;
        let read: SignedOut = serde_json::from_str(written).expect("it is one");
        assert_eq!(json(&read), written.as_bytes());
        assert!(serde_json::from_str::<SignedOut>(&written.replace(":1,", ":2,")).is_err());
    }
}
