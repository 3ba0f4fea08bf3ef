//! What an older client says.

use serde::Deserialize;
use signal_protocol::socket::{BadMessage, ClientMessage};
use signal_protocol::{Candidate, RoomId};

/// What a client says, as far as it is an older event.
#[derive(Debug)]
pub(super) enum Said {
    /// Call the other member of the chat.
    Initiate { chat: RoomId, offer: String },
    /// Accept, with this answer.
    Answer { chat: RoomId, answer: String },
    /// A way to reach this device; none: there are no more.
    Candidate { chat: RoomId, candidate: Option<Candidate> },
    /// It is over.
    End { chat: RoomId },
    /// Decline.
    Reject { chat: RoomId },
    /// One of the above without what must be in it.
    IllFormed,
    /// A message of `realtime.v1`, or none at all.
    Other(Result<ClientMessage, BadMessage>),
}

/// The events' fields, as `JSON.stringify` writes the browser's own objects. What else is in them is of no account: these
/// clients were written before this server.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
enum Frame {
    #[serde(rename = "call:initiate")]
    Initiate { chat_id: RoomId, offer: Description },
    #[serde(rename = "call:answer")]
    Answer { chat_id: RoomId, answer: Description },
    #[serde(rename = "call:ice-candidate")]
    Candidate { chat_id: RoomId, candidate: Option<IceCandidate> },
    #[serde(rename = "call:end")]
    End { chat_id: RoomId },
    #[serde(rename = "call:reject")]
    Reject { chat_id: RoomId },
}

/// `RTCSessionDescriptionInit`, or its `sdp` alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Description {
    Init { sdp: String },
    Text(String),
}

/// `RTCIceCandidateInit`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IceCandidate {
    #[serde(default)]
    candidate: String,
    sdp_mid: Option<String>,
    // As browsers spell it.
    #[serde(rename = "sdpMLineIndex")]
    sdp_m_line_index: Option<u16>,
    username_fragment: Option<String>,
}

impl Said {
    /// Every event that a client may say.
    pub(super) const EVENTS: [&'static str; 5] =
        ["call:initiate", "call:answer", "call:ice-candidate", "call:end", "call:reject"];

    pub(super) fn parse(text: &str) -> Self {
        #[derive(Deserialize)]
        struct Typed {
            r#type: String,
        }
        let is_event = serde_json::from_str::<Typed>(text)
            .is_ok_and(|typed| Self::EVENTS.contains(&typed.r#type.as_str()));
        if !is_event {
            return Self::Other(ClientMessage::parse(text));
        }
        match serde_json::from_str(text) {
            Ok(Frame::Initiate { chat_id: chat, offer }) => Self::Initiate { chat, offer: offer.sdp() },
            Ok(Frame::Answer { chat_id: chat, answer }) => Self::Answer { chat, answer: answer.sdp() },
            Ok(Frame::Candidate { chat_id: chat, candidate }) => {
                // Browsers end with an empty candidate or with none.
                let candidate = candidate.filter(|candidate| !candidate.candidate.is_empty());
                Self::Candidate { chat, candidate: candidate.map(Candidate::from) }
            }
            Ok(Frame::End { chat_id: chat }) => Self::End { chat },
            Ok(Frame::Reject { chat_id: chat }) => Self::Reject { chat },
            Err(_) => Self::IllFormed,
        }
    }
}

impl Description {
    fn sdp(self) -> String {
        match self {
            Self::Init { sdp } | Self::Text(sdp) => sdp,
        }
    }
}

impl From<IceCandidate> for Candidate {
    fn from(ice: IceCandidate) -> Self {
        Self {
            candidate: ice.candidate,
            sdp_mid: ice.sdp_mid,
            sdp_m_line_index: ice.sdp_m_line_index,
            username_fragment: ice.username_fragment,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_and_candidates_are_taken_as_browsers_write_them() {
        for offer in [r#"{"type":"offer","sdp":"v=0"}"#, r#"{"sdp":"v=0"}"#, r#""v=0""#] {
            let text = format!(r#"{{"type":"call:initiate","chatId":"standup","offer":{offer},"extra":1}}"#);
            let said = Said::parse(&text);
            assert!(matches!(&said, Said::Initiate { offer, .. } if offer == "v=0"), "{said:?} of {text}");
        }
        let text = r#"{"type":"call:ice-candidate","chatId":"standup","candidate":
            {"candidate":"candidate:1","sdpMid":"0","sdpMLineIndex":0,"usernameFragment":"abcd"}}"#;
        let Said::Candidate { candidate: Some(candidate), .. } = Said::parse(text) else {
            panic!("a candidate")
        };
        assert_eq!((candidate.sdp_mid.as_deref(), candidate.sdp_m_line_index), (Some("0"), Some(0)));
        for last in ["null", r#"{"candidate":""}"#, "{}"] {
            let text = format!(r#"{{"type":"call:ice-candidate","chatId":"standup","candidate":{last}}}"#);
            assert!(matches!(Said::parse(&text), Said::Candidate { candidate: None, .. }), "{text}");
        }
    }

    #[test]
    fn an_event_without_what_must_be_in_it_is_told_from_a_message_of_another_kind() {
        for event in Said::EVENTS {
            let without = format!(r#"{{"type":"{event}"}}"#);
            assert!(matches!(Said::parse(&without), Said::IllFormed), "{event}");
            let no_room = format!(r#"{{"type":"{event}","chatId":"not a room","offer":"","answer":""}}"#);
            assert!(matches!(Said::parse(&no_room), Said::IllFormed), "{event}");
        }
        assert!(matches!(Said::parse(r#"{"type":"ping"}"#), Said::Other(Ok(ClientMessage::Ping))));
        for none in ["", "null", r#"{"type":"call:explode"}"#] {
            assert!(matches!(Said::parse(none), Said::Other(Err(BadMessage))), "{none}");
        }
    }
}
