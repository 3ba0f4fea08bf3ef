//! Where commands to calls meet the records: read, decide by the rules of `calls`, commit.
//!
//! A [`Desk`] carries out every command; it is call-state-service's, which alone changes calls. A [`SignalRelay`] passes on signals
//! that change nothing of their call, and is realtime-service's. Both decide by one atomic commit on the condition that what
//! they rest on still holds, so any number of them works side by side, in whichever service.

mod desk;
mod details;
mod metrics;
pub mod records;
mod relay;
mod requests;

pub use calls::Actor;
pub use desk::{
    BESIDE_A_SLOW_ROUND_TRIP, Desk, DeskFailure, HistoryCursor, Hooks, Outcome, PATIENCE, Wish, new_id,
};
pub use metrics::DeskMetrics;
pub use relay::SignalRelay;
pub use requests::{Fingerprint, Request};
