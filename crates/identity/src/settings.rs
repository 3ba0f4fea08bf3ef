//! Whose tokens are accepted, and within which bounds.

mod endpoint;
mod issuer;
mod resolve;
mod service_account;

use ::settings::{Environment, Faults};
use schemars::JsonSchema;
use serde::Deserialize;
use signal_protocol::Tenant;

pub use issuer::IssuerSettings;
pub(crate) use resolve::Issuer;
pub use service_account::ServiceAccountSettings;

use crate::Algorithm;

/// Whose tokens are accepted, and within which bounds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
// There is a default for the tests' sake; in the settings of a service there is none.
#[schemars(extend("required" = ["issuers"]))]
pub struct IdentitySettings {
    /// The issuers whose tokens are accepted: each realm's URL exactly as it stands in the tokens' `iss`, or a table
    /// with more about it.
    pub issuers: Vec<IssuerSettings>,
    /// What a token's `aud` must name, unless its issuer has an audience of its own.
    pub audience: String,
    /// The clients (`azp`) whose tokens are accepted, unless the issuer has a list of its own. Empty: any client.
    pub authorized_parties: Vec<String>,
    /// Who our own services are where no user asks. Without it nothing can be asked about anybody but the caller.
    pub service_account: Option<ServiceAccountSettings>,
    /// The signature algorithms that are accepted; each key is still used with its own algorithm only.
    pub algorithms: Vec<Algorithm>,
    /// The longest time between a token's `iat` and `exp`, in seconds.
    #[schemars(range(min = 60, max = 86_400))]
    pub max_lifetime_seconds: u32,
    /// For how long after its `exp` a token is still accepted, in seconds, for clocks that differ.
    #[schemars(range(max = 10))]
    pub leeway_seconds: u32,
    /// How far ahead of our clock a token's `iat` and `nbf` may be, in seconds.
    #[schemars(range(max = 10))]
    pub issued_ahead_seconds: u32,
    /// How often each issuer's keys are read again, in seconds.
    #[schemars(range(min = 1, max = 86_400))]
    pub jwks_refresh_seconds: u32,
    /// For how long an unknown key id causes no second reading of the keys, in milliseconds.
    #[schemars(range(max = 600_000))]
    pub jwks_cool_down_ms: u32,
    /// How long reading one document of an issuer may take, in milliseconds.
    #[schemars(range(min = 10, max = 10_000))]
    pub jwks_timeout_ms: u32,
    /// How long a request waits for keys that are being read, in milliseconds; the reading itself goes on.
    #[schemars(range(max = 10_000))]
    pub jwks_wait_ms: u32,
    /// The pause before the keys are read again after a failure, in milliseconds. It doubles with each failure: up to
    /// 5 s while there are no keys at all, else up to the ordinary refresh.
    #[schemars(range(min = 10, max = 60_000))]
    pub jwks_retry_ms: u32,
    /// For how long a verified token is remembered at most, in seconds. 0: each token is verified each time.
    #[schemars(range(max = 60))]
    pub remember_seconds: u32,
    /// How much memory the remembered tokens may take, in KiB. A typical one is counted with 2.5.
    #[schemars(range(max = 1_048_576))]
    pub remember_kib: u32,
}

impl Default for IdentitySettings {
    fn default() -> Self {
        Self {
            issuers: Vec::new(),
            audience: "realtime".to_owned(),
            authorized_parties: Vec::new(),
            service_account: None,
            algorithms: vec![Algorithm::Rs256],
            max_lifetime_seconds: 3_600,
            leeway_seconds: 5,
            issued_ahead_seconds: 10,
            jwks_refresh_seconds: 300,
            jwks_cool_down_ms: 10_000,
            jwks_timeout_ms: 2_000,
            jwks_wait_ms: 400,
            jwks_retry_ms: 250,
            remember_seconds: 60,
            remember_kib: 4 * 1024,
        }
    }
}

impl IdentitySettings {
    /// Adds what is wrong with these settings where the service runs in `environment`; paths are relative to this
    /// section.
    pub fn check(&self, environment: Environment, faults: &mut Faults) {
        self.resolve(environment, &mut |path, problem| faults.add(path, problem));
    }

    /// The tenants whose users are accepted, in the order of the issuers. Issuers that are not in order have none.
    #[must_use]
    pub fn tenants(&self) -> Vec<Tenant> {
        // What development alone permits changes nobody's tenant.
        let issuers = self.resolve(Environment::Development, &mut |_, _| {});
        issuers.into_iter().map(|issuer| issuer.tenant).collect()
    }
}
