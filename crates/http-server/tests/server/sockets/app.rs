//! What is behind the address of sockets: an echo that can do a few other things when asked.

use std::net::IpAddr;
use std::sync::Arc;

use actix_web::http::Method;
use actix_web::{HttpResponse, rt};
use http_server::{
    Authenticated, ClientAddress, Draining, Ending, Handshake, Incoming, Inside, InsideRequest, Outgoing,
    Received,
};
use identity::Caller;
use serde_json::{Value, json};
use signal_protocol::DeviceId;

/// The longest message that is taken.
pub(crate) const LONGEST: usize = 64 * 1024;
/// How many messages a flood has, and how long each is.
pub(crate) const FLOOD: usize = 400;
pub(crate) const DROP_OF_FLOOD: usize = 64 * 1024;

struct Echo {
    outgoing: Outgoing,
    incoming: Incoming,
    inside: Inside,
    caller: Option<Arc<Caller>>,
    address: IpAddr,
}

/// The handler.
pub(crate) async fn open(
    handshake: Handshake,
    inside: Inside,
    caller: Option<Authenticated>,
    ClientAddress(address): ClientAddress,
    (mut draining, mut ending): (Draining, Ending),
) -> HttpResponse {
    let (response, outgoing, incoming) = handshake.accept(LONGEST);
    let caller = caller.map(|Authenticated(caller)| caller);
    let mut echo = Echo { outgoing, incoming, inside, caller, address };
    rt::spawn(async move {
        let mut is_told = false;
        let (code, reason) = loop {
            let received = tokio::select! {
                received = echo.incoming.next() => received,
                () = ending.begun() => break (1012, "restart"),
                () = draining.begun(), if !is_told => {
                    is_told = true;
                    echo.say("drain");
                    continue;
                }
            };
            if let Some(end) = echo.answer(received).await {
                break end;
            }
        };
        echo.outgoing.close(code, reason);
    });
    response
}

impl Echo {
    fn say(&self, text: &str) {
        self.outgoing.text(text).expect("room in the queue");
    }

    async fn answer(&mut self, received: Received) -> Option<(u16, &'static str)> {
        match received {
            Received::Text(text) if text == "flood" => {
                (0..FLOOD).for_each(|_| self.say(&"x".repeat(DROP_OF_FLOOD)));
            }
            Received::Text(text) if text == "count" => {
                let sent = self.outgoing.sent().await;
                self.say(&sent.to_string());
            }
            Received::Text(text) if text == "hang up" => {
                self.outgoing.discard();
                return Some((1013, "too_slow"));
            }
            Received::Text(text) => match text.strip_prefix("run ") {
                Some(request) => {
                    let answer = self.run(request).await;
                    self.say(&answer);
                }
                None => self.say(&text),
            },
            Received::Binary => self.say("binary"),
            Received::Ping(payload) => self.outgoing.pong(&payload),
            Received::Pong => self.say("pong"),
            Received::TooLong => return Some((1009, "too_large")),
            Received::Garbled(garbled) => return Some((garbled.close_code(), "garbled")),
            Received::Closed => return Some((1000, "bye")),
        }
        None
    }

    /// Runs a request: a line of method, path and, if there is one, request id; then the body, if there is one.
    async fn run(&self, request: &str) -> String {
        let (head, body) = request.split_once('\n').unwrap_or((request, ""));
        let mut head = head.split(' ');
        let method = head.next().and_then(|method| Method::from_bytes(method.as_bytes()).ok());
        let request = InsideRequest {
            method: method.expect("a method"),
            path: head.next().expect("a path"),
            caller: Arc::clone(self.caller.as_ref().expect("a caller")),
            device: &DeviceId::parse("phone").expect("a device"),
            request_id: head.next(),
            body: (!body.is_empty()).then(|| body.to_owned().into()),
            address: self.address,
        };
        let answer = self.inside.run(request).await;
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        json!({ "status": answer.status, "is_problem": answer.is_problem, "body": body }).to_string()
    }
}
