//! The token of a webhook, read before anything else of it.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use http_server::{Problem, Refusal};
use room_tokens::{WebhookRefused, WebhookSeal};
use signal_protocol::ErrorCode;

use super::WebhookDesk;

/// A webhook that LiveKit has signed, if its body is the one that the signature is for.
pub(crate) struct Signed(pub(super) WebhookSeal);

/// The webhook is none of LiveKit's. It counts against no address: it is LiveKit that comes from there, or a neighbour of it.
#[derive(Debug, thiserror::Error)]
#[error("the webhook is not taken for LiveKit's")]
pub(super) struct Unsigned(#[from] pub(super) WebhookRefused);

impl Refusal for Unsigned {
    fn problem(&self) -> Problem {
        Problem::new(ErrorCode::TokenInvalid)
    }
}

impl FromRequest for Signed {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(desk) = request.app_data::<Data<WebhookDesk>>() else {
            tracing::error!("handler.misplaced");
            return ready(Err(Problem::new(ErrorCode::Internal)));
        };
        ready(desk.open(token(request.headers())).map(Self).map_err(Problem::from))
    }
}

/// The whole of the one `Authorization` header: LiveKit writes no scheme before its token.
fn token(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION);
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}
