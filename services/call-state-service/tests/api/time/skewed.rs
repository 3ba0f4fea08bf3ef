//! A replica whose clock is wrong. It is in the test's process: the clock of another process is the machine's.

use call_state_service::{Background, CallStateService, CallStateSettings, SERVICE, VERSION, limits};
use clock::{Clock, Duration};
use http_server::{CorsSettings, Readiness, Server};
use prometheus_client::registry::Registry;
use store::Store;
use testkit::ports;
use tokio::task::JoinHandle;
use url::Url;

use crate::world::{Device, World};

/// A replica that takes part in a [`World`]. It ends with the test.
pub(super) struct Skewed {
    url: Url,
    clock: Clock,
    _background: Background,
    _serving: JoinHandle<std::io::Result<()>>,
}

impl Skewed {
    /// One whose clock stands at what the time is, and so much more.
    pub(super) fn start(world: &World, by: Duration) -> Self {
        let variables = [
            ("ENVIRONMENT", "development".to_owned()),
            ("SERVER__LISTEN", format!("127.0.0.1:{}", ports::free().unwrap())),
            ("SERVER__MANAGEMENT_LISTEN", format!("127.0.0.1:{}", ports::free().unwrap())),
            ("SERVER__WORKERS", "1".to_owned()),
            ("IDENTITY__ISSUERS", world.issuer.url()),
            ("IDENTITY__AUDIENCE", "realtime".to_owned()),
            ("REDIS__URL", world.redis.url.clone()),
            ("CALLS__RING_SECONDS_MIN", "1".to_owned()),
        ];
        let variables = variables.map(|(name, value)| (format!("CALL_STATE__{name}"), value));
        let settings = settings::load::<CallStateSettings>(&SERVICE, None, variables).unwrap();
        let clock = Clock::manual(Clock::system().now() + by);
        let (readiness, mut registry) = (Readiness::new(clock.clone()), Registry::default());
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
            clock: clock.clone(),
            app: move |app: &mut actix_web::web::ServiceConfig| service.configure(app),
        }
        .bind()
        .unwrap();
        let url = Url::parse(&format!("http://{}", bound.address())).unwrap();
        let serving = tokio::spawn(bound.run(std::future::pending()));
        Self { url, clock, _background: background, _serving: serving }
    }

    /// A device that asks this replica, with a token that it takes for good.
    pub(super) fn device(&self, world: &World, user: &str, device: &str) -> Device {
        let token = world.token_at(user, self.clock.now());
        Device::new(std::slice::from_ref(&self.url), user, device, token)
    }
}
