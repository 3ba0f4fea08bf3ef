//! The one other member of a room: whom an older client calls when it calls a room.

use std::collections::BTreeSet;

use identity::Caller;
use signal_protocol::{RoomId, UserId};

use super::source::Everybody;
use super::{Membership, MembershipRefused};

/// Why a room names nobody to call.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoPeer {
    #[error("the caller is no member of the room, or it could not be asked")]
    Caller(#[source] MembershipRefused),
    #[error("it could not be asked who is in the room")]
    Unknown,
    #[error("no source of membership can list the members of a room")]
    NobodyLists,
    #[error("the room has {0} other members, and not one")]
    NotOne(usize),
}

impl Membership {
    /// The one member of `room` beside `caller`, by the sources that can list. What those do not know that cannot list is
    /// not missed: a room of two is known as a whole to the source that it comes from.
    pub(crate) async fn other_member(&self, caller: &Caller, room: &RoomId) -> Result<UserId, NoPeer> {
        // First, so that whoever is none learns nothing of others.
        self.of(caller, room).await.map_err(NoPeer::Caller)?;
        let mut others = BTreeSet::new();
        let mut refused = NoPeer::NobodyLists;
        for source in &self.sources {
            match source.everybody(&caller.tenant, room).await {
                Everybody::Listed(roll) if roll.unknown.is_empty() => {
                    others.extend(roll.members.iter().filter(|user| **user != caller.user).cloned());
                    refused = NoPeer::NotOne(0);
                }
                // One more may be there.
                Everybody::Listed(_) | Everybody::Unknown => return Err(NoPeer::Unknown),
                Everybody::CannotList => {}
            }
        }
        let count = others.len();
        match others.pop_first() {
            None => Err(refused),
            Some(peer) if count == 1 => Ok(peer),
            Some(_) => Err(NoPeer::NotOne(count)),
        }
    }
}
