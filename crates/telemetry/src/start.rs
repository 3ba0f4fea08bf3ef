//! Starting and stopping.
use crate::TelemetrySettings;

/// Why telemetry could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// It was started before.
    #[error("telemetry was started before in this process")]
    StartedBefore,
}

/// Running telemetry.
#[derive(Debug)]
#[must_use]
pub struct Telemetry {}

/// Starts it.
pub fn start(
    name: &'static str,
    version: &'static str,
    settings: &TelemetrySettings,
) -> Result<Telemetry, StartError> {
    let _ = (name, version, settings);
    unimplemented!()
}

impl Telemetry {
    /// Flushes, bounded to two seconds.
    #[expect(clippy::unused_async, reason = "it will")]
    pub async fn stop(self) {}

    /// Registers what telemetry counts about itself.
    pub fn register_metrics(&self, registry: &mut prometheus_client::registry::Registry) {
        let _ = registry;
    }
}
