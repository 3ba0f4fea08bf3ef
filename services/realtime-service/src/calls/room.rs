//! The room of a call over LiveKit: it belongs to the call alone, so the call is its only source of membership.

use std::time::Duration;

use call_state_api::Relay;
use http_server::{Problem, Refusal};
use identity::Caller;
use serde_json::json;
use signal_protocol::{
    Call, CallId, CallKind, CallMedia, CallPhase, DeviceId, ErrorCode, PartyState, RoomId, UserId,
};
use tokio::time::{Instant, timeout};
use tracing::{Span, field};

use super::{CallState, CallStateRefused};

/// Asks calls who may enter their rooms. Administrators get no exception.
#[derive(Clone)]
pub(crate) struct CallRooms {
    calls: CallState,
    timeout: Duration,
}

/// Somebody at the door of the room of a call.
pub(crate) struct CallVisit<'a> {
    rooms: &'a CallRooms,
    caller: &'a Caller,
    device: &'a DeviceId,
    call: CallId,
    /// How long may still be asked.
    left: Duration,
}

/// Why somebody may not enter the room of a call.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallRoomRefused {
    #[error("the caller is no party of such a call over LiveKit")]
    NotFound,
    #[error("the caller is a party of the call and is not in it")]
    NotInCall,
    #[error("the call is over")]
    Ended(Box<Call>),
    #[error(transparent)]
    CallState(#[from] CallStateRefused),
    #[error("the call could not be asked in time")]
    Overdue,
}

impl CallRoomRefused {
    /// Whether this is about where the call stands, which only its parties learn. Any other refusal says nothing of it.
    pub(crate) const fn is_about_its_state(&self) -> bool {
        match self {
            Self::NotInCall | Self::Ended(_) => true,
            Self::NotFound | Self::CallState(_) | Self::Overdue => false,
        }
    }

    /// The code that a client is given.
    pub(crate) fn code(&self) -> ErrorCode {
        match self {
            Self::NotFound => ErrorCode::RoomNotFound,
            Self::NotInCall => ErrorCode::NotAllowedInPhase,
            Self::Ended(_) => ErrorCode::CallEnded,
            Self::CallState(refused) => refused.code(),
            Self::Overdue => ErrorCode::CallStateUnavailable,
        }
    }
}

impl Refusal for CallRoomRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::CallState(refused) => refused.problem(),
            Self::Ended(call) => Problem::new(self.code()).extension("call", json!(call)),
            Self::NotFound | Self::NotInCall | Self::Overdue => Problem::new(self.code()),
        }
    }
}

impl CallRooms {
    /// Asks `calls`, for `timeout` at most in one request.
    pub(crate) fn new(calls: CallState, timeout: Duration) -> Self {
        Self { calls, timeout }
    }

    /// `caller` with `device` at the door of `room`, which is named like the room of a call.
    pub(crate) fn visit<'a>(
        &'a self,
        caller: &'a Caller,
        device: &'a DeviceId,
        room: &RoomId,
    ) -> Result<CallVisit<'a>, CallRoomRefused> {
        let call = CallId::of_room(room).ok_or(CallRoomRefused::NotFound)?;
        Span::current().record("call.id", field::display(call));
        Ok(CallVisit { rooms: self, caller, device, call, left: self.timeout })
    }
}

impl CallVisit<'_> {
    /// What is transmitted at most, if the caller may be in the room at this moment. May be asked again, within one time
    /// limit for all.
    pub(crate) async fn ask(&mut self) -> Result<CallKind, CallRoomRefused> {
        let relay = Relay { token: self.caller.token(), device: self.device, request_id: None };
        let started = Instant::now();
        let answer =
            timeout(self.left, self.rooms.calls.ask("room", |client| client.call(&relay, self.call))).await;
        self.left = self.left.saturating_sub(started.elapsed());
        match answer {
            Ok(Ok(call)) => admit(call, &self.caller.user),
            Ok(Err(refused)) if refused.code() == ErrorCode::CallNotFound => Err(CallRoomRefused::NotFound),
            Ok(Err(refused)) => Err(refused.into()),
            Err(_) => Err(CallRoomRefused::Overdue),
        }
    }
}

/// Whether `user` may be in the room of `call` as it stands.
fn admit(call: Call, user: &UserId) -> Result<CallKind, CallRoomRefused> {
    // A call between two devices alone has no room, and never had one.
    if call.media == CallMedia::P2p {
        return Err(CallRoomRefused::NotFound);
    }
    let party = call.parties.iter().find(|party| party.user_id == *user).ok_or(CallRoomRefused::NotFound)?;
    match call.phase {
        CallPhase::Ended => Err(CallRoomRefused::Ended(Box::new(call))),
        CallPhase::Ringing | CallPhase::Active => match party.state {
            PartyState::Accepted => Ok(call.kind),
            PartyState::Invited
            | PartyState::Ringing
            | PartyState::Declined
            | PartyState::Busy
            | PartyState::Left
            | PartyState::Missed => Err(CallRoomRefused::NotInCall),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    const ID: &str = "0198c5a0-7c3e-7d5a-8f00-0123456789ab";

    fn call(media: &str, phase: &str, state: &str) -> Value {
        json!({
            "id": ID, "version": 1, "phase": phase, "kind": "audio", "media": media, "caller": "ann", "trace_id": "0",
            "created_at": "2026-01-01T00:00:00.000Z", "server_now": "2026-01-01T00:00:00.000Z",
            "parties": [
                { "user_id": "ann", "role": "caller", "state": "accepted" },
                { "user_id": "bob", "role": "callee", "state": state },
            ],
        })
    }

    fn check(media: &str, phase: &str, state: &str, user: &str, expected: Result<CallKind, ErrorCode>) {
        let call = serde_json::from_value(call(media, phase, state)).unwrap();
        let found = admit(call, &UserId::parse(user).unwrap()).map_err(|refused| refused.code());
        assert_eq!(found, expected, "{media} {phase}, {user}, bob {state}");
    }

    #[test]
    fn who_is_in_a_live_call_may_enter_its_room_and_nobody_else() {
        let waits = Err(ErrorCode::NotAllowedInPhase);
        let ended = Err(ErrorCode::CallEnded);
        let nothing = Err(ErrorCode::RoomNotFound);
        check("livekit", "ringing", "invited", "ann", Ok(CallKind::Audio));
        check("livekit", "active", "accepted", "bob", Ok(CallKind::Audio));
        for state in ["invited", "ringing", "declined", "busy", "left", "missed"] {
            check("livekit", "ringing", state, "bob", waits);
            check("livekit", "active", state, "bob", waits);
            check("livekit", "ended", state, "bob", ended);
        }
        check("livekit", "ended", "accepted", "ann", ended);
        for phase in ["ringing", "active", "ended"] {
            check("livekit", phase, "accepted", "eve", nothing);
            check("p2p", phase, "accepted", "ann", nothing);
        }
    }
}
