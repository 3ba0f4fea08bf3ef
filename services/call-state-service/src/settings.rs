//! What `CALL_STATE__…` may say.

mod background;
mod calls;
mod records;

pub use background::{BackgroundSettings, HookSettings};
pub use calls::{CallsSettings, Directory, Offline};
pub use records::RecordsSettings;

use std::net::SocketAddr;
use std::time::Duration;

use ::settings::{Environment, Faults, Settings};
use http_server::ServerSettings;
use identity::IdentitySettings;
use schemars::JsonSchema;
use serde::Deserialize;
use store::StoreSettings;
use telemetry::TelemetrySettings;

/// What is kept free of a handler's time for everything that asks nobody.
const MARGIN: Duration = Duration::from_millis(50);

/// All settings of call-state-service.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallStateSettings {
    /// `development` alone permits short and sample secrets and issuers by plain HTTP.
    #[serde(default)]
    pub environment: Environment,
    /// Where and how the service listens. Never make it public: it is for realtime-service alone.
    #[serde(default)]
    pub server: ServerSettings,
    /// Whose tokens are accepted: the same as by realtime-service, which relays them.
    pub identity: IdentitySettings,
    /// Logs and traces.
    #[serde(default)]
    pub telemetry: TelemetrySettings,
    /// Where calls are kept: the same as for realtime-service.
    pub redis: StoreSettings,
    /// How long things take in a call, and who may call whom.
    #[serde(default)]
    pub calls: CallsSettings,
    /// The application's push service, which is told of rings that nobody has seen.
    #[serde(default)]
    pub hooks: HookSettings,
    /// What is told of calls that are over.
    #[serde(default)]
    pub records: RecordsSettings,
    /// What the service does by itself.
    #[serde(default)]
    pub background: BackgroundSettings,
}

impl CallStateSettings {
    /// How long one command may take with all its attempts. A store that may be slower than usual is given its time, so that it
    /// is told by its own error, as far as a handler has that time.
    pub(crate) fn command_deadline(&self) -> Duration {
        let round_trip = Duration::from_millis(self.redis.timeout_ms.into());
        let others = Duration::from_millis(self.identity.jwks_wait_ms.into()) + MARGIN;
        let left = Duration::from_millis(self.server.handler_timeout_ms.into()).saturating_sub(others);
        call_desk::PATIENCE.max(left.min(round_trip + call_desk::BESIDE_A_SLOW_ROUND_TRIP))
    }

    /// Whatever is slow must be told by its own error, before the handler's last resort strikes.
    fn check_deadlines(&self, faults: &mut Faults) {
        let steps = u128::from(self.identity.jwks_wait_ms) + call_desk::PATIENCE.as_millis();
        let whole = u128::from(self.server.handler_timeout_ms);
        if steps >= whole {
            faults.add(
                "server.handler_timeout_ms",
                format!(
                    "is {whole}; it must be more than {steps}, the sum of IDENTITY__JWKS_WAIT_MS and the {} ms that a \
                     command may take, so that a slow dependency is told by its own error",
                    call_desk::PATIENCE.as_millis()
                ),
            );
        }
    }
}

impl Settings for CallStateSettings {
    fn check(&self, faults: &mut Faults) {
        faults.section("server", |faults| self.server.check(faults));
        faults.section("identity", |faults| self.identity.check(self.environment, faults));
        faults.section("telemetry", |faults| self.telemetry.check(faults));
        faults.section("redis", |faults| self.redis.check(self.environment, faults));
        faults.section("calls", |faults| self.calls.check(faults));
        faults.section("hooks", |faults| self.hooks.check(faults));
        faults.section("records", |faults| self.records.check(&self.hooks, faults));
        self.check_deadlines(faults);
    }

    fn defaults() -> &'static [(&'static str, &'static str)] {
        &[("server.listen", "0.0.0.0:8082"), ("server.management_listen", "0.0.0.0:9082")]
    }

    fn management_address(&self) -> Option<SocketAddr> {
        Some(self.server.management_listen)
    }
}
