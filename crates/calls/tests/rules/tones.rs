//! Which devices make a noise, as a simple client would: it begins with `call.ringing`, and ends with anything that says
//! that its person is not being rung.

use std::collections::BTreeSet;

use calls::{Actor, Devices};
use signal_protocol::{Call, CallId, CallPhase, DeviceId, EventBody, PartyState, UserId};

use crate::given::DEVICES;

#[derive(Debug, Clone, Default)]
pub(crate) struct Tones(pub(crate) BTreeSet<(UserId, DeviceId, CallId)>);

impl Tones {
    pub(crate) fn hear(&mut self, user: &UserId, devices: &Devices, body: &EventBody) {
        let call = body.call().unwrap();
        let rings = match body {
            EventBody::Ringing { .. } => Some(true),
            EventBody::Stopped { .. } | EventBody::Ended { .. } => Some(false),
            EventBody::Accepted { .. }
            | EventBody::Declined { .. }
            | EventBody::Busy { .. }
            | EventBody::Updated { .. }
            | EventBody::Signal(_) => (!is_rung(call, user)).then_some(false),
            EventBody::RoomRemoved { .. } => None,
        };
        for device in DEVICES.map(|device| DeviceId::parse(device).unwrap()) {
            let addressed = match devices {
                Devices::All => true,
                Devices::Only(only) => *only == device,
                Devices::AllBut(but) => *but != device,
            };
            let tone = (user.clone(), device, call.id);
            match rings {
                Some(true) if addressed => _ = self.0.insert(tone),
                Some(false) if addressed => _ = self.0.remove(&tone),
                Some(_) | None => {}
            }
        }
    }

    /// Who dials stops their own tone.
    pub(crate) fn silence(&mut self, actor: &Actor) {
        self.0.retain(|(user, device, _)| *user != actor.user || *device != actor.device);
    }
}

pub(crate) fn is_rung(call: &Call, user: &UserId) -> bool {
    call.phase != CallPhase::Ended
        && call.parties.iter().any(|party| {
            party.user_id == *user && matches!(party.state, PartyState::Invited | PartyState::Ringing)
        })
}
