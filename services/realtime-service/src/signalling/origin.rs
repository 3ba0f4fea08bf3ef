//! Where a socket comes from, and what is asked in its name.

use std::net::IpAddr;
use std::sync::Arc;

use actix_web::http::Method;
use actix_web::web::Bytes;
use http_server::{Guesses, Inside, InsideAnswer, InsideRequest};
use identity::Caller;
use serde_json::value::RawValue;
use signal_protocol::socket::{AnswerMessage, Close, CommandMessage};

use super::SignallingDesk;
use super::commands::{HttpCall, refused};
use crate::events::Listener;

/// The other end of a socket, whoever that is. Cheap to clone.
#[derive(Clone)]
pub(super) struct Origin {
    pub(super) address: IpAddr,
    pub(super) guesses: Guesses,
    pub(super) inside: Inside,
}

impl Origin {
    /// Whose token this is, or why the socket is closed.
    pub(super) async fn verify(&self, desk: &SignallingDesk, token: &str) -> Result<Arc<Caller>, Close> {
        desk.verify(token).await.map_err(|close| match close {
            // A guess counts like one over HTTP, and beyond the limit nobody learns anything from it.
            Close::TokenInvalid if self.guesses.count(self.address).is_err() => Close::RateLimited,
            other => other,
        })
    }

    /// Carries out a command. The answer is that of the HTTP call, whatever happens.
    pub(super) async fn run(&self, listener: &Listener, command: CommandMessage) -> AnswerMessage {
        let HttpCall { method, path, body } = match HttpCall::of(&command) {
            Ok(call) => call,
            Err(fault) => return refused(command.request_id, fault),
        };
        let answer = self.ask(listener, method, &path, Some(&command.request_id), body).await;
        let InsideAnswer { status, is_problem, body } = answer;
        let body = raw(&body);
        let (body, problem) = if is_problem { (None, body) } else { (body, None) };
        AnswerMessage { request_id: command.request_id, status, body, problem }
    }

    async fn ask(
        &self,
        listener: &Listener,
        method: Method,
        path: &str,
        request_id: Option<&str>,
        body: Option<Bytes>,
    ) -> InsideAnswer {
        let Listener { caller, device } = listener;
        let caller = Arc::clone(caller);
        let request = InsideRequest { method, path, caller, device, request_id, body, address: self.address };
        self.inside.run(request).await
    }
}

/// A body that an endpoint of ours wrote, as it stands. None if there is none.
fn raw(body: &[u8]) -> Option<Box<RawValue>> {
    serde_json::from_slice(body).ok()
}
