//! `signal.send`: what one device of a peer-to-peer call tells the other.
//!
//! What a signal says is between the devices; here is who may send which, when, and to which generation it belongs. An
//! ordinary one changes nothing of the call, so that the candidates of both sides do not get into each other's way.

use signal_protocol::{CallId, CallMedia, EndReason, FieldProblem, SignalKind, SignalRequest};
use uuid::Uuid;

use crate::check::check_signal;
use crate::command::Actor;
use crate::decide::accept::{accept, expect_media};
use crate::ending::end;
use crate::record::{CallRecord, Phase, Stance};
use crate::refused::Refused;
use crate::relay::{Outgoing, relay};
use crate::work::{Reply, Work};

/// How often a connection may be begun anew.
const MAX_RESTARTS: u32 = 3;

pub(crate) fn signal(
    work: &mut Work<'_>,
    id: CallId,
    actor: &Actor,
    signal: Uuid,
    request: &SignalRequest,
) -> Result<Reply, Refused> {
    check_signal(request).map_err(Refused::Invalid)?;
    let place = work.live_place(id, actor)?;
    match work.open(id)?.media {
        CallMedia::Livekit => return Err(Refused::WrongMedia),
        CallMedia::P2p => {}
    }
    if request.accept {
        accept(work, id, actor, None)?;
    }
    let (now, rules) = (work.now, work.rules);
    let call = work.open(id)?;
    is_in_it(call, place, actor)?;
    let generation = generation(call.generation, request)?;
    is_its_time(call, request)?;
    match generation {
        Generation::Current | Generation::Ahead => {}
        Generation::New if call.generation == MAX_RESTARTS => {
            end(call, now, EndReason::ConnectionLost);
            return Ok(Reply::Signal(signal));
        }
        Generation::New => call.generation = request.generation,
    }
    match request.kind {
        SignalKind::Answer => expect_media(call, rules),
        SignalKind::Offer | SignalKind::Candidates | SignalKind::Restart => {}
    }
    let SignalRequest { kind, generation, ref payload, accept: _ } = *request;
    let signal = relay(work, id, &actor.user, &Outgoing { id: signal, kind, generation, payload })?;
    Ok(Reply::Signal(signal))
}

/// Whether it is the device with which the actor is in the call. One that only rings must accept before it may speak.
fn is_in_it(call: &CallRecord, place: usize, actor: &Actor) -> Result<(), Refused> {
    match &call.parties[place].stance {
        Stance::Accepted(seat) if seat.device == actor.device => Ok(()),
        Stance::Accepted(_) => Err(Refused::NotThisDevice),
        Stance::Rung(_)
        | Stance::Declined { .. }
        | Stance::Busy { .. }
        | Stance::Left { .. }
        | Stance::Missed { .. } => Err(Refused::NotAllowedInPhase),
    }
}

/// While it rings only the caller is in it, and may send an early offer with its candidates and nothing else. What is
/// sealed is so with the key of the device that accepts, which nobody knows before it does.
fn is_its_time(call: &CallRecord, request: &SignalRequest) -> Result<(), Refused> {
    let is_early = match request.kind {
        SignalKind::Offer | SignalKind::Candidates => {
            request.generation == call.generation && request.payload.sealed.is_none()
        }
        SignalKind::Answer | SignalKind::Restart => false,
    };
    match call.phase {
        Phase::Active { .. } => Ok(()),
        Phase::Ringing if is_early => Ok(()),
        Phase::Ringing | Phase::Ended { .. } => Err(Refused::NotAllowedInPhase),
    }
}

/// How a signal stands to the generation of the connection.
enum Generation {
    /// Belongs to it.
    Current,
    /// Belongs to the next one, whose offer is still to come.
    Ahead,
    /// Begins the next one.
    New,
}

/// A restart of the current generation is that of a side which had not heard yet that the other was first.
fn generation(current: u32, request: &SignalRequest) -> Result<Generation, Refused> {
    let next = current.saturating_add(1);
    let wrong =
        |problem: String| Refused::Invalid(vec![FieldProblem { field: "generation".to_owned(), problem }]);
    let kind = request.kind;
    match request.generation {
        earlier if earlier < current => Err(Refused::StaleGeneration),
        same if same == current => match kind {
            SignalKind::Restart if current == 0 => Err(wrong("must be 1 at the first restart".to_owned())),
            SignalKind::Restart | SignalKind::Offer | SignalKind::Answer | SignalKind::Candidates => {
                Ok(Generation::Current)
            }
        },
        later if later == next => match kind {
            SignalKind::Candidates => Ok(Generation::Ahead),
            SignalKind::Offer | SignalKind::Restart => Ok(Generation::New),
            SignalKind::Answer => Err(wrong(format!("must be {current}: nothing later was offered"))),
        },
        _ => Err(wrong(format!("must be {current} or {next}"))),
    }
}
