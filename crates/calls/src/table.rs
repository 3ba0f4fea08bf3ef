//! The rules as data: what becomes of one party of a call, whatever it or others do, wherever call and party stand.
//!
//! The code does not run on this table; a test holds the two together in every situation, and the diagrams of the
//! documentation are drawn from it. In a group the table speaks of a party that is not the last one: whoever is left
//! goes on. The last one of a group ends it as one of two ends a call. Of signals it speaks as of two who are connected
//! peer-to-peer.

mod rows;

use signal_protocol::{CallPhase, EndReason, ErrorCode, PartyRole, PartyState};

pub use rows::{starts, table};

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trigger {
    /// `call.accept`.
    Accept,
    /// `call.decline`.
    Decline,
    /// `call.cancel`.
    Cancel,
    /// `call.hangup`.
    Hangup,
    /// `call.ringing`.
    Ringing,
    /// `call.media`, anything but `failed`.
    Media,
    /// `call.media`, `failed` because of the device.
    MediaFailed,
    /// `signal.send` of the current generation: an offer, or candidates.
    Signal,
    /// `signal.send` of an answer that accepts.
    Answer,
    /// `signal.send` that begins the next generation.
    Restart,
    /// The same for the fourth time.
    RestartedTooOften,
    /// `call.add_party` of somebody new.
    AddParty,
    /// `call.add_party` of this party, by somebody who may.
    AddedAgain,
    /// The party calls somebody else.
    Dials,
    /// The party's ring was not answered in time.
    Deadline,
    /// The party's device was not alive for too long.
    LeaseLost,
    /// The media did not come about in time.
    NoMedia,
    /// No answer was relayed in time.
    NoAnswer,
    /// A moderator takes the party out.
    Removed,
    /// The call is ended from outside.
    EndedFromOutside,
    /// LiveKit says that the last one who was in the room has been gone for too long.
    RoomLeft,
    /// LiveKit says that somebody deleted the room.
    RoomDeleted,
}

/// Between how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Size {
    /// Two, ever.
    OneToOne,
    /// More.
    Group,
}

/// With which of the party's devices it acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeviceOf {
    /// The one with which it stands there: that is in the call, or shows the ring.
    Same,
    /// Another one.
    Another,
}

/// What comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The party stands elsewhere, and maybe the call.
    Moves(PartyState, CallPhase),
    /// The call ends for this reason, and this is where the party stood last.
    Ends(PartyState, EndReason),
    /// Written down; nobody stands elsewhere.
    Recorded,
    /// Told to the device of the other party; nobody stands elsewhere.
    Relayed,
    /// Answered like a success; nothing is written.
    Unchanged,
    /// Refused; nothing is written.
    Refused(ErrorCode),
}

/// One rule: in each combination of what it lists, this happens.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// What happens.
    pub trigger: Trigger,
    /// Where the call stands.
    pub phases: &'static [CallPhase],
    /// Between how many it is.
    pub sizes: &'static [Size],
    /// Who the party is.
    pub roles: &'static [PartyRole],
    /// Where the party stands.
    pub states: &'static [PartyState],
    /// With which device it acts.
    pub devices: &'static [DeviceOf],
    /// What comes of it.
    pub outcome: Outcome,
}

/// How an invite begins for a callee.
#[derive(Debug, Clone, Copy)]
pub struct Start {
    /// How it is with the callee.
    pub callee: Callee,
    /// Between how many the call is; in a group another callee is free.
    pub sizes: &'static [Size],
    /// Where call and callee stand first.
    pub outcome: Outcome,
}

/// How it is with somebody who is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Callee {
    /// Can be rung.
    Free,
    /// In another call, or not to be disturbed.
    Busy,
    /// Has no device connected, and calls do not wait for one (`CALLS__OFFLINE=end`).
    Offline,
}

impl Trigger {
    /// Every one.
    pub const ALL: &'static [Self] = &[
        Self::Accept,
        Self::Decline,
        Self::Cancel,
        Self::Hangup,
        Self::Ringing,
        Self::Media,
        Self::MediaFailed,
        Self::Signal,
        Self::Answer,
        Self::Restart,
        Self::RestartedTooOften,
        Self::AddParty,
        Self::AddedAgain,
        Self::Dials,
        Self::Deadline,
        Self::LeaseLost,
        Self::NoMedia,
        Self::NoAnswer,
        Self::Removed,
        Self::EndedFromOutside,
        Self::RoomLeft,
        Self::RoomDeleted,
    ];

    /// A few words for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Decline => "decline",
            Self::Cancel => "cancel",
            Self::Hangup => "hangup",
            Self::Ringing => "ringing",
            Self::Media => "media",
            Self::MediaFailed => "media failed",
            Self::Signal => "signal",
            Self::Answer => "answer that accepts",
            Self::Restart => "restart",
            Self::RestartedTooOften => "fourth restart",
            Self::AddParty => "add party",
            Self::AddedAgain => "added again",
            Self::Dials => "calls somebody else",
            Self::Deadline => "time is up",
            Self::LeaseLost => "device gone",
            Self::NoMedia => "no media",
            Self::NoAnswer => "no answer to the offer",
            Self::Removed => "taken out",
            Self::EndedFromOutside => "ended from outside",
            Self::RoomLeft => "room left by all",
            Self::RoomDeleted => "room deleted",
        }
    }
}

impl Row {
    /// Whether it speaks of this situation.
    #[must_use]
    pub fn covers(
        &self,
        trigger: Trigger,
        phase: CallPhase,
        size: Size,
        role: PartyRole,
        state: PartyState,
        device: DeviceOf,
    ) -> bool {
        self.trigger == trigger
            && self.phases.contains(&phase)
            && self.sizes.contains(&size)
            && self.roles.contains(&role)
            && self.states.contains(&state)
            && self.devices.contains(&device)
    }
}
