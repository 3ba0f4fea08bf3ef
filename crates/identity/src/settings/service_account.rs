//! Who our own services are where no user asks.

use ::settings::Secret;
use schemars::JsonSchema;
use serde::Deserialize;

/// Who our own services are at the issuers where no user asks.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceAccountSettings {
    /// The confidential client, the same at every issuer, that may use the client credentials grant.
    #[schemars(length(min = 1, max = 255))]
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
}
