//! The part of the service that lets people in: the door itself, and what the gateway asks about it.

use actix_web::web::{Data, ServiceConfig};
use http_server::Route;
use prometheus_client::registry::Registry;
use store::Store;

use super::calling::Calling;
use super::foundation::Foundation;
use super::hosting::Hosting;
use crate::limits::JoinLimit;
use crate::rooms::{self, JoinDesk};
use crate::sfu_admission::{self, AdmissionDesk, AdmissionMetrics};

/// The endpoints of joining, ready to be mounted.
#[derive(Clone)]
pub(super) struct Joining {
    desk: Data<JoinDesk>,
    limit: Data<JoinLimit>,
    admission: Data<AdmissionDesk>,
}

impl Joining {
    /// With a `store`, whoever was sent out is asked about there.
    pub(super) fn new(
        foundation: &Foundation<'_>,
        store: Option<Store>,
        hosting: Option<&Hosting>,
        calling: Option<&Calling>,
        registry: &mut Registry,
    ) -> Self {
        let Foundation { settings, metrics, verifier, sfu, membership, .. } = foundation;
        let desk = JoinDesk {
            settings: settings.join,
            membership: membership.clone(),
            gate: hosting.map(Hosting::gate),
            call_rooms: calling.map(Calling::rooms),
            revocations: verifier.revocations().clone(),
            records: hosting.map(|hosting| hosting.records().clone()),
            sfu: sfu.clone(),
            metrics: metrics.clone(),
        };
        let asked = AdmissionMetrics::register(registry);
        Self {
            desk: Data::new(desk),
            limit: Data::new(JoinLimit::new(&settings.limits, metrics.clone())),
            admission: Data::new(AdmissionDesk::new(sfu, store, &settings.membership, asked)),
        }
    }

    pub(super) fn configure(&self, app: &mut ServiceConfig) {
        app.app_data(self.desk.clone())
            .app_data(self.limit.clone())
            .app_data(self.admission.clone())
            .service(Route::at("/api/realtime/rooms/{room_id}/join").post("join", rooms::join))
            .service(Route::at(sfu_admission::PATH).get("sfu_admission", sfu_admission::ask))
            .service(Route::at(sfu_admission::PREFIXED_PATH).get("sfu_admission", sfu_admission::ask));
    }
}
