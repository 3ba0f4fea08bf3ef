//! What the edge found out when it was asked to look.

use std::time::Duration;

use chrono::{DateTime, Utc};
use signal_protocol::{Call, Event, Signal, Tenant, UserId};
use uuid::Uuid;

/// Whose token it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The tenant.
    pub tenant: Tenant,
    /// The user.
    pub user: UserId,
    /// For how long from now the token is good.
    pub expires_in: Duration,
    /// The same as an instant, for the client.
    pub token_expires_at: DateTime<Utc>,
}

/// What a reading of the log gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// What happened, oldest first; no more than were asked for, and none left out up to `cursor`.
    pub events: Vec<Event>,
    /// Where to go on.
    pub cursor: String,
    /// Whether the cursor that was given could be served; `true` if none was. If not, there are no events.
    pub recovered: bool,
    /// The store's time.
    pub server_now: DateTime<Utc>,
    /// The sockets of this device that were opened within what was read, as [`Open`](crate::Output::Open) has named them.
    pub sessions: Vec<Uuid>,
    /// Whether there are signals before the cursor that was given, of which it is not yet known that the device has them.
    pub unconsumed: bool,
}

/// How things stand: what a client goes on from that has no cursor, or one that cannot be served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The user's live calls.
    pub calls: Vec<Call>,
    /// The signals of their current generation for this device.
    pub signals: Vec<Signal>,
    /// The store's time.
    pub server_now: DateTime<Utc>,
}
