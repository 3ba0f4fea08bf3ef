//! What the rules have decided, as records, and for how long each is kept.

use std::time::Duration;

use calls::{CallRecord, Preferences, SignalsRecord, UserRecord};
use clock::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use signal_protocol::{CallId, CallMedia, HistoryItem, SignalPayload, UserId, timestamp};
use store::{Key, LogBounds, Write};
use uuid::Uuid;

use super::{call_key, history_key, json, preferences_key, presence_key, signal_key, signals_key, user_key};

/// How long an ended call is kept.
const ENDED_KEPT: Duration = Duration::from_hours(24);
/// How long, and how many, ended calls are in somebody's history.
pub(crate) const HISTORY: LogBounds = LogBounds { max_entries: 200, max_age: Duration::from_hours(24) };
/// How long what a signal carries is kept where nobody takes it.
const SIGNAL_KEPT: Duration = Duration::from_mins(5);
/// How long it is still kept once it has served.
const SERVED_KEPT: Duration = Duration::from_mins(1);
/// How long is remembered what somebody has sent in a call that never ends, counted from the last of it. It goes with the
/// call, which may be lost.
const SENT_KEPT: Duration = Duration::from_hours(24);
/// Exactly at a deadline is in time, so what is due then is looked at one millisecond later.
const JUST_AFTER: clock::Duration = clock::Duration::milliseconds(1);

/// A call, and the timer that belongs to it.
pub(crate) fn put_call(record: &CallRecord) -> [Write; 2] {
    let mut refs: Vec<Key> =
        record.refers_to().flat_map(|user| [user_key(user), presence_key(user)]).collect();
    match record.media {
        CallMedia::P2p => refs.extend(record.refers_to().map(|user| signals_key(record.id, user))),
        CallMedia::Livekit => {}
    }
    let ttl = (!record.is_live()).then_some(ENDED_KEPT);
    [Write::Put { key: call_key(record.id), data: json(record), refs, ttl }, timer_of(record)]
}

/// The timer of a call: its next deadline; none once it is over.
#[must_use]
pub fn timer_of(record: &CallRecord) -> Write {
    let member = call_key(record.id);
    match record.next_deadline() {
        Some(deadline) => Write::Schedule { member, at: deadline + JUST_AFTER },
        None => Write::Unschedule { member },
    }
}

/// Somebody's leg; without one there is no record.
pub fn put_user(user: &UserId, record: &UserRecord) -> Write {
    let key = user_key(user);
    if record.is_empty() {
        return Write::Delete { key };
    }
    let refs = record.live_call().map(call_key).into_iter().collect();
    Write::Put { key, data: json(record), refs, ttl: None }
}

/// Whom somebody wants to hear; without any wish there is no record.
pub(crate) fn put_preferences(user: &UserId, record: &Preferences) -> Write {
    let key = preferences_key(user);
    if *record == Preferences::default() {
        return Write::Delete { key };
    }
    Write::Put { key, data: json(record), refs: Vec::new(), ttl: None }
}

/// What somebody has sent in a call; once it is over there is no record.
pub(crate) fn put_sent(call: CallId, user: &UserId, record: &SignalsRecord) -> Write {
    let key = signals_key(call, user);
    if record.is_empty() {
        return Write::Delete { key };
    }
    Write::Put { key, data: json(record), refs: Vec::new(), ttl: Some(SENT_KEPT) }
}

/// What a signal carries.
pub(crate) fn put_signal(signal: Uuid, payload: &SignalPayload) -> Write {
    Write::Put { key: signal_key(signal), data: json(payload), refs: Vec::new(), ttl: Some(SIGNAL_KEPT) }
}

/// A signal has served.
pub(crate) fn expire_signal(signal: Uuid) -> Write {
    Write::Expire { key: signal_key(signal), within: SERVED_KEPT }
}

/// An ended call in somebody's history. The call itself is in its own record, which is kept as long and changes no more.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct HistoryEntry {
    pub(crate) call: CallId,
    #[serde(with = "timestamp")]
    pub(crate) ended_at: DateTime<Utc>,
    pub(crate) ring_ms: u64,
    pub(crate) active_ms: u64,
    pub(crate) missed: bool,
}

pub(crate) fn append_history(user: &UserId, item: &HistoryItem) -> Write {
    let entry = HistoryEntry {
        call: item.call.id,
        ended_at: item.call.ended_at.unwrap_or(item.call.server_now),
        ring_ms: item.ring_ms,
        active_ms: item.active_ms,
        missed: item.missed,
    };
    Write::Append {
        log: history_key(user),
        entry: json(&entry),
        bounds: HISTORY,
        bell: None,
        attachment: None,
    }
}
