//! The assembled service: what the settings say, as things that do it.

use std::num::NonZeroU32;

use ::settings::Service;
use actix_web::web::{Data, ServiceConfig};
use call_desk::{Desk, DeskMetrics, Hooks};
use clock::Clock;
use http_server::{LimitSettings, Readiness, Requirement};
use identity::Verifier;
use prometheus_client::registry::Registry;
use revocation::{Follower, Following, Prompt};
use store::{Health, Store};

use crate::CallStateSettings;
use crate::background::{self, Background, HooksError};
use crate::endpoints;

/// The commit that this was built from, where the build said so.
pub const COMMIT: Option<&str> = option_env!("REALTIME_COMMIT");
/// The version of this service.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What this service is called, and where its settings come from.
pub const SERVICE: Service = Service {
    name: "call-state-service",
    version: VERSION,
    prefix: "CALL_STATE",
    about: "Keeps the state of calls: who rings whom, who is in which call, and how each one ends",
};

/// Why the service cannot be assembled.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The verifier of access tokens could not be made.
    #[error("the verifier of access tokens could not be made")]
    Identity(#[from] identity::StartError),
    /// Hooks cannot be sent.
    #[error("hooks cannot be sent")]
    Hooks(#[from] HooksError),
}

/// The service, ready to be mounted into a server.
#[derive(Clone)]
pub struct CallStateService {
    verifier: Verifier,
    desk: Data<Desk>,
    clock: Data<Clock>,
    _follower: Follower,
}

impl CallStateService {
    /// Assembles the service on `store` and starts its background work: keys are fetched, deadlines and hooks are looked
    /// after until [`Background::stop`]. Must be called inside a Tokio runtime.
    pub fn start(
        settings: &CallStateSettings,
        store: Store,
        clock: &Clock,
        registry: &mut Registry,
        readiness: &Readiness,
    ) -> Result<(Self, Background), StartError> {
        let metrics = DeskMetrics::new(registry);
        let verifier = Verifier::start(&settings.identity, settings.environment, clock.clone())?;
        verifier.register_metrics(registry);
        readiness.watch_keys(verifier.clone(), settings.identity.jwks_refresh_seconds);
        let watched = store.clone();
        // Without it this service can do nothing at all.
        readiness.watch("store", Requirement::Required, move || {
            let Health { last_good, fault } = watched.readiness();
            (last_good, fault)
        });
        // realtime-service writes down which logins were ended, and both refuse their tokens. It alone asks here, so that the
        // bell, which rings for every signal, need not be heard twice.
        let follower = Follower::start(&store, &verifier, Prompt::Clock, registry);
        let ends = follower.clone();
        readiness.watch("ended_logins", Requirement::Required, move || {
            let Following { last_good, fault } = ends.following();
            (last_good, fault.map(str::to_owned))
        });
        let hooks = Hooks { rings: settings.hooks.url.is_some(), records: settings.records.hook };
        let desk = Desk::new(store.clone(), settings.calls.rules(), hooks, metrics)
            .with_patience(settings.command_deadline());
        let background = background::start(&desk, store, &settings.background, &settings.hooks, registry)?;
        let (desk, clock) = (Data::new(desk), Data::new(clock.clone()));
        Ok((Self { verifier, desk, clock, _follower: follower }, background))
    }

    /// Mounts the API.
    pub fn configure(&self, app: &mut ServiceConfig) {
        app.app_data(self.verifier.clone()).app_data(self.desk.clone()).app_data(self.clock.clone());
        endpoints::configure(app);
    }
}

/// How often a token may be refused before the answer is 429: never, for all who ask share the address of the service that
/// relays them, which has counted already.
#[must_use]
pub fn limits() -> LimitSettings {
    LimitSettings { failed_authentications_per_minute: NonZeroU32::MAX, ..LimitSettings::default() }
}
