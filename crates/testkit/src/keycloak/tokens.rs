//! Tokens by the password grant.

use serde::Deserialize;

use super::{Keycloak, REALM};
use crate::{Failure, http_client};

/// What Keycloak's token endpoint gave.
#[derive(Clone, Debug, Deserialize)]
pub struct Tokens {
    /// For the API.
    #[serde(rename = "access_token")]
    pub access: String,
    /// For the client itself; never accepted by the API.
    #[serde(rename = "id_token")]
    pub id: String,
    /// For Keycloak itself; never accepted by the API.
    #[serde(rename = "refresh_token")]
    pub refresh: String,
}

#[derive(Deserialize)]
struct AdminToken {
    access_token: String,
}

impl Keycloak {
    /// Tokens of a demo user of the realm `realtime`, from the client `web`.
    ///
    /// # Errors
    /// Keycloak refuses or does not answer.
    pub async fn password_grant(&self, username: &str) -> Result<Tokens, Failure> {
        self.password_grant_of(REALM, username).await
    }

    /// Tokens of a demo user of any realm made by [`Self::create_realm`].
    ///
    /// # Errors
    /// As [`Self::password_grant`].
    pub async fn password_grant_of(&self, realm: &str, username: &str) -> Result<Tokens, Failure> {
        let user =
            [("client_id", "web"), ("scope", "openid"), ("username", username), ("password", username)];
        self.grant(realm, &user).await
    }

    /// An access token for the admin API. It lives for a minute: ask for one when it is needed.
    ///
    /// # Errors
    /// As [`Self::password_grant`].
    pub async fn admin(&self) -> Result<String, Failure> {
        let administrator = [
            ("client_id", "admin-cli"),
            ("username", self.admin_username.as_str()),
            ("password", self.admin_password.as_str()),
        ];
        Ok(self.grant::<AdminToken>("master", &administrator).await?.access_token)
    }

    async fn grant<T: serde::de::DeserializeOwned>(
        &self,
        realm: &str,
        fields: &[(&str, &str)],
    ) -> Result<T, Failure> {
        let what = format!("get a token from Keycloak's realm {realm}");
        let url = format!("{}/protocol/openid-connect/token", self.issuer_of(realm));
        let grant = [("grant_type", "password")];
        let request = http_client::form(http_client::client().post(url), &[&grant, fields].concat());
        let answer = http_client::send(&what, request).await?;
        answer.json().await.map_err(|error| Failure::because(format!("cannot {what}"), error))
    }
}
