//! Who may do what in a room at this very moment. Asked again for each act: what somebody was when they came in counts for
//! nothing.

use std::sync::Arc;

use identity::Caller;
use signal_protocol::{DeviceId, ErrorCode, Role, RoomId};
use store::StoreError;

use super::Gate;
use crate::calls::{CallRoomRefused, CallRooms};
use crate::doors::Doors;
use crate::membership::{Membership, MembershipRefused};

/// Asks what a caller may do. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Authority {
    membership: Arc<Membership>,
    doors: Doors,
    /// None where there are no calls.
    call_rooms: Option<CallRooms>,
}

/// Why somebody may not do something in a room.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unauthorised {
    #[error(transparent)]
    Membership(#[from] MembershipRefused),
    #[error(transparent)]
    Call(#[from] CallRoomRefused),
    #[error("they were sent out of the room ({0})")]
    Barred(ErrorCode),
    #[error("what they may do cannot be read")]
    Store(#[from] StoreError),
    #[error("a {has} may not do that")]
    RoleRequired { has: Role },
}

impl Authority {
    pub(crate) const fn new(
        membership: Arc<Membership>,
        doors: Doors,
        call_rooms: Option<CallRooms>,
    ) -> Self {
        Self { membership, doors, call_rooms }
    }

    /// What `caller` may do in `room` now. Whoever was sent out of it may do nothing there.
    ///
    /// An administrator of the tenant is a moderator everywhere, needs no membership, and no moderator takes that from them.
    pub(crate) async fn role(
        &self,
        caller: &Caller,
        device: &DeviceId,
        room: &RoomId,
    ) -> Result<Role, Unauthorised> {
        if caller.administrator {
            return Ok(Role::Moderator);
        }
        if room.is_call() {
            let calls = self.call_rooms.as_ref().ok_or(CallRoomRefused::NotFound)?;
            calls.visit(caller, device, room)?.ask().await?;
            return Ok(Role::Participant);
        }
        let door = self.doors.look(&caller.tenant, room, &caller.user).await?;
        let member = self.membership.of_at(caller, room, Some(&door)).await?;
        match Gate::bar(&door) {
            Some(code) => Err(Unauthorised::Barred(code)),
            None => Ok(member.role),
        }
    }

    /// Whether `caller` may do in `room` what its moderators may.
    pub(crate) async fn require_moderator(
        &self,
        caller: &Caller,
        device: &DeviceId,
        room: &RoomId,
    ) -> Result<(), Unauthorised> {
        match self.role(caller, device, room).await? {
            Role::Moderator => Ok(()),
            has @ (Role::Viewer | Role::Participant | Role::Presenter) => {
                Err(Unauthorised::RoleRequired { has })
            }
        }
    }
}
