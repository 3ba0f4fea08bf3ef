//! Requests with an id: the same one again gets the same answer, and has no second effect.
//!
//! The answer is written by the commit that makes the effect, so that of two at once, on whichever replicas, one has the
//! effect and both have its answer. What the rules refuse is remembered too. What failed is not, and neither is what was
//! refused before the rules were asked: there is nothing to repeat.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use calls::{Refused, Schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use signal_protocol::{CallId, ErrorCode, FieldProblem, SignalRequest, UserId};
use store::{Key, Write};

use crate::desk::Outcome;
use crate::records::{self, request_key};

/// How long an answer is remembered.
const REMEMBERED: Duration = Duration::from_mins(10);

/// A request that had an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    user: UserId,
    id: String,
    fingerprint: Fingerprint,
}

/// What a request is about: two of the same id must agree in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Of a command's name, what it is about (a call's or a person's id, or nothing) and its body as it was parsed:
    /// spaces, the order of fields and a body that was left out make no difference.
    pub fn of<T: Serialize>(command: &str, subject: &str, body: &T) -> Self {
        let mut hash = Sha256::new();
        for part in [command.as_bytes(), subject.as_bytes(), &records::json(body)] {
            // With its length, so that no two lists of parts look the same.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(URL_SAFE_NO_PAD.encode(hash.finalize()))
    }
}

impl Request {
    /// The request of `user` with this id, if it has one.
    #[must_use]
    pub fn new(user: &UserId, id: Option<String>, fingerprint: Fingerprint) -> Option<Self> {
        id.map(|id| Self { user: user.clone(), id, fingerprint })
    }

    /// The request of a signal, which either service may be the one to carry out.
    #[must_use]
    pub fn of_signal(
        user: &UserId,
        id: Option<String>,
        call: CallId,
        signal: &SignalRequest,
    ) -> Option<Self> {
        // Without an id nobody looks at the fingerprint.
        id.as_ref()?;
        Self::new(user, id, Fingerprint::of("signal.send", &call.to_string(), signal))
    }

    /// The record with its answer.
    pub(crate) fn key(&self) -> Key {
        request_key(&self.user, &self.id)
    }

    /// Whether `remembered` answers this very request, and not another one that had the same id.
    pub(crate) fn is(&self, remembered: &Remembered) -> bool {
        self.fingerprint == remembered.fingerprint
    }

    /// Remembers what this request came to.
    pub(crate) fn remember(&self, answer: RememberedAnswer) -> Write {
        let record = Remembered { schema: Schema, fingerprint: self.fingerprint.clone(), answer };
        Write::Put { key: self.key(), data: records::json(&record), refs: Vec::new(), ttl: Some(REMEMBERED) }
    }
}

/// The record of a request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Remembered {
    schema: Schema,
    fingerprint: Fingerprint,
    /// What it came to.
    pub(crate) answer: RememberedAnswer,
}

/// What a request came to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RememberedAnswer {
    /// It was carried out.
    Done(Outcome),
    /// The rules refused it.
    Refused(RememberedRefusal),
}

/// A refusal of the rules, as the client saw it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("refused before: {code}")]
pub struct RememberedRefusal {
    /// The stable code.
    pub(crate) code: ErrorCode,
    /// With `invalid_field`: what was wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) fields: Vec<FieldProblem>,
    /// What the code adds.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(crate) extensions: Map<String, Value>,
}

impl From<&Refused> for RememberedRefusal {
    fn from(refused: &Refused) -> Self {
        Self { code: refused.code(), fields: refused.fields().to_vec(), extensions: refused.extensions() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_counts_is_the_command_its_subject_and_its_body() {
        let reference = Fingerprint::of("call.decline", "a", &json!({ "reason": "x" }));
        assert_eq!(Fingerprint::of("call.decline", "a", &json!({ "reason": "x" })), reference);
        for other in [
            Fingerprint::of("call.accept", "a", &json!({ "reason": "x" })),
            Fingerprint::of("call.decline", "b", &json!({ "reason": "x" })),
            Fingerprint::of("call.decline", "a", &json!({ "reason": "y" })),
            Fingerprint::of("call.declinea", "", &json!({ "reason": "x" })),
        ] {
            assert_ne!(other, reference);
        }
    }
}
