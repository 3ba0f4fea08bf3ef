//! `POST /api/realtime/webhooks/livekit`: what LiveKit says of its rooms.
//!
//! LiveKit signs what it sends, and sends it late, twice, in any order or never. So each event is applied once, by one commit that
//! holds its effect and the mark of its id ([`Occupancies`](crate::occupancy::Occupancies)); what nobody here knows is counted and
//! taken; and nothing but an outage of our own is answered with a 5xx, because only then another delivery helps.

mod closed;
mod decode;
mod desk;
mod lanes;
mod metrics;
mod receive;
mod signed;

pub(crate) use closed::ClosedRooms;
pub(crate) use desk::{WebhookDesk, WebhookParts};
pub(crate) use metrics::WebhookMetrics;
pub(crate) use receive::{PATH, receive};
