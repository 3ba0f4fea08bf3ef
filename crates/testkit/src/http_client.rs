//! HTTP to the servers started here.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response};
use url::form_urlencoded;

use crate::Failure;

/// Loopback answers at once or not at all, but Keycloak, which makes keys for a new realm, takes long on a busy machine.
const TIMEOUT: Duration = Duration::from_mins(1);

/// A client that keeps no connection open.
///
/// A kept connection belongs to the runtime that opened it, and every test has a runtime of its own; a server shared
/// by several tests would be asked over connections that nobody drives any more.
#[expect(clippy::disallowed_methods, reason = "has a timeout; test traffic must not look like the product's")]
pub(crate) fn client() -> Client {
    Client::builder()
        .timeout(TIMEOUT)
        .pool_max_idle_per_host(0)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client without TLS options can be built")
}

/// A form as OAuth's token endpoints want it.
pub(crate) fn form(request: RequestBuilder, fields: &[(&str, &str)]) -> RequestBuilder {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    request.header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(body)
}

/// The answer, if it is a 2xx.
pub(crate) async fn send(what: &str, request: RequestBuilder) -> Result<Response, Failure> {
    let answer = request.send().await.map_err(|error| Failure::because(format!("cannot {what}"), error))?;
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let body = answer.text().await.unwrap_or_default();
    Err(Failure::new(format!("cannot {what}: the answer was {status}: {body}")))
}
