//! Commands that were sent in the name of an older client, and what their answers are about.

use signal_protocol::RoomId;
use uuid::Uuid;

/// What a command was for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Question {
    /// To call somebody.
    Invite(RoomId),
    /// To accept.
    Answer(RoomId),
    /// Something whose answer nobody waits for: a candidate, a farewell, a report about media.
    Aside,
}

/// The commands that are not answered yet. The session bounds how many there may be.
#[derive(Debug)]
pub(super) struct Questions {
    prefix: String,
    asked: u32,
    open: Vec<(u32, Question)>,
}

impl Questions {
    /// Ids are made of the session's, so that those of two sockets of one user differ.
    pub(super) fn new(session: Uuid) -> Self {
        Self { prefix: format!("v0-{}-", session.simple()), asked: 0, open: Vec::new() }
    }

    /// The id for a command.
    pub(super) fn ask(&mut self, question: Question) -> String {
        self.asked += 1;
        self.open.push((self.asked, question));
        format!("{}{}", self.prefix, self.asked)
    }

    /// What the command of this id was for, unless it was the client's own.
    pub(super) fn answered(&mut self, request_id: &str) -> Option<Question> {
        let number: u32 = request_id.strip_prefix(&self.prefix)?.parse().ok()?;
        let at = self.open.iter().position(|(open, _)| *open == number)?;
        Some(self.open.swap_remove(at).1)
    }
}
