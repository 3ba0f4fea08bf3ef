//! Bodies that are forms, as other servers send them.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::{FutureExt as _, LocalBoxFuture};
use serde::de::DeserializeOwned;
use signal_protocol::ErrorCode;

use crate::{Problem, json, query};

/// A body of `application/x-www-form-urlencoded`, bounded as those of JSON are. Unknown fields are ignored; a bad, repeated or
/// missing one is refused by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = json::read_as("application/x-www-form-urlencoded", request, payload);
        async move {
            let body = body.await?;
            // What is no text is escaped in a form, so this was none.
            let text = std::str::from_utf8(&body).map_err(|_| Problem::new(ErrorCode::InvalidField))?;
            query::parse(text).map(Self)
        }
        .boxed_local()
    }
}
