//! What leaves a socket, as its session is told of it.

use signalling::Input;

/// How many messages wait for the connection, and of how many that left the session was not told.
///
/// The connection tells of messages alone; pings and pongs overtake them. They are told with the next message, or at once
/// where none waits: otherwise they would look like progress of a client that takes nothing.
#[derive(Debug, Default)]
pub(super) struct Flow {
    waiting: usize,
    held: usize,
    left: usize,
}

impl Flow {
    /// A message waits.
    pub(super) fn waits(&mut self) {
        self.waiting += 1;
    }

    /// Something goes that nobody will tell of.
    pub(super) fn slips_by(&mut self) {
        if self.waiting == 0 {
            self.left += 1;
        } else {
            self.held += 1;
        }
    }

    /// The connection has taken so many messages.
    pub(super) fn taken(&mut self, messages: usize) {
        self.waiting = self.waiting.saturating_sub(messages);
        self.left += messages + std::mem::take(&mut self.held);
    }

    /// The next word of it for the session.
    pub(super) fn next(&mut self) -> Option<Input> {
        self.left = self.left.checked_sub(1)?;
        Some(Input::Sent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(flow: &mut Flow) -> usize {
        std::iter::from_fn(|| flow.next()).count()
    }

    #[test]
    fn a_ping_is_no_progress_while_messages_wait() {
        let mut flow = Flow::default();
        flow.slips_by();
        assert_eq!(told(&mut flow), 1);
        flow.waits();
        flow.waits();
        flow.slips_by();
        assert_eq!(told(&mut flow), 0);
        flow.taken(1);
        assert_eq!(told(&mut flow), 2);
        flow.slips_by();
        flow.taken(1);
        assert_eq!(told(&mut flow), 2);
        flow.slips_by();
        assert_eq!(told(&mut flow), 1);
    }
}
