//! The handshake that makes a request a socket (RFC 6455, section 4.2).

use std::future::{Ready, ready};
use std::rc::Rc;

use actix_http::ws::hash_key;
use actix_web::body::MessageBody as _;
use actix_web::dev::{Payload, RequestHead};
use actix_web::http::header::{
    CONNECTION, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, ORIGIN, SEC_WEBSOCKET_ACCEPT,
    SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, TRANSFER_ENCODING, UPGRADE,
};
use actix_web::http::{Method, StatusCode, Version};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use signal_protocol::ErrorCode;
use signal_protocol::socket::{SUBPROTOCOL, SUBPROTOCOL_OF_OLDER_CLIENTS};

use super::{Incoming, Outgoing};
use crate::Problem;
use crate::address::edge;
use crate::connection::Progress;
use crate::edge::Edge;

/// The subprotocols that are spoken here.
const SPOKEN: [&str; 2] = [SUBPROTOCOL, SUBPROTOCOL_OF_OLDER_CLIENTS];

/// A handshake that may be accepted. What refuses one, in this order:
///
/// - 426 `upgrade_required`: it is none, or of another version than 13;
/// - 403 `origin_denied`: it comes from a page of an origin that is not, byte for byte, in `cors.origins`. No origin at
///   all is fine: only browsers send one, and only a browser's user could be tricked;
/// - 400 `subprotocol_required`: no subprotocol that is spoken here.
///
/// An `Authorization` header is not looked at: browsers cannot send one.
pub struct Handshake {
    accept: HeaderValue,
    subprotocol: &'static str,
    payload: Payload,
    progress: Option<Rc<Progress>>,
}

impl Handshake {
    /// The subprotocol to be spoken: of those offered the first that is spoken here.
    #[must_use]
    pub fn subprotocol(&self) -> &'static str {
        self.subprotocol
    }

    /// Accepts. The answer must be given at once; what is put into the sending half leaves behind it. A message of more
    /// than `longest_message` bytes is [`Received::TooLong`](super::Received::TooLong).
    ///
    /// Both halves stay on this worker: hand them to a task of it (`actix_web::rt::spawn`).
    #[must_use]
    pub fn accept(self, longest_message: usize) -> (HttpResponse, Outgoing, Incoming) {
        let (outgoing, outflow) = Outgoing::new(self.progress);
        let mut response = HttpResponse::with_body(StatusCode::SWITCHING_PROTOCOLS, outflow.boxed());
        response.head_mut().set_connection_type(actix_http::ConnectionType::Upgrade);
        let headers = response.headers_mut();
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_ACCEPT, self.accept);
        headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(self.subprotocol));
        (response, outgoing, Incoming::new(self.payload, longest_message))
    }
}

impl FromRequest for Handshake {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(edge(request).and_then(|edge| {
            let (accept, subprotocol) = judge(request.head(), edge)?;
            let progress = request.conn_data::<Rc<Progress>>().cloned();
            Ok(Self { accept, subprotocol, payload: payload.take(), progress })
        }))
    }
}

fn judge(head: &RequestHead, edge: &Edge) -> Result<(HeaderValue, &'static str), Problem> {
    let headers = head.headers();
    let accept = accept(head).ok_or_else(|| Problem::new(ErrorCode::UpgradeRequired))?;
    if !is_welcome(headers, &edge.cors.origins) {
        return Err(Problem::new(ErrorCode::OriginDenied));
    }
    let subprotocol = subprotocol(headers).ok_or_else(|| Problem::new(ErrorCode::SubprotocolRequired))?;
    Ok((accept, subprotocol))
}

/// The proof that the handshake was understood, if it is one.
fn accept(head: &RequestHead) -> Option<HeaderValue> {
    let headers = head.headers();
    let is_upgrade = head.method == Method::GET
        && head.version == Version::HTTP_11
        && only(headers, &UPGRADE).is_some_and(|value| value.eq_ignore_ascii_case(b"websocket"))
        && tokens(headers, &CONNECTION).any(|token| token.eq_ignore_ascii_case("upgrade"))
        && only(headers, &SEC_WEBSOCKET_VERSION) == Some(b"13");
    // What follows a handshake are frames. With a body announced as well, two readers could part it differently.
    let has_body = headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING);
    // 16 bytes in base64.
    let key = only(headers, &SEC_WEBSOCKET_KEY).filter(|key| {
        let digits = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
        key.len() == 24 && key.ends_with(b"==") && key[..22].iter().all(digits)
    });
    let key = key.filter(|_| is_upgrade && !has_body)?;
    HeaderValue::from_bytes(&hash_key(key)).ok()
}

/// Whether the page that asks may. Compared as it is: browsers send an origin in one form only, and anything else is
/// `null`, a list, or somebody's trick.
fn is_welcome(headers: &HeaderMap, origins: &[String]) -> bool {
    if !headers.contains_key(ORIGIN) {
        return true;
    }
    only(headers, &ORIGIN).is_some_and(|origin| origins.iter().any(|known| known.as_bytes() == origin))
}

fn subprotocol(headers: &HeaderMap) -> Option<&'static str> {
    tokens(headers, &SEC_WEBSOCKET_PROTOCOL)
        .find_map(|offered| SPOKEN.into_iter().find(|spoken| *spoken == offered))
}

/// The value of a header that is there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a [u8]> {
    let mut values = headers.get_all(name);
    let value = values.next().filter(|_| values.next().is_none())?;
    Some(value.as_bytes().trim_ascii())
}

/// The members of a header that is a list, which may be spread over several.
fn tokens<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(name)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}
