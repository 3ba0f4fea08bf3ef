//! In which order the commands of one client run.

use std::collections::VecDeque;

use signal_protocol::socket::{CommandMessage, CommandName};
use signal_protocol::{CallId, RoomId};

use crate::Limits;

/// One run of a command. A `request_id` will not do: a client may send one twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(u64);

/// A command that is to be carried out now.
pub(crate) struct Run {
    /// For its end.
    pub(crate) ticket: Ticket,
    /// The command.
    pub(crate) command: CommandMessage,
}

/// More commands wait than may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many commands wait")]
pub(crate) struct TooManyCommands;

/// What a command is about. Those about the same thing run one after another, as if they had come by one HTTP connection.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Subject {
    Call(CallId),
    Room(RoomId),
    /// Neither, or none that can exist.
    Other,
}

/// What runs and what waits: commands about one call or room one after another in the order in which they came, those about
/// different ones side by side.
pub(crate) struct Lanes {
    is_open: bool,
    tickets: u64,
    running: Vec<Running>,
    waiting: VecDeque<CommandMessage>,
}

/// A command that runs.
#[derive(Debug)]
struct Running {
    ticket: Ticket,
    subject: Subject,
    name: Option<CommandName>,
}

/// A command that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ended {
    /// Which command it was, if there is one of its name.
    pub(crate) name: Option<CommandName>,
    /// The call it named.
    pub(crate) call: Option<CallId>,
}

impl Subject {
    fn of(command: &CommandMessage) -> Self {
        command.call().map(Self::Call).or_else(|| command.room().map(Self::Room)).unwrap_or(Self::Other)
    }
}

impl Lanes {
    /// Nothing runs before [`Lanes::open`].
    pub(crate) const fn closed() -> Self {
        Self { is_open: false, tickets: 0, running: Vec::new(), waiting: VecDeque::new() }
    }

    /// From now on commands run.
    pub(crate) fn open(&mut self) {
        self.is_open = true;
    }

    /// Takes a command. What it is to be followed by, [`Lanes::next`] says.
    pub(crate) fn take(&mut self, command: CommandMessage, limits: &Limits) -> Result<(), TooManyCommands> {
        // One that can run at once does not wait, so this many may wait besides those that run.
        let would_wait = self.waiting.len() + 1 - usize::from(self.is_free_for(&command, limits));
        if would_wait > limits.commands_waiting {
            return Err(TooManyCommands);
        }
        self.waiting.push_back(command);
        Ok(())
    }

    /// A command that is to run now, if there is one. To be asked until there is none.
    pub(crate) fn next(&mut self, limits: &Limits) -> Option<Run> {
        // The first of each lane that comes along: whatever waits before it in the same lane would have been chosen.
        let at = self.waiting.iter().position(|command| self.is_free_for(command, limits))?;
        let command = self.waiting.remove(at)?;
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        let (subject, name) = (Subject::of(&command), CommandName::parse(&command.name));
        self.running.push(Running { ticket, subject, name });
        Some(Run { ticket, command })
    }

    /// A command has ended. None if it did not run.
    pub(crate) fn ended(&mut self, ticket: Ticket) -> Option<Ended> {
        let at = self.running.iter().position(|running| running.ticket == ticket)?;
        let Running { subject, name, .. } = self.running.swap_remove(at);
        let call = match subject {
            Subject::Call(call) => Some(call),
            Subject::Room(_) | Subject::Other => None,
        };
        Some(Ended { name, call })
    }

    fn is_free_for(&self, command: &CommandMessage, limits: &Limits) -> bool {
        let subject = Subject::of(command);
        self.is_open
            && self.running.len() < limits.commands_at_once
            && self.running.iter().all(|running| running.subject != subject)
    }
}
