//! How records become what the rules read.

use std::collections::BTreeMap;

use calls::{CallRecord, Preferences, Presence, SignalsRecord, Snapshot, UserRecord, Wanted};
use clock::{DateTime, Utc};
use signal_protocol::{CallId, DeviceId, UserId};
use store::{Key, Read, StoreError};

use super::{call_key, kind, preferences_key, presence_key, user_key};

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
