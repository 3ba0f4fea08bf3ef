//! From `hello` to `welcome`.
//!
//! The token is verified; then the log is read once, so that there is a cursor; then, where the cursor leads on from a state of
//! things, that is found out. In this order nothing is missed: what happens after the reading comes after the cursor, and so
//! does any newer socket of the same device.
//!
//! With the welcome goes a ping. Only its pong shows that there is still somebody who was welcomed, and only then is the socket
//! written into the log: one that its client left on the way in never takes the place of another.

use std::time::Duration;

use chrono::{DateTime, Utc};
use signal_protocol::socket::{Close, ServerMessage, Welcome};
use signal_protocol::{DeviceId, ErrorCode};
use uuid::{Builder, Uuid};

use super::{Output, Session, Speaker, Stage, Standing};
use crate::feed::Feed;
use crate::pulse::Pulse;
use crate::{Identity, Limits, Moment, News, State};

/// What is known of a client on its way in.
pub(super) struct Arrival {
    /// When it said `hello`.
    since: Moment,
    /// For how long its token was looked at.
    verified_in: Duration,
    device: DeviceId,
    /// The cursor that it came with.
    after: Option<String>,
    news: Option<News>,
    state: Option<State>,
}

impl Arrival {
    /// How many events may be read: the log is read once.
    pub(super) fn room(&self, limits: &Limits) -> usize {
        if self.news.is_none() { limits.read_ahead } else { 0 }
    }

    /// Whether the client cannot go on from what it has.
    fn begins_anew(&self) -> bool {
        self.after.is_none() || self.news.as_ref().is_some_and(|news| !news.recovered)
    }

    fn is_complete(&self) -> bool {
        self.news.is_some() && (self.state.is_some() || !self.begins_anew())
    }
}

impl Session {
    /// The client said `hello`.
    pub(super) fn arrive(&mut self, token: String, device: DeviceId, after: Option<String>, now: Moment) {
        self.feed = Feed::new(after.clone());
        self.out.push(Output::Verify { token, device: device.clone() });
        let verified_in = Duration::ZERO;
        let arrival = Arrival { since: now, verified_in, device, after, news: None, state: None };
        self.stage = Stage::Arriving { until: now + self.limits.arrival, arrival: Box::new(arrival) };
    }

    /// The token of `hello`, or a newer one, was looked at.
    pub(super) fn verified(&mut self, verified: Result<Identity, Close>, now: Moment) {
        match (&mut self.stage, verified) {
            (Stage::Live, verified) if self.renewal.is_busy() => self.renewed(verified, now),
            (Stage::Arriving { .. }, _) if self.speaker.is_some() => {}
            (Stage::Arriving { .. }, Err(why)) => self.close(why),
            // It is still taken elsewhere, within the leeway for clocks that differ; here it would be closed at once.
            (Stage::Arriving { .. }, Ok(identity)) if identity.expires_in.is_zero() => {
                self.close(Close::TokenExpired);
            }
            (Stage::Arriving { arrival, .. }, Ok(identity)) => {
                let Identity { tenant, user, expires_in, token_expires_at } = identity;
                arrival.verified_in = now.saturating_sub(arrival.since);
                let (device, expires) = (arrival.device.clone(), now + expires_in);
                self.speaker = Some(Speaker { tenant, user, device, token_expires_at, expires });
            }
            (Stage::Silent { .. } | Stage::Live | Stage::Closed, _) => {}
        }
    }

    /// The log was read for the first time.
    pub(super) fn read_first(&mut self, news: News, now: Moment) {
        if let Stage::Arriving { arrival, .. } = &mut self.stage {
            self.feed.read(&news);
            // Whoever is in there opened before this socket: of them it is the newest.
            self.opening = opening(self.id, news.server_now - arrival.verified_in);
            arrival.news = Some(news);
            self.welcome_if_complete(now);
        }
    }

    /// The client answered a ping.
    pub(super) fn answers(&mut self) {
        if let (Stage::Live, Standing::Unwritten) = (&self.stage, self.standing) {
            self.standing = Standing::UnderWay;
            self.out.push(Output::Open { session: self.opening });
        }
    }

    /// The socket was written into the log, or could not be.
    pub(super) fn opened(&mut self, opened: Result<(), ErrorCode>) {
        if let Standing::UnderWay = self.standing {
            // Nobody but an older socket of the device would notice: the next pong is soon enough.
            self.standing = if opened.is_ok() { Standing::Written } else { Standing::Unwritten };
        }
    }

    /// How things stand at the arrival.
    pub(super) fn begin(&mut self, state: State, now: Moment) {
        if let Stage::Arriving { arrival, .. } = &mut self.stage {
            arrival.state = Some(state);
            self.welcome_if_complete(now);
        }
    }

    fn welcome_if_complete(&mut self, now: Moment) {
        let Stage::Arriving { arrival, .. } = &mut self.stage else { return };
        if !arrival.is_complete() {
            return;
        }
        let Some(news) = arrival.news.take() else { return };
        let (after, state) = (arrival.after.take(), arrival.state.take());
        self.stage = Stage::Live;
        let recovered = after.is_some().then_some(news.recovered);
        let cursor = match &after {
            // Whoever breaks off before the events have come must not go on behind them.
            Some(after) if !news.events.is_empty() => after.clone(),
            Some(_) | None => news.cursor,
        };
        if let Some(after) = after.as_deref().filter(|_| news.unconsumed) {
            self.unread.found(after);
        }
        self.welcome(cursor, recovered, state, news.server_now, now);
        self.pulse = Pulse::new(self.ping_every(), now);
        self.put(Output::Ping, now);
        self.lanes.open();
        if let Some(token) = self.renewal.done() {
            self.out.push(Output::Renew { token });
        }
        match self.acknowledgement.done() {
            Some(cursor) => self.let_go(cursor),
            // Whoever goes on after a cursor has taken in what came before it.
            None => {
                if let Some(cursor) = after.filter(|_| news.unconsumed) {
                    self.acknowledge(cursor);
                }
            }
        }
        self.deliver(news.events, news.server_now, now);
    }

    /// Tells the client from where it goes on, and how things stand if it cannot know.
    pub(super) fn welcome(
        &mut self,
        cursor: String,
        recovered: Option<bool>,
        state: Option<State>,
        read_at: DateTime<Utc>,
        now: Moment,
    ) {
        let Some(speaker) = &self.speaker else { return };
        if let Some(State { calls, signals, .. }) = &state {
            self.seat.replace(calls, &speaker.user, &speaker.device);
            if !signals.is_empty() {
                self.unread.found(&cursor);
            }
        }
        let token_expires_at = speaker.token_expires_at;
        let server_now = state.as_ref().map_or(read_at, |state| state.server_now);
        let (calls, signals) = state.map(|state| (state.calls, state.signals)).unzip();
        let welcome = Welcome {
            session: self.id.to_string(),
            cursor,
            recovered,
            calls,
            signals,
            server_now,
            ping_ms: u32::try_from(self.limits.ping.as_millis()).unwrap_or(u32::MAX),
            token_expires_at,
        };
        self.send(ServerMessage::Welcome(welcome), now);
    }
}

/// As what a session stands in the log: its id, with the time at which it came, by the store's clock, in front.
///
/// Which of two sockets is the newer is told by this and not by their places in the log: a client that is cut off on its way
/// in and comes back at another replica may overtake itself, and what it has left behind must not replace it. The time is
/// that of the first reading without how long the token took; so it is never earlier than the `hello`, and whoever came
/// after another one was welcomed is the newer.
fn opening(id: Uuid, came_at: DateTime<Utc>) -> Uuid {
    let [_, _, _, _, _, _, rest @ ..] = *id.as_bytes();
    let came_at_ms = u64::try_from(came_at.timestamp_millis()).unwrap_or_default();
    Builder::from_unix_timestamp_millis(came_at_ms, &rest).into_uuid()
}
