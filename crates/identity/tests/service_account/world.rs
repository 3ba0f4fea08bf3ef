//! One issuer, our account at it, and a clock that the account goes by.

use std::sync::Arc;
use std::time::Duration;

use clock::Clock;
use identity::{
    IdentitySettings, IssuerSettings, ServiceAccount, ServiceAccountFailure, ServiceAccountSettings,
    ServiceToken,
};
use settings::Environment;
use signal_protocol::Tenant;
use testkit::Issuer;

/// Long enough for anything here on a machine that does much else.
pub(crate) const BOUND: Duration = Duration::from_secs(20);

pub(crate) struct World {
    pub(crate) issuer: Issuer,
    pub(crate) account: ServiceAccount,
    pub(crate) clock: Clock,
}

pub(crate) fn settings(issuer: &Issuer) -> IdentitySettings {
    let (id, secret) = issuer.service_client();
    IdentitySettings {
        issuers: vec![IssuerSettings::from(issuer.url().as_str())],
        service_account: Some(ServiceAccountSettings {
            client_id: id.to_owned(),
            client_secret: secret.to_owned().into(),
        }),
        jwks_timeout_ms: 10_000,
        ..IdentitySettings::default()
    }
}

pub(crate) fn tenant() -> Tenant {
    Tenant::parse("realtime").unwrap()
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut IdentitySettings)) -> Self {
        let issuer = Issuer::start().await.unwrap();
        let clock = Clock::manual(Clock::system().now());
        let mut settings = settings(&issuer);
        change(&mut settings);
        let account = ServiceAccount::new(&settings, Environment::Development, &clock);
        Self { account: account.unwrap().unwrap(), issuer, clock }
    }

    pub(crate) async fn token(&self) -> Result<Arc<ServiceToken>, ServiceAccountFailure> {
        let asked = tokio::time::timeout(BOUND, self.account.token(&tenant())).await;
        asked.expect("it ends by itself")
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.clock.advance(clock::Duration::seconds(seconds));
    }
}
