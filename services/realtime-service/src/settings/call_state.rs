//! `REALTIME__CALL_STATE__…`

use ::settings::Faults;
use call_state_api::CallStateClient;
use http_client::{ClientSettings, Failure};
use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

/// The largest answer that is read: a hundred ended calls of fifty people each.
const LARGEST_ANSWER_BYTES: usize = 2 * 1024 * 1024;

/// call-state-service, which decides about calls. Without it there are rooms and no calls.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallStateSettings {
    /// Where it listens, such as `http://call-state:8082`: one address for all its replicas, or several, of which the
    /// next is asked when no connection can be made. The caller's access token goes there.
    #[schemars(length(min = 1, max = 16))]
    pub url: Vec<Url>,
    /// How long it may take to answer, all that a request asks of it taken together, another address and a second try
    /// included. Longer than its store may take, so that a slow store is told by its own error.
    #[serde(default = "default_timeout_ms")]
    #[schemars(range(min = 50, max = 5000))]
    pub timeout_ms: u32,
    /// How long connecting to one address may take.
    #[serde(default = "default_connect_timeout_ms")]
    #[schemars(range(min = 10, max = 5000))]
    pub connect_timeout_ms: u32,
}

const fn default_timeout_ms() -> u32 {
    1000
}
const fn default_connect_timeout_ms() -> u32 {
    200
}

impl CallStateSettings {
    /// A client of the service.
    pub(crate) fn client(&self) -> Result<CallStateClient, Failure> {
        let bounds = ClientSettings {
            timeout_ms: self.timeout_ms,
            connect_timeout_ms: self.connect_timeout_ms,
            body_limit_bytes: LARGEST_ANSWER_BYTES,
            ..ClientSettings::default()
        };
        CallStateClient::new(&self.url, &bounds)
    }

    pub(super) fn check(&self, faults: &mut Faults) {
        for (index, url) in self.url.iter().enumerate() {
            let name = format!("url.{index}");
            if !matches!(url.scheme(), "http" | "https") {
                faults.add(&name, "is no http or https address");
            }
            if !url.username().is_empty() || url.password().is_some() {
                faults.add(&name, "holds a user name or password; the caller's token is what is sent");
            }
            if url.query().is_some() || url.fragment().is_some() {
                faults.add(&name, "has a query or a fragment; paths are appended to it");
            }
        }
    }
}
