//! Whether a device is in a call, as far as its connection gets to know.

use signal_protocol::{Call, CallId, CallPhase, DeviceId, PartyState, UserId};

/// The call in which a device is. Learnt from all that goes by: events, answers and snapshots, which may come in any order.
/// An error costs pings too many or too few for a while, and nothing else.
#[derive(Debug, Default)]
pub(crate) struct Seat {
    /// A person is in one live call at most.
    taken: Option<Seen>,
    /// The one left last: what was said of it before may come after.
    left: Option<Seen>,
}

/// A version of a call.
#[derive(Debug, Clone, Copy)]
struct Seen {
    call: CallId,
    version: u64,
}

impl Seen {
    /// Whether this says the same of that call as what is known, or less.
    fn is_covered_by(self, known: Option<Self>) -> bool {
        known.is_some_and(|known| known.call == self.call && known.version >= self.version)
    }
}

impl Seat {
    /// Whether the device is in a call.
    pub(crate) const fn is_taken(&self) -> bool {
        self.taken.is_some()
    }

    /// Takes in how `call` stands.
    pub(crate) fn learn(&mut self, call: &Call, user: &UserId, device: &DeviceId) {
        let seen = Seen { call: call.id, version: call.version };
        if seen.is_covered_by(self.left) {
            return;
        }
        if is_in(call, user, device) {
            if !seen.is_covered_by(self.taken) {
                self.taken = Some(seen);
            }
        } else if self.taken.is_none_or(|taken| taken.call == call.id && taken.version <= call.version) {
            self.taken = None;
            self.left = Some(seen);
        }
    }

    /// The device may send signals in `call`, so it is in it. What is learnt of the call later overrides this.
    pub(crate) fn may_signal(&mut self, call: CallId) {
        let knows = |seen: Option<Seen>| seen.is_some_and(|seen| seen.call == call);
        if !knows(self.taken) && !knows(self.left) {
            self.taken = Some(Seen { call, version: 0 });
        }
    }

    /// Takes in which calls there are, and that there are no others.
    pub(crate) fn replace(&mut self, calls: &[Call], user: &UserId, device: &DeviceId) {
        *self = Self::default();
        for call in calls {
            self.learn(call, user, device);
        }
    }
}

fn is_in(call: &Call, user: &UserId, device: &DeviceId) -> bool {
    call.phase != CallPhase::Ended
        && call.parties.iter().any(|party| {
            party.user_id == *user
                && party.state == PartyState::Accepted
                && party.device.as_ref() == Some(device)
        })
}
