//! What may be asked of the rules.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use signal_protocol::{CallId, DeviceId, EndReason, InviteRequest, MediaReport, SignalRequest, UserId};
use uuid::Uuid;

/// Who acts, and with which device.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Actor {
    /// Who.
    pub user: UserId,
    /// With what.
    pub device: DeviceId,
}

/// A command of a person, of the clock, of LiveKit or of an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Call somebody.
    Invite {
        /// The id of the new call, made by the edge.
        call: CallId,
        /// Who calls.
        actor: Actor,
        /// Whom, and how.
        request: InviteRequest,
        /// The trace that the call belongs to, in the form of W3C Trace Context.
        traceparent: Option<String>,
        /// The id of that trace.
        trace_id: String,
    },
    /// Take the call.
    Accept {
        /// Which call.
        call: CallId,
        /// Who.
        actor: Actor,
        /// The public key of the device.
        key: Option<String>,
    },
    /// Say no to the call.
    Decline {
        /// Which call.
        call: CallId,
        /// Who.
        actor: Actor,
        /// What the caller may read; `busy` is recorded as busy.
        reason: Option<String>,
    },
    /// Give up before anybody answered.
    Cancel {
        /// Which call.
        call: CallId,
        /// Who.
        actor: Actor,
    },
    /// Be out of the call, whatever one is in it.
    Hangup {
        /// Which call.
        call: CallId,
        /// Who.
        actor: Actor,
    },
    /// This device shows the ring.
    Ringing {
        /// Which call.
        call: CallId,
        /// Who.
        actor: Actor,
        /// The public key of the device.
        key: Option<String>,
    },
    /// How the media of this device stand.
    Media {
        /// Which call.
        call: CallId,
        /// Who.
        actor: Actor,
        /// How.
        report: MediaReport,
    },
    /// Ring one more person into the call.
    AddParty {
        /// Which call.
        call: CallId,
        /// Who asks for it.
        actor: Actor,
        /// Whom to ring.
        user_id: UserId,
    },
    /// Tell the device of the other party of a peer-to-peer call something.
    Signal {
        /// Which call.
        call: CallId,
        /// Who tells it.
        actor: Actor,
        /// The id of the new signal, made by the edge. One that continues others is called by the next of their ids instead.
        id: Uuid,
        /// What.
        request: SignalRequest,
    },
    /// The ring was handed to this device.
    Notified {
        /// Which call.
        call: CallId,
        /// Whose device, and which.
        actor: Actor,
    },
    /// Time has passed: do whatever is due.
    Tick {
        /// Which call.
        call: CallId,
    },
    /// LiveKit was asked who is in the room of the call. A room that does not exist is an empty one.
    SfuReport {
        /// Which call.
        call: CallId,
        /// When it was asked, at the latest: only what was asked at or after a deadline speaks about that deadline.
        asked_at: DateTime<Utc>,
        /// Who was in the room.
        present: BTreeSet<(UserId, DeviceId)>,
        /// Whether the room was deleted, with people in it, by somebody else than us.
        room_deleted: bool,
    },
    /// Take somebody out of the call: a moderator.
    Remove {
        /// Which call.
        call: CallId,
        /// Whom.
        user: UserId,
    },
    /// End the call from outside: a moderator, the SFU, an operator.
    End {
        /// Which call.
        call: CallId,
        /// Why.
        reason: EndReason,
    },
}

/// Something that a snapshot must hold for a command to be decided.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wanted {
    /// The call, with the `user:` and `presence:` records of its parties; one that is peer-to-peer with what they have sent
    /// each other as well.
    Call(CallId),
    /// The person's legs, with the calls these are in, with the `user:` and `presence:` records of *their* parties: for
    /// somebody whose other call may change.
    UserDeep(UserId),
    /// The person's legs, with the calls these are in: for somebody who may be busy.
    UserCalls(UserId),
    /// Which of the person's devices are alive.
    Presence(UserId),
    /// Whom the person wants to hear.
    Preferences(UserId),
}

impl Command {
    /// What it is called in API, metrics and spans.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Invite { .. } => "call.invite",
            Self::Accept { .. } => "call.accept",
            Self::Decline { .. } => "call.decline",
            Self::Cancel { .. } => "call.cancel",
            Self::Hangup { .. } => "call.hangup",
            Self::Ringing { .. } => "call.ringing",
            Self::Media { .. } => "call.media",
            Self::AddParty { .. } => "call.add_party",
            Self::Signal { .. } => "signal.send",
            Self::Notified { .. } => "call.notified",
            Self::Tick { .. } => "call.tick",
            Self::SfuReport { .. } => "call.sfu_report",
            Self::Remove { .. } => "call.remove",
            Self::End { .. } => "call.end",
        }
    }

    /// The call it is about; of an invite, the call it is to make.
    #[must_use]
    pub const fn call(&self) -> CallId {
        match self {
            Self::Invite { call, .. }
            | Self::Accept { call, .. }
            | Self::Decline { call, .. }
            | Self::Cancel { call, .. }
            | Self::Hangup { call, .. }
            | Self::Ringing { call, .. }
            | Self::Media { call, .. }
            | Self::AddParty { call, .. }
            | Self::Signal { call, .. }
            | Self::Notified { call, .. }
            | Self::Tick { call }
            | Self::SfuReport { call, .. }
            | Self::Remove { call, .. }
            | Self::End { call, .. } => *call,
        }
    }

    /// Who acts, if a person does.
    #[must_use]
    pub const fn actor(&self) -> Option<&Actor> {
        match self {
            Self::Invite { actor, .. }
            | Self::Accept { actor, .. }
            | Self::Decline { actor, .. }
            | Self::Cancel { actor, .. }
            | Self::Hangup { actor, .. }
            | Self::Ringing { actor, .. }
            | Self::Media { actor, .. }
            | Self::AddParty { actor, .. }
            | Self::Signal { actor, .. }
            | Self::Notified { actor, .. } => Some(actor),
            Self::Tick { .. } | Self::SfuReport { .. } | Self::Remove { .. } | Self::End { .. } => None,
        }
    }

    /// Whose device shows by this that it is there. That a ring was handed over is the word of whoever did that, and may
    /// come when the device has gone.
    #[must_use]
    pub const fn sign_of_life(&self) -> Option<&Actor> {
        match self {
            Self::Notified { .. } => None,
            _ => self.actor(),
        }
    }

    /// What the snapshot must hold.
    #[must_use]
    pub fn reads(&self) -> Vec<Wanted> {
        let mut wanted = vec![Wanted::Call(self.call())];
        match self {
            Self::Invite { actor, request, .. } => {
                wanted.push(Wanted::UserDeep(actor.user.clone()));
                request.callees.iter().for_each(|callee| wanted.extend(to_ring(callee)));
            }
            Self::Accept { actor, .. } => wanted.push(Wanted::UserDeep(actor.user.clone())),
            Self::Signal { actor, request, .. } if request.accept => {
                wanted.push(Wanted::UserDeep(actor.user.clone()));
            }
            Self::AddParty { user_id, .. } => wanted.extend(to_ring(user_id)),
            Self::Decline { .. }
            | Self::Cancel { .. }
            | Self::Hangup { .. }
            | Self::Ringing { .. }
            | Self::Media { .. }
            | Self::Signal { .. }
            | Self::Notified { .. }
            | Self::Tick { .. }
            | Self::SfuReport { .. }
            | Self::Remove { .. }
            | Self::End { .. } => {}
        }
        wanted
    }
}

/// What must be known of somebody before they are rung.
fn to_ring(user: &UserId) -> [Wanted; 3] {
    [Wanted::UserCalls(user.clone()), Wanted::Presence(user.clone()), Wanted::Preferences(user.clone())]
}
