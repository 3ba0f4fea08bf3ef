//! Each table of `REALTIME__LIVEKIT__CLUSTERS`.

use ::settings::{Faults, Secret};
use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use super::livekit::check_scheme;

/// One of several LiveKit clusters.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClusterSettings {
    /// What it is called in logs and metrics, and by the records of rooms: never give it to another cluster. Lower-case
    /// letters, digits and hyphens.
    #[schemars(length(min = 1, max = 32))]
    pub name: String,
    /// Where this service calls its API. A path is kept, as behind an ingress.
    pub url: Url,
    /// Where clients are told to connect.
    pub public_url: Url,
    /// Its API key. Not a secret by itself.
    #[schemars(length(min = 1, max = 128), extend("x-refuse-samples" = true))]
    pub api_key: String,
    /// The secret of that key, here or as `api_secret_file`.
    pub api_secret: Secret,
    /// The API key before it, while keys are being changed.
    #[schemars(length(min = 1, max = 128), extend("x-refuse-samples" = true))]
    pub api_key_previous: Option<String>,
    /// The secret of the key before it, here or as `api_secret_previous_file`.
    pub api_secret_previous: Option<Secret>,
}

impl ClusterSettings {
    /// The key before the current one, and its secret.
    pub(crate) fn previous(&self) -> Option<(&str, &Secret)> {
        self.api_key_previous.as_deref().zip(self.api_secret_previous.as_ref())
    }

    /// What a cluster must be, whichever way it is given; paths are relative to it.
    pub(super) fn check(&self, faults: &mut Faults) {
        check_scheme(&self.url, "url", &["http", "https", "ws", "wss"], faults);
        check_scheme(&self.public_url, "public_url", &["ws", "wss", "http", "https"], faults);
        let (given, missing) = match (&self.api_key_previous, &self.api_secret_previous) {
            (Some(_), None) => ("api_key_previous", "api_secret_previous"),
            (None, Some(_)) => ("api_secret_previous", "api_key_previous"),
            (Some(_), Some(_)) | (None, None) => return,
        };
        faults.add(
            missing,
            format!("is missing; {} is set, and one is of no use without the other", given.to_uppercase()),
        );
    }
}

/// What is wrong with all of them together.
pub(super) fn check_names(clusters: &[ClusterSettings], faults: &mut Faults) {
    for (place, cluster) in clusters.iter().enumerate() {
        let path = format!("clusters[{place}].name");
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !cluster.name.bytes().all(fits) {
            faults.add(&path, "may hold lower-case letters, digits and hyphens only");
        }
        if clusters[..place].iter().any(|other| other.name == cluster.name) {
            faults.add(&path, format!("is `{}`, and so is that of another cluster", cluster.name));
        }
    }
}
