//! The assembled service: what the settings say, as things that do it.

mod calling;
mod hearing;
mod hosting;
mod keeping;
mod moderating;
mod revoking;

use std::sync::Arc;
use std::time::Duration;

use ::settings::Service;
use actix_web::web::{Data, ServiceConfig};
use clock::Clock;
use http_server::{Readiness, Requirement, Route};
use identity::{ServiceAccount, Verifier};
use prometheus_client::registry::Registry;
use store::Store;

use crate::limits::{JoinLimit, ModerationLimit, ReadLimit};
use crate::membership::Membership;
use crate::metrics::ServiceMetrics;
use crate::probes::watch_sfu;
use crate::reconciler::Reconciler;
use crate::rooms::{self, JoinDesk, Rooms};
use crate::sfu::Sfu;
use crate::sfu_admission::{self, AdmissionDesk, AdmissionMetrics};
use crate::{RealtimeSettings, openapi, protocol};
use calling::{Calling, CallingParts};
use hearing::Hearing;
use hosting::{Hosting, HostingParts};
use keeping::KeepingParts;
use moderating::Moderating;
use revoking::{Revoking, RevokingParts};

/// The commit that this was built from, where the build said so.
pub const COMMIT: Option<&str> = option_env!("REALTIME_COMMIT");
/// The version of this service.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What this service is called, and where its settings come from.
pub const SERVICE: Service = Service {
    name: "realtime-service",
    version: VERSION,
    prefix: "REALTIME",
    about: "Checks who may enter a room, hands out LiveKit tokens, and passes calls on",
};

/// Why the service cannot be assembled.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An HTTP client could not be made.
    #[error("an HTTP client could not be made")]
    HttpClient(#[from] http_client::Failure),
    /// The verifier of access tokens could not be made.
    #[error("the verifier of access tokens could not be made")]
    Identity(#[from] identity::StartError),
    /// `membership.sources` names `http`, and there is no `membership.http`; the settings' own check tells it first.
    #[error("there is no membership service to ask")]
    NoMembershipService,
    /// `membership.sources` names `registry`, and there is no store to keep it in; the settings' own check tells it first.
    #[error("there is no store to keep rooms and members in")]
    NoRegistry,
    /// There is a call-state-service, and no store; the settings' own check tells it first.
    #[error("calls need a store, and there is none")]
    HalfOfCalls,
    /// The OpenAPI document could not be written.
    #[error("the OpenAPI document could not be written")]
    OpenApi(#[from] serde_json::Error),
}

/// The service, ready to be mounted into a server.
#[derive(Clone)]
pub struct RealtimeService {
    verifier: Verifier,
    desk: Data<JoinDesk>,
    join_limit: Data<JoinLimit>,
    read_limit: Data<ReadLimit>,
    moderation_limit: Data<ModerationLimit>,
    admission: Data<AdmissionDesk>,
    document: Data<openapi::Served>,
    schemas: Data<protocol::Served>,
    rooms: Rooms,
    /// None where nothing is kept of rooms.
    hearing: Option<Hearing>,
    /// None where nobody can be kept out of a room.
    moderating: Option<Moderating>,
    /// None where nobody could be told of ended logins.
    revoking: Option<Revoking>,
    /// None where nothing is kept of rooms.
    reconciling: Option<Arc<Reconciler>>,
    /// None where there are rooms and no calls.
    calling: Option<Calling>,
}

impl RealtimeService {
    /// Assembles the service and starts its background work: keys are fetched and LiveKit is looked after from now
    /// on. Must be called inside a Tokio runtime.
    ///
    /// With a `store` rooms can be moderated. With call-state-service too, whose store it is then, there are calls.
    pub fn start(
        settings: &RealtimeSettings,
        store: Option<Store>,
        clock: &Clock,
        registry: &mut Registry,
        readiness: &Readiness,
    ) -> Result<Self, StartError> {
        let metrics = ServiceMetrics::new(registry);
        let verifier = Verifier::start(&settings.identity, settings.environment, clock.clone())?;
        verifier.register_metrics(registry);
        readiness.watch_keys(verifier.clone(), settings.identity.jwks_refresh_seconds);
        let sfu = Sfu::new(&settings.livekit, clock.clone(), &metrics)?;
        watch_sfu(
            sfu.clone(),
            readiness.register("sfu", Requirement::Degrades),
            Duration::from_secs(settings.livekit.probe_seconds),
        );
        let account = ServiceAccount::new(&settings.identity, settings.environment, clock)?;
        if let Some(account) = &account {
            account.register_metrics(registry);
        }
        let kept = store.clone().filter(|_| settings.keeps_rooms());
        let kept = kept.map(|store| crate::registry::Registry::new(store, settings.rooms));
        let membership =
            Membership::start(&settings.membership, account.as_ref(), kept.as_ref(), metrics.clone())?;
        let membership = Arc::new(membership);
        let hosting =
            Hosting::start(HostingParts { settings, store: store.clone(), sfu: &sfu, registry, readiness });
        let calling = Calling::start(CallingParts {
            settings,
            hosting: hosting.as_ref(),
            verifier: &verifier,
            membership: &membership,
            sfu: &sfu,
            account: account.clone(),
            metrics: &metrics,
            clock,
            registry,
        })?;
        let hearing = hosting.as_ref().map(|hosting| {
            let calls = calling.as_ref().map(|calling| calling.watch().clone());
            Hearing::start(hosting, &sfu, calls, settings.act_deadline(), registry)
        });
        let moderating = hosting
            .as_ref()
            .map(|hosting| Moderating::new(settings, hosting, &membership, calling.as_ref(), &sfu));
        let reconciling = hosting.as_ref().map(|hosting| {
            let calls = calling.as_ref().map(|calling| calling.watch().desk().clone());
            Arc::new(hosting.reconciler(settings, &sfu, calls, registry))
        });
        let revoking = match &hosting {
            Some(hosting) => Some(Revoking::start(RevokingParts {
                settings,
                hosting,
                verifier: &verifier,
                account: account.as_ref(),
                clock,
                registry,
                readiness,
            })?),
            None => None,
        };
        let asked = AdmissionMetrics::register(registry);
        let admission = AdmissionDesk::new(&sfu, store, &settings.membership, asked);
        let rooms = keeping::rooms(KeepingParts {
            settings,
            membership: &membership,
            sfu: &sfu,
            hosting: hosting.as_ref(),
            calling: calling.as_ref(),
            registry: kept,
        });
        let desk = JoinDesk {
            settings: settings.join,
            membership,
            gate: hosting.as_ref().map(Hosting::gate),
            call_rooms: calling.as_ref().map(Calling::rooms),
            revocations: verifier.revocations().clone(),
            records: hosting.as_ref().map(|hosting| hosting.records().clone()),
            sfu,
            metrics: metrics.clone(),
        };
        Ok(Self {
            verifier,
            desk: Data::new(desk),
            join_limit: Data::new(JoinLimit::new(&settings.limits, metrics)),
            read_limit: Data::new(ReadLimit::new(&settings.limits)),
            moderation_limit: Data::new(ModerationLimit::new(&settings.limits)),
            admission: Data::new(admission),
            document: Data::new(openapi::Served::new()?),
            schemas: Data::new(protocol::Served::new()),
            rooms,
            hearing,
            moderating,
            reconciling,
            revoking,
            calling,
        })
    }

    /// Ends the background work, and waits for what is under way. To be called once no more requests are served.
    pub async fn stop(&self) {
        if let Some(reconciling) = &self.reconciling {
            reconciling.stop().await;
        }
        if let Some(calling) = &self.calling {
            calling.stop().await;
        }
        if let Some(revoking) = &self.revoking {
            revoking.stop().await;
        }
    }

    /// Mounts the API.
    pub fn configure(&self, app: &mut ServiceConfig) {
        app.app_data(self.verifier.clone())
            .app_data(self.desk.clone())
            .app_data(self.join_limit.clone())
            .app_data(self.read_limit.clone())
            .app_data(self.moderation_limit.clone())
            .app_data(self.admission.clone())
            .app_data(self.document.clone())
            .app_data(self.schemas.clone())
            // Routes are tried in this order, and most requests are joins.
            .service(Route::at("/api/realtime/rooms/{room_id}/join").post("join", rooms::join))
            .service(Route::at(sfu_admission::PATH).get("sfu_admission", sfu_admission::ask))
            .service(Route::at(sfu_admission::PREFIXED_PATH).get("sfu_admission", sfu_admission::ask))
            .service(Route::at(openapi::PATH).get("openapi", openapi::serve))
            .service(Route::at(protocol::PATH).get("protocol", protocol::serve));
        self.rooms.configure(app);
        if let Some(hearing) = &self.hearing {
            hearing.configure(app);
        }
        if let Some(moderating) = &self.moderating {
            moderating.configure(app);
        }
        if let Some(revoking) = &self.revoking {
            revoking.configure(app);
        }
        if let Some(calling) = &self.calling {
            calling.configure(app);
        }
    }
}
