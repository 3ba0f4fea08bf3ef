//! The one client of the issuer that is a service.

use std::sync::Mutex;
use std::time::Duration;

use clock::Clock;
use http::{Method, StatusCode, header};
use identity::development_issuer::{ClientCredentials, DevelopmentIssuer, ServiceProfile};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::http_server::{self, Answer, Request};
use crate::lock::held;

/// Whom tokens are for.
const AUDIENCE: &str = "realtime";

/// Why there is no token: a status, and a word of RFC 6749.
pub(super) struct Refused(StatusCode, &'static str);

#[derive(Debug)]
pub(super) struct ServiceClient {
    pub(super) id: String,
    pub(super) secret: String,
    pub(super) lifetime: Mutex<Duration>,
}

impl ServiceClient {
    /// A client with a secret of its own, which is full of characters that matter to forms and to HTTP Basic.
    pub(super) fn new() -> Self {
        Self {
            id: "realtime-service".to_owned(),
            secret: format!("a+b/c=&%:%41 {:032x}", rand::random::<u128>()),
            lifetime: Mutex::new(Duration::from_mins(5)),
        }
    }

    /// What the token endpoint says to a `request`, if it gives a token.
    pub(super) fn grant(&self, issuer: &DevelopmentIssuer, request: &Request) -> Result<Value, Refused> {
        if request.method != Method::POST {
            return Err(Refused(StatusCode::METHOD_NOT_ALLOWED, "invalid_request"));
        }
        let grant = form_urlencoded::parse(&request.body).find(|(name, _)| name == "grant_type");
        if grant.is_none_or(|(_, grant)| grant != "client_credentials") {
            return Err(Refused(StatusCode::BAD_REQUEST, "unsupported_grant_type"));
        }
        let header = request.headers.get(header::AUTHORIZATION).and_then(|header| header.to_str().ok());
        let given = header.and_then(ClientCredentials::from_basic);
        if given.is_none_or(|given| given.client_id != self.id || given.client_secret != self.secret) {
            // Keycloak's word for it.
            return Err(Refused(StatusCode::UNAUTHORIZED, "unauthorized_client"));
        }
        let profile = ServiceProfile {
            user_id: "5e4f1ce0-0000-4000-8000-000000000007".to_owned(),
            client_id: self.id.clone(),
            client_roles: [(AUDIENCE.to_owned(), vec!["act-on-calls".to_owned()])].into(),
        };
        let lifetime = *held(&self.lifetime);
        let claims = profile.access_claims(issuer.url(), AUDIENCE, Clock::system().now(), lifetime);
        Ok(json!({
            "access_token": issuer.sign(&claims), "token_type": "Bearer", "expires_in": lifetime.as_secs(),
        }))
    }
}

impl Refused {
    pub(super) fn answer(&self) -> Answer {
        let Self(status, error) = *self;
        http_server::answer(status, "application/json", json!({ "error": error }).to_string())
    }
}
