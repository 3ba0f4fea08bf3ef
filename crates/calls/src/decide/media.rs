//! `call.media`: how the media of the device in the call stand.

use signal_protocol::{CallId, CallMedia, EndReason, MediaCause, MediaReport, MediaState, ReportedMedia};

use crate::check::check_media;
use crate::command::Actor;
use crate::ending::end_if_over;
use crate::record::{CallRecord, Phase, Setup, Stance};
use crate::refused::Refused;
use crate::work::{Reply, Work};

pub(crate) fn media(
    work: &mut Work<'_>,
    id: CallId,
    actor: &Actor,
    report: &MediaReport,
) -> Result<Reply, Refused> {
    check_media(report).map_err(Refused::Invalid)?;
    let place = work.live_place(id, actor)?;
    let now = work.now;
    let call = work.open(id)?;
    let party = &mut call.parties[place];
    let seat = match &mut party.stance {
        Stance::Accepted(seat) if seat.device == actor.device => seat,
        Stance::Accepted(_)
        | Stance::Rung(_)
        | Stance::Declined { .. }
        | Stance::Busy { .. }
        | Stance::Left { .. }
        | Stance::Missed { .. } => return Err(Refused::NotThisDevice),
    };
    let state = match report.state {
        ReportedMedia::Connecting => MediaState::Connecting,
        ReportedMedia::Connected => MediaState::Connected,
        ReportedMedia::Reconnecting => MediaState::Reconnecting,
        ReportedMedia::Failed => {
            party.leave(now);
            end_if_over(call, now, failure(report.cause));
            return Ok(Reply::Nothing);
        }
    };
    seat.media = Some(state);
    seat.connected |= state == MediaState::Connected;
    complete_setup(call);
    Ok(Reply::Nothing)
}

/// Why a call that cannot go on without them is over. A device that says so has given up on the network, after as many
/// restarts as it cared for; that there are not too many of them is for `signal` to see.
const fn failure(cause: Option<MediaCause>) -> EndReason {
    match cause {
        Some(MediaCause::Device) => EndReason::MediaFailed,
        Some(MediaCause::Network) | None => EndReason::ConnectionLost,
    }
}

/// Peer-to-peer the two devices say when their media have come about; in the other calls LiveKit does.
fn complete_setup(call: &mut CallRecord) {
    match (&call.phase, call.media) {
        (Phase::Active { since, setup: Setup::Pending { .. } }, CallMedia::P2p) => {
            if call.parties.iter().filter_map(|party| party.seat()).all(|seat| seat.connected) {
                call.phase = Phase::Active { since: *since, setup: Setup::Done };
            }
        }
        (
            Phase::Ringing | Phase::Active { .. } | Phase::Ended { .. },
            CallMedia::P2p | CallMedia::Livekit,
        ) => {}
    }
}
