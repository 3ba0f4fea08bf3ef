//! The part of the service that has to do with rooms as such: showing them always, making and changing them where they are
//! kept here.

use std::sync::Arc;

use super::calling::Calling;
use super::hosting::Hosting;
use crate::RealtimeSettings;
use crate::membership::Membership;
use crate::moderation::Authority;
use crate::registry::Registry;
use crate::rooms::{Deletion, RegistryDesk, Rooms};
use crate::sfu::Sfu;

/// What it is made of.
pub(super) struct KeepingParts<'a> {
    pub(super) settings: &'a RealtimeSettings,
    pub(super) membership: &'a Arc<Membership>,
    pub(super) sfu: &'a Sfu,
    /// None where nothing is kept of rooms.
    pub(super) hosting: Option<&'a Hosting>,
    /// None where there are no calls.
    pub(super) calling: Option<&'a Calling>,
    /// None where rooms themselves are not kept here.
    pub(super) registry: Option<Registry>,
}

/// The endpoints of rooms, ready to be mounted.
pub(super) fn rooms(parts: KeepingParts<'_>) -> Rooms {
    let KeepingParts { settings, membership, sfu, hosting, calling, registry } = parts;
    let desk = hosting.zip(registry).map(|(hosting, registry)| RegistryDesk {
        authority: Authority::new(
            Arc::clone(membership),
            hosting.doors().clone(),
            calling.map(Calling::rooms),
        ),
        deletion: Deletion::new(registry.clone(), sfu.clone(), hosting.bounds()),
        registry,
        sfu: sfu.clone(),
        doors: hosting.doors().clone(),
        evictions: hosting.evictions().clone(),
        bounds: hosting.bounds(),
        settings: settings.rooms,
        patience: settings.act_deadline(),
    });
    Rooms::new(Arc::clone(membership), sfu.clone(), desk)
}
