//! The one question of this crate: whose token is this?

use std::fmt;
use std::sync::Arc;

use ::settings::Environment;
use clock::{Clock, DateTime, Utc};
use http_client::Failure;
use prometheus_client::registry::Registry;

use crate::keys::{KeyRing, Refresh, client, refresh};
use crate::metrics::Metrics;
use crate::refusal::TokenRefused::{self, Invalid, Missing};
use crate::remembered::Remembered;
use crate::revocations::Revocations;
use crate::settings::{IdentitySettings, Issuer};
use crate::token::{Decoded, Limits, Signed, Untrusted, caller};
use crate::{Caller, MAX_TOKEN_BYTES, install_crypto, refusal::reason};

/// Verifies tokens of the configured issuers. Cheap to clone; clones share keys and memory, and the keys are refreshed
/// until the last one is dropped.
#[derive(Clone)]
pub struct Verifier(Arc<Shared>);

pub(crate) struct Shared {
    realms: Vec<Realm>,
    pub(crate) limits: Limits,
    remembered: Remembered,
    revocations: Revocations,
    pub(crate) clock: Clock,
    metrics: Metrics,
}

pub(crate) struct Realm {
    pub(crate) issuer: Issuer,
    keys: Arc<KeyRing>,
    _refresh: Refresh,
}

/// Why a verifier or a service account could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The settings have a fault, which [`IdentitySettings::check`] would have told.
    #[error("the identity settings are not usable: {0}")]
    Settings(String),
    /// There is no way out over HTTP.
    #[error("the issuers cannot be asked for their keys")]
    Client(#[from] Failure),
}

/// How current the keys of one issuer are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerReadiness {
    /// The issuer's URL.
    pub issuer: String,
    /// When its keys were last read well; `None` while they never were, and its tokens cannot be verified.
    pub last_good: Option<DateTime<Utc>>,
}

impl IdentitySettings {
    /// The issuers, if everything about them is in order.
    pub(crate) fn usable_issuers(&self, environment: Environment) -> Result<Vec<Issuer>, StartError> {
        let mut faults = Vec::new();
        let issuers =
            self.resolve(environment, &mut |path, problem| faults.push(format!("{path} {problem}")));
        if faults.is_empty() { Ok(issuers) } else { Err(StartError::Settings(faults.join("; "))) }
    }
}

impl Verifier {
    /// Starts reading the keys of each issuer in the background, and returns before any was asked.
    ///
    /// # Panics
    /// Outside a Tokio runtime, which must live as long as the verifier; and as [`install_crypto`].
    pub fn start(
        settings: &IdentitySettings,
        environment: Environment,
        clock: Clock,
    ) -> Result<Self, StartError> {
        install_crypto();
        let issuers = settings.usable_issuers(environment)?;
        let client = client(settings)?;
        let metrics = Metrics::default();
        let realm = |issuer: Issuer| {
            let keys = Arc::new(KeyRing::new(settings));
            let (clock, metrics) = (clock.clone(), metrics.clone());
            let refresh = refresh(keys.clone(), issuer.clone(), client.clone(), settings, clock, metrics);
            Realm { issuer, keys, _refresh: refresh }
        };
        let realms: Vec<Realm> = issuers.into_iter().map(realm).collect();
        let tenants = realms.iter().map(|realm| realm.issuer.tenant.clone());
        Ok(Self(Arc::new(Shared {
            revocations: Revocations::new(tenants, settings, clock.clone()),
            realms,
            limits: Limits::from(settings),
            remembered: Remembered::new(settings),
            clock,
            metrics,
        })))
    }

    /// Whose token this is. Asks nobody, except that an unknown key id may cause one reading of its issuer's keys.
    ///
    /// # Errors
    /// See [`TokenRefused`].
    pub async fn verify(&self, token: &str) -> Result<Arc<Caller>, TokenRefused> {
        let outcome = self.0.verify(token).await;
        if let Err(refused) = &outcome {
            self.0.metrics.refused(*refused);
        }
        outcome
    }

    /// The logins whose tokens are refused though they have not expired.
    #[must_use]
    pub fn revocations(&self) -> &Revocations {
        &self.0.revocations
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0
    }

    /// How current each issuer's keys are, in the order of the settings.
    #[must_use]
    pub fn readiness(&self) -> Vec<IssuerReadiness> {
        let readiness = |realm: &Realm| IssuerReadiness {
            issuer: realm.issuer.url.clone(),
            last_good: realm.keys.last_good(),
        };
        self.0.realms.iter().map(readiness).collect()
    }

    /// Completes once the keys of every issuer have been read.
    pub async fn ready(&self) {
        for realm in &self.0.realms {
            realm.keys.filled().await;
        }
    }

    /// Shows the verifier's counters.
    pub fn register_metrics(&self, registry: &mut Registry) {
        self.0.metrics.register(registry);
        self.0.revocations.register_metrics(registry);
    }
}

impl Shared {
    async fn verify(&self, token: &str) -> Result<Arc<Caller>, TokenRefused> {
        if token.is_empty() {
            return Err(Missing);
        }
        // Before anything is decoded or even hashed.
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Invalid(reason::TOO_LONG));
        }
        let fingerprint = Remembered::fingerprint(token);
        if let Some(caller) = self.remembered.recall(&fingerprint, self.clock.now()) {
            self.metrics.remembered();
            if self.revocations.concerns(&caller) {
                self.remembered.forget(&fingerprint);
                return Err(Invalid(reason::REVOKED));
            }
            return Ok(caller);
        }
        self.metrics.not_remembered();
        let decoded = Decoded::new(token)?;
        let untrusted = Untrusted::parse(&decoded)?;
        let realm = self.realm_of(&untrusted)?;
        let key = realm.keys.key(untrusted.key_id(), untrusted.algorithm(), self.clock.now()).await?;
        let signed = untrusted.verify(&key)?;
        // Read again: the keys may have taken a while.
        let now = self.clock.now();
        let caller = Arc::new(caller(token, signed, &realm.issuer, self.limits, now)?);
        if self.revocations.concerns(&caller) {
            return Err(Invalid(reason::REVOKED));
        }
        self.remembered.remember(fingerprint, &caller, key, now);
        Ok(caller)
    }

    /// The claims of a token of one of our issuers, and which one, once its signature was checked.
    pub(crate) async fn signed<'token>(
        &self,
        untrusted: Untrusted<'token>,
    ) -> Result<(&Realm, Signed<'token>), TokenRefused> {
        let realm = self.realm_of(&untrusted)?;
        let key = realm.keys.key(untrusted.key_id(), untrusted.algorithm(), self.clock.now()).await?;
        Ok((realm, untrusted.verify(&key)?))
    }

    fn realm_of(&self, untrusted: &Untrusted<'_>) -> Result<&Realm, TokenRefused> {
        let issuer = untrusted.issuer()?;
        self.realms.iter().find(|realm| realm.issuer.url == issuer).ok_or(Invalid(reason::ISSUER))
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Verifier").field("issuers", &self.readiness()).finish_non_exhaustive()
    }
}
