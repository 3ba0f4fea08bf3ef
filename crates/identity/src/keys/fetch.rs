//! Reading an issuer's documents over HTTP.

use http_client::{Client, ClientSettings, Failure};
use serde::Deserialize;
use url::Url;

use super::set::{KeySet, UnusableSet};
use crate::Algorithm;
use crate::settings::{IdentitySettings, Issuer};

/// The largest document of an issuer that is read.
const MAX_DOCUMENT_BYTES: usize = 256 * 1024;

/// Why no key set could be read. None of these harms the set that is in use.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchFailure {
    #[error("the discovery document could not be read")]
    Discovery(#[source] Failure),
    #[error("the discovery document is that of another issuer")]
    OtherIssuer,
    #[error("the discovery document names no usable jwks_uri")]
    NoKeysUrl,
    #[error("the key set could not be read")]
    Keys(#[source] Failure),
    #[error("the key set is not usable")]
    Unusable(#[source] UnusableSet),
}

/// The client for issuers. Without tries of its own: the refresh decides when to ask again, and counts each time.
pub(crate) fn client(settings: &IdentitySettings) -> Result<Client, Failure> {
    Client::new(
        "identity-provider",
        &ClientSettings {
            timeout_ms: settings.jwks_timeout_ms,
            connect_timeout_ms: settings.jwks_timeout_ms,
            body_limit_bytes: MAX_DOCUMENT_BYTES,
            retries: 0,
            ..ClientSettings::default()
        },
    )
}

/// Where `issuer` publishes its keys, as its discovery document says.
pub(super) async fn keys_url(client: &Client, issuer: &Issuer) -> Result<Url, FetchFailure> {
    let answer =
        client.get(issuer.discovery_url.clone()).send().await.and_then(http_client::Response::expect_ok);
    let document = answer.and_then(|answer| answer.json()).map_err(FetchFailure::Discovery)?;
    locate(&document, issuer)
}

/// The key set at `url`.
pub(super) async fn key_set(
    client: &Client,
    url: Url,
    allowed: &[Algorithm],
    previous: Option<&KeySet>,
) -> Result<KeySet, FetchFailure> {
    let answer = client.get(url).send().await.and_then(http_client::Response::expect_ok);
    let answer = answer.map_err(FetchFailure::Keys)?;
    KeySet::read(&answer.body, allowed, previous).map_err(FetchFailure::Unusable)
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

/// The address of the keys as seen from here.
fn locate(document: &Discovery, issuer: &Issuer) -> Result<Url, FetchFailure> {
    if document.issuer != issuer.url {
        return Err(FetchFailure::OtherIssuer);
    }
    issuer.endpoint(&document.jwks_uri).ok_or(FetchFailure::NoKeysUrl)
}

#[cfg(test)]
mod tests;
