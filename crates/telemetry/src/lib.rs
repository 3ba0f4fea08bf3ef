//! Logs, traces and the shape of metrics: what a service says about itself while it runs.

mod settings;
mod start;
mod trace;

pub use crate::settings::{LogFormat, TelemetrySettings};
pub use start::{StartError, Telemetry, start};
pub use trace::{continue_from, inject, trace_id};
