//! Settings with one of everything, and a way to load them.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use settings::{Environment, Faults, Secret, Service, Settings, load};
use tempfile::NamedTempFile;
use url::Url;

pub(crate) const SERVICE: Service =
    Service { name: "sample-service", version: "1.2.3", prefix: "SAMPLE", about: "Shows one of everything." };

/// A secret that is long and random enough for production.
pub(crate) const GOOD_SECRET: &str = "kTq3vX0mJc9ZsR7uYb2LdN5wPf8HgA1e";

/// The least that must be given.
pub(crate) const LEAST: [(&str, &str); 2] =
    [("SAMPLE__LIVEKIT__URL", "http://127.0.0.1:7880"), ("SAMPLE__LIVEKIT__API_SECRET", GOOD_SECRET)];

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sample {
    /// Where the service runs.
    #[serde(default)]
    pub(crate) environment: Environment,
    #[serde(default)]
    pub(crate) server: Server,
    /// The media server.
    pub(crate) livekit: LiveKit,
    /// A provider's fixed credential.
    pub(crate) turn: Option<Turn>,
    /// Who may have issued a token: URLs, or tables with more to say.
    #[serde(default)]
    pub(crate) issuers: Vec<Issuer>,
    /// Labels for the metrics.
    #[serde(default)]
    pub(crate) labels: BTreeMap<String, String>,
}

/// Where it listens.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Server {
    /// The management port.
    pub(crate) management_listen: SocketAddr,
    /// Proxies that are believed.
    #[schemars(length(max = 3))]
    pub(crate) trusted_proxies: Vec<String>,
    /// Pages that may call.
    pub(crate) origins: Vec<String>,
    /// Whether to say more | or less.
    pub(crate) verbose: bool,
    /// The share of requests that are looked at closely.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub(crate) sample_ratio: f64,
    /// The least severe event that is noted.
    pub(crate) level: Level,
    /// A collector, if there is one.
    pub(crate) collector: Option<Url>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            management_listen: SocketAddr::from(([127, 0, 0, 1], 9081)),
            trusted_proxies: vec!["10.0.0.0/8".to_owned(), "::1".to_owned()],
            origins: Vec::new(),
            verbose: false,
            sample_ratio: 1.0,
            level: Level::Info,
            collector: None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// Everything that is worth a line.
    Info,
    /// Only what is wrong.
    Error,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LiveKit {
    /// Where the server is called.
    pub(crate) url: Url,
    /// The name of the key.
    #[serde(default = "api_key")]
    #[schemars(length(min = 3, max = 20), extend("x-refuse-samples" = true))]
    pub(crate) api_key: String,
    /// What signs tokens.
    pub(crate) api_secret: Secret,
    /// What signed them before.
    pub(crate) api_secret_previous: Option<Secret>,
    /// All secrets that TURN accepts.
    #[serde(default)]
    pub(crate) turn_secrets: Vec<Secret>,
    /// For how long a token admits.
    #[serde(default = "token_ttl_seconds")]
    #[schemars(range(min = 30, max = 600))]
    pub(crate) token_ttl_seconds: u32,
    /// For how long a room stays. Longer than a token.
    #[serde(default = "room_seconds")]
    pub(crate) room_seconds: u64,
}

fn api_key() -> String {
    "APIkey".to_owned()
}

fn token_ttl_seconds() -> u32 {
    120
}

fn room_seconds() -> u64 {
    300
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Turn {
    /// The name.
    pub(crate) username: String,
    /// What goes with it. The provider chose its length.
    #[schemars(extend("x-min-bytes" = 0))]
    pub(crate) credential: Secret,
}

#[derive(Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Issuer {
    Address(Url),
    Table(IssuerTable),
}

#[derive(Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IssuerTable {
    /// Its URL.
    pub(crate) issuer: Url,
    /// Its tenant; the last segment of the URL if left out.
    #[serde(default)]
    pub(crate) tenant: Option<String>,
    /// What it signs its hooks with.
    #[serde(default)]
    pub(crate) hook_secret: Option<Secret>,
}

impl Settings for Sample {
    fn check(&self, faults: &mut Faults) {
        faults.section("livekit", |faults| {
            let ttl = u64::from(self.livekit.token_ttl_seconds);
            if self.livekit.room_seconds <= ttl {
                faults.add(
                    "room_seconds",
                    format!("is {}; it must be more than {ttl}", self.livekit.room_seconds),
                );
            }
        });
    }
}

/// Loads from TOML and an environment.
pub(crate) fn from_both(file: &str, environment: &[(&str, &str)]) -> Result<Sample, Faults> {
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    if file.is_empty() {
        return load(&SERVICE, None, environment);
    }
    let written = written(file);
    load(&SERVICE, Some(written.path()), environment)
}

/// Loads from an environment, beside the least that must be given.
pub(crate) fn with(environment: &[(&str, &str)]) -> Result<Sample, Faults> {
    from_both("", &[&LEAST, environment].concat())
}

/// A temporary file with this content.
pub(crate) fn written(content: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("the temporary folder can be written");
    file.write_all(content.as_bytes()).expect("the file can be written");
    file
}

/// The faults as "name: problem". A file's name is random, so it is written as `FILE`.
pub(crate) fn told(result: Result<Sample, Faults>) -> Vec<String> {
    let faults = match result {
        Ok(settings) => panic!("there should be faults, not {settings:?}"),
        Err(faults) => faults,
    };
    let folder = std::env::temp_dir();
    let line = |(name, problem): (&str, &str)| {
        let line = format!("{name} {problem}");
        let words = line.split(' ').map(|word| match word.split_once(folder.to_str().expect("UTF-8")) {
            Some((before, rest)) => {
                let end = rest.trim_start_matches(|c: char| c.is_alphanumeric() || "/.-_".contains(c));
                format!("{before}FILE{end}")
            }
            None => word.to_owned(),
        });
        words.collect::<Vec<_>>().join(" ")
    };
    faults.iter().map(line).collect()
}

/// Asserts the exact faults of an environment.
pub(crate) fn check(environment: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(told(with(environment)), expected, "{environment:?}");
}
