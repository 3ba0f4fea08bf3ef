//! Which record has which key, and how records become what the rules read.

use std::collections::BTreeMap;
use std::time::Duration;

pub(crate) use call_state_api::presence::presence_key;
use calls::{CallRecord, Preferences, Presence, Reference, SignalsRecord, Snapshot, UserRecord, Wanted};
use clock::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use signal_protocol::{CallId, CallMedia, DeviceId, HistoryItem, SignalPayload, UserId, timestamp};
use store::{Key, LogBounds, Read, StoreError, Write};
use uuid::Uuid;

/// The kinds of keys.
pub(crate) mod kind {
    /// A call, [`calls::CallRecord`]. Also the member of its timer.
    pub(crate) const CALL: &str = "call";
    /// Somebody's leg, [`calls::UserRecord`].
    pub(crate) const USER: &str = "user";
    /// Until when each device of somebody is alive: leases.
    pub(crate) const PRESENCE: &str = call_state_api::presence::KIND;
    /// Whom somebody wants to hear, [`calls::Preferences`].
    pub(crate) const PREFERENCES: &str = "block";
    /// What somebody has sent in a call, [`calls::SignalsRecord`].
    pub(crate) const SIGNALS: &str = "signals";
    /// What a signal carries, [`signal_protocol::SignalPayload`].
    pub(crate) const SIGNAL: &str = "signal";
    /// The answer to a request that had an id.
    pub(crate) const REQUEST: &str = "request";
    /// The log of somebody's ended calls.
    pub(crate) const HISTORY: &str = "history";
}

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
/// Room for a call of two, so that it is made once and not grown step by step.
const USUAL_BYTES: usize = 1_536;
/// Exactly at a deadline is in time, so what is due then is looked at one millisecond later.
const JUST_AFTER: clock::Duration = clock::Duration::milliseconds(1);

pub(crate) fn call_key(call: CallId) -> Key {
    Key::new(kind::CALL, call)
}

pub(crate) fn user_key(user: &UserId) -> Key {
    Key::new(kind::USER, user)
}

pub(crate) fn preferences_key(user: &UserId) -> Key {
    Key::new(kind::PREFERENCES, user)
}

pub(crate) fn history_key(user: &UserId) -> Key {
    Key::new(kind::HISTORY, user)
}

/// A call id holds no colon, so no two pairs of call and user make the same key.
pub(crate) fn signals_key(call: CallId, user: &UserId) -> Key {
    Key::new(kind::SIGNALS, format_args!("{call}:{user}"))
}

pub(crate) fn signal_key(signal: Uuid) -> Key {
    Key::new(kind::SIGNAL, signal)
}

/// A request id holds no colon, so no two pairs of user and id make the same key.
pub(crate) fn request_key(user: &UserId, id: &str) -> Key {
    Key::new(kind::REQUEST, format_args!("{user}:{id}"))
}

pub(crate) fn key_of(reference: &Reference) -> Key {
    match reference {
        Reference::Call(call) => call_key(*call),
        Reference::User(user) => user_key(user),
        Reference::Presence(user) => presence_key(user),
        Reference::Preferences(user) => preferences_key(user),
        Reference::Signals(call, user) => signals_key(*call, user),
    }
}

/// What to read so that the rules find what they want.
pub(crate) fn read_of(wanted: &[Wanted]) -> Read {
    wanted.iter().fold(Read::new(), |read, wanted| match wanted {
        // A call refers to the legs and the presence of its parties and to what they have sent, a leg to its call.
        Wanted::Call(call) => read.and(call_key(*call), 1),
        Wanted::UserDeep(user) => read.and(user_key(user), 2),
        Wanted::UserCalls(user) => read.and(user_key(user), 1),
        Wanted::Presence(user) => read.and(presence_key(user), 0),
        Wanted::Preferences(user) => read.and(preferences_key(user), 0),
    })
}

/// What was read, as the rules know it. Whatever is not what it must be is an error, and never absent.
pub(crate) fn snapshot(read: &store::Snapshot) -> Result<Snapshot, StoreError> {
    let mut snapshot = Snapshot::default();
    for key in read.keys() {
        match key.kind() {
            kind::CALL => {
                if let Some(record) = read.parse::<CallRecord>(key)? {
                    snapshot.calls.insert(id(key, CallId::parse)?, record);
                }
            }
            kind::USER => {
                if let Some(record) = read.parse::<UserRecord>(key)? {
                    snapshot.users.insert(id(key, UserId::parse)?, record);
                }
            }
            kind::PREFERENCES => {
                if let Some(record) = read.parse::<Preferences>(key)? {
                    snapshot.preferences.insert(id(key, UserId::parse)?, record);
                }
            }
            kind::PRESENCE => {
                let presence = presence(key, read.leases(key))?;
                snapshot.presence.insert(id(key, UserId::parse)?, presence);
            }
            kind::SIGNALS => {
                if let Some(record) = read.parse::<SignalsRecord>(key)? {
                    snapshot.sent.insert(call_and_user(key)?, record);
                }
            }
            // Records that the rules know nothing of, such as remembered answers.
            _ => {}
        }
    }
    Ok(snapshot)
}

fn presence(key: &Key, leases: &BTreeMap<String, DateTime<Utc>>) -> Result<Presence, StoreError> {
    let device = |(holder, until): (&String, &DateTime<Utc>)| match DeviceId::parse(holder) {
        Ok(device) => Ok((device, *until)),
        Err(_) => Err(corrupt(key)),
    };
    leases.iter().map(device).collect::<Result<_, _>>().map(Presence)
}

fn id<T, E>(key: &Key, parse: impl Fn(&str) -> Result<T, E>) -> Result<T, StoreError> {
    parse(key.id()).map_err(|_| corrupt(key))
}

fn call_and_user(key: &Key) -> Result<(CallId, UserId), StoreError> {
    let (call, user) = key.id().split_once(':').ok_or_else(|| corrupt(key))?;
    let call = CallId::parse(call).map_err(|_| corrupt(key))?;
    let user = UserId::parse(user).map_err(|_| corrupt(key))?;
    Ok((call, user))
}

fn corrupt(key: &Key) -> StoreError {
    tracing::error!(store.key = %key, "record.misnamed");
    StoreError::Corrupt { key: key.clone() }
}

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
pub(crate) fn timer_of(record: &CallRecord) -> Write {
    let member = call_key(record.id);
    match record.next_deadline() {
        Some(deadline) => Write::Schedule { member, at: deadline + JUST_AFTER },
        None => Write::Unschedule { member },
    }
}

/// Somebody's leg; without one there is no record.
pub(crate) fn put_user(user: &UserId, record: &UserRecord) -> Write {
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

/// A record as it is stored.
pub(crate) fn json<T: serde::Serialize>(record: &T) -> Vec<u8> {
    let mut text = Vec::with_capacity(USUAL_BYTES);
    serde_json::to_writer(&mut text, record)
        .expect("a record has text keys only, and nothing in it fails to be written");
    text
}
