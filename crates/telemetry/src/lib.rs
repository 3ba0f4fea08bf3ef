//! What a service says about itself while it runs: log lines on standard output and spans over OTLP, tied together by
//! the trace id.
//!
//! Trace and span ids exist for every span, exported or not, so that every log line and every error can name its
//! trace. Neither a reader that no longer reads the log nor a dead collector slows a request down: both queues are
//! bounded, what does not fit is dropped and counted. This crate decides nothing about *what* is logged.

mod counters;
mod filter;
mod log;
mod panics;
mod restart;
mod settings;
mod spans;
mod start;
pub mod testing;
mod trace;

pub use crate::settings::{LogFormat, TelemetrySettings};
pub use restart::after_panics;
pub use start::{StartError, Telemetry, start};
pub use trace::{continue_from, inject, link, sampled_trace_id, trace_id, traceparent};
