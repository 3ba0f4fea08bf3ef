//! One LiveKit cluster: its client, and what tokens for its rooms are made of.

use std::time::Duration;

use clock::Clock;
use room_tokens::Minter;

use super::SfuKey;
use super::client::SfuClient;
use crate::LiveKitSettings;
use crate::metrics::ServiceMetrics;
use crate::settings::ClusterSettings;

/// A cluster. Its rooms are in no other.
pub(crate) struct Cluster {
    pub(super) client: SfuClient,
    settings: ClusterSettings,
    server_url: String,
    minter: Minter,
}

impl Cluster {
    pub(super) fn new(
        cluster: &ClusterSettings,
        settings: &LiveKitSettings,
        clock: Clock,
        metrics: ServiceMetrics,
    ) -> Result<Self, http_client::Failure> {
        let ttl = Duration::from_secs(settings.token_ttl_seconds);
        Ok(Self {
            client: SfuClient::new(cluster, settings.try_timeout(), clock, metrics)?,
            // Without the slash that URL parsing adds: SDKs append paths to it.
            server_url: cluster.public_url.as_str().trim_end_matches('/').to_owned(),
            minter: Minter::new(&cluster.api_key, cluster.api_secret.expose(), ttl),
            settings: cluster.clone(),
        })
    }

    /// Its name in the settings.
    pub(crate) fn name(&self) -> &str {
        &self.settings.name
    }

    /// Where clients are told to connect.
    pub(crate) fn server_url(&self) -> &str {
        &self.server_url
    }

    /// Who signs tokens for its rooms.
    pub(crate) const fn minter(&self) -> &Minter {
        &self.minter
    }

    /// The current key, then the one before it if there is one.
    pub(super) fn keys(&self) -> impl Iterator<Item = SfuKey<'_>> {
        let ClusterSettings { api_key, api_secret, .. } = &self.settings;
        let current = SfuKey { api_key, api_secret: api_secret.expose() };
        let previous = self.settings.previous();
        let previous =
            previous.map(|(api_key, api_secret)| SfuKey { api_key, api_secret: api_secret.expose() });
        std::iter::once(current).chain(previous)
    }
}
