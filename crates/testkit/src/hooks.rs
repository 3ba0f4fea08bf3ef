//! The application's push service: the other side of the hooks of calls.

use std::sync::Mutex;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;

use crate::Failure;
use crate::http_server::{self, Answer, Handler, Request, Server};
use crate::lock::held;

/// One hook that was posted.
#[derive(Clone, Debug)]
pub struct Hook {
    /// The request's headers, those of the signature included.
    pub headers: HeaderMap,
    /// The request's body, as it was signed.
    pub body: Bytes,
    /// With what it was answered.
    pub status: StatusCode,
}

impl Hook {
    /// The `webhook-id`: the same in every try; empty if there is none.
    #[must_use]
    pub fn id(&self) -> &str {
        self.headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or_default()
    }

    /// The body as JSON; `null` if it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// Keeps what is posted to it and answers as it is told. It believes anybody: checking signatures is for the test.
#[derive(Debug)]
pub struct HookReceiver {
    server: Server<Shelf>,
}

#[derive(Debug)]
struct Shelf {
    status: Mutex<StatusCode>,
    hooks: Mutex<Vec<Hook>>,
}

impl HookReceiver {
    /// Starts, and answers 204.
    ///
    /// # Errors
    /// No port is free.
    pub async fn start() -> Result<Self, Failure> {
        let shelf = |_: &str| Shelf { status: Mutex::new(StatusCode::NO_CONTENT), hooks: Mutex::default() };
        Ok(Self { server: Server::start(shelf).await? })
    }

    /// Where hooks are to be posted.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}/hooks", self.server.url())
    }

    /// From now on this is the answer.
    pub fn answer(&self, status: StatusCode) {
        *held(&self.server.handler().status) = status;
    }

    /// Every hook so far, in the order of arrival, those answered badly included.
    #[must_use]
    pub fn hooks(&self) -> Vec<Hook> {
        held(&self.server.handler().hooks).clone()
    }

    /// Refuses connections from now on.
    pub async fn down(&self) {
        self.server.down().await;
    }

    /// Accepts connections again, at the same address.
    ///
    /// # Errors
    /// Somebody took the port meanwhile.
    pub async fn up(&self) -> Result<(), Failure> {
        self.server.up().await
    }
}

impl Handler for Shelf {
    async fn answer(&self, request: Request) -> Answer {
        if (request.method, request.path.as_str()) != (Method::POST, "/hooks") {
            return http_server::status(StatusCode::NOT_FOUND);
        }
        let status = *held(&self.status);
        held(&self.hooks).push(Hook { headers: request.headers, body: request.body, status });
        http_server::status(status)
    }
}
