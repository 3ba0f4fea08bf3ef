//! Signals: what the two devices of a peer-to-peer call tell each other before their media flow.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{CallId, UserId};

mod stored;

pub use stored::StoredPayload;

/// What a signal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SignalKind {
    /// A session description that proposes (RFC 8829).
    Offer,
    /// A session description that answers an offer.
    Answer,
    /// Some of the addresses at which the sender may be reached (RFC 8838), or the word that these were all.
    Candidates,
    /// The path is lost: a new generation begins, for which both gather anew (RFC 8445, section 9).
    Restart,
}

impl SignalKind {
    /// The word of the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Offer => "offer",
            Self::Answer => "answer",
            Self::Candidates => "candidates",
            Self::Restart => "restart",
        }
    }
}

/// One candidate, as browsers write it (`RTCIceCandidateInit`).
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    /// The `candidate` attribute of RFC 8839, section 5.1, without `a=`: at most 1 KiB.
    #[schema(max_length = 1024)]
    pub candidate: String,
    /// The `mid` of its media section.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 256)]
    pub sdp_mid: Option<String>,
    /// The place of its media section, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdp_m_line_index: Option<u16>,
    /// The `ice-ufrag` of the generation that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 256)]
    pub username_fragment: Option<String>,
}

impl fmt::Debug for Candidate {
    /// To which media section it belongs, without the address.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Candidate").field("sdp_mid", &self.sdp_mid).finish_non_exhaustive()
    }
}

/// What a signal carries. Which fields there must be depends on its kind: `sdp` of an offer or an answer, `candidates`
/// or `end` or both of candidates, none of a restart; or `sealed` alone, of any kind.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SignalPayload {
    /// A session description: at most 32 KiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 32768)]
    pub sdp: Option<String>,
    /// Candidates, at most 50.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 50)]
    pub candidates: Option<Vec<Candidate>>,
    /// `true`: no more candidates of this generation will follow. May not be `false`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<bool>,
    /// The whole payload, encrypted from device to device, in base64url without padding: at most 48 KiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 49152)]
    pub sealed: Option<String>,
}

impl fmt::Debug for SignalPayload {
    /// How much there is of what, and nothing of what it says: addresses and keys are in it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("SignalPayload");
        shown.field("sdp_bytes", &self.sdp.as_ref().map(String::len));
        shown.field("candidates", &self.candidates.as_ref().map(Vec::len));
        shown.field("end", &self.end);
        shown.field("sealed_bytes", &self.sealed.as_ref().map(String::len)).finish()
    }
}

/// A signal to be relayed to the other party's device.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignalRequest {
    /// What it is.
    pub kind: SignalKind,
    /// To which generation of the connection it belongs: 0 at first, one more with each restart.
    pub generation: u32,
    /// What it carries.
    pub payload: SignalPayload,
    /// With an answer, and only then: accept the ring as well, in the same step.
    #[serde(default, skip_serializing_if = "is_false")]
    pub accept: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// The caller's offer within the invite.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EarlyOffer {
    /// A session description: at most 32 KiB.
    #[schema(max_length = 32768)]
    pub sdp: String,
}

impl fmt::Debug for EarlyOffer {
    /// How much there is of it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("EarlyOffer").field("sdp_bytes", &self.sdp.len()).finish()
    }
}

/// The answer to a signal that was taken: it is stored, and will be delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignalAnswer {
    /// Its id.
    pub signal_id: Uuid,
}

/// A signal, as it reaches the other device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Signal {
    /// Of which call.
    pub call_id: CallId,
    /// Who sent it.
    pub from: UserId,
    /// What it is.
    pub kind: SignalKind,
    /// To which generation of the connection it belongs.
    pub generation: u32,
    /// What it carries.
    #[serde(deserialize_with = "stored::payload")]
    pub payload: SignalPayload,
    /// Unique. The same signal may be read in a snapshot and as an event.
    pub signal_id: Uuid,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::IceServer;
    use crate::socket::ClientMessage;

    #[test]
    fn what_may_stand_in_no_log_is_not_shown() {
        const SECRET: &str = "s3cret";
        let text = || Some(SECRET.to_owned());
        let candidate = Candidate {
            candidate: SECRET.to_owned(),
            sdp_mid: None,
            sdp_m_line_index: None,
            username_fragment: text(),
        };
        let payload = SignalPayload {
            sdp: text(),
            candidates: Some(vec![candidate.clone()]),
            end: None,
            sealed: text(),
        };
        let server = IceServer { urls: Vec::new(), username: text(), credential: text() };
        let message = |fields: &str| ClientMessage::parse(&format!(r#"{{"type":{fields}}}"#));
        let shown = [
            format!("{payload:?}"),
            format!("{candidate:?}"),
            format!("{:?}", EarlyOffer { sdp: SECRET.to_owned() }),
            format!("{server:?}"),
            format!("{:?}", message(r#""hello","token":"s3cret""#)),
            format!("{:?}", message(r#""authenticate","token":"s3cret""#)),
            format!("{:?}", message(r#""command","request_id":"r","name":"n","body":{"sdp":"s3cret"}"#)),
        ];
        for shown in shown {
            assert!(!shown.contains(SECRET) && !shown.contains("BadMessage"), "{shown}");
        }
    }
}
