//! What a command comes to: everything that one commit writes, and the answer.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use signal_protocol::{Call, CallId, DeviceId, EventBody, HistoryItem, InviteAnswer, Signal, UserId};
use uuid::Uuid;

use crate::record::{CallRecord, SignalsRecord, UserRecord};

/// Which devices of a person an event is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Devices {
    /// Every one.
    All,
    /// This one.
    Only(DeviceId),
    /// Every one but this.
    AllBut(DeviceId),
}

/// An event for a person's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Whose log.
    pub to: UserId,
    /// Which of their devices.
    pub devices: Devices,
    /// What happened.
    pub body: EventBody,
}

/// A signal for a person's log. What it carries is kept in a record of its own, which is read with the entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignalNotice {
    /// Whose log.
    pub to: UserId,
    /// Which of their devices.
    pub devices: Devices,
    /// The signal.
    pub signal: Signal,
}

/// What the application's push service is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HookKind {
    /// Somebody is being rung and no device of theirs knows.
    RingUnseen,
    /// That ring is over, whatever came of it.
    RingOver,
    /// The call ended, and they neither answered nor declined.
    CallMissed,
}

/// One call of the application's push service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// What.
    pub kind: HookKind,
    /// About whom.
    pub user_id: UserId,
    /// The call after the change.
    pub call: Call,
}

/// Something to be done outside the store, at least once.
#[expect(clippy::large_enum_variant, reason = "a decision has a handful of them, and they go at once")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Delete the room of the call in LiveKit.
    CloseRoom {
        /// Which call.
        call: CallId,
    },
    /// Ask LiveKit who is in the room of the call and come back with [`crate::Command::SfuReport`].
    CheckRoom {
        /// Which call.
        call: CallId,
    },
    /// Tell the push service.
    Hook(Hook),
}

/// A record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reference {
    /// `call:<id>`.
    Call(CallId),
    /// `user:<id>`.
    User(UserId),
    /// `presence:<id>`.
    Presence(UserId),
    /// `block:<id>`.
    Preferences(UserId),
    /// `signals:<call>:<user>`.
    Signals(CallId, UserId),
}

/// What whoever asked is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The call after it.
    Call(Call),
    /// What became of an invite.
    Invited {
        /// The body of the answer.
        answer: InviteAnswer,
        /// Whether a call was made (201), or one that was there is the answer (200, glare).
        created: bool,
    },
    /// The signal with this id was taken (202).
    Signal(Uuid),
    /// A report of LiveKit was taken.
    Reported {
        /// Whether the call goes on.
        is_live: bool,
        /// Who is in its room and not in the call.
        outsiders: Vec<UserId>,
    },
    /// Nothing to say (204).
    Nothing,
}

/// Everything that one commit writes, or nothing of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Calls to be written. The timer of each is its [`CallRecord::next_deadline`]; none when it ended.
    pub calls: Vec<CallRecord>,
    /// People to be written; those that are [`UserRecord::is_empty`] are to be deleted.
    pub users: BTreeMap<UserId, UserRecord>,
    /// What people have sent in calls, to be written; those that are [`SignalsRecord::is_empty`] are to be deleted.
    pub sent: BTreeMap<(CallId, UserId), SignalsRecord>,
    /// Events, in their order.
    pub notices: Vec<Notice>,
    /// Signals to be relayed, in their order, after the events.
    pub signals: Vec<SignalNotice>,
    /// Signals that have served: what they carry is soon to go.
    pub expire: Vec<Uuid>,
    /// What is to be done outside.
    pub effects: Vec<Effect>,
    /// Entries of people's history.
    pub history: Vec<(UserId, HistoryItem)>,
    /// What must be as it was read for this to hold: every record that is written, and every one whose content decided.
    ///
    /// A sign of life that only made the decision kinder is not among them, and neither is a call that was looked at to
    /// see that a leg is no stale one: the leg itself is, and it goes in the commit that ends the call. Neither is what
    /// decided no more than which signals are to expire, or goes with its call: both may be late by one.
    pub relied_on: BTreeSet<Reference>,
    /// Not to be committed later than this: a command that was in time when it was decided may not land after a ring
    /// has ended.
    pub not_after: Option<DateTime<Utc>>,
    /// The answer.
    pub answer: Answer,
}

impl Decision {
    /// Whether there is nothing to commit: the command changed nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
            && self.users.is_empty()
            && self.sent.is_empty()
            && self.notices.is_empty()
            && self.signals.is_empty()
            && self.expire.is_empty()
            && self.effects.is_empty()
            && self.history.is_empty()
    }
}
