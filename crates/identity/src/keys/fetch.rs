//! Reading an issuer's documents over HTTP.

use http_client::{Client, ClientSettings, Failure};
use serde::Deserialize;
use url::Url;

use super::set::{KeySet, UnusableSet};
use crate::Algorithm;
use crate::settings::{DISCOVERY_PATH, IdentitySettings, Issuer, web_url};

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
    locate(document, issuer)
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
///
/// A realm behind another address than its own usually still publishes `jwks_uri` below its own, which may not be
/// reachable from inside the cluster. So where discovery goes by another address, the keys do too. Any other
/// `jwks_uri` is used as it is, but never with less protection than the document that names it had.
fn locate(document: Discovery, issuer: &Issuer) -> Result<Url, FetchFailure> {
    if document.issuer != issuer.url {
        return Err(FetchFailure::OtherIssuer);
    }
    let base = issuer.discovery_url.as_str().strip_suffix(DISCOVERY_PATH);
    let own = issuer.url.strip_suffix('/').unwrap_or(&issuer.url);
    let below_issuer = document.jwks_uri.strip_prefix(own).filter(|path| path.starts_with('/'));
    let text = match (base, below_issuer) {
        (Some(base), Some(path)) => format!("{base}{path}"),
        (Some(_) | None, _) => document.jwks_uri,
    };
    let url = web_url(&text).ok_or(FetchFailure::NoKeysUrl)?;
    if issuer.discovery_url.scheme() == "https" && url.scheme() != "https" {
        return Err(FetchFailure::NoKeysUrl);
    }
    Ok(url)
}

#[cfg(test)]
mod tests;
