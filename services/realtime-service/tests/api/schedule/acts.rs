//! What people may do next.

use std::collections::BTreeSet;
use std::time::Duration;

use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;

pub(super) const ROOMS: [&str; 3] = ["atrium", "forum", "studio"];
pub(super) const USERS: [&str; 5] = ["ann", "bob", "cat", "dan", "eve"];
const DEVICES: [&str; 2] = ["phone", "web"];

/// Within which time what is drawn together begins.
const WITHIN: Duration = Duration::from_millis(600);

/// One device of somebody in a room, whether or not they are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seat {
    pub(super) user: &'static str,
    pub(super) device: &'static str,
    pub(super) room: &'static str,
}

impl Seat {
    /// Whom they call: the next one, and the last one the first.
    pub(super) fn neighbour(self) -> &'static str {
        let at = USERS.iter().position(|user| *user == self.user).unwrap();
        USERS[(at + 1) % USERS.len()]
    }

    /// What LiveKit calls them.
    pub(super) fn identity(self) -> String {
        format!("{}:{}", self.user, self.device)
    }
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Deed {
    /// They join, and go in with what they are given.
    Enter,
    /// They go to LiveKit with what they were given some time before.
    Return,
    /// They say goodbye.
    Leave,
    /// Their connection ends without a word.
    Crash,
    Kick,
    Ban,
    Unban,
    /// Everybody is sent out of the room.
    End,
    /// They call their neighbour, who does not answer.
    Ring,
    /// They call their neighbour, who answers, and both go into the room of the call.
    Talk,
    /// They hang up.
    HangUp,
    /// They say goodbye in the room of the call, and do not hang up.
    LeaveCall,
    /// Their connection to the room of the call ends without a word.
    CrashCall,
    /// They go into the room of their call once more.
    ReturnToCall,
}

impl Deed {
    /// By chance, the usual more often than the rare.
    fn draw(dice: &mut StdRng) -> Self {
        match dice.random_range(0..100) {
            0..36 => Self::Enter,
            36..43 => Self::Return,
            43..50 => Self::Leave,
            50..57 => Self::Crash,
            57..63 => Self::Kick,
            63..68 => Self::Ban,
            68..73 => Self::Unban,
            73..77 => Self::End,
            77..80 => Self::Ring,
            80..88 => Self::Talk,
            88..91 => Self::HangUp,
            91..94 => Self::LeaveCall,
            94..97 => Self::CrashCall,
            _ => Self::ReturnToCall,
        }
    }

    /// Whether it is the person's own, and not a moderator's.
    const fn is_own(self) -> bool {
        match self {
            Self::Enter
            | Self::Return
            | Self::Leave
            | Self::Crash
            | Self::Ring
            | Self::Talk
            | Self::HangUp
            | Self::LeaveCall
            | Self::CrashCall
            | Self::ReturnToCall => true,
            Self::Kick | Self::Ban | Self::Unban | Self::End => false,
        }
    }
}

/// Somebody does something.
#[derive(Debug, Clone, Copy)]
pub(super) struct Act {
    pub(super) deed: Deed,
    pub(super) seat: Seat,
    /// Which replica is asked.
    pub(super) replica: usize,
    /// How long after the first of those that were drawn with it.
    pub(super) after: Duration,
}

/// What happens next, all at about the same time. A device does one thing at a time, and about one person in a room
/// moderators agree.
pub(super) fn draw(dice: &mut StdRng, number: usize) -> Vec<Act> {
    let (mut busy, mut judged) = (BTreeSet::new(), BTreeSet::new());
    let mut acts = Vec::new();
    while acts.len() < number {
        let deed = Deed::draw(dice);
        let mut one = |of: &[&'static str]| of.choose(dice).copied().unwrap();
        let seat = Seat { user: one(&USERS), device: one(&DEVICES), room: one(&ROOMS) };
        let is_free = if deed.is_own() { busy.insert(seat) } else { judged.insert((seat.user, seat.room)) };
        if is_free {
            let replica = dice.random_range(0..2);
            acts.push(Act { deed, seat, replica, after: dice.random_range(Duration::ZERO..WITHIN) });
        }
    }
    acts
}
