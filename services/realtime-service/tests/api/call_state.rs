//! call-state-service with a Redis of its own, beside a test. The service is in the test's process: its binary is another
//! package's, and what it does is the same.

use std::collections::BTreeMap;
use std::time::Duration;

use call_state_service::{Background, CallStateService, CallStateSettings, SERVICE, VERSION, limits};
use clock::Clock;
use http_server::{CorsSettings, Readiness, Server};
use prometheus_client::registry::Registry;
use signal_protocol::Tenant;
use store::Store;
use testkit::{Issuer, Redis, eventually, ports};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::world::STORE_PATIENCE_MS;

/// How long it may take to start before the test fails.
const START_BOUND: Duration = Duration::from_secs(20);

/// A running call-state-service, and its store.
pub(crate) struct CallState {
    pub(crate) redis: Redis,
    pub(crate) url: String,
    settings: CallStateSettings,
    running: Option<Running>,
}

struct Running {
    stop: oneshot::Sender<()>,
    ended: JoinHandle<std::io::Result<()>>,
    background: Background,
}

impl CallState {
    /// Starts both. `settings` have names without the prefix, and go before the usual ones; `{issuer}` in them is the issuer.
    pub(crate) async fn start(issuer: &Issuer, settings: &[(&str, &str)]) -> Self {
        let redis = Redis::start().await.unwrap();
        let [port, management_port] = [(); 2].map(|()| ports::free().unwrap());
        let usual = [
            ("ENVIRONMENT", "development".to_owned()),
            ("SERVER__LISTEN", format!("127.0.0.1:{port}")),
            ("SERVER__MANAGEMENT_LISTEN", format!("127.0.0.1:{management_port}")),
            ("SERVER__DRAIN_SECONDS", "0".to_owned()),
            ("SERVER__WORKERS", "1".to_owned()),
            ("IDENTITY__ISSUERS", issuer.url()),
            ("IDENTITY__AUDIENCE", "realtime".to_owned()),
            ("REDIS__URL", redis.url.clone()),
            ("REDIS__TIMEOUT_MS", STORE_PATIENCE_MS.to_string()),
            ("SERVER__HANDLER_TIMEOUT_MS", "3500".to_owned()),
        ];
        let given = settings.iter().map(|(name, value)| (*name, value.replace("{issuer}", &issuer.url())));
        let variables: BTreeMap<_, _> = usual
            .into_iter()
            .chain(given)
            .map(|(name, value)| (format!("CALL_STATE__{name}"), value))
            .collect();
        let settings = ::settings::load::<CallStateSettings>(&SERVICE, None, variables).unwrap();
        let mut service = Self { redis, url: format!("http://127.0.0.1:{port}"), settings, running: None };
        service.start_again().await;
        service
    }

    /// Starts the service with the settings that it had.
    pub(crate) async fn start_again(&mut self) {
        let clock = Clock::system();
        let readiness = Readiness::new(clock.clone());
        let mut registry = Registry::default();
        let settings = self.settings.clone();
        let store = Store::start(&settings.redis, &settings.identity.tenants()).unwrap();
        let (service, background) =
            CallStateService::start(&settings, store, &clock, &mut registry, &readiness).unwrap();
        let bound = Server {
            name: SERVICE.name,
            version: VERSION,
            commit: None,
            settings: settings.server,
            limits: limits(),
            cors: CorsSettings::default(),
            registry,
            readiness,
            clock,
            app: move |app: &mut actix_web::web::ServiceConfig| service.configure(app),
        }
        .bind()
        .unwrap();
        let management = bound.management_address();
        let (stop, stopped) = oneshot::channel();
        let ended = tokio::spawn(bound.run(async {
            let _ = stopped.await;
        }));
        self.running = Some(Running { stop, ended, background });
        eventually("call-state-service is ready", START_BOUND, async || {
            let ready = reqwest::get(format!("http://{management}/readyz"))
                .await
                .map_err(|error| error.to_string())?;
            let (status, text) = (ready.status(), ready.text().await.unwrap());
            if status == 200 { Ok(()) } else { Err(text) }
        })
        .await;
    }

    /// The store as another service would see it.
    pub(crate) fn store(&self) -> (Store, Tenant) {
        let tenants = self.settings.identity.tenants();
        (Store::start(&self.settings.redis, &tenants).unwrap(), tenants[0].clone())
    }

    /// Ends the service, and leaves the store.
    pub(crate) async fn stop(&mut self) {
        if let Some(Running { stop, ended, background }) = self.running.take() {
            let _ = stop.send(());
            ended.await.unwrap().unwrap();
            background.stop().await;
        }
    }
}
