//! Who is calling.

use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use futures_util::future::{FutureExt as _, LocalBoxFuture};
use identity::{Caller, MAX_TOKEN_BYTES, TokenRefused, Verifier};
use signal_protocol::ErrorCode;
use tracing::Span;

use crate::address::edge;
use crate::edge::Edge;
use crate::inside::Vouched;
use crate::network::subscriber;
use crate::{ClientAddress, Problem, waiting_for};

/// The caller, proven by the bearer token of the request; for a request that came over a socket, the one who opened it.
///
/// Needs an `identity::Verifier` among the app data (`config.app_data(verifier.clone())`).
#[derive(Debug, Clone)]
pub struct Authenticated(pub Arc<Caller>);

impl FromRequest for Authenticated {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        // A clone of the request is a count; the token is not copied.
        let request = request.clone();
        async move {
            let edge = edge(&request)?;
            let verifier = request.app_data::<Verifier>().ok_or_else(|| {
                tracing::error!("handler.without_verifier");
                Problem::new(ErrorCode::Internal)
            })?;
            let vouched = request.extensions().get::<Vouched>().map(|Vouched(caller)| Arc::clone(caller));
            let outcome = match vouched {
                Some(caller) => Ok(caller),
                None => match bearer(request.headers()) {
                    Ok(token) => waiting_for(ErrorCode::IdentityUnavailable, verifier.verify(token)).await,
                    Err(refused) => Err(refused),
                },
            };
            let caller = outcome.map_err(|refused| problem(&refused, edge, &request))?;
            Span::current()
                .record("tenant.id", caller.tenant.as_str())
                .record("user.id", caller.user.as_str());
            Ok(Self(caller))
        }
        .boxed_local()
    }
}

/// The one bearer token of a request.
fn bearer(headers: &HeaderMap) -> Result<&str, TokenRefused> {
    let mut values = headers.get_all(AUTHORIZATION);
    let value = values.next().ok_or(TokenRefused::Missing)?;
    if values.next().is_some() {
        return Err(TokenRefused::Invalid("two_headers"));
    }
    let value = value.to_str().map_err(|_| TokenRefused::Invalid("not_ascii"))?;
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("Bearer") {
        return Err(TokenRefused::Missing);
    }
    match token.trim_matches(' ') {
        "" => Err(TokenRefused::Missing),
        token if token.len() > MAX_TOKEN_BYTES => Err(TokenRefused::Invalid("too_long")),
        token => Ok(token),
    }
}

/// What the client is told. A refused token counts against its address; beyond the limit a bad token gets 429. The
/// token was verified before that, so a good one always passes, whatever its neighbours behind one address do. An
/// expired one does not count: its signature was right, so it is no guess, and its client must hear that it is time
/// to fetch another.
fn problem(refused: &TokenRefused, edge: &Edge, request: &HttpRequest) -> Problem {
    let reason = match refused {
        TokenRefused::Missing => return Problem::new(ErrorCode::TokenMissing),
        TokenRefused::Unavailable => {
            tracing::warn!("token.unverifiable");
            return Problem::new(ErrorCode::IdentityUnavailable);
        }
        TokenRefused::Expired => {
            tracing::info!(code = ErrorCode::TokenExpired.as_str(), reason = "expired", "token.refused");
            return Problem::new(ErrorCode::TokenExpired);
        }
        TokenRefused::Invalid(reason) => *reason,
    };
    tracing::info!(code = ErrorCode::TokenInvalid.as_str(), reason, "token.refused");
    let ClientAddress(address) = ClientAddress::of(request, edge);
    match edge.failures.check(&subscriber(address)) {
        Ok(()) => Problem::new(ErrorCode::TokenInvalid),
        Err(too_many) => too_many,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn check(values: &[&str]) -> Result<String, &'static str> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(value.as_bytes()).expect("a header value"));
        }
        bearer(&headers).map(str::to_owned).map_err(|refused| match refused {
            TokenRefused::Missing => "missing",
            TokenRefused::Invalid(_) => "invalid",
            TokenRefused::Expired => "expired",
            TokenRefused::Unavailable => "unavailable",
        })
    }

    #[test]
    fn one_bearer_token_is_taken_whatever_the_case_of_its_scheme() {
        for value in ["Bearer abc", "bearer abc", "BEARER  abc "] {
            assert_eq!(check(&[value]), Ok("abc".to_owned()), "{value}");
        }
    }

    #[test]
    fn everything_else_is_refused_before_it_is_decoded() {
        let long = format!("Bearer {}", "x".repeat(MAX_TOKEN_BYTES + 1));
        for (values, refused) in [
            (vec![], "missing"),
            (vec![""], "missing"),
            (vec!["Bearer"], "missing"),
            (vec!["Bearer "], "missing"),
            (vec!["Basic YTpi"], "missing"),
            (vec!["Bearerabc"], "missing"),
            (vec!["Bearer abc", "Bearer abc"], "invalid"),
            (vec!["Basic YTpi", "Bearer abc"], "invalid"),
            (vec![long.as_str()], "invalid"),
            (vec!["Bearer \u{fc}"], "invalid"),
        ] {
            assert_eq!(check(&values), Err(refused), "{values:?}");
        }
    }
}
