//! The records: which has which key (here), how they become what the rules read (`reading`), and how what the rules decide
//! becomes records (`writing`).

mod reading;
mod writing;

pub(crate) use call_state_api::presence::presence_key;
pub(crate) use reading::{read_of, snapshot};
pub(crate) use writing::{
    HISTORY, HistoryEntry, append_history, expire_signal, put_call, put_preferences, put_sent, put_signal,
};
pub use writing::{put_user, timer_of};

use calls::Reference;
use signal_protocol::{CallId, UserId};
use store::Key;
use uuid::Uuid;

/// The kinds of keys.
pub mod kind {
    /// A call, [`calls::CallRecord`]. Also the member of its timer.
    pub const CALL: &str = "call";
    /// Somebody's leg, [`calls::UserRecord`].
    pub const USER: &str = "user";
    /// Until when each device of somebody is alive: leases.
    pub const PRESENCE: &str = call_state_api::presence::KIND;
    /// Whom somebody wants to hear, [`calls::Preferences`].
    pub const PREFERENCES: &str = "block";
    /// What somebody has sent in a call, [`calls::SignalsRecord`].
    pub const SIGNALS: &str = "signals";
    /// What a signal carries, [`signal_protocol::SignalPayload`].
    pub const SIGNAL: &str = "signal";
    /// The answer to a request that had an id.
    pub const REQUEST: &str = "request";
    /// The log of somebody's ended calls.
    pub const HISTORY: &str = "history";
}

/// Room for a call of two, so that it is made once and not grown step by step.
const USUAL_BYTES: usize = 1_536;

/// A call, and the member of its timer.
#[must_use]
pub fn call_key(call: CallId) -> Key {
    Key::new(kind::CALL, call)
}

/// Somebody's leg.
#[must_use]
pub fn user_key(user: &UserId) -> Key {
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

/// A record as it is stored.
///
/// # Panics
/// Never: a record has text keys only, and nothing in it fails to be written.
pub fn json<T: serde::Serialize>(record: &T) -> Vec<u8> {
    let mut text = Vec::with_capacity(USUAL_BYTES);
    serde_json::to_writer(&mut text, record)
        .expect("a record has text keys only, and nothing in it fails to be written");
    text
}
