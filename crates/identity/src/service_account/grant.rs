//! Asking one issuer for a token: where its token endpoint is, and what it answers.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clock::Duration;
use http_client::{Client, HeaderValue, Response, StatusCode, header};
use serde::Deserialize;
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use super::{ServiceAccountFailure, ServiceToken};
use crate::MAX_TOKEN_BYTES;
use crate::settings::{Issuer, ServiceAccountSettings};

/// The longest life that is believed; a token is asked for again by then.
const LONGEST_LIFE_SECONDS: u32 = 86_400;

/// The words with which an issuer may refuse (RFC 6749, section 5.2). Another one is not repeated in a log: it may be
/// anything.
const REFUSALS: [&str; 6] = [
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
];

/// What is asked of one issuer.
pub(super) struct Grant {
    client: Client,
    pub(super) issuer: Issuer,
    account: ServiceAccountSettings,
}

/// A token and for how long it lives.
pub(super) struct Granted {
    pub(super) token: Arc<ServiceToken>,
    pub(super) life: Duration,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    token_endpoint: Option<String>,
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    token_type: String,
    expires_in: u32,
}

#[derive(Deserialize)]
struct RefusedAnswer {
    error: String,
}

impl Grant {
    pub(super) fn new(client: Client, issuer: Issuer, account: ServiceAccountSettings) -> Self {
        Self { client, issuer, account }
    }

    /// Where tokens are asked for, as the discovery document says.
    pub(super) async fn endpoint(&self) -> Result<Url, ServiceAccountFailure> {
        let asked = self.client.get(self.issuer.discovery_url.clone()).send().await;
        let document = asked.and_then(Response::expect_ok).and_then(|answer| answer.json::<Discovery>());
        let document = document.map_err(|failure| ServiceAccountFailure::Discovery(Arc::new(failure)))?;
        let endpoint = document.token_endpoint.filter(|_| document.issuer == self.issuer.url);
        endpoint.and_then(|endpoint| self.issuer.endpoint(&endpoint)).ok_or(ServiceAccountFailure::NoEndpoint)
    }

    /// A new token from `endpoint`.
    pub(super) async fn ask(&self, endpoint: Url) -> Result<Granted, ServiceAccountFailure> {
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        let request = self
            .client
            .post(endpoint)
            .header(header::AUTHORIZATION, self.credentials())
            .header(header::ACCEPT, HeaderValue::from_static("application/json"))
            .body(form, "grant_type=client_credentials")
            // Two tokens do no more harm than one.
            .repeatable();
        let answer =
            request.send().await.map_err(|failure| ServiceAccountFailure::Endpoint(Arc::new(failure)))?;
        match answer.status {
            StatusCode::OK => granted(&answer).ok_or(ServiceAccountFailure::Unusable),
            status => Err(ServiceAccountFailure::Refused { status, error: refusal(&answer) }),
        }
    }

    /// HTTP Basic, with both halves encoded as in a form first (RFC 6749, section 2.3.1).
    fn credentials(&self) -> HeaderValue {
        let ServiceAccountSettings { client_id, client_secret } = &self.account;
        let encoded =
            |text: &str| Zeroizing::new(form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>());
        let pair = Zeroizing::new(format!("{}:{}", *encoded(client_id), *encoded(client_secret.expose())));
        let text = Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())));
        let mut value = HeaderValue::try_from(text.as_str()).expect("base64 is made of visible ASCII alone");
        value.set_sensitive(true);
        value
    }
}

fn granted(answer: &Response) -> Option<Granted> {
    let Answer { access_token, token_type, expires_in } = answer.json().ok()?;
    let token = Zeroizing::new(access_token);
    let is_usable = (1..=MAX_TOKEN_BYTES).contains(&token.len())
        && token.bytes().all(|byte| byte.is_ascii_graphic())
        && token_type.eq_ignore_ascii_case("bearer");
    let life = Duration::seconds(expires_in.min(LONGEST_LIFE_SECONDS).into());
    is_usable.then(|| Granted { token: Arc::new(ServiceToken(token)), life })
}

fn refusal(answer: &Response) -> &'static str {
    let named = answer.json::<RefusedAnswer>().ok();
    let known = |named: RefusedAnswer| REFUSALS.into_iter().find(|word| *word == named.error);
    named.and_then(known).unwrap_or("unnamed")
}
