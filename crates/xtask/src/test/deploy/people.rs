//! People as the steps play them: logged in at Keycloak, on the other side of the gateway.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use reqwest::{Client, Method, Response, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use super::accounts::{self, KEYCLOAK};
use super::overlay::{APPLICATION, World};
use super::wait::until;
use crate::http;

/// How long the first login and the first join may take, once everything says that it is ready.
const FIRST: Duration = Duration::from_mins(1);

/// Where they go, and how they get in.
pub(super) struct People {
    pub(super) gateway: String,
    pub(super) keycloak: String,
    /// Of Keycloak's administrator.
    pub(super) password: String,
    client: Client,
}

/// What Keycloak gave one of them.
#[derive(Deserialize)]
pub(super) struct Login {
    pub(super) access_token: String,
    pub(super) refresh_token: String,
}

impl People {
    /// Finds both doors, and waits until somebody can log in.
    pub(super) async fn find(
        world: &World<'_>,
        gateway: Option<&str>,
        keycloak: Option<&str>,
    ) -> Result<Self> {
        let gateway = door(world, gateway, APPLICATION, "gateway").await?;
        let keycloak = door(world, keycloak, KEYCLOAK, "keycloak").await?;
        let password = accounts::administrators_password(world.kubectl).await?;
        let people = Self { gateway, keycloak, password, client: http::client()? };
        let first = until("the first login", FIRST, async || {
            Ok(people.login("alice").await.map_err(|fault| format!("{fault:#}")))
        });
        first.await.with_context(|| {
            format!(
                "Keycloak is asked at {}: where addresses of Services are not reached from here, name others with `--keycloak` and `--gateway`",
                people.keycloak
            )
        })?;
        Ok(people)
    }

    /// By the password grant of the sample realm, where the password is the name.
    pub(super) async fn login(&self, name: &str) -> Result<Login> {
        let grant = format!("grant_type=password&client_id=web&scope=openid&username={name}&password={name}");
        let answer = self.keycloak_form("token", grant).await?;
        answer.error_for_status()?.json().await.context("Keycloak's answer to a login")
    }

    /// Ends the login, as an application does.
    pub(super) async fn logout(&self, login: &Login) -> Result<()> {
        let form = format!("client_id=web&refresh_token={}", login.refresh_token);
        self.keycloak_form("logout", form).await?.error_for_status()?;
        Ok(())
    }

    async fn keycloak_form(&self, endpoint: &str, form: String) -> Result<Response> {
        let address = format!("{}/realms/realtime/protocol/openid-connect/{endpoint}", self.keycloak);
        let request = self.client.post(address).header("content-type", "application/x-www-form-urlencoded");
        request.body(form).send().await.context("asking Keycloak")
    }

    /// Asks the API, below `/api/realtime`.
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Option<&Value>,
    ) -> Result<(StatusCode, Value)> {
        let request =
            self.client.request(method, format!("{}/api/realtime/{path}", self.gateway)).bearer_auth(token);
        let request = match body {
            Some(body) => request.header("content-type", "application/json").body(body.to_string()),
            None => request,
        };
        let answer = request.send().await.with_context(|| format!("asking for {path}"))?;
        let status = answer.status();
        let text = answer.text().await.with_context(|| format!("reading the answer of {path}"))?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
    }

    /// Asks, and takes nothing else for an answer.
    pub(super) async fn expect(
        &self,
        wanted: StatusCode,
        method: Method,
        path: &str,
        token: &str,
        body: Option<&Value>,
    ) -> Result<Value> {
        let (status, answer) = self.ask(method, path, token, body).await?;
        if status == wanted {
            Ok(answer)
        } else {
            bail!("{path} is answered {status} and not {wanted}: {answer}")
        }
    }
}

/// The address given, or that of the Service in the cluster.
async fn door(world: &World<'_>, given: Option<&str>, namespace: &str, service: &str) -> Result<String> {
    if let Some(given) = given {
        return Ok(given.trim_end_matches('/').to_owned());
    }
    let found = world.kubectl.get(&["-n", namespace, "service", service]).await?;
    let (address, port) = (&found["spec"]["clusterIP"], &found["spec"]["ports"][0]["port"]);
    match (address.as_str(), port.as_u64()) {
        (Some(address), Some(port)) => Ok(format!("http://{address}:{port}")),
        _ => bail!("the Service {service} has no address"),
    }
}
