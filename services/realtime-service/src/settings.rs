//! What `REALTIME__…` may say.

mod join;
mod livekit;
mod membership;

pub use join::JoinSettings;
pub use livekit::LiveKitSettings;
pub use membership::{HttpSourceSettings, MembershipSettings, SourceName, TokenClaimsSettings};

use std::net::SocketAddr;

use ::settings::{Environment, Faults, Settings};
use http_server::{CorsSettings, LimitSettings, ServerSettings};
use identity::IdentitySettings;
use schemars::JsonSchema;
use serde::Deserialize;
use telemetry::TelemetrySettings;

/// All settings of realtime-service.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RealtimeSettings {
    /// `development` alone permits short and sample secrets and issuers by plain HTTP.
    #[serde(default)]
    pub environment: Environment,
    /// Where and how the service listens.
    #[serde(default)]
    pub server: ServerSettings,
    /// How much one caller may ask of one replica.
    #[serde(default)]
    pub limits: LimitSettings,
    /// Which web pages may call this API.
    #[serde(default)]
    pub cors: CorsSettings,
    /// Whose tokens are accepted.
    pub identity: IdentitySettings,
    /// Logs and traces.
    #[serde(default)]
    pub telemetry: TelemetrySettings,
    /// The LiveKit server.
    pub livekit: LiveKitSettings,
    /// Who belongs to which room.
    #[serde(default)]
    pub membership: MembershipSettings,
    /// What a client may say about itself when it joins.
    #[serde(default)]
    pub join: JoinSettings,
}

impl RealtimeSettings {
    /// Each step of a request has a limit of its own, with a code of its own; together they must fit into the whole.
    fn check_deadlines(&self, faults: &mut Faults) {
        let membership = self.membership.http.as_ref().map_or(0, |http| http.timeout_ms);
        let steps =
            u64::from(self.identity.jwks_wait_ms) + u64::from(membership) + self.livekit.request_timeout_ms;
        let whole = u64::from(self.server.handler_timeout_ms);
        if steps >= whole {
            faults.add(
                "server.handler_timeout_ms",
                format!(
                    "is {whole}; it must be more than {steps}, the sum of IDENTITY__JWKS_WAIT_MS, \
                     MEMBERSHIP__HTTP__TIMEOUT_MS and LIVEKIT__REQUEST_TIMEOUT_MS, so that a slow dependency is told \
                     by its own error"
                ),
            );
        }
    }
}

impl Settings for RealtimeSettings {
    fn check(&self, faults: &mut Faults) {
        faults.section("server", |faults| self.server.check(faults));
        faults.section("cors", |faults| self.cors.check(faults));
        faults.section("identity", |faults| self.identity.check(self.environment, faults));
        faults.section("telemetry", |faults| self.telemetry.check(faults));
        faults.section("livekit", |faults| self.livekit.check(faults));
        faults.section("membership", |faults| self.membership.check(faults));
        self.check_deadlines(faults);
    }

    fn management_address(&self) -> Option<SocketAddr> {
        Some(self.server.management_listen)
    }
}
