//! What a Keycloak access token says about a person, and about a service.

use std::collections::BTreeMap;
use std::iter;
use std::time::Duration;

use clock::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

/// A person as a realm knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// `sub`.
    pub user_id: String,
    /// `preferred_username`.
    pub username: String,
    /// `name`.
    pub name: String,
    /// `groups`, such as `/rooms/standup/moderator`.
    pub groups: Vec<String>,
    /// `realm_access.roles`.
    pub realm_roles: Vec<String>,
}

impl Profile {
    /// The claims of an access token that `issuer` gives to the client `authorized_party` for `audience`, issued `now`
    /// and valid for `lifetime` (whole seconds). Each call is a token and a login session of its own.
    #[must_use]
    pub fn access_claims(
        &self,
        issuer: &str,
        audience: &str,
        authorized_party: &str,
        now: DateTime<Utc>,
        lifetime: Duration,
    ) -> Value {
        let issued_at = now.timestamp();
        json!({
            "exp": issued_at + i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX / 2),
            "iat": issued_at,
            "jti": Uuid::new_v4(),
            "iss": issuer,
            "aud": [audience, "account"],
            "sub": self.user_id,
            "typ": "Bearer",
            "azp": authorized_party,
            "sid": Uuid::new_v4(),
            "acr": "1",
            "scope": "openid profile",
            "realm_access": { "roles": self.realm_roles },
            "name": self.name,
            "preferred_username": self.username,
            "groups": self.groups,
        })
    }
}

/// A service account as a realm knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceProfile {
    /// `sub`.
    pub user_id: String,
    /// The client whose account it is.
    pub client_id: String,
    /// `resource_access.<client>.roles` for each client, such as `act-on-calls` of `realtime`.
    pub client_roles: BTreeMap<String, Vec<String>>,
}

impl ServiceProfile {
    /// The claims of an access token by the client credentials grant, as [`Profile::access_claims`]. There is no login
    /// session behind it, so there is no `sid`.
    #[must_use]
    pub fn access_claims(
        &self,
        issuer: &str,
        audience: &str,
        now: DateTime<Utc>,
        lifetime: Duration,
    ) -> Value {
        let issued_at = now.timestamp();
        let roles = |of_client: &Vec<String>| json!({ "roles": of_client });
        let access: BTreeMap<_, _> =
            self.client_roles.iter().map(|(client, of_client)| (client, roles(of_client))).collect();
        // As Keycloak does it: a token is also for those whose roles it carries.
        let others = self.client_roles.keys().map(String::as_str).filter(|client| *client != audience);
        json!({
            "exp": issued_at + i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX / 2),
            "iat": issued_at,
            "jti": Uuid::new_v4(),
            "iss": issuer,
            "aud": iter::once(audience).chain(others).collect::<Vec<_>>(),
            "sub": self.user_id,
            "typ": "Bearer",
            "azp": self.client_id,
            "acr": "1",
            "scope": "profile",
            "resource_access": access,
            "preferred_username": format!("service-account-{}", self.client_id),
        })
    }
}
