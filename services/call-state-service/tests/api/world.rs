//! A Redis, an issuer and replicas of the service, private to one test.

mod aftermath;
mod device;
mod replica;
mod witness;

use std::time::Duration;

use call_state_api::presence::{self, presence_key};
use clock::{Clock, DateTime, Utc};
use identity::development_issuer::{Profile, ServiceProfile};
use mailbox::Mailbox;
use reqwest::Method;
use settings::Secret;
use signal_protocol::{DeviceId, Tenant, UserId};
use store::{Commit, Read, Store, StoreSettings};
use testkit::{Issuer, Redis};
use url::Url;

pub(crate) use device::{Device, Refused, early, invite, refused, signal};
pub(crate) use replica::Replica;
pub(crate) use testkit::Answer;
pub(crate) use witness::Witness;

/// How long a condition may take to come about before the test fails. No promise of the service's: those are tested by
/// what is seen, not by when.
pub(crate) const BOUND: Duration = Duration::from_secs(20);

/// Several replicas of the service on one Redis, or on several that are one.
pub(crate) struct World<R = Redis> {
    pub(crate) redis: R,
    pub(crate) issuer: Issuer,
    pub(crate) replicas: Vec<Replica>,
    pub(crate) tenant: Tenant,
    /// The same records as the replicas', for witnesses.
    pub(crate) store: Store,
    pub(crate) mailbox: Mailbox,
    http: reqwest::Client,
}

impl World {
    /// One replica, as a deployment would have it.
    pub(crate) async fn start() -> Self {
        Self::with(1, &[]).await
    }

    /// Several replicas with more settings; names without the prefix.
    pub(crate) async fn with(replicas: usize, settings: &[(&str, &str)]) -> Self {
        Self::on(Redis::start().await.unwrap(), replicas, settings).await
    }

    /// The same on a Redis of the test's choice.
    pub(crate) async fn on(redis: Redis, replicas: usize, settings: &[(&str, &str)]) -> Self {
        let url = redis.url.clone();
        Self::over(redis, &url, replicas, settings).await
    }

    /// Every record, log and timer as Redis has them, to see that nothing has changed. Presence is left out: it changes
    /// with every request.
    pub(crate) async fn state(&self) -> Vec<String> {
        state_of(&self.redis).await
    }
}

impl<R> World<R> {
    /// On whatever is at the address `redis_url`.
    pub(crate) async fn over(redis: R, redis_url: &str, replicas: usize, settings: &[(&str, &str)]) -> Self {
        let issuer = Issuer::start().await.unwrap();
        let tenant = Tenant::parse("realtime").unwrap();
        let mut running = Vec::with_capacity(replicas);
        for _ in 0..replicas {
            running.push(Replica::start(redis_url, &issuer.url(), settings));
        }
        for replica in &running {
            replica.is_ready().await;
        }
        let url = Secret::from(redis_url.to_owned());
        let settings = StoreSettings { url, timeout_ms: 5_000, ..StoreSettings::default() };
        let store = Store::start(&settings, std::slice::from_ref(&tenant)).unwrap();
        let mailbox = Mailbox::new(store.clone());
        #[expect(clippy::disallowed_methods, reason = "a test's client waits as long as the test does")]
        let http = reqwest::Client::new();
        Self { redis, issuer, replicas: running, tenant, store, mailbox, http }
    }

    /// A device of `user`, which asks whichever replica answers.
    pub(crate) fn device(&self, user: &str, device: &str) -> Device {
        let urls: Vec<Url> = self.replicas.iter().map(|replica| replica.url.clone()).collect();
        Device::new(&urls, user, device, self.token(user))
    }

    /// A device of `user` that asks one replica only.
    pub(crate) fn device_at(&self, replica: usize, user: &str, device: &str) -> Device {
        Device::new(&[self.replicas[replica].url.clone()], user, device, self.token(user))
    }

    /// A good token of `user`.
    pub(crate) fn token(&self, user: &str) -> String {
        self.token_at(user, Clock::system().now())
    }

    /// A token of `user` that is good at another time.
    pub(crate) fn token_at(&self, user: &str, now: DateTime<Utc>) -> String {
        let profile = Profile {
            user_id: user.to_owned(),
            username: user.to_owned(),
            name: format!("{user} of the tests"),
            groups: Vec::new(),
            realm_roles: Vec::new(),
        };
        let lifetime = Duration::from_mins(10);
        self.issuer.sign(&profile.access_claims(&self.issuer.url(), "realtime", "web", now, lifetime))
    }

    /// A good token of realtime-service itself, which may act on calls.
    pub(crate) fn service_token(&self) -> String {
        let profile = ServiceProfile {
            user_id: "service-account".to_owned(),
            client_id: "realtime-service".to_owned(),
            client_roles: [("realtime".to_owned(), vec!["act-on-calls".to_owned()])].into(),
        };
        let (now, lifetime) = (Clock::system().now(), Duration::from_mins(10));
        self.issuer.sign(&profile.access_claims(&self.issuer.url(), "realtime", now, lifetime))
    }

    /// Begins to follow what `device` of `user` is told from now on.
    pub(crate) async fn witness(&self, user: &str, device: &str) -> Witness {
        let (user, device) = (UserId::parse(user).unwrap(), DeviceId::parse(device).unwrap());
        Witness::new(self.mailbox.clone(), self.tenant.clone(), user, device).await
    }

    /// The device has a socket or a poll until so long after now, as realtime-service writes it down.
    pub(crate) async fn leases(&self, device: &Device, span: clock::Duration) {
        let now = self.store.read(&self.tenant, Read::new()).await.unwrap().now;
        let writes = vec![presence::lease(&device.user, &device.id, now + span)];
        self.store.commit(&self.tenant, Commit { writes, ..Commit::default() }).await.unwrap();
    }

    /// When the device's lease ends.
    pub(crate) async fn lease_end(&self, device: &Device) -> DateTime<Utc> {
        let key = presence_key(&device.user);
        let read = self.store.read(&self.tenant, Read::new().and(key.clone(), 0)).await.unwrap();
        read.leases(&key)[device.id.as_str()]
    }

    /// A request as it is, without the client's help, to the first replica. `path` begins after `/internal`.
    pub(crate) fn request(&self, method: Method, path: &str, token: &str) -> reqwest::RequestBuilder {
        let url = self.replicas[0].url.join(&format!("/internal{path}")).unwrap();
        self.http.request(method, url).bearer_auth(token)
    }

    /// Sends a request with a body and reads the answer.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: &serde_json::Value,
    ) -> Answer {
        Answer::of(self.request(method, path, token).json(body)).await
    }
}

/// What one server has, as [`World::state`].
pub(crate) async fn state_of(redis: &Redis) -> Vec<String> {
    let keys = redis.command(&["KEYS", "*"]).await.unwrap();
    let mut names: Vec<String> =
        keys.as_array().unwrap().iter().map(|key| key.as_str().unwrap().to_owned()).collect();
    names.retain(|name| !name.contains("presence:"));
    names.sort_unstable();
    let mut state = Vec::new();
    for name in names {
        // Unlike DUMP, the same for the same content of every kind.
        let digest = redis.command(&["DEBUG", "DIGEST-VALUE", &name]).await.unwrap();
        state.push(format!("{name} {digest}"));
    }
    state
}
