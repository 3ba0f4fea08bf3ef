//! Which rings a device is told of.

use chrono::{DateTime, Utc};
use signal_protocol::{CallId, Event, EventBody};

/// The calls that ring once all of `events` were told, at the store's time `now`. A ring that is told together with its own
/// end reaches nobody.
#[must_use]
pub fn handed_over(events: &[Event], now: DateTime<Utc>) -> Vec<CallId> {
    let mut ringing = Vec::new();
    for event in events {
        match &event.body {
            EventBody::Ringing { call } => {
                let is_on = call.expires_at.is_none_or(|end| now <= end);
                if is_on && !ringing.contains(&call.id) {
                    ringing.push(call.id);
                }
            }
            EventBody::Stopped { call, .. } | EventBody::Ended { call } => {
                ringing.retain(|id| *id != call.id);
            }
            // Others come and go, and it rings on.
            EventBody::Accepted { .. }
            | EventBody::Declined { .. }
            | EventBody::Busy { .. }
            | EventBody::Updated { .. }
            | EventBody::Signal(_)
            | EventBody::RoomRemoved { .. } => {}
        }
    }
    ringing
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ONE: &str = "0198c5a0-7c3e-7d5a-8f00-000000000001";
    const TWO: &str = "0198c5a0-7c3e-7d5a-8f00-000000000002";

    fn event(kind: &str, call: &str) -> Value {
        json!({
            "id": "7", "cursor": "c", "at": "2026-01-31T09:30:00.000Z", "type": kind,
            "user_id": "bob", "user_ids": ["bob"], "reason": "answered_elsewhere",
            "call": {
                "id": call, "version": 1, "phase": "ringing", "kind": "audio", "media": "livekit", "caller": "carol",
                "parties": [], "created_at": "2026-01-31T09:30:00.000Z", "expires_at": "2026-01-31T09:30:30.000Z",
                "server_now": "2026-01-31T09:30:00.000Z", "trace_id": "0af7651916cd43dd8448eb211c80319c",
            },
        })
    }

    /// Which calls ring after such events, `after_ms` after the first.
    fn check(events: &[(&str, &str)], after_ms: i64, ringing: &[&str]) {
        let events: Vec<Event> = events
            .iter()
            .map(|(kind, call)| serde_json::from_value(event(kind, call)).expect("an event"))
            .collect();
        let now = events[0].at + chrono::Duration::milliseconds(after_ms);
        let found: Vec<_> = handed_over(&events, now).iter().map(ToString::to_string).collect();
        assert_eq!(found, ringing);
    }

    #[test]
    fn a_ring_is_handed_over_until_its_deadline_and_once() {
        check(&[("call.ringing", ONE)], 0, &[ONE]);
        check(&[("call.ringing", ONE), ("call.ringing", ONE)], 30_000, &[ONE]);
        check(&[("call.ringing", ONE)], 30_001, &[]);
    }

    #[test]
    fn a_ring_that_is_told_with_its_own_end_is_not() {
        check(&[("call.ringing", ONE), ("call.ended", ONE)], 0, &[]);
        check(&[("call.ringing", ONE), ("call.stopped", ONE), ("call.ringing", TWO)], 0, &[TWO]);
    }

    #[test]
    fn what_others_do_does_not_end_it() {
        for kind in ["call.accepted", "call.declined", "call.busy", "call.updated"] {
            check(&[("call.ringing", ONE), (kind, ONE)], 0, &[ONE]);
            check(&[(kind, ONE)], 0, &[]);
        }
    }
}
