//! The part of the service that has to do with rooms as such: showing them always, making and changing them where they are
//! kept here.

use std::sync::Arc;

use super::calling::Calling;
use super::foundation::Foundation;
use super::hosting::Hosting;
use crate::moderation::Authority;
use crate::rooms::{Deletion, RegistryDesk, Rooms};

/// The endpoints of rooms, ready to be mounted.
pub(super) fn rooms(
    foundation: &Foundation<'_>,
    hosting: Option<&Hosting>,
    calling: Option<&Calling>,
) -> Rooms {
    let Foundation { settings, membership, sfu, kept, .. } = foundation;
    let desk = hosting.zip(kept.as_ref()).map(|(hosting, registry)| RegistryDesk {
        authority: Authority::new(
            Arc::clone(membership),
            hosting.doors().clone(),
            calling.map(Calling::rooms),
        ),
        deletion: Deletion::new(registry.clone(), sfu.clone(), hosting.bounds()),
        registry: registry.clone(),
        sfu: sfu.clone(),
        doors: hosting.doors().clone(),
        evictions: hosting.evictions().clone(),
        bounds: hosting.bounds(),
        settings: settings.rooms,
        patience: settings.act_deadline(),
    });
    Rooms::new(Arc::clone(membership), sfu.clone(), desk)
}
