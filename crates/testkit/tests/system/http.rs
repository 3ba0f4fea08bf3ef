//! Plain requests, for looking at a server from outside.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response, Result};

#[expect(
    clippy::disallowed_methods,
    reason = "has a timeout; what is tested here is below the product's client"
)]
fn client() -> Client {
    let client = Client::builder().timeout(Duration::from_secs(20)).no_proxy();
    client.redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

pub(super) async fn get(url: impl reqwest::IntoUrl) -> Result<Response> {
    client().get(url).send().await
}

/// A `GET` to which headers are still to be added.
pub(super) fn ask(url: impl reqwest::IntoUrl) -> RequestBuilder {
    client().get(url)
}

pub(super) async fn post(url: impl reqwest::IntoUrl, body: Vec<u8>) -> Result<Response> {
    client().post(url).body(body).send().await
}

/// A `POST` to which headers and a body are still to be added.
#[cfg(feature = "issuer")]
pub(super) fn posting(url: impl reqwest::IntoUrl) -> RequestBuilder {
    client().post(url)
}
