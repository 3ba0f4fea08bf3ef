//! Logins that end, and people who may not log in any more.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Keycloak, Tokens};
use crate::{Failure, http_client};

impl Keycloak {
    /// Lets the client `web` be told of ended sessions at this address, by OpenID Connect's back channel.
    ///
    /// # Errors
    /// As [`Self::log_out`].
    pub async fn tell_logouts(&self, realm: &str, address: &str) -> Result<(), Failure> {
        let clients = self.administer(Method::GET, &format!("/{realm}/clients?clientId=web"), None).await?;
        let clients: Vec<Value> = clients
            .json()
            .await
            .map_err(|error| Failure::because("cannot read Keycloak's clients", error))?;
        let Some(mut client) = clients.into_iter().next() else {
            return Err(Failure::new(format!("the realm {realm} has no client web")));
        };
        client["attributes"]["backchannel.logout.url"] = json!(address);
        let id = client["id"].as_str().unwrap_or_default().to_owned();
        self.administer(Method::PUT, &format!("/{realm}/clients/{id}"), Some(&client)).await.map(drop)
    }

    /// Logs out as the client `web` does: the session of these tokens ends.
    ///
    /// # Errors
    /// Keycloak refuses or does not answer.
    pub async fn log_out(&self, realm: &str, tokens: &Tokens) -> Result<(), Failure> {
        let what = format!("log out of Keycloak's realm {realm}");
        let url = format!("{}/protocol/openid-connect/logout", self.issuer_of(realm));
        let fields = [("client_id", "web"), ("refresh_token", tokens.refresh.as_str())];
        http_client::send(&what, http_client::form(http_client::client().post(url), &fields)).await.map(drop)
    }

    /// Ends one session as an administrator does; `session` is the `sid` of its tokens.
    ///
    /// # Errors
    /// As [`Self::log_out`].
    pub async fn end_session(&self, realm: &str, session: &str) -> Result<(), Failure> {
        self.administer(Method::DELETE, &format!("/{realm}/sessions/{session}"), None).await.map(drop)
    }

    /// Ends all sessions of a user as an administrator does; `user` is the `sub` of their tokens.
    ///
    /// # Errors
    /// As [`Self::log_out`].
    pub async fn end_sessions(&self, realm: &str, user: &str) -> Result<(), Failure> {
        self.administer(Method::POST, &format!("/{realm}/users/{user}/logout"), None).await.map(drop)
    }

    /// Lets a user not log in any more. Sessions that they have go on.
    ///
    /// # Errors
    /// As [`Self::log_out`].
    pub async fn disable(&self, realm: &str, user: &str) -> Result<(), Failure> {
        let disabled = json!({ "enabled": false });
        self.administer(Method::PUT, &format!("/{realm}/users/{user}"), Some(&disabled)).await.map(drop)
    }

    /// Removes a user.
    ///
    /// # Errors
    /// As [`Self::log_out`].
    pub async fn remove_user(&self, realm: &str, user: &str) -> Result<(), Failure> {
        self.administer(Method::DELETE, &format!("/{realm}/users/{user}"), None).await.map(drop)
    }
}
