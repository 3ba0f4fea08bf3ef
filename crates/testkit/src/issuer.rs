//! An OpenID provider in this process, which can rotate its keys, fail and lie.

mod service_client;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use http::{HeaderValue, StatusCode, header};
use identity::development_issuer::{CERTS_PATH, DISCOVERY_PATH, DevelopmentIssuer, TOKEN_PATH};
use serde_json::{Value, json};

use crate::Failure;
use crate::http_server::{self, Answer, Handler, Request, Server};
use crate::lock::held;
use service_client::ServiceClient;

/// The realm's path, as Keycloak has it: the tenant is its last segment.
const REALM: &str = "/realms/realtime";

/// Below the realm's path: where a redirect leads.
const ELSEWHERE: &str = "/elsewhere";

/// More than any verifier should read.
const TOO_LARGE: usize = 1024 * 1024;

/// How an [`Issuer`] answers for one of its documents, or with a token.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum IssuerMode {
    /// With the document.
    #[default]
    Honest,
    /// With the document, this much later.
    Slow(Duration),
    /// With this status and an empty body.
    Status(StatusCode),
    /// With this document instead, such as `{"keys": []}`.
    Instead(Value),
    /// With 200 and a body that is no JSON.
    Garbage,
    /// With the document and a megabyte of something else in it.
    TooLarge,
    /// With 302 to an address where the document is.
    Redirect,
}

/// The provider; it ends with its owner.
#[derive(Debug)]
pub struct Issuer {
    server: Server<Desk>,
}

#[derive(Debug)]
struct Desk {
    issuer: Mutex<DevelopmentIssuer>,
    discovery: Document,
    keys: Document,
    tokens: Document,
    client: ServiceClient,
}

#[derive(Debug, Default)]
struct Document {
    mode: Mutex<IssuerMode>,
    requests: AtomicUsize,
}

impl Issuer {
    /// Starts with new keys. Its `iss` ends in `/realms/realtime`.
    ///
    /// # Errors
    /// No port is free.
    pub async fn start() -> Result<Self, Failure> {
        let server = Server::start(|url| Desk {
            issuer: Mutex::new(DevelopmentIssuer::new(&format!("{url}{REALM}"))),
            discovery: Document::default(),
            keys: Document::default(),
            tokens: Document::default(),
            client: ServiceClient::new(),
        });
        Ok(Self { server: server.await? })
    }

    /// Its `iss`, byte for byte.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}{REALM}", self.server.url())
    }

    /// A token with these claims, signed by the newest key.
    #[must_use]
    pub fn sign(&self, claims: &Value) -> String {
        self.issuer().sign(claims)
    }

    /// The issuer behind the server: for tokens with odd headers, keys of other algorithms, keys taken back.
    ///
    /// While the guard lives, the server cannot answer.
    pub fn issuer(&self) -> MutexGuard<'_, DevelopmentIssuer> {
        held(&self.server.handler().issuer)
    }

    /// Signs with a new key from now on and publishes all of them.
    pub fn rotate(&self) {
        self.issuer().rotate();
    }

    /// Publishes only the newest key from now on.
    pub fn withdraw_old_keys(&self) {
        self.issuer().withdraw_old_keys();
    }

    /// Changes how the key set is answered.
    pub fn keys_behave(&self, mode: IssuerMode) {
        *held(&self.server.handler().keys.mode) = mode;
    }

    /// Changes how the discovery document is answered.
    pub fn discovery_behaves(&self, mode: IssuerMode) {
        *held(&self.server.handler().discovery.mode) = mode;
    }

    /// The confidential client that may use the client credentials grant, and its secret. Its tokens live for five
    /// minutes, unless [`Self::tokens_live`] says otherwise, and have the role `act-on-calls` of `realtime`.
    #[must_use]
    pub fn service_client(&self) -> (&str, &str) {
        let client = &self.server.handler().client;
        (&client.id, &client.secret)
    }

    /// Changes for how long tokens of the service client live.
    pub fn tokens_live(&self, lifetime: Duration) {
        *held(&self.server.handler().client.lifetime) = lifetime;
    }

    /// Changes how the token endpoint answers a client that may have a token.
    pub fn tokens_behave(&self, mode: IssuerMode) {
        *held(&self.server.handler().tokens.mode) = mode;
    }

    /// How often a token was asked for by a client that may have one.
    #[must_use]
    pub fn token_requests(&self) -> usize {
        self.server.handler().tokens.requests.load(Ordering::SeqCst)
    }

    /// How often the key set was asked for, where a redirect pointed to not included.
    #[must_use]
    pub fn key_requests(&self) -> usize {
        self.server.handler().keys.requests.load(Ordering::SeqCst)
    }

    /// How often the discovery document was asked for, where a redirect pointed to not included.
    #[must_use]
    pub fn discovery_requests(&self) -> usize {
        self.server.handler().discovery.requests.load(Ordering::SeqCst)
    }

    /// Refuses connections from now on.
    pub async fn down(&self) {
        self.server.down().await;
    }

    /// Accepts connections again, at the same address and with the same keys.
    ///
    /// # Errors
    /// Somebody took the port meanwhile.
    pub async fn up(&self) -> Result<(), Failure> {
        self.server.up().await
    }
}

impl Handler for Desk {
    async fn answer(&self, request: Request) -> Answer {
        let path = request.path.strip_prefix(REALM).unwrap_or_default();
        let (path, redirected) = path.strip_prefix(ELSEWHERE).map_or((path, false), |path| (path, true));
        let (document, honest) = match path {
            DISCOVERY_PATH => (&self.discovery, held(&self.issuer).discovery()),
            CERTS_PATH => (&self.keys, held(&self.issuer).jwks()),
            TOKEN_PATH => match self.client.grant(&held(&self.issuer), &request) {
                Ok(granted) => (&self.tokens, granted),
                Err(refused) => return refused.answer(),
            },
            _ => return http_server::status(StatusCode::NOT_FOUND),
        };
        if redirected { http_server::json(&honest) } else { document.answer(path, honest).await }
    }
}

impl Document {
    async fn answer(&self, path: &str, mut honest: Value) -> Answer {
        self.requests.fetch_add(1, Ordering::SeqCst);
        let mode = held(&self.mode).clone();
        match mode {
            IssuerMode::Honest => http_server::json(&honest),
            IssuerMode::Slow(delay) => {
                tokio::time::sleep(delay).await;
                http_server::json(&honest)
            }
            IssuerMode::Status(status) => http_server::status(status),
            IssuerMode::Instead(document) => http_server::json(&document),
            IssuerMode::Garbage => http_server::answer(StatusCode::OK, "application/json", "<html>"),
            IssuerMode::TooLarge => {
                honest["padding"] = json!("x".repeat(TOO_LARGE));
                http_server::json(&honest)
            }
            IssuerMode::Redirect => {
                let mut answer = http_server::status(StatusCode::FOUND);
                let target = HeaderValue::try_from(format!("{REALM}{ELSEWHERE}{path}"));
                answer.headers_mut().insert(header::LOCATION, target.expect("our paths are plain ASCII"));
                answer
            }
        }
    }
}
