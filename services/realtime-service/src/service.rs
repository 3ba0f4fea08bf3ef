//! The assembled service: what the settings say, as things that do it.

mod calling;
mod foundation;
mod hearing;
mod hosting;
mod joining;
mod keeping;
mod moderating;
mod revoking;

use std::sync::Arc;

use ::settings::Service;
use actix_web::web::{Data, ServiceConfig};
use clock::Clock;
use http_server::{Readiness, Route};
use identity::Verifier;
use prometheus_client::registry::Registry;
use store::Store;

use crate::limits::{ModerationLimit, ReadLimit};
use crate::reconciler::Reconciler;
use crate::rooms::Rooms;
use crate::{RealtimeSettings, openapi, protocol};
use calling::Calling;
use foundation::Foundation;
use hearing::Hearing;
use hosting::Hosting;
use joining::Joining;
use moderating::Moderating;
use revoking::Revoking;

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
    read_limit: Data<ReadLimit>,
    moderation_limit: Data<ModerationLimit>,
    joining: Joining,
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
        let foundation = &Foundation::lay(settings, store.as_ref(), clock, registry, readiness)?;
        let hosting = Hosting::start(foundation, store.clone(), registry, readiness);
        let hosting = hosting.as_ref();
        let calling = Calling::start(foundation, hosting, registry)?;
        let calls = calling.as_ref();
        let hearing = hosting.map(|hosting| Hearing::start(foundation, hosting, calls, registry));
        let moderating = hosting.map(|hosting| Moderating::new(foundation, hosting, calls));
        let reconciling = hosting.map(|hosting| Arc::new(hosting.reconciler(foundation, calls, registry)));
        let revoking = hosting.map(|hosting| Revoking::start(foundation, hosting, registry, readiness));
        Ok(Self {
            verifier: foundation.verifier.clone(),
            read_limit: Data::new(ReadLimit::new(&settings.limits)),
            moderation_limit: Data::new(ModerationLimit::new(&settings.limits)),
            joining: Joining::new(foundation, store, hosting, calls, registry),
            document: Data::new(openapi::Served::new()?),
            schemas: Data::new(protocol::Served::new()),
            rooms: keeping::rooms(foundation, hosting, calls),
            hearing,
            moderating,
            revoking: revoking.transpose()?,
            reconciling,
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
            .app_data(self.read_limit.clone())
            .app_data(self.moderation_limit.clone())
            .app_data(self.document.clone())
            .app_data(self.schemas.clone());
        // Routes are tried in this order: most requests are joins, and most commands of sockets are about calls.
        self.joining.configure(app);
        if let Some(calling) = &self.calling {
            calling.configure(app);
        }
        app.service(Route::at(openapi::PATH).get("openapi", openapi::serve))
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
    }
}
