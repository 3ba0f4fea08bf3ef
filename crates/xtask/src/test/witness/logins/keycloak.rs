//! People that are made in a realm of Keycloak and taken away again.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::Login;
use crate::test::witness::people::Token;
use crate::test::witness::plan::{KeycloakAccess, ROOM};

/// A token of the administrator lives for a minute; so many people are made or removed with one.
const PEOPLE_A_TOKEN: usize = 20;

/// Keycloak is asked so often before somebody is given up: it may be in a rolling update itself.
const TRIES: usize = 5;
const BETWEEN_TRIES: Duration = Duration::from_secs(1);

/// The realm with the people that were made in it.
pub(in super::super) struct Realm {
    access: Arc<KeycloakAccess>,
    http: Client,
    people: Vec<String>,
}

/// The login of one person.
pub(in super::super) struct Session {
    access: Arc<KeycloakAccess>,
    http: Client,
    user_id: String,
    username: String,
    password: String,
    refresh_token: Option<String>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    refresh_token: Option<String>,
    expires_in: u64,
}

impl Realm {
    pub(in super::super) fn new(access: KeycloakAccess, http: Client) -> Self {
        Self { access: Arc::new(access), http, people: Vec::new() }
    }

    /// Makes so many people who are members of the room that is joined.
    pub(in super::super) async fn invent(&mut self, count: u16) -> Result<Vec<Login>> {
        let run = format!("{:08x}", rand::random::<u32>());
        let mut logins = Vec::new();
        let mut administrator = String::new();
        for number in 0..usize::from(count) {
            if number % PEOPLE_A_TOKEN == 0 {
                administrator = self.administrator().await?;
            }
            let username = format!("witness-{run}-{number}");
            let password = format!("{:032x}", rand::random::<u128>());
            let user_id = self.invent_one(&administrator, &username, &password).await?;
            self.people.push(user_id.clone());
            let (access, http) = (Arc::clone(&self.access), self.http.clone());
            logins.push(Login::Keycloak(Session {
                access,
                http,
                user_id,
                username,
                password,
                refresh_token: None,
            }));
        }
        Ok(logins)
    }

    /// Takes them away again.
    pub(in super::super) async fn forget(&mut self) -> Result<()> {
        while !self.people.is_empty() {
            let administrator = self.administrator().await?;
            let rest = self.people.len().saturating_sub(PEOPLE_A_TOKEN);
            for user_id in self.people.split_off(rest) {
                let url = format!("{}/{user_id}", self.users());
                send("removing somebody", self.http.request(Method::DELETE, url).bearer_auth(&administrator))
                    .await?;
            }
        }
        Ok(())
    }

    async fn invent_one(&self, administrator: &str, username: &str, password: &str) -> Result<String> {
        let person = json!({
            "username": username,
            "firstName": "Made",
            "lastName": "Up",
            "email": format!("{username}@example.com"),
            "emailVerified": true,
            "enabled": true,
            "groups": [format!("/rooms/{ROOM}")],
            "credentials": [{ "type": "password", "value": password, "temporary": false }],
        });
        let request = self.http.post(self.users()).bearer_auth(administrator);
        let answer = send("making somebody up", with_json(request, &person)).await?;
        let location = answer.headers().get("location").and_then(|location| location.to_str().ok());
        let id = location.and_then(|location| location.rsplit('/').next());
        Ok(id.context("Keycloak does not say whom it made")?.to_owned())
    }

    async fn administrator(&self) -> Result<String> {
        let KeycloakAccess { url, username, password, .. } = &*self.access;
        let request = self.http.post(format!("{url}/realms/master/protocol/openid-connect/token"));
        let fields = [
            ("grant_type", "password"),
            ("client_id", "admin-cli"),
            ("username", username),
            ("password", password),
        ];
        let granted: Granted = read("logging the administrator in", form(request, &fields)).await?;
        Ok(granted.access_token)
    }

    fn users(&self) -> String {
        format!("{}/admin/realms/{}/users", self.access.url, self.access.realm)
    }
}

impl Session {
    pub(super) fn user_id(&self) -> &str {
        &self.user_id
    }

    pub(super) async fn token(&mut self) -> Result<Token> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.grant().await {
                Ok(token) => return Ok(token),
                Err(error) if tries == TRIES => return Err(error),
                Err(_) => sleep(BETWEEN_TRIES).await,
            }
        }
    }

    async fn grant(&mut self) -> Result<Token> {
        let KeycloakAccess { url, realm, client, .. } = &*self.access;
        let request = self.http.post(format!("{url}/realms/{realm}/protocol/openid-connect/token"));
        // Taken: a login that Keycloak has forgotten begins anew.
        let request = match self.refresh_token.take() {
            Some(token) => form(
                request,
                &[("grant_type", "refresh_token"), ("client_id", client), ("refresh_token", &token)],
            ),
            None => form(
                request,
                &[
                    ("grant_type", "password"),
                    ("client_id", client),
                    ("username", &self.username),
                    ("password", &self.password),
                ],
            ),
        };
        let granted: Granted = read("getting a token", request).await?;
        self.refresh_token = granted.refresh_token;
        Ok(Token::new(granted.access_token, Duration::from_secs(granted.expires_in)))
    }
}

fn form(request: RequestBuilder, fields: &[(&str, &str)]) -> RequestBuilder {
    let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    request.header("content-type", "application/x-www-form-urlencoded").body(body.join("&"))
}

fn escaped(value: &str) -> String {
    value
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn with_json(request: RequestBuilder, value: &Value) -> RequestBuilder {
    request.header("content-type", "application/json").body(value.to_string())
}

async fn read<T: for<'a> Deserialize<'a>>(what: &str, request: RequestBuilder) -> Result<T> {
    let text =
        send(what, request).await?.text().await.with_context(|| format!("{what}: reading the answer"))?;
    serde_json::from_str(&text).with_context(|| format!("{what}: an answer that is no JSON"))
}

/// The answer, if it is a success. What Keycloak says of a failure has no secret in it.
async fn send(what: &str, request: RequestBuilder) -> Result<Response> {
    let answer = request.send().await.with_context(|| what.to_owned())?;
    let status = answer.status();
    if !status.is_success() {
        bail!("{what}: {status}: {}", answer.text().await.unwrap_or_default());
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn a_password_survives_a_form() {
        assert_eq!(escaped("a+b/c=&% ü-_."), "a%2Bb%2Fc%3D%26%25%20%C3%BC-_.");
    }
}
