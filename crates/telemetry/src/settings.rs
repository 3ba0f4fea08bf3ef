//! The settings of logs and traces.

use ::settings::Faults;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::filter;

/// Logs and traces.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetrySettings {
    /// Base URL of an OpenTelemetry collector that takes OTLP over HTTP/protobuf; `/v1/traces` is appended. Without
    /// it no span leaves the process; trace ids are made all the same.
    pub otlp_endpoint: Option<Url>,
    /// The share of new traces that is exported. A request that arrives as part of a trace follows its decision.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub sample_ratio: f64,
    /// The longest time that a finished span waits to be exported, in milliseconds.
    #[schemars(range(min = 10, max = 60_000))]
    pub export_interval_ms: u32,
    /// How long the collector may take to accept spans, in milliseconds.
    #[schemars(range(min = 10, max = 60_000))]
    pub export_timeout_ms: u32,
    /// What is logged: a level (`off`, `error`, `warn`, `info`, `debug`, `trace`), or levels by module, such as
    /// `info,http_client=debug`.
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
        Self {
            otlp_endpoint: None,
            sample_ratio: 1.0,
            export_interval_ms: 1_000,
            export_timeout_ms: 3_000,
            log: "info".to_owned(),
            log_format: LogFormat::Json,
        }
    }
}

impl TelemetrySettings {
    /// Adds what is wrong with these settings; paths are relative to this section.
    pub fn check(&self, faults: &mut Faults) {
        if let Err(problem) = filter::parse(&self.log) {
            faults
                .add("log", format!("is no filter ({problem}); it must look like `info,http_client=debug`"));
        }
        if let Some(endpoint) = &self.otlp_endpoint
            && (!matches!(endpoint.scheme(), "http" | "https") || endpoint.query().is_some())
        {
            faults.add("otlp_endpoint", "must be a plain http or https URL such as `http://collector:4318`");
        }
    }
}
