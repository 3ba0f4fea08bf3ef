//! What `REALTIME__…` may say.

mod call_state;
mod clusters;
mod deadlines;
mod events;
mod ice_address;
mod join;
mod livekit;
mod membership;
mod moderation;
mod reconcile;
mod records;
mod revocation;
mod rooms;
mod signalling;
mod stun;
mod turn;

pub use call_state::CallStateSettings;
pub use clusters::ClusterSettings;
pub use events::EventsSettings;
pub use join::JoinSettings;
pub use livekit::LiveKitSettings;
pub use membership::{HttpSourceSettings, MembershipSettings, SourceName, TokenClaimsSettings};
pub use moderation::ModerationSettings;
pub use reconcile::ReconcileSettings;
pub use records::RecordsSettings;
pub use revocation::RevocationSettings;
pub use rooms::RoomsSettings;
pub use signalling::SignallingSettings;
pub use stun::StunSettings;
pub use turn::{StaticTurnSettings, TurnSettings};

use std::net::SocketAddr;
use std::time::Duration;

use ::settings::{Environment, Faults, Settings};
use http_server::{CorsSettings, LimitSettings, ServerSettings};
use identity::IdentitySettings;
use schemars::JsonSchema;
use serde::Deserialize;
use store::StoreSettings;
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
    /// What may be kept here of rooms and members.
    #[serde(default)]
    pub rooms: RoomsSettings,
    /// What moderators may do.
    #[serde(default)]
    pub moderation: ModerationSettings,
    /// What happens when a login is ended before its tokens expire.
    #[serde(default)]
    pub revocation: RevocationSettings,
    /// How often what is known of rooms is compared with what LiveKit says.
    #[serde(default)]
    pub reconcile: ReconcileSettings,
    /// What is told of stays and rooms that are over.
    #[serde(default)]
    pub records: RecordsSettings,
    /// The service that decides about calls. Without it there are rooms and no calls.
    pub call_state: Option<CallStateSettings>,
    /// The Redis in which it is kept who is in which room and who may not be. With calls it must be the one that
    /// call-state-service keeps them in: people's events are read there, and the rooms of calls that ended are closed as it
    /// says. Without it people join rooms, and nobody moderates them.
    pub redis: Option<StoreSettings>,
    /// How clients are told what happens.
    #[serde(default)]
    pub events: EventsSettings,
    /// What one socket may ask for, and how many there may be.
    #[serde(default)]
    pub signalling: SignallingSettings,
    /// The servers by which devices learn the address that others see of them.
    #[serde(default)]
    pub stun: StunSettings,
    /// The servers that relay media where two devices cannot reach each other.
    #[serde(default)]
    pub turn: TurnSettings,
}

impl RealtimeSettings {
    /// How long an invite may take to find out who is a member.
    pub(crate) fn membership_deadline(&self) -> Duration {
        deadlines::beside_call_state(self)
    }

    /// How long a signal may take to be relayed, or to turn out to be for call-state-service.
    pub(crate) fn relay_deadline(&self) -> Duration {
        deadlines::beside_call_state(self)
    }

    /// Whether rooms and members are kept here.
    pub(crate) fn keeps_rooms(&self) -> bool {
        self.membership.sources.contains(&SourceName::Registry)
    }

    /// What is kept here needs a place.
    fn check_registry(&self, faults: &mut Faults) {
        if self.keeps_rooms() && self.redis.is_none() {
            faults.add("redis.url", "is missing; MEMBERSHIP__SOURCES names `registry`, which is kept there");
        }
    }

    /// Whoever enqueues hooks must know that somebody tells them.
    fn check_records(&self, faults: &mut Faults) {
        if self.records.hook && self.call_state.is_none() {
            faults.add(
                "records.hook",
                "is true, and there is no CALL_STATE__URL; it is call-state-service that tells hooks",
            );
        }
    }

    /// How long an act of moderation may take.
    pub(crate) fn act_deadline(&self) -> Duration {
        deadlines::for_acts(self)
    }

    /// Calls need all of it: the service that decides about them, the store in which their events are, and an account.
    fn check_calls(&self, faults: &mut Faults) {
        if self.call_state.is_none() {
            return;
        }
        if self.redis.is_none() {
            faults.add("redis.url", "is missing; CALL_STATE__URL turns calls on, which need it");
        }
        if self.identity.service_account.is_none() {
            faults.add(
                "identity.service_account.client_id",
                "is missing; who is in the room of a call is reported in the name of our own service account",
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
        self.check_registry(faults);
        if let Some(call_state) = &self.call_state {
            faults.section("call_state", |faults| call_state.check(faults));
        }
        if let Some(redis) = &self.redis {
            faults.section("redis", |faults| redis.check(self.environment, faults));
        }
        faults.section("revocation", |faults| {
            let has_account = self.identity.service_account.is_some();
            self.revocation.check(has_account, self.redis.is_some(), faults);
        });
        faults.section("stun", |faults| self.stun.check(faults));
        faults.section("turn", |faults| self.turn.check(faults));
        faults.section("signalling", |faults| self.signalling.check(&self.server, faults));
        self.check_calls(faults);
        self.check_records(faults);
        deadlines::check(self, faults);
    }

    fn management_address(&self) -> Option<SocketAddr> {
        Some(self.server.management_listen)
    }
}
