//! From a role in a room to a LiveKit token that allows exactly that.
//!
//! Decides nothing about who has which role; it writes the decision down so that LiveKit understands it. A token made
//! here admits to one room, as one identity, for minutes, and never administers anything: moderation goes through the
//! service, which checks the role again. [`Gatekeeper`] reads such a token back when somebody shows it,
//! [`WebhookVerifier`] those that LiveKit itself signs.

mod gatekeeper;
mod grants;
mod identity;
mod minter;
mod webhook;

pub use gatekeeper::{Gatekeeper, MAX_TOKEN_BYTES, Visitor, VisitorRefused};
pub use grants::grants;
pub use identity::{ForeignIdentity, ParticipantIdentity};
pub use minter::{Admission, MintError, Minter, RoomToken};
pub use webhook::{WebhookRefused, WebhookSeal, WebhookVerifier};

use signal_protocol::{RoomId, Tenant};

/// The room's name in LiveKit, `<tenant>/<room id>`. Neither part can hold a slash, so tenants never meet.
#[must_use]
pub fn sfu_room(tenant: &Tenant, room: &RoomId) -> String {
    format!("{tenant}/{room}")
}

/// Whose room that is, and which: what [`sfu_room`] made one text of. `None` for a room that was made by somebody else.
#[must_use]
pub fn parse_sfu_room(name: &str) -> Option<(Tenant, RoomId)> {
    let (tenant, room) = name.split_once('/')?;
    Some((Tenant::parse(tenant).ok()?, RoomId::parse(room).ok()?))
}
