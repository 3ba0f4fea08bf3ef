//! Every situation in which a party can be, as records.

use calls::{Attention, BusyBecause, CallRecord, Leg, Phase, Rung, Seat, Setup, Size, Stance, UserRecord};
use chrono::TimeDelta;
use signal_protocol::{CallMedia, CallPhase, EndReason, PartyRole, PartyState};

use crate::given::*;
use crate::world::World;

const SIZES: [Size; 2] = [Size::OneToOne, Size::Group];
const ROLES: [PartyRole; 2] = [PartyRole::Caller, PartyRole::Callee];

/// Where a call and one of its parties stand. The others of a group are such that it goes on without this one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Situation {
    pub(crate) phase: CallPhase,
    pub(crate) size: Size,
    pub(crate) role: PartyRole,
    pub(crate) state: PartyState,
}

impl Situation {
    /// Every one that there can be.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let phases = CallPhase::ALL.iter().flat_map(|phase| SIZES.map(|size| (*phase, size)));
        let roles = phases.flat_map(|(phase, size)| ROLES.map(|role| (phase, size, role)));
        let all = roles.flat_map(|(phase, size, role)| {
            PartyState::ALL.iter().map(move |state| Self { phase, size, role, state: *state })
        });
        all.filter(|situation| situation.can_be())
    }

    fn can_be(self) -> bool {
        let rung = matches!(self.state, PartyState::Invited | PartyState::Ringing);
        match (self.phase, self.size, self.role) {
            (CallPhase::Ringing, _, PartyRole::Caller) | (CallPhase::Active, Size::OneToOne, _) => {
                self.state == PartyState::Accepted
            }
            (CallPhase::Ringing, Size::OneToOne, PartyRole::Callee) => rung,
            (CallPhase::Ringing, Size::Group, PartyRole::Callee) => {
                !matches!(self.state, PartyState::Accepted | PartyState::Left)
            }
            (CallPhase::Active, Size::Group, _) => true,
            (CallPhase::Ended, _, _) => !rung,
        }
    }

    /// Alice has called Bob, or Bob, Carol and Dave.
    pub(crate) const fn who(self) -> &'static str {
        match self.role {
            PartyRole::Caller => "alice",
            PartyRole::Callee => "bob",
        }
    }

    /// The records. While the media are pending, LiveKit has not seen anybody yet.
    pub(crate) fn world(self, media: CallMedia, pending: bool) -> World {
        let callees: &[&str] = match self.size {
            Size::OneToOne => &["bob"],
            Size::Group => &["bob", "carol", "dave"],
        };
        let mut world = World::new().after(invite_with(1, "alice", request(media, callees)));
        let now = world.now;
        let mut call = world.call(1).clone();
        call.phase = match self.phase {
            CallPhase::Ringing => Phase::Ringing,
            CallPhase::Active => {
                let until = now + world.rules.connect;
                let setup = if pending { Setup::Pending { until, check_at: until } } else { Setup::Done };
                Phase::Active { since: now, setup }
            }
            CallPhase::Ended => Phase::Ended { at: now, reason: EndReason::Removed, active_since: None },
        };
        for party in &mut call.parties {
            let name = party.user_id.as_str();
            let (state, seconds) = if name == self.who() { (self.state, 30) } else { (self.other(name), 60) };
            party.stance = stance(&world, state, seconds);
            if state == PartyState::Ringing {
                let phone = calls::DeviceRecord {
                    state: calls::DeviceState::Ringing,
                    key: None,
                    extra: serde_json::Map::new(),
                };
                party.devices.insert(actor("bob/phone").device, phone);
            }
        }
        put(&mut world, call);
        world
    }

    /// Where another party stands.
    fn other(self, name: &str) -> PartyState {
        match (self.phase, name) {
            (CallPhase::Ringing, "alice") | (CallPhase::Active, "alice" | "bob" | "carol") => {
                PartyState::Accepted
            }
            (CallPhase::Ringing, "bob" | "carol") | (CallPhase::Active, _) => PartyState::Invited,
            (CallPhase::Ringing, _) => PartyState::Declined,
            (CallPhase::Ended, _) => PartyState::Missed,
        }
    }
}

fn stance(world: &World, state: PartyState, seconds: i64) -> Stance {
    let at = world.now;
    let until = at + TimeDelta::seconds(seconds);
    let extra = serde_json::Map::new();
    let rung = |shown, attention| {
        Stance::Rung(Rung { until, shown, attention, silent: false, extra: serde_json::Map::new() })
    };
    match state {
        PartyState::Invited => rung(false, Attention::Alerted { notified: false }),
        PartyState::Ringing => rung(true, Attention::Notified),
        PartyState::Accepted => Stance::Accepted(Seat {
            device: actor("bob/phone").device,
            key: None,
            media: None,
            connected: false,
            in_room: true,
            missing_since: None,
            seen_at: at,
            check_at: at + world.rules.lease,
            extra,
        }),
        PartyState::Declined => Stance::Declined { at, reason: None },
        PartyState::Busy => Stance::Busy { at, because: BusyBecause::InAnotherCall },
        PartyState::Left => Stance::Left { at },
        PartyState::Missed => Stance::Missed { at, notified: true },
    }
}

/// Puts the call there with everybody's legs, and as if they had heard of it.
fn put(world: &mut World, call: CallRecord) {
    for user in call.refers_to() {
        let leg = call.leg(user).map(|kind| Leg { call: call.id, kind });
        let record = UserRecord { leg, ..UserRecord::default() };
        world.all.users.remove(user);
        if !record.is_empty() {
            world.all.users.insert(user.clone(), record);
        }
        world.known.insert((user.clone(), call.id), call.view(world.now));
    }
    world.all.calls.insert(call.id, call);
}
