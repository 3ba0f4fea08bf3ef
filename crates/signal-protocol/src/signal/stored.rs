//! A payload as one release wrote it down and another one reads it.
//!
//! What comes from a client is refused with a field that is not known: its sender would take for relayed what nobody reads.
//! What was taken once is another thing: during an upgrade a newer release may have taken a field that an older one passes over.

use serde::{Deserialize, Deserializer};

use super::{Candidate, SignalPayload};

/// A payload from the store, or from another service of this product. Fields of a newer release are passed over.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Lenient")]
pub struct StoredPayload(pub SignalPayload);

#[derive(Default, Deserialize)]
#[serde(default)]
struct Lenient {
    sdp: Option<String>,
    candidates: Option<Vec<LenientCandidate>>,
    end: Option<bool>,
    sealed: Option<String>,
}

#[derive(Deserialize)]
struct LenientCandidate {
    candidate: String,
    sdp_mid: Option<String>,
    sdp_m_line_index: Option<u16>,
    username_fragment: Option<String>,
}

impl From<Lenient> for StoredPayload {
    fn from(Lenient { sdp, candidates, end, sealed }: Lenient) -> Self {
        let candidates = candidates.map(|all| all.into_iter().map(Candidate::from).collect());
        Self(SignalPayload { sdp, candidates, end, sealed })
    }
}

impl From<LenientCandidate> for Candidate {
    fn from(lenient: LenientCandidate) -> Self {
        let LenientCandidate { candidate, sdp_mid, sdp_m_line_index, username_fragment } = lenient;
        Self { candidate, sdp_mid, sdp_m_line_index, username_fragment }
    }
}

pub(super) fn payload<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SignalPayload, D::Error> {
    StoredPayload::deserialize(deserializer).map(|StoredPayload(payload)| payload)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Signal, SignalRequest};

    #[test]
    fn what_was_written_is_read_as_it_is() {
        let candidate = Candidate {
            candidate: "candidate:1 1 udp 1 192.0.2.1 9 typ host".to_owned(),
            sdp_mid: Some("0".to_owned()),
            sdp_m_line_index: Some(0),
            username_fragment: Some("abcd".to_owned()),
        };
        let payload = SignalPayload {
            sdp: Some("v=0".to_owned()),
            candidates: Some(vec![candidate]),
            end: Some(true),
            sealed: Some("AAAA".to_owned()),
        };
        for payload in [payload, SignalPayload::default()] {
            let text = serde_json::to_vec(&payload).expect("it is JSON");
            let read: StoredPayload = serde_json::from_slice(&text).expect("it is one");
            assert_eq!(read, StoredPayload(payload));
        }
    }

    #[test]
    fn fields_of_a_newer_release_are_passed_over_once_taken_and_refused_from_a_client() {
        for payload in [
            json!({ "sdp": "v=0", "colour": 1 }),
            json!({ "candidates": [{ "candidate": "a", "colour": 1 }] }),
        ] {
            assert!(serde_json::from_value::<StoredPayload>(payload.clone()).is_ok());
            let signal = json!({
                "call_id": "0198c5a0-7e3b-7cc0-9f6e-4f3c2b1a0d9e", "from": "bob", "kind": "offer", "generation": 0,
                "payload": payload, "signal_id": "0198c5a0-7e3b-7cc0-9f6e-4f3c2b1a0d9e",
            });
            serde_json::from_value::<Signal>(signal).expect("a service reads what another one has written");
            let request = json!({ "kind": "offer", "generation": 0, "payload": payload });
            assert!(serde_json::from_value::<SignalRequest>(request).is_err());
        }
    }

    #[test]
    fn what_is_no_payload_is_none() {
        assert!(serde_json::from_value::<StoredPayload>(json!({ "sdp": 1 })).is_err());
        assert!(serde_json::from_value::<StoredPayload>(json!({ "candidates": [{}] })).is_err());
    }
}
