//! Logins that are ended before their tokens expire: heard of, written down for every replica of every service, and what
//! follows from it for rooms.
//!
//! An issuer tells it by a logout token ([`backchannel_logout`]); that somebody was disabled, it tells nobody, so that is
//! looked up ([`Sweep`]). Either way [`Ending`] commits it. That tokens are refused and sockets closed is not done here: every
//! replica follows the log (`revocation::Follower`), this one too.

mod backchannel_logout;
mod ending;
mod leaving;
mod metrics;
mod signed_out;
mod sweep;

pub(crate) use backchannel_logout::{LogoutDesk, PATH, backchannel_logout};
pub(crate) use ending::{Ending, EndingParts};
pub(crate) use metrics::RevocationMetrics;
pub(crate) use signed_out::SignedOut;
pub(crate) use sweep::{Sweep, SweepParts};
