//! One issuer, one verifier of its tokens, and a clock that both go by.

use std::sync::Arc;
use std::time::Duration;

use clock::{Clock, DateTime};
use identity::development_issuer::Profile;
use identity::{Caller, IdentitySettings, IssuerSettings, TokenRefused, Verifier};
use serde_json::{Value, json};
use settings::Environment;
use testkit::{Issuer, eventually};

/// Long enough for anything here on a machine that does much else.
pub(crate) const BOUND: Duration = Duration::from_secs(20);

pub(crate) struct World {
    pub(crate) issuer: Issuer,
    pub(crate) verifier: Verifier,
    pub(crate) clock: Clock,
}

/// Settings under which nothing is read by itself after the first time, however slow the machine.
pub(crate) fn quiet_settings(issuer: &Issuer) -> IdentitySettings {
    IdentitySettings {
        issuers: vec![IssuerSettings::from(issuer.url().as_str())],
        jwks_refresh_seconds: 3_600,
        jwks_timeout_ms: 10_000,
        jwks_wait_ms: 10_000,
        jwks_retry_ms: 10,
        ..IdentitySettings::default()
    }
}

pub(crate) fn clock() -> Clock {
    Clock::manual(DateTime::from_timestamp(1_800_000_000, 0).unwrap())
}

pub(crate) fn verifier(settings: &IdentitySettings, clock: &Clock) -> Verifier {
    Verifier::start(settings, Environment::Development, clock.clone()).unwrap()
}

impl World {
    /// With the keys read.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// With the keys read, under other settings.
    pub(crate) async fn start_with(change: impl FnOnce(&mut IdentitySettings)) -> Self {
        let world = Self::unready(Issuer::start().await.unwrap(), change);
        world.ready().await;
        world
    }

    /// With a verifier that has only just been started.
    pub(crate) fn unready(issuer: Issuer, change: impl FnOnce(&mut IdentitySettings)) -> Self {
        let clock = clock();
        let mut settings = quiet_settings(&issuer);
        change(&mut settings);
        let verifier = verifier(&settings, &clock);
        Self { issuer, verifier, clock }
    }

    pub(crate) async fn ready(&self) {
        eventually("the keys are read", BOUND, async || {
            self.verifier.ready().await;
            true
        })
        .await;
    }

    /// The claims of a token of five minutes; each time another token.
    pub(crate) fn claims(&self) -> Value {
        claims(&self.issuer.url(), &self.clock)
    }

    /// A token that is in order.
    pub(crate) fn token(&self) -> String {
        self.issuer.sign(&self.claims())
    }

    /// A token that is in order but for its key, which the issuer does not publish.
    pub(crate) fn token_of_unknown_key(&self) -> String {
        self.issuer.issuer().sign_with(&json!({ "kid": "unpublished" }), &self.claims())
    }

    pub(crate) async fn verify(&self, token: &str) -> Result<Arc<Caller>, TokenRefused> {
        self.verifier.verify(token).await
    }

    /// Why the token is refused.
    pub(crate) async fn refusal(&self, token: &str) -> TokenRefused {
        self.verify(token).await.expect_err("the token is refused")
    }

    /// Moves the clock past the cool-down of unknown keys.
    pub(crate) fn cool_down(&self) {
        self.clock.advance(clock::Duration::seconds(10));
    }
}

pub(crate) fn claims(issuer: &str, clock: &Clock) -> Value {
    let profile = Profile {
        user_id: "6f1c1b5e-alice".to_owned(),
        username: "alice".to_owned(),
        name: "Alice A.".to_owned(),
        groups: vec!["/rooms/standup/moderator".to_owned()],
        realm_roles: vec!["realtime-admin".to_owned()],
    };
    profile.access_claims(issuer, "realtime", "web", clock.now(), Duration::from_mins(5))
}
