//! Where the records are kept.

use std::path::PathBuf;

use ::settings::{Environment, Faults, Secret};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::redis::link::Address;

/// Where the records are kept: the section `redis`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("required" = ["url"]))]
pub struct StoreSettings {
    /// Redis 7.0 or newer: `redis://user:password@host:6379`, `rediss://…` with TLS,
    /// `redis+sentinel://user:password@host:26379,host:26379/<name of the primary>` (add `?tls=true`, and
    /// `&sentinel_user=…&sentinel_password=…` where the Sentinels have their own), or
    /// `redis+cluster://user:password@host:6379,host:6379` (`?tls=true`).
    // Its password is the server's to choose, and there may be none.
    #[schemars(extend("x-min-bytes" = 0))]
    pub url: Secret,
    /// A file with the certificates (PEM) of those who may sign the server's, instead of the well-known ones.
    pub ca_file: Option<PathBuf>,
    /// How long one round trip may take, in milliseconds.
    #[schemars(range(min = 10, max = 10_000))]
    pub timeout_ms: u32,
    /// How many replicas must have a change of a call before it is answered. 0: none.
    #[schemars(range(max = 10))]
    pub wait_replicas: u32,
    /// How long they may take, in milliseconds, in addition to the round trip.
    #[schemars(range(min = 10, max = 10_000))]
    pub wait_timeout_ms: u32,
    /// How many connections that nobody shares there may be to one server: each for one change that waits for replicas, or
    /// for one reader of a queue or of the bell.
    #[schemars(range(min = 4, max = 1_000))]
    pub exclusive_connections: u32,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self {
            url: Secret::from(String::new()),
            ca_file: None,
            timeout_ms: 500,
            wait_replicas: 0,
            wait_timeout_ms: 300,
            exclusive_connections: 64,
        }
    }
}

impl StoreSettings {
    /// Adds what is wrong with these settings where the service runs in `environment`; paths are relative to this section.
    pub fn check(&self, _environment: Environment, faults: &mut Faults) {
        if let Err(problem) = Address::parse(self.url.expose()) {
            faults.add("url", problem);
        }
    }
}
