//! Bodies that are taken as they came, byte for byte, because somebody has signed them.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use bytes::Bytes;
use futures_util::future::{FutureExt as _, LocalBoxFuture};

use crate::Problem;
use crate::json::read_as;

/// The whole body of a webhook, `application/webhook+json`, unread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookBody(pub Bytes);

impl FromRequest for WebhookBody {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = read_as("application/webhook+json", request, payload);
        async move { body.await.map(Self) }.boxed_local()
    }
}
