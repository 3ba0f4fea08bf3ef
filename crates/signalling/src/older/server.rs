//! What an older client is told.

use serde::Serialize;
use signal_protocol::{Candidate, EndReason, ErrorCode, RoomId, UserId};

use super::NoPeer;

/// One of the older events.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
pub(super) enum Saying<'a> {
    #[serde(rename = "call:offer")]
    Offer { chat_id: &'a RoomId, offer: Description<'a>, caller_id: &'a UserId },
    #[serde(rename = "call:answer")]
    Answer { chat_id: &'a RoomId, answer: Description<'a> },
    #[serde(rename = "call:ice-candidate")]
    Candidate { chat_id: &'a RoomId, candidate: Option<IceCandidate<'a>> },
    #[serde(rename = "call:end")]
    End {
        chat_id: &'a RoomId,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'static str>,
    },
    #[serde(rename = "call:rejected")]
    Rejected { chat_id: &'a RoomId, reason: &'static str },
    #[serde(rename = "call:error")]
    Error {
        #[serde(skip_serializing_if = "Option::is_none")]
        chat_id: Option<&'a RoomId>,
        message: &'static str,
        code: &'static str,
    },
}

/// `RTCSessionDescriptionInit`.
#[derive(Debug, Serialize)]
pub(super) struct Description<'a> {
    r#type: &'static str,
    sdp: &'a str,
}

/// `RTCIceCandidateInit`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IceCandidate<'a> {
    candidate: &'a str,
    sdp_mid: Option<&'a str>,
    #[serde(rename = "sdpMLineIndex")]
    sdp_m_line_index: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username_fragment: Option<&'a str>,
}

/// Why something did not come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault {
    /// What these clients have always been told.
    pub(super) message: &'static str,
    /// The stable code of this release.
    pub(super) code: &'static str,
}

impl<'a> Saying<'a> {
    /// Every event that the server may say, as `docs/older-clients.md` lists them.
    #[cfg(test)]
    pub(super) const EVENTS: [&'static str; 6] =
        ["call:offer", "call:answer", "call:ice-candidate", "call:end", "call:rejected", "call:error"];

    pub(super) fn offer(chat_id: &'a RoomId, sdp: &'a str, caller_id: &'a UserId) -> Self {
        Self::Offer { chat_id, offer: Description { r#type: "offer", sdp }, caller_id }
    }

    pub(super) fn answer(chat_id: &'a RoomId, sdp: &'a str) -> Self {
        Self::Answer { chat_id, answer: Description { r#type: "answer", sdp } }
    }

    pub(super) fn candidate(chat_id: &'a RoomId, candidate: Option<&'a Candidate>) -> Self {
        Self::Candidate { chat_id, candidate: candidate.map(IceCandidate::of) }
    }

    pub(super) fn error(chat_id: &'a RoomId, Fault { message, code }: Fault) -> Self {
        Self::Error { chat_id: Some(chat_id), message, code }
    }

    /// A message that is an older event by its type alone.
    pub(super) fn ill_formed() -> Self {
        let Fault { message, code } = Fault::of(ErrorCode::InvalidField);
        Self::Error { chat_id: None, message, code }
    }

    /// How the caller hears that a call is over.
    pub(super) fn ended_for_caller(chat_id: &'a RoomId, reason: Option<EndReason>) -> Self {
        match reason {
            Some(reason @ (EndReason::Rejected | EndReason::Busy)) => {
                Self::Rejected { chat_id, reason: reason.as_str() }
            }
            Some(EndReason::Unreachable) => Self::error(chat_id, Fault::OFFLINE),
            Some(
                EndReason::Completed
                | EndReason::Cancelled
                | EndReason::NoAnswer
                | EndReason::ConnectionTimeout
                | EndReason::ConnectionLost
                | EndReason::MediaFailed
                | EndReason::Removed
                | EndReason::RoomEnded
                | EndReason::ServerShutdown
                | EndReason::Error,
            )
            | None => Self::End { chat_id, reason: reason.map(EndReason::as_str) },
        }
    }
}

impl<'a> IceCandidate<'a> {
    fn of(candidate: &'a Candidate) -> Self {
        Self {
            candidate: &candidate.candidate,
            sdp_mid: candidate.sdp_mid.as_deref(),
            sdp_m_line_index: candidate.sdp_m_line_index,
            username_fragment: candidate.username_fragment.as_deref(),
        }
    }
}

impl Fault {
    /// The callee has no device that is connected.
    pub(super) const OFFLINE: Self = Self { message: "User offline", code: EndReason::Unreachable.as_str() };
    /// There is a call in this chat already.
    pub(super) const ENGAGED: Self =
        Self { message: "Already in a call", code: ErrorCode::AlreadyInCall.as_str() };

    /// What a refusal is called there.
    pub(super) fn of(code: ErrorCode) -> Self {
        let message = match code.status() {
            403 | 404 => "Access denied",
            _ if code == ErrorCode::AlreadyInCall => Self::ENGAGED.message,
            _ => "Call failed",
        };
        Self { message, code: code.as_str() }
    }
}

impl From<NoPeer> for Fault {
    fn from(no_peer: NoPeer) -> Self {
        Self::of(match no_peer {
            NoPeer::Denied => ErrorCode::AccessDenied,
            NoPeer::Unavailable => ErrorCode::MembershipUnavailable,
            NoPeer::RateLimited => ErrorCode::RateLimited,
        })
    }
}
