//! `REALTIME__LIVEKIT__…`

use std::time::Duration;

use ::settings::{Faults, Secret};
use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use super::clusters::{self, ClusterSettings};

/// What the only cluster is called where the settings give it no name.
const SINGLE: &str = "default";

/// For how long after its expiry LiveKit still accepts a token.
const LIVEKIT_LEEWAY_SECONDS: u64 = 60;

/// The LiveKit server, or several.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiveKitSettings {
    /// Where this service calls LiveKit's API, such as `http://livekit:7880`. A path is kept, as behind an ingress. Required,
    /// unless there are CLUSTERS.
    pub url: Option<Url>,
    /// Where clients are told to connect, such as `wss://calls.example.com`. Required, unless there are CLUSTERS.
    pub public_url: Option<Url>,
    /// The API key. Not a secret by itself. Required, unless there are CLUSTERS.
    #[schemars(length(min = 1, max = 128), extend("x-refuse-samples" = true))]
    pub api_key: Option<String>,
    /// The secret of the API key; signs every token that clients are given. Required, unless there are CLUSTERS.
    pub api_secret: Option<Secret>,
    /// The API key before it, while keys are being changed: what it has signed is still believed.
    #[schemars(length(min = 1, max = 128), extend("x-refuse-samples" = true))]
    pub api_key_previous: Option<String>,
    /// The secret of the API key before it.
    pub api_secret_previous: Option<Secret>,
    /// Several clusters instead of one server. Each room is in one of them, by its name, and stays there while it lives. The
    /// single server is called `default`; to go on with it, give that name to one of these.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub clusters: Vec<ClusterSettings>,
    /// For how long a token admits. Who is connected by then stays.
    #[serde(default = "default::token_ttl_seconds")]
    #[schemars(range(min = 30, max = 600))]
    pub token_ttl_seconds: u64,
    /// How long LiveKit may take to answer, all that a request asks of it taken together.
    #[serde(default = "default::request_timeout_ms")]
    #[schemars(range(min = 10, max = 1500))]
    pub request_timeout_ms: u64,
    /// How long LiveKit may take for one try, of up to three that are made where that does no harm. Unless said, two thirds of
    /// `REQUEST_TIMEOUT_MS`.
    #[schemars(range(min = 5, max = 1500))]
    pub try_timeout_ms: Option<u64>,
    /// For how long a room that LiveKit has confirmed is taken to exist. 0 asks before every token.
    #[serde(default = "default::known_room_seconds")]
    #[schemars(range(min = 0, max = 30))]
    pub known_room_seconds: u64,
    /// How long LiveKit keeps a room that nobody has entered yet.
    #[serde(default = "default::empty_timeout_seconds")]
    #[schemars(range(min = 1, max = 86_400))]
    pub empty_timeout_seconds: u32,
    /// How long LiveKit keeps a room after the last one has left.
    #[serde(default = "default::departure_timeout_seconds")]
    #[schemars(range(min = 1, max = 86_400))]
    pub departure_timeout_seconds: u32,
    /// How many may be in a room whose source of membership sets no number. 0 is no limit.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100_000))]
    pub max_participants: u32,
    /// How often LiveKit is asked whether it is there, for `/readyz`.
    #[serde(default = "default::probe_seconds")]
    #[schemars(range(min = 1, max = 300))]
    pub probe_seconds: u64,
}

mod default {
    //! What is used where nothing is said.

    pub(super) const fn token_ttl_seconds() -> u64 {
        120
    }
    pub(super) const fn request_timeout_ms() -> u64 {
        500
    }
    pub(super) const fn known_room_seconds() -> u64 {
        30
    }
    pub(super) const fn empty_timeout_seconds() -> u32 {
        300
    }
    pub(super) const fn departure_timeout_seconds() -> u32 {
        240
    }
    pub(super) const fn probe_seconds() -> u64 {
        10
    }
}

impl LiveKitSettings {
    /// How long all that a request asks of LiveKit may take together.
    #[must_use]
    pub const fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.request_timeout_ms)
    }

    /// How long one try may take.
    #[must_use]
    pub fn try_timeout(&self) -> Duration {
        Duration::from_millis(self.try_timeout_ms.unwrap_or(self.request_timeout_ms * 2 / 3))
    }

    /// The clusters, one or several; none where the settings are not in order.
    #[must_use]
    pub fn clusters(&self) -> Vec<ClusterSettings> {
        if self.clusters.is_empty() { self.single().into_iter().collect() } else { self.clusters.clone() }
    }

    fn single(&self) -> Option<ClusterSettings> {
        Some(ClusterSettings {
            name: SINGLE.to_owned(),
            url: self.url.clone()?,
            public_url: self.public_url.clone()?,
            api_key: self.api_key.clone()?,
            api_secret: self.api_secret.clone()?,
            api_key_previous: self.api_key_previous.clone(),
            api_secret_previous: self.api_secret_previous.clone(),
        })
    }

    /// How much longer a room must live once it is remembered: the last token for it is given when it is about to be
    /// forgotten, and admits until LiveKit's leeway is over.
    pub(crate) const fn room_needed_seconds(&self) -> u64 {
        self.known_room_seconds + self.token_ttl_seconds + LIVEKIT_LEEWAY_SECONDS
    }

    pub(super) fn check(&self, faults: &mut Faults) {
        self.check_clusters(faults);
        if self.try_timeout() > self.request_timeout() {
            faults.add(
                "try_timeout_ms",
                format!("is more than REQUEST_TIMEOUT_MS, which is {}", self.request_timeout_ms),
            );
        }
        // A room must outlive every token given for it.
        let needed = self.room_needed_seconds();
        for (name, timeout) in [
            ("empty_timeout_seconds", self.empty_timeout_seconds),
            ("departure_timeout_seconds", self.departure_timeout_seconds),
        ] {
            if u64::from(timeout) <= needed {
                faults.add(
                    name,
                    format!(
                        "is {timeout}; it must be more than {needed} (KNOWN_ROOM_SECONDS + TOKEN_TTL_SECONDS + \
                         {LIVEKIT_LEEWAY_SECONDS}), so that no token is given for a room that closes before it is used"
                    ),
                );
            }
        }
    }

    /// Either one server or several clusters, and each of them in order.
    fn check_clusters(&self, faults: &mut Faults) {
        let given = [
            ("url", self.url.is_some()),
            ("public_url", self.public_url.is_some()),
            ("api_key", self.api_key.is_some()),
            ("api_secret", self.api_secret.is_some()),
        ];
        if self.clusters.is_empty() {
            for (name, _) in given.iter().filter(|(_, is_given)| !is_given) {
                faults.add(name, "is required and missing, as there are no CLUSTERS");
            }
            if let Some(single) = self.single() {
                single.check(faults);
            }
            return;
        }
        let previous = [
            ("api_key_previous", self.api_key_previous.is_some()),
            ("api_secret_previous", self.api_secret_previous.is_some()),
        ];
        for (name, _) in given.iter().chain(&previous).filter(|(_, is_given)| *is_given) {
            faults.add(name, "is of no use beside CLUSTERS; keep one of the two");
        }
        for (place, cluster) in self.clusters.iter().enumerate() {
            faults.section(&format!("clusters[{place}]"), |faults| cluster.check(faults));
        }
        clusters::check_names(&self.clusters, faults);
    }
}

pub(super) fn check_scheme(url: &Url, name: &str, allowed: &[&str], faults: &mut Faults) {
    if !allowed.contains(&url.scheme()) {
        faults
            .add(name, format!("begins with `{}:`; it must be one of {}", url.scheme(), allowed.join(", ")));
    }
    if !url.username().is_empty() || url.password().is_some() {
        faults.add(name, "holds a user name or password; an address must hold none");
    }
}

#[cfg(test)]
mod tests;
