//! A store, an issuer, and replicas that follow the log.

use std::time::Duration;

use clock::{Clock, DateTime, Utc};
use identity::TokenRefused::{self, Invalid};
use identity::development_issuer::Profile;
use identity::{IdentitySettings, IssuerSettings, Logins, Revocation, Verifier};
use prometheus_client::registry::Registry;
use revocation::{Follower, Prompt, append};
use serde_json::Value;
use settings::Environment;
use signal_protocol::{Tenant, UserId};
use store::{Commit, Committed, Store, StoreSettings, Write};
use testkit::{Issuer, eventually};

/// How long a test waits for what must happen.
pub(crate) const SOON: Duration = Duration::from_secs(20);
/// Why a token of an ended login is refused.
pub(crate) const REVOKED: TokenRefused = Invalid("session_revoked");

pub(crate) struct World {
    pub(crate) issuer: Issuer,
    pub(crate) store: Store,
    pub(crate) tenant: Tenant,
}

/// A verifier of some service, which follows.
pub(crate) struct Replica {
    pub(crate) verifier: Verifier,
    pub(crate) follower: Follower,
}

impl World {
    pub(crate) async fn memory() -> Self {
        let tenant = Tenant::parse("realtime").unwrap();
        Self::on(Store::memory(Clock::system(), std::slice::from_ref(&tenant)), tenant).await
    }

    /// On this Redis, which need not be up.
    pub(crate) async fn redis(redis: &testkit::Redis) -> Self {
        let tenant = Tenant::parse("realtime").unwrap();
        let settings = StoreSettings { url: redis.url.clone().into(), ..StoreSettings::default() };
        Self::on(Store::start(&settings, std::slice::from_ref(&tenant)).unwrap(), tenant).await
    }

    async fn on(store: Store, tenant: Tenant) -> Self {
        Self { issuer: Issuer::start().await.unwrap(), store, tenant }
    }

    /// A replica that has only just been started.
    pub(crate) fn starts(&self) -> Replica {
        self.starts_prompted(Prompt::Bell)
    }

    fn starts_prompted(&self, prompt: Prompt) -> Replica {
        let issuers = vec![IssuerSettings::from(self.issuer.url().as_str())];
        let settings = IdentitySettings { issuers, jwks_wait_ms: 10_000, ..IdentitySettings::default() };
        let verifier = Verifier::start(&settings, Environment::Development, Clock::system()).unwrap();
        let follower = Follower::start(&self.store, &verifier, prompt, &mut Registry::default());
        Replica { verifier, follower }
    }

    /// One that has read the log.
    pub(crate) async fn replica(&self) -> Replica {
        self.replica_prompted(Prompt::Bell).await
    }

    pub(crate) async fn replica_prompted(&self, prompt: Prompt) -> Replica {
        let replica = self.starts_prompted(prompt);
        replica.follower.loaded().await;
        replica.verifier.ready().await;
        replica
    }

    /// The claims of a token of a login of its own.
    pub(crate) fn login(&self, user: &str) -> Value {
        let profile = Profile {
            user_id: user.to_owned(),
            username: user.to_owned(),
            name: user.to_owned(),
            groups: Vec::new(),
            realm_roles: Vec::new(),
        };
        let now = Clock::system().now();
        profile.access_claims(&self.issuer.url(), "realtime", "web", now, Duration::from_mins(5))
    }

    /// Ends the login that these claims belong to.
    pub(crate) async fn ends(&self, claims: &Value) {
        let session = claims["sid"].as_str().unwrap().to_owned();
        let user = Some(UserId::parse(claims["sub"].as_str().unwrap()).unwrap());
        self.writes(append(&revocation(Logins::One { session, user }, Clock::system().now()), kept())).await;
    }

    pub(crate) async fn writes(&self, write: Write) {
        let commit = Commit { writes: vec![write], ..Commit::default() };
        let committed = self.store.commit(&self.tenant, commit).await.unwrap();
        assert!(matches!(committed, Committed::Applied { .. }), "{committed:?}");
    }

    /// Until the store takes commits.
    pub(crate) async fn is_connected(&self) {
        eventually("the store answers", SOON, async || self.store.epoch(&self.tenant).await.is_ok()).await;
    }

    /// Until `replica` refuses the tokens of this login.
    pub(crate) async fn is_refused(&self, replica: &Replica, claims: &Value) {
        let token = self.issuer.sign(claims);
        eventually("it is heard of", SOON, async || match replica.verifier.verify(&token).await {
            Err(refused) => refused == REVOKED,
            Ok(_) => false,
        })
        .await;
    }

    pub(crate) async fn is_accepted(&self, replica: &Replica, claims: &Value) -> bool {
        replica.verifier.verify(&self.issuer.sign(claims)).await.is_ok()
    }
}

pub(crate) fn revocation(logins: Logins, at: DateTime<Utc>) -> Revocation {
    Revocation { logins, at }
}

/// For how long the log keeps it.
pub(crate) fn kept() -> Duration {
    IdentitySettings::default().revocations_last()
}
