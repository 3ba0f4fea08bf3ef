//! What a session says, in a line each.

use signal_protocol::socket::ServerMessage;
use signalling::{Output, PollOutput};

fn or_none(text: Option<&String>) -> &str {
    text.map_or("-", String::as_str)
}

/// One line for what is to be done.
pub(crate) fn line(output: &Output) -> String {
    match output {
        Output::Verify { token, device } => format!("verify {token} {device}"),
        Output::Renew { token } => format!("renew {token}"),
        Output::Read { after, limit } => format!("read {} {limit}", or_none(after.as_ref())),
        Output::Open { .. } => "open".to_owned(),
        Output::LoadSnapshot => "snapshot".to_owned(),
        Output::Run { command, .. } => format!("run {}", command.request_id),
        Output::Acknowledge { cursor, has_signals: true } => format!("acknowledge {cursor}"),
        Output::Acknowledge { cursor, has_signals: false } => format!("check {cursor}"),
        Output::Notified(call) => format!("notified {call}"),
        Output::Send(message) => format!("send {}", message_line(message)),
        Output::Ping => "ping".to_owned(),
        Output::Pong(payload) => format!("pong {}", String::from_utf8_lossy(payload)),
        Output::Close(close) => format!("close {} {}", close.code(), close.reason()),
    }
}

fn message_line(message: &ServerMessage) -> String {
    match message {
        ServerMessage::Welcome(welcome) => {
            let recovered =
                welcome.recovered.map_or("-", |recovered| if recovered { "recovered" } else { "lost" });
            let calls = welcome.calls.as_ref().map_or("-".to_owned(), |calls| calls.len().to_string());
            assert_eq!(welcome.calls.is_some(), welcome.signals.is_some(), "they come together");
            format!("welcome {} {recovered} {calls}", welcome.cursor)
        }
        ServerMessage::Authenticated { .. } => "authenticated".to_owned(),
        ServerMessage::Event { event } => format!("event {}", event.cursor),
        ServerMessage::Answer(answer) => format!("answer {} {}", answer.request_id, answer.status),
        ServerMessage::Drain { after_ms } => format!("drain {after_ms}"),
        ServerMessage::Pong => "pong".to_owned(),
    }
}

/// One line for what a poll wants done.
pub(crate) fn poll_line(output: &PollOutput) -> String {
    match output {
        PollOutput::Read { after, limit } => format!("read {} {limit}", or_none(after.as_ref())),
        PollOutput::LoadSnapshot => "snapshot".to_owned(),
        PollOutput::Acknowledge { cursor } => format!("acknowledge {cursor}"),
        PollOutput::Notified(call) => format!("notified {call}"),
        PollOutput::Answer(answer) => {
            let recovered =
                answer.recovered.map_or("-", |recovered| if recovered { "recovered" } else { "lost" });
            let calls = answer.calls.as_ref().map_or("-".to_owned(), |calls| calls.len().to_string());
            assert_eq!(answer.calls.is_some(), answer.signals.is_some(), "they come together");
            format!("answer {} {recovered} {calls} events {}", answer.cursor, answer.events.len())
        }
        PollOutput::Fail(code) => format!("fail {code}"),
    }
}
