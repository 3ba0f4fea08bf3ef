//! From a role in a room to a LiveKit token that allows exactly that.
//!
//! Decides nothing about who has which role; it writes the decision down so that LiveKit understands it. A token made
//! here admits to one room, as one identity, for minutes, and never administers anything: moderation goes through the
//! service, which checks the role again.

mod grants;
mod identity;
mod minter;

pub use grants::grants;
pub use identity::{ForeignIdentity, ParticipantIdentity};
pub use minter::{Admission, MintError, Minter, RoomToken};

use signal_protocol::{RoomId, Tenant};

/// The room's name in LiveKit, `<tenant>/<room id>`. Neither part can hold a slash, so tenants never meet.
#[must_use]
pub fn sfu_room(tenant: &Tenant, room: &RoomId) -> String {
    format!("{tenant}/{room}")
}
