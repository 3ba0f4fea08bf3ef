//! What the product says, as far as a witness looks at it: read from docs/protocol.md and not with the product's own types, which would
//! hide a change of them.

use clock::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

/// A message of the server on a socket.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum Message {
    Welcome(Welcome),
    Event {
        event: Event,
    },
    Answer(Answered),
    Authenticated {},
    Drain {
        after_ms: u64,
    },
    Pong {},
    /// Clients pass over what a newer server says.
    #[serde(other)]
    Unknown,
}

/// The first message, or a later one if the server lost the thread.
#[derive(Debug, Deserialize)]
pub(super) struct Welcome {
    pub(super) cursor: String,
    pub(super) recovered: Option<bool>,
    #[serde(default)]
    pub(super) calls: Vec<Call>,
}

/// The answer to a poll.
#[derive(Debug, Deserialize)]
pub(super) struct Polled {
    pub(super) events: Vec<Event>,
    #[serde(flatten)]
    pub(super) state: Welcome,
}

/// The answer to a command.
#[derive(Debug, Deserialize)]
pub(super) struct Answered {
    pub(super) request_id: String,
    pub(super) status: u16,
    #[serde(default)]
    pub(super) body: Value,
    pub(super) problem: Option<Problem>,
}

/// Why something was refused.
#[derive(Debug, Deserialize)]
pub(super) struct Problem {
    pub(super) code: String,
    pub(super) trace_id: String,
    /// The call that is in the way, of `already_in_call`.
    pub(super) call_id: Option<String>,
}

/// An entry of a person's log.
#[derive(Debug, Deserialize)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) cursor: String,
    pub(super) at: DateTime<Utc>,
    #[serde(rename = "type")]
    pub(super) kind: String,
    /// Of all but signals.
    pub(super) call: Option<Call>,
    /// Of signals, as is all that follows.
    pub(super) call_id: Option<String>,
    pub(super) from: Option<String>,
    pub(super) payload: Option<Payload>,
}

/// A call as one of its events shows it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Call {
    pub(super) id: String,
    pub(super) version: u64,
    pub(super) phase: String,
    pub(super) reason: Option<String>,
    pub(super) expires_at: Option<DateTime<Utc>>,
    pub(super) trace_id: String,
}

/// What a signal carries.
#[derive(Debug, Deserialize)]
pub(super) struct Payload {
    #[serde(default)]
    candidates: Vec<Candidate>,
}

#[derive(Debug, Deserialize)]
struct Candidate {
    candidate: String,
}

impl Payload {
    /// The number that a witness wrote into its candidate, see [`candidate`].
    pub(super) fn number(&self) -> Option<u32> {
        let text = self.candidates.first()?.candidate.strip_prefix("candidate:")?;
        text.split(' ').next()?.parse().ok()
    }
}

/// A candidate whose foundation is this number; its address is one of documentation (RFC 5737).
pub(super) fn candidate(number: u32) -> String {
    format!("candidate:{number} 1 udp 2113937151 192.0.2.1 47096 typ host")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_candidate_gives_back_its_number() {
        let payload = json!({ "candidates": [{ "candidate": candidate(4711), "sdp_mid": "0" }] });
        let payload: Payload = serde_json::from_value(payload).unwrap();
        assert_eq!(payload.number(), Some(4711));
        assert_eq!(serde_json::from_value::<Payload>(json!({ "sdp": "v=0" })).unwrap().number(), None);
    }

    #[test]
    fn what_a_newer_server_says_is_passed_over() {
        let message: Message = serde_json::from_value(json!({ "type": "weather", "sun": true })).unwrap();
        assert!(matches!(message, Message::Unknown), "{message:?}");
    }
}
