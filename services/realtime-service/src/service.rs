//! The assembled service: what the settings say, as things that do it.

mod calling;

use std::sync::Arc;
use std::time::Duration;

use ::settings::Service;
use actix_web::web::{Data, ServiceConfig};
use clock::Clock;
use http_server::{Readiness, Requirement, Route};
use identity::{ServiceAccount, Verifier};
use prometheus_client::registry::Registry;
use room_tokens::Minter;
use store::Store;

use crate::limits::{JoinLimit, ReadLimit};
use crate::membership::Membership;
use crate::metrics::ServiceMetrics;
use crate::probes::watch_sfu;
use crate::rooms::{self, JoinDesk};
use crate::sfu::Sfu;
use crate::{RealtimeSettings, openapi, protocol};
use calling::{Calling, CallingParts};

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
    /// There is a store for calls and no call-state-service, or the other way round; the settings' own check tells it first.
    #[error("calls need both a store and call-state-service, and there is only one of them")]
    HalfOfCalls,
    /// The process is told to use a proxy.
    #[error(
        "{0} is set: LiveKit's client would send its tokens through that proxy; unset it for this process, or set NO_PROXY=*"
    )]
    Proxy(&'static str),
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
    document: Data<openapi::Served>,
    schemas: Data<protocol::Served>,
    /// None where there are rooms and no calls.
    calling: Option<Calling>,
}

impl RealtimeService {
    /// Assembles the service and starts its background work: keys are fetched and LiveKit is looked after from now
    /// on. Must be called inside a Tokio runtime.
    ///
    /// With a `store`, which is the one of the call-state-service that the settings name, there are calls.
    pub fn start(
        settings: &RealtimeSettings,
        store: Option<Store>,
        clock: &Clock,
        registry: &mut Registry,
        readiness: &Readiness,
    ) -> Result<Self, StartError> {
        refuse_proxies()?;
        let metrics = ServiceMetrics::new(registry);
        let verifier = Verifier::start(&settings.identity, settings.environment, clock.clone())?;
        verifier.register_metrics(registry);
        readiness.watch_keys(verifier.clone(), settings.identity.jwks_refresh_seconds);
        let sfu = Sfu::new(&settings.livekit, clock.clone(), metrics.clone());
        watch_sfu(
            sfu.clone(),
            readiness.register("sfu", Requirement::Degrades),
            Duration::from_secs(settings.livekit.probe_seconds),
        );
        let account = ServiceAccount::new(&settings.identity, settings.environment, clock)?;
        if let Some(account) = &account {
            account.register_metrics(registry);
        }
        let membership =
            Arc::new(Membership::start(&settings.membership, account.as_ref(), metrics.clone())?);
        let calling = Calling::start(CallingParts {
            settings,
            store,
            verifier: &verifier,
            membership: &membership,
            sfu: &sfu,
            account,
            metrics: &metrics,
            clock,
            registry,
            readiness,
        })?;
        let desk = JoinDesk {
            settings: settings.join,
            server_url: public_url(settings),
            membership,
            call_rooms: calling.as_ref().map(Calling::rooms),
            sfu,
            minter: Minter::new(
                &settings.livekit.api_key,
                settings.livekit.api_secret.expose(),
                Duration::from_secs(settings.livekit.token_ttl_seconds),
            ),
            metrics: metrics.clone(),
        };
        Ok(Self {
            verifier,
            desk: Data::new(desk),
            join_limit: Data::new(JoinLimit::new(&settings.limits, metrics)),
            read_limit: Data::new(ReadLimit::new(&settings.limits)),
            document: Data::new(openapi::Served::new()?),
            schemas: Data::new(protocol::Served::new()),
            calling,
        })
    }

    /// Ends the background work, and waits for what is under way. To be called once no more requests are served.
    pub async fn stop(&self) {
        if let Some(calling) = &self.calling {
            calling.stop().await;
        }
    }

    /// Mounts the API.
    pub fn configure(&self, app: &mut ServiceConfig) {
        app.app_data(self.verifier.clone())
            .app_data(self.desk.clone())
            .app_data(self.join_limit.clone())
            .app_data(self.read_limit.clone())
            .app_data(self.document.clone())
            .app_data(self.schemas.clone())
            // Routes are tried in this order, and most requests are joins.
            .service(Route::at("/api/realtime/rooms/{room_id}/join").post("join", rooms::join))
            .service(Route::at("/api/realtime/rooms/{room_id}").get("show_room", rooms::show))
            .service(Route::at(openapi::PATH).get("openapi", openapi::serve))
            .service(Route::at(protocol::PATH).get("protocol", protocol::serve));
        if let Some(calling) = &self.calling {
            calling.configure(app);
        }
    }
}

/// livekit-api's HTTP client follows the proxies of the environment and cannot be told otherwise. What it sends are
/// tokens signed with the API secret, and what this service talks to is in its settings alone.
#[expect(clippy::disallowed_methods, reason = "not settings of ours: a library reads them by itself")]
fn refuse_proxies() -> Result<(), StartError> {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_off =
        ["NO_PROXY", "no_proxy"].iter().any(|name| std::env::var_os(name).is_some_and(|value| value == "*"));
    let proxies = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    match proxies.into_iter().find(|name| is_set(name)) {
        Some(name) if !is_off => Err(StartError::Proxy(name)),
        Some(_) | None => Ok(()),
    }
}

/// Where clients are told to connect, without the slash that URL parsing adds: SDKs append paths to it.
fn public_url(settings: &RealtimeSettings) -> String {
    settings.livekit.public_url.as_str().trim_end_matches('/').to_owned()
}
