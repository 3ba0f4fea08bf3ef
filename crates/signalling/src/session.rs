//! A WebSocket, from its first frame to its last.
//!
//! Three stages: *silent* until `hello`, *arriving* until `welcome` ([`arrival`]), *live* until it is closed ([`live`]). What
//! the client says is dealt with in [`messages`].

mod arrival;
mod input;
mod live;
mod messages;
mod output;
mod unread;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use signal_protocol::socket::{Close, ServerMessage};
use signal_protocol::{DeviceId, ErrorCode, Tenant, UserId};
use uuid::Uuid;

use crate::feed::{Feed, Wanted};
use crate::lanes::Lanes;
use crate::latest::Latest;
use crate::outbox::Outbox;
use crate::pace::Pace;
use crate::pulse::{Beat, Pulse};
use crate::seat::Seat;
use crate::{Limits, Moment};
use arrival::Arrival;
use unread::Unread;

pub use input::Input;
pub use output::Output;

/// A WebSocket, from its first frame to its last.
pub struct Session {
    id: Uuid,
    limits: Arc<Limits>,
    stage: Stage,
    /// From the token on.
    speaker: Option<Speaker>,
    feed: Feed,
    lanes: Lanes,
    renewal: Latest<String>,
    acknowledgement: Latest<String>,
    unread: Unread,
    seat: Seat,
    outbox: Outbox,
    pace: Pace,
    pulse: Pulse,
    drains_at: Option<Moment>,
    /// As what it stands in the log, from its first reading on. A greater one is a newer socket's.
    opening: Uuid,
    standing: Standing,
    /// What is to be done; empty between two inputs.
    out: Vec<Output>,
}

enum Stage {
    /// Nothing was said yet.
    Silent { until: Moment },
    /// The client said `hello`.
    Arriving { until: Moment, arrival: Box<Arrival> },
    /// The client was welcomed.
    Live,
    /// It is over; nothing is said any more.
    Closed,
}

/// Whether the socket stands in the log, where older ones of its device find it.
#[derive(Debug, Clone, Copy)]
enum Standing {
    Unwritten,
    UnderWay,
    Written,
}

/// Who speaks.
struct Speaker {
    tenant: Tenant,
    user: UserId,
    device: DeviceId,
    /// When the token expires, as the client is told.
    token_expires_at: DateTime<Utc>,
    /// The same as what is waited for.
    expires: Moment,
}

impl Session {
    /// A connection that was accepted `now`. `id` names it, in the log and to the client; a new one for each connection.
    #[must_use]
    pub fn new(id: Uuid, limits: Arc<Limits>, now: Moment) -> Self {
        Self {
            id,
            stage: Stage::Silent { until: now + limits.hello },
            limits,
            speaker: None,
            feed: Feed::new(None),
            lanes: Lanes::closed(),
            renewal: Latest::held(),
            acknowledgement: Latest::held(),
            unread: Unread::default(),
            seat: Seat::default(),
            outbox: Outbox::default(),
            pace: Pace::default(),
            pulse: Pulse::default(),
            drains_at: None,
            opening: Uuid::nil(),
            standing: Standing::Unwritten,
            out: Vec::new(),
        }
    }

    /// Takes in what happened at `now`, and says what is to be done.
    #[must_use]
    pub fn on(&mut self, input: Input, now: Moment) -> Vec<Output> {
        if self.is_over() {
            return Vec::new();
        }
        // Before the deadlines: a server that is late itself may not hold its own delay against a client that moves.
        match input {
            Input::Sent => self.outbox.sent(now),
            Input::Text(_) | Input::Message(_) | Input::Binary | Input::Ping(_) | Input::Pong => {
                self.pulse.heard();
            }
            Input::Gone => self.stage = Stage::Closed,
            Input::TooLong
            | Input::Verified(_)
            | Input::Opened(_)
            | Input::Read(_)
            | Input::Snapshot(_)
            | Input::Rung
            | Input::Answered { .. }
            | Input::Acknowledged(_)
            | Input::Revoked
            | Input::Draining { .. }
            | Input::Ending
            | Input::TimePassed => {}
        }
        self.pass_time(now);
        if !self.is_over() {
            self.take(input, now);
        }
        self.go_on(now);
        std::mem::take(&mut self.out)
    }

    /// When [`Input::TimePassed`] is due, if nothing happens before. It is later than the `now` of the last input, and there
    /// is one until the session is over.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Moment> {
        let stage = match &self.stage {
            Stage::Silent { until } | Stage::Arriving { until, .. } => *until,
            Stage::Live => self.pulse.next(),
            Stage::Closed => return None,
        };
        let expires = self.speaker.as_ref().map(|speaker| speaker.expires);
        let others = [expires, self.drains_at, self.outbox.stalls_at(&self.limits), self.feed.retries_at()];
        Some(others.into_iter().flatten().fold(stage, Moment::min))
    }

    /// Whether nothing will be said any more.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Closed)
    }

    fn take(&mut self, input: Input, now: Moment) {
        match input {
            Input::Text(_) | Input::Message(_) | Input::Ping(_) | Input::Pong
                if !self.pace.allows(&self.limits, now) =>
            {
                self.close(Close::RateLimited);
            }
            Input::Text(text) => self.text(&text, now),
            Input::Message(message) => self.message(message, now),
            Input::Binary => self.bad_message(),
            Input::TooLong => self.close(Close::TooLong),
            Input::Ping(payload) => {
                self.put(Output::Pong(payload), now);
            }
            Input::Verified(verified) => self.verified(verified, now),
            Input::Pong => self.answers(),
            Input::Opened(opened) => self.opened(opened),
            Input::Read(read) if self.feed.is_reading() => self.read(read, now),
            Input::Snapshot(state) if self.feed.is_asking() => self.snapshot(state, now),
            Input::Rung => self.feed.ring(),
            Input::Answered { ticket, answer } => self.answered(ticket, answer, now),
            Input::Acknowledged(is_cursor) => self.acknowledged(is_cursor),
            Input::Revoked => self.close(Close::TokenInvalid),
            Input::Draining { after } => self.drain(after, now),
            Input::Ending => self.close(Close::Restart),
            Input::Read(_) | Input::Snapshot(_) | Input::Sent | Input::Gone | Input::TimePassed => {}
        }
    }

    /// Does what is due.
    fn pass_time(&mut self, now: Moment) {
        let has_come = |deadline: Option<Moment>| deadline.is_some_and(|deadline| deadline <= now);
        let due = match &self.stage {
            Stage::Closed => None,
            Stage::Silent { until } if *until <= now => Some(Close::HelloTimeout),
            // Each thing asked for has a shorter limit of its own, so the edge has failed to answer at all.
            Stage::Arriving { until, .. } if *until <= now => Some(Close::Unavailable(ErrorCode::Internal)),
            Stage::Silent { .. } | Stage::Arriving { .. } | Stage::Live => {
                if has_come(self.speaker.as_ref().map(|speaker| speaker.expires)) {
                    Some(Close::TokenExpired)
                } else if has_come(self.drains_at) {
                    Some(Close::Restart)
                } else if has_come(self.outbox.stalls_at(&self.limits)) {
                    Some(Close::TooSlow)
                } else {
                    None
                }
            }
        };
        if let Some(why) = due {
            self.close(why);
        }
        if let Stage::Live = self.stage {
            match self.pulse.beat(&self.limits, self.ping_every(), now) {
                Beat::Rest => {}
                Beat::Ping => self.put(Output::Ping, now),
                Beat::Dead => self.close(Close::PingTimeout),
            }
        }
    }

    /// Begins what can be begun.
    fn go_on(&mut self, now: Moment) {
        let room = match &self.stage {
            Stage::Arriving { arrival, .. } if self.speaker.is_some() => arrival.room(&self.limits),
            Stage::Live => self.outbox.room(&self.limits),
            Stage::Silent { .. } | Stage::Arriving { .. } | Stage::Closed => return,
        };
        while let Some(run) = self.lanes.next(&self.limits) {
            self.out.push(Output::Run { ticket: run.ticket, command: run.command });
        }
        match self.feed.wanted(room, now) {
            Some(Wanted::Read { after, limit }) => self.out.push(Output::Read { after, limit }),
            Some(Wanted::Snapshot) => self.out.push(Output::LoadSnapshot),
            None => {}
        }
    }

    fn ping_every(&self) -> Duration {
        if self.seat.is_taken() { self.limits.ping_in_call } else { self.limits.ping }
    }

    fn send(&mut self, message: ServerMessage, now: Moment) {
        self.put(Output::Send(Box::new(message)), now);
    }

    /// Hands over what goes to the client, if there is room for it.
    fn put(&mut self, outgoing: Output, now: Moment) {
        if self.is_over() {
            return;
        }
        if self.outbox.take(&self.limits, now) {
            self.out.push(outgoing);
        } else {
            self.close(Close::TooSlow);
        }
    }

    fn close(&mut self, why: Close) {
        if !self.is_over() {
            self.stage = Stage::Closed;
            self.out.push(Output::Close(why));
        }
    }
}

impl fmt::Debug for Session {
    /// Which one it is and how far it is, and nothing of what it was told.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stage = match self.stage {
            Stage::Silent { .. } => "silent",
            Stage::Arriving { .. } => "arriving",
            Stage::Live => "live",
            Stage::Closed => "closed",
        };
        formatter.debug_struct("Session").field("id", &self.id).field("stage", &stage).finish_non_exhaustive()
    }
}
