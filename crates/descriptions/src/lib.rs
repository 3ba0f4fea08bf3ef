//! Signals, looked at before they are relayed: sizes, the fields that belong to each kind, session descriptions and candidates.
//!
//! What gets through reaches another person's peer connection, which parses it in the most exposed place of a browser. So
//! it is parsed here first, by the parser that Firefox has, and refused with the line at fault; and a client's programmer
//! learns of a mistake from an answer instead of from silence at the other end. Nothing is rewritten: what is relayed is what was
//! sent.
//!
//! Pure, and bounded by the sizes alone. It knows nothing of calls: who may send what, and when, is the business of `calls`.

mod candidate;
mod fault;
mod payload;
mod sdp;

pub use fault::Fault;

use signal_protocol::{EarlyOffer, SignalRequest};

/// The longest session description, in bytes.
pub const LARGEST_SDP: usize = 32 * 1024;
/// The longest candidate, in bytes.
pub const LARGEST_CANDIDATE: usize = 1024;
/// The longest payload that is encrypted from device to device, in bytes of its base64url.
pub const LARGEST_SEALED: usize = 48 * 1024;
/// The most candidates of one signal.
pub const MOST_CANDIDATES: usize = 50;

/// Whether this may be relayed, as far as it can be told from the signal alone.
///
/// # Errors
/// The first fault that was found: [`Fault::code`] is `invalid_field`, `too_large`, `sdp_invalid` or `candidate_invalid`.
pub fn check_signal(signal: &SignalRequest) -> Result<(), Fault> {
    payload::check(signal.kind, &signal.payload)
}

/// The same for the offer of an invite.
///
/// # Errors
/// `too_large` or `sdp_invalid`.
pub fn check_offer(offer: &EarlyOffer) -> Result<(), Fault> {
    sdp::check("offer.sdp", &offer.sdp)
}
