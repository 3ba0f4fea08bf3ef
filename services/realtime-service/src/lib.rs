//! The backend for frontends: it checks who calls and what they may do, and hands out what LiveKit wants to see.
//!
//! [`RealtimeService`] is the assembled service, [`RealtimeSettings`] what it is assembled from. The binary beside
//! this library runs it on its own; the dev server mounts it into its one process. It keeps no state that another
//! replica would miss: everything remembered here is remembered for seconds and can be asked again.

mod call_watch;
mod calls;
mod doors;
mod events;
mod ice;
mod limits;
mod membership;
mod metrics;
mod moderation;
mod occupancy;
mod openapi;
mod paging;
mod probes;
mod protocol;
mod reconciler;
mod records;
mod registry;
mod revocation;
mod rooms;
mod service;
mod settings;
mod sfu;
mod sfu_admission;
mod signalling;
mod stored;
mod turns;
mod webhooks;

pub use openapi::document;
pub use service::{COMMIT, RealtimeService, SERVICE, StartError, VERSION};
pub use settings::{
    CallStateSettings, ClusterSettings, EventsSettings, HttpSourceSettings, JoinSettings, LiveKitSettings,
    MembershipSettings, ModerationSettings, RealtimeSettings, ReconcileSettings, RecordsSettings,
    RevocationSettings, RoomsSettings, SignallingSettings, SourceName, StaticTurnSettings, StunSettings,
    TokenClaimsSettings, TurnSettings,
};
