//! The settings of logs and traces.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

/// Logs and traces.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetrySettings {
    /// Base URL of an OpenTelemetry collector that takes OTLP over HTTP/protobuf; `/v1/traces` is appended.
    /// Without it no span leaves the process; trace ids are made all the same.
    pub otlp_endpoint: Option<Url>,
    /// The share of new traces that are exported. A request that arrives as part of a trace follows its decision.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub sample_ratio: f64,
    /// What is logged: a level, or levels by module, such as `info,http_client=debug`.
    pub log: String,
    /// How a log line looks.
    pub log_format: LogFormat,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line, for machines.
    #[default]
    Json,
    /// Words, for a person at a terminal.
    Text,
}

impl Default for TelemetrySettings {
    fn default() -> Self {
        Self { otlp_endpoint: None, sample_ratio: 1.0, log: "info".to_owned(), log_format: LogFormat::Json }
    }
}
