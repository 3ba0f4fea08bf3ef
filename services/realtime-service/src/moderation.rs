//! Who is sent out of a room, for how long, and how it is made to last.

mod authority;
mod bans;
mod denial;
mod desk;
mod eviction;
mod gate;
mod metrics;
mod refused;
mod sending_out;
mod sentence;

pub(crate) use authority::{Authority, Unauthorised};
pub(crate) use denial::{Denial, DenialKind};
pub(crate) use desk::{Acting, ModerationDesk, ModerationParts};
pub(crate) use eviction::{Evicted, Evictions};
pub(crate) use gate::{Gate, GateRefused};
pub(crate) use metrics::ModerationMetrics;
pub(crate) use refused::ModerationRefused;
pub(crate) use sentence::{Bounds, Sentence, SentenceRefused, Until, pardon, void_keys};
