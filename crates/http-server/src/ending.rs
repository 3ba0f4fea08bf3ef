//! The end of the server, as those learn of it who would otherwise hold it up.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use tokio::sync::watch;

use crate::Problem;
use crate::address::edge;
use crate::edge::Stage;

/// Tells a handler that waits for something to happen that it should answer now with what it has.
///
/// It does so when the server stops to take connections, after `drain_seconds` of serving on: by then clients are led
/// to other servers. Earlier they would come straight back to this one, and be sent away again at once.
#[derive(Debug, Clone)]
pub struct Ending(watch::Receiver<Stage>);

impl Ending {
    /// Completes once the server ends; at once if it does already.
    pub async fn begun(&mut self) {
        reached(&mut self.0, Stage::Ending).await;
    }
}

impl FromRequest for Ending {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(edge(request).map(|edge| Self(edge.stage())))
    }
}

/// Tells whoever holds a connection for long that the server is on its way to its end: it serves on for a while, and
/// this is the time to lead the client elsewhere. [`Ending`] follows.
#[derive(Debug, Clone)]
pub struct Draining(watch::Receiver<Stage>);

impl Draining {
    /// Completes once the server was told to end; at once if it was already.
    pub async fn begun(&mut self) {
        reached(&mut self.0, Stage::Draining).await;
    }
}

impl FromRequest for Draining {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(edge(request).map(|edge| Self(edge.stage())))
    }
}

async fn reached(stage: &mut watch::Receiver<Stage>, awaited: Stage) {
    if stage.wait_for(|stage| *stage >= awaited).await.is_err() {
        // The server is gone, and with it whoever could be answered.
        std::future::pending::<()>().await;
    }
}
