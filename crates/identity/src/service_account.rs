//! Who our own services are where no user asks: tokens by the client credentials grant (RFC 6749, section 4.4).

mod failure;
mod grant;
mod held;
mod realm;

use std::fmt;
use std::sync::Arc;

use ::settings::Environment;
use clock::Clock;
use prometheus_client::registry::Registry;
use signal_protocol::Tenant;
use url::Url;
use zeroize::Zeroizing;

pub use failure::ServiceAccountFailure;

use crate::keys::client;
use crate::metrics::GrantMetrics;
use crate::settings::IdentitySettings;
use crate::verifier::StartError;
use grant::Grant;
use realm::Realm;

/// Our own account at each issuer. Cheap to clone; clones share the tokens.
#[derive(Clone)]
pub struct ServiceAccount(Arc<Shared>);

struct Shared {
    realms: Vec<Arc<Realm>>,
    metrics: GrantMetrics,
}

/// An access token of our own. It never prints itself, and its memory is overwritten when it is dropped.
pub struct ServiceToken(Zeroizing<String>);

impl ServiceToken {
    /// The token itself, to send as bearer token. Nothing else should be done with it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ServiceAccount {
    /// The account that `settings` describe; `None` where they describe none. Nobody is asked for a token yet.
    ///
    /// # Errors
    /// As [`Verifier::start`](crate::Verifier::start).
    pub fn new(
        settings: &IdentitySettings,
        environment: Environment,
        clock: &Clock,
    ) -> Result<Option<Self>, StartError> {
        let Some(account) = &settings.service_account else { return Ok(None) };
        let issuers = settings.usable_issuers(environment)?;
        let client = client(settings)?;
        let metrics = GrantMetrics::default();
        let realm = |issuer| {
            let grant = Grant::new(client.clone(), issuer, account.clone());
            Arc::new(Realm::new(grant, clock.clone(), metrics.clone()))
        };
        Ok(Some(Self(Arc::new(Shared { realms: issuers.into_iter().map(realm).collect(), metrics }))))
    }

    /// A token of our account at the tenant's issuer, good for ten seconds or a tenth of its life at least.
    ///
    /// It is remembered and renewed in the background before its end. Whoever comes while there is none waits for the
    /// one request under way, at most twice `jwks_timeout_ms`; who waits no longer does not end the request. After a
    /// failure the issuer is left alone for a moment, and whoever asks meanwhile hears of that failure.
    ///
    /// # Errors
    /// See [`ServiceAccountFailure`].
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    pub async fn token(&self, tenant: &Tenant) -> Result<Arc<ServiceToken>, ServiceAccountFailure> {
        self.realm(tenant).ok_or(ServiceAccountFailure::UnknownTenant)?.token().await
    }

    /// Says that the other side did not accept `token` (401), which happens when the issuer withdrew a key: the next
    /// one to ask gets another. A token that is only seconds old is kept, because a new one would fare no better.
    pub fn refused(&self, tenant: &Tenant, token: &ServiceToken) {
        if let Some(realm) = self.realm(tenant) {
            realm.refused(token);
        }
    }

    /// Keycloak's admin API of the tenant's realm, without a slash at its end; `None` if the tenant's issuer does not
    /// look like a realm of Keycloak. What the account may do there is for the realm to say.
    #[must_use]
    pub fn admin_url(&self, tenant: &Tenant) -> Option<Url> {
        self.realm(tenant)?.admin_url()
    }

    /// Shows how often tokens were asked for.
    pub fn register_metrics(&self, registry: &mut Registry) {
        self.0.metrics.register(registry);
    }

    fn realm(&self, tenant: &Tenant) -> Option<&Arc<Realm>> {
        self.0.realms.iter().find(|realm| realm.tenant() == tenant)
    }
}

impl fmt::Debug for ServiceAccount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenants = self.0.realms.iter().map(|realm| realm.tenant());
        formatter.write_str("ServiceAccount")?;
        formatter.debug_list().entries(tenants).finish()
    }
}

impl fmt::Debug for ServiceToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ServiceToken(********)")
    }
}
