//! The part of the service that has to do with what is kept of rooms: there as a whole, or not at all.

use std::time::Duration;

use http_server::{Readiness, Requirement};
use prometheus_client::registry::Registry;
use store::{Health, Store};

use super::calling::Calling;
use super::foundation::Foundation;
use crate::doors::Doors;
use crate::moderation::{Bounds, Evictions, Gate, ModerationMetrics};
use crate::occupancy::Occupancies;
use crate::reconciler::{LiveRooms, Reconciler, ReconcilerMetrics, ReconcilerParts};
use crate::records::Records;

/// Everything that there is with a store and not without.
#[derive(Clone)]
pub(super) struct Hosting {
    store: Store,
    doors: Doors,
    bounds: Bounds,
    gate: Gate,
    evictions: Evictions,
    records: Records,
    occupancies: Occupancies,
    moderation_metrics: ModerationMetrics,
    live_rooms: LiveRooms,
}

impl Hosting {
    /// `None` where there is no store. Must be called inside a Tokio runtime.
    pub(super) fn start(
        foundation: &Foundation<'_>,
        store: Option<Store>,
        registry: &mut Registry,
        readiness: &Readiness,
    ) -> Option<Self> {
        let Foundation { settings, sfu, .. } = foundation;
        let Some(store) = store else {
            tracing::info!("moderation.off");
            return None;
        };
        let watched = store.clone();
        // Who is in a room stays there without it.
        readiness.watch("store", Requirement::Degrades, move || {
            let Health { last_good, fault } = watched.readiness();
            (last_good, fault)
        });
        let bounds = Bounds {
            kick: settings.moderation.kick(),
            token_life: Duration::from_secs(settings.livekit.token_ttl_seconds),
            bans_per_room: settings.moderation.bans_per_room,
        };
        let doors = Doors::new(store.clone(), settings.keeps_rooms());
        let moderation_metrics = ModerationMetrics::register(registry);
        let records = Records::new(settings.records, registry);
        Some(Self {
            gate: Gate::new(doors.clone(), bounds, settings.livekit.max_participants),
            evictions: Evictions::new(sfu.clone(), moderation_metrics.clone()),
            moderation_metrics,
            live_rooms: LiveRooms::default(),
            occupancies: Occupancies::new(store.clone(), records.clone()),
            records,
            store,
            doors,
            bounds,
        })
    }

    /// Begins to compare what is kept of rooms with what LiveKit says. Where there are calls, they are told who is in their
    /// rooms. Must be called inside a Tokio runtime.
    pub(super) fn reconciler(
        &self,
        foundation: &Foundation<'_>,
        calling: Option<&Calling>,
        registry: &mut Registry,
    ) -> Reconciler {
        Reconciler::start(&ReconcilerParts {
            store: self.store.clone(),
            sfu: foundation.sfu.clone(),
            occupancies: self.occupancies.clone(),
            live_rooms: self.live_rooms.clone(),
            evictions: self.evictions.clone(),
            calls: calling.map(|calling| calling.watch().desk().clone()),
            metrics: ReconcilerMetrics::register(registry),
            period: foundation.settings.reconcile.period(),
            token_life: self.bounds.token_life,
        })
    }

    /// Where everything is kept.
    pub(super) const fn store(&self) -> &Store {
        &self.store
    }

    /// What is kept of people and rooms.
    pub(super) const fn doors(&self) -> &Doors {
        &self.doors
    }

    /// Who is in which room.
    pub(super) const fn occupancies(&self) -> &Occupancies {
        &self.occupancies
    }

    /// What is told of rooms that are over.
    pub(super) const fn records(&self) -> &Records {
        &self.records
    }

    /// What sends people out.
    pub(super) const fn evictions(&self) -> &Evictions {
        &self.evictions
    }

    /// For how long they stay out.
    pub(super) const fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// What a join passes.
    pub(super) fn gate(&self) -> Gate {
        self.gate.clone()
    }

    /// What is counted of moderation.
    pub(super) fn moderation_metrics(&self) -> ModerationMetrics {
        self.moderation_metrics.clone()
    }

    /// Rooms that the reconciler is to look at: whoever hears of one says so.
    pub(super) const fn live_rooms(&self) -> &LiveRooms {
        &self.live_rooms
    }
}
