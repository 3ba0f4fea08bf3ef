//! What tests are made of.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use signal_protocol::socket::{AnswerMessage, ClientMessage, CommandMessage};
use signal_protocol::{Call, Event, Tenant, UserId};
use signalling::{Identity, News, State};

pub(crate) const ONE: &str = "0198c5a0-7c3e-7d5a-8f00-000000000001";
pub(crate) const TWO: &str = "0198c5a0-7c3e-7d5a-8f00-000000000002";

pub(crate) fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// The wall clock of the server; no test depends on more than that it is one.
pub(crate) fn wall() -> DateTime<Utc> {
    DateTime::from_timestamp(1_769_851_800, 0).unwrap()
}

pub(crate) fn identity(user: &str, seconds: u64) -> Identity {
    Identity {
        tenant: Tenant::parse("realtime").unwrap(),
        user: UserId::parse(user).unwrap(),
        expires_in: Duration::from_secs(seconds),
        token_expires_at: wall() + TimeDelta::seconds(i64::try_from(seconds).unwrap()),
    }
}

fn call_json(id: &str, version: u64, phase: &str, alice: &str) -> Value {
    json!({
        "id": id, "version": version, "phase": phase, "kind": "audio", "media": "p2p", "caller": "bob",
        "parties": [
            { "user_id": "bob", "role": "caller", "state": "accepted", "device": "desk" },
            { "user_id": "alice", "role": "callee", "state": alice, "device": "phone" },
        ],
        "created_at": "2026-01-31T09:30:00.000Z", "expires_at": "2026-01-31T09:30:30.000Z",
        "server_now": "2026-01-31T09:30:00.000Z", "trace_id": "0af7651916cd43dd8448eb211c80319c",
    })
}

/// A call from bob to alice, whose phone is in it if she is `accepted`.
pub(crate) fn call(id: &str, version: u64, phase: &str, alice: &str) -> Call {
    serde_json::from_value(call_json(id, version, phase, alice)).unwrap()
}

/// The body of an answer that carries such a call.
pub(crate) fn with_call(id: &str, version: u64, phase: &str, alice: &str) -> String {
    json!({ "call": call_json(id, version, phase, alice) }).to_string()
}

/// The entry `offset` of the log: what a call became.
pub(crate) fn call_event(offset: u64, kind: &str, call: &Call) -> Event {
    let value = json!({
        "id": format!("e{offset}"), "cursor": format!("c{offset}"), "at": "2026-01-31T09:30:00.000Z", "type": kind,
        "user_id": "bob", "user_ids": ["bob"], "reason": "answered_elsewhere", "call": call,
    });
    serde_json::from_value(value).unwrap()
}

/// The entry `offset` of the log, whatever it may be.
pub(crate) fn event(offset: u64) -> Event {
    call_event(offset, "call.updated", &call(TWO, offset, "active", "declined"))
}

/// The entry `offset` of the log: a signal.
pub(crate) fn signal_event(offset: u64) -> Event {
    let value = json!({
        "id": ONE, "cursor": format!("c{offset}"), "at": "2026-01-31T09:30:00.000Z", "type": "signal",
        "call_id": ONE, "from": "bob", "kind": "restart", "generation": 1, "payload": {}, "signal_id": ONE,
    });
    serde_json::from_value(value).unwrap()
}

/// What a reading gives that found the entries `from` to `to`; none if `to` is before `from`.
pub(crate) fn news(from: u64, to: u64) -> News {
    News {
        events: (from..=to).map(event).collect(),
        cursor: format!("c{to}"),
        recovered: true,
        server_now: wall(),
        sessions: Vec::new(),
        unconsumed: false,
    }
}

/// What a reading gives whose cursor cannot be served: the log ends at `end`.
pub(crate) fn lost(end: u64) -> News {
    News { recovered: false, ..news(end + 1, end) }
}

pub(crate) fn state(calls: Vec<Call>) -> State {
    State { calls, signals: Vec::new(), server_now: wall() }
}

/// What the client sends for a command.
pub(crate) fn command_text(request_id: &str, name: &str, call_id: &str) -> String {
    json!({ "type": "command", "request_id": request_id, "name": name, "call_id": call_id }).to_string()
}

pub(crate) fn command(request_id: &str, name: &str, call_id: &str) -> CommandMessage {
    match ClientMessage::parse(&command_text(request_id, name, call_id)) {
        Ok(ClientMessage::Command(command)) => command,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn answer(request_id: &str, status: u16, body: Option<&str>) -> AnswerMessage {
    AnswerMessage {
        request_id: request_id.to_owned(),
        status,
        body: body.map(|body| serde_json::from_str(body).unwrap()),
        problem: None,
    }
}
