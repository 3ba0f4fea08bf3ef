//! The rows.

use signal_protocol::CallPhase::{Active, Ended, Ringing};
use signal_protocol::PartyState::{Accepted, Busy, Declined, Invited, Left, Missed};
use signal_protocol::{CallPhase, EndReason, ErrorCode, PartyRole, PartyState};

use super::DeviceOf::{Another, Same};
use super::Outcome::{Ends, Moves, Recorded, Refused, Relayed, Unchanged};
use super::Size::{Group, OneToOne};
use super::{Callee, DeviceOf, Outcome, Row, Size, Start, Trigger};

const LIVE: &[CallPhase] = &[Ringing, Active];
const ANY_SIZE: &[Size] = &[OneToOne, Group];
const CALLER: &[PartyRole] = &[PartyRole::Caller];
const CALLEE: &[PartyRole] = &[PartyRole::Callee];
const ANYBODY: &[PartyRole] = &[PartyRole::Caller, PartyRole::Callee];
const RUNG: &[PartyState] = &[Invited, PartyState::Ringing];
const IN: &[PartyState] = &[Accepted];
const THERE: &[PartyState] = &[Invited, PartyState::Ringing, Accepted];
const OUT: &[PartyState] = &[Declined, Busy, Left, Missed];
const NOT_IN: &[PartyState] = &[Invited, PartyState::Ringing, Declined, Busy, Left, Missed];
const ANY_STATE: &[PartyState] = PartyState::ALL;
const ANY_DEVICE: &[DeviceOf] = &[Same, Another];

const CALL_ENDED: Outcome = Refused(ErrorCode::CallEnded);
const NOT_ALLOWED: Outcome = Refused(ErrorCode::NotAllowedInPhase);
const NOT_THIS_DEVICE: Outcome = Refused(ErrorCode::NotThisDevice);

/// The rules of a call that is there. At most one row covers a situation; a command of a party has exactly one.
#[must_use]
pub fn table() -> Vec<Row> {
    [answers(), quits(), reports(), signals(), additions(), time(), moderation()].concat()
}

/// The rules of a call that is not there yet.
#[must_use]
pub fn starts() -> Vec<Start> {
    let start = |callee, sizes, outcome| Start { callee, sizes, outcome };
    vec![
        start(Callee::Free, ANY_SIZE, Moves(Invited, Ringing)),
        start(Callee::Busy, &[OneToOne], Ends(Busy, EndReason::Busy)),
        start(Callee::Busy, &[Group], Moves(Busy, Ringing)),
        start(Callee::Offline, &[OneToOne], Ends(Missed, EndReason::Unreachable)),
        start(Callee::Offline, &[Group], Moves(Missed, Ringing)),
    ]
}

/// A row in which the device does not matter.
const fn row(
    trigger: Trigger,
    phases: &'static [CallPhase],
    sizes: &'static [Size],
    roles: &'static [PartyRole],
    states: &'static [PartyState],
    outcome: Outcome,
) -> Row {
    Row { trigger, phases, sizes, roles, states, devices: ANY_DEVICE, outcome }
}

/// The same for one device.
const fn with(device: &'static [DeviceOf], row: Row) -> Row {
    Row { devices: device, ..row }
}

fn answers() -> Vec<Row> {
    use Trigger::{Accept, Decline};
    vec![
        row(Accept, &[Ringing], ANY_SIZE, CALLEE, RUNG, Moves(Accepted, Active)),
        row(Accept, &[Active], ANY_SIZE, ANYBODY, RUNG, Moves(Accepted, Active)),
        row(Accept, &[Active], ANY_SIZE, ANYBODY, &[Left], Moves(Accepted, Active)),
        row(Accept, LIVE, ANY_SIZE, CALLER, IN, NOT_ALLOWED),
        with(&[Same], row(Accept, &[Active], ANY_SIZE, CALLEE, IN, Unchanged)),
        with(
            &[Another],
            row(Accept, &[Active], ANY_SIZE, CALLEE, IN, Refused(ErrorCode::CallAlreadyAnswered)),
        ),
        row(Accept, LIVE, ANY_SIZE, ANYBODY, &[Declined, Busy, Missed], NOT_ALLOWED),
        row(Accept, &[Ended], ANY_SIZE, ANYBODY, ANY_STATE, CALL_ENDED),
        row(Decline, &[Ringing], &[OneToOne], CALLEE, RUNG, Ends(Declined, EndReason::Rejected)),
        row(Decline, &[Ringing], &[Group], CALLEE, RUNG, Moves(Declined, Ringing)),
        row(Decline, &[Active], &[Group], ANYBODY, RUNG, Moves(Declined, Active)),
        row(Decline, LIVE, ANY_SIZE, ANYBODY, &[Declined], Unchanged),
        row(Decline, LIVE, ANY_SIZE, ANYBODY, &[Accepted, Busy, Left, Missed], NOT_ALLOWED),
        row(Decline, &[Ended], ANY_SIZE, ANYBODY, ANY_STATE, CALL_ENDED),
    ]
}

fn quits() -> Vec<Row> {
    use Trigger::{Cancel, Hangup};
    vec![
        row(Cancel, &[Ringing], ANY_SIZE, CALLER, IN, Ends(Left, EndReason::Cancelled)),
        row(Cancel, &[Ringing], ANY_SIZE, CALLEE, ANY_STATE, NOT_ALLOWED),
        row(Cancel, &[Active], ANY_SIZE, ANYBODY, ANY_STATE, NOT_ALLOWED),
        row(Cancel, &[Ended], ANY_SIZE, ANYBODY, ANY_STATE, CALL_ENDED),
        row(Hangup, &[Ringing], ANY_SIZE, CALLER, IN, Ends(Left, EndReason::Cancelled)),
        row(Hangup, &[Ringing], &[OneToOne], CALLEE, RUNG, Ends(Declined, EndReason::Rejected)),
        row(Hangup, &[Ringing], &[Group], CALLEE, RUNG, Moves(Declined, Ringing)),
        row(Hangup, &[Active], &[OneToOne], ANYBODY, IN, Ends(Left, EndReason::Completed)),
        row(Hangup, &[Active], &[Group], ANYBODY, IN, Moves(Left, Active)),
        row(Hangup, &[Active], &[Group], ANYBODY, RUNG, Moves(Declined, Active)),
        row(Hangup, LIVE, ANY_SIZE, ANYBODY, OUT, Unchanged),
        row(Hangup, &[Ended], ANY_SIZE, ANYBODY, ANY_STATE, Unchanged),
    ]
}

fn reports() -> Vec<Row> {
    use Trigger::{Media, MediaFailed, Ringing as Shows};
    vec![
        row(Shows, &[Ringing], ANY_SIZE, ANYBODY, &[Invited], Moves(PartyState::Ringing, Ringing)),
        row(Shows, &[Active], ANY_SIZE, ANYBODY, &[Invited], Moves(PartyState::Ringing, Active)),
        with(&[Same], row(Shows, LIVE, ANY_SIZE, ANYBODY, &[PartyState::Ringing], Unchanged)),
        with(&[Another], row(Shows, LIVE, ANY_SIZE, ANYBODY, &[PartyState::Ringing], Recorded)),
        row(Shows, LIVE, ANY_SIZE, ANYBODY, &[Accepted, Declined, Busy, Left, Missed], NOT_ALLOWED),
        row(Shows, &[Ended], ANY_SIZE, ANYBODY, ANY_STATE, CALL_ENDED),
        with(&[Same], row(Media, LIVE, ANY_SIZE, ANYBODY, IN, Recorded)),
        with(&[Another], row(Media, LIVE, ANY_SIZE, ANYBODY, IN, NOT_THIS_DEVICE)),
        row(Media, LIVE, ANY_SIZE, ANYBODY, NOT_IN, NOT_THIS_DEVICE),
        row(Media, &[Ended], ANY_SIZE, ANYBODY, ANY_STATE, CALL_ENDED),
        with(&[Same], row(MediaFailed, &[Ringing], ANY_SIZE, CALLER, IN, Ends(Left, EndReason::MediaFailed))),
        with(
            &[Same],
            row(MediaFailed, &[Active], &[OneToOne], ANYBODY, IN, Ends(Left, EndReason::MediaFailed)),
        ),
        with(&[Same], row(MediaFailed, &[Active], &[Group], ANYBODY, IN, Moves(Left, Active))),
        with(&[Another], row(MediaFailed, LIVE, ANY_SIZE, ANYBODY, IN, NOT_THIS_DEVICE)),
        row(MediaFailed, LIVE, ANY_SIZE, ANYBODY, NOT_IN, NOT_THIS_DEVICE),
        row(MediaFailed, &[Ended], ANY_SIZE, ANYBODY, ANY_STATE, CALL_ENDED),
    ]
}

fn signals() -> Vec<Row> {
    use Trigger::{Answer, Restart, RestartedTooOften, Signal};
    const TWO: &[Size] = &[OneToOne];
    let already_answered = Refused(ErrorCode::CallAlreadyAnswered);
    let lost = Ends(Accepted, EndReason::ConnectionLost);
    let mut rows = vec![
        with(&[Same], row(Signal, LIVE, TWO, ANYBODY, IN, Relayed)),
        with(&[Another], row(Signal, LIVE, TWO, ANYBODY, IN, NOT_THIS_DEVICE)),
        row(Signal, &[Ringing], TWO, CALLEE, RUNG, NOT_ALLOWED),
        row(Answer, &[Ringing], TWO, CALLEE, RUNG, Moves(Accepted, Active)),
        with(&[Same], row(Answer, &[Active], TWO, CALLEE, IN, Relayed)),
        with(&[Another], row(Answer, &[Active], TWO, CALLEE, IN, already_answered)),
        row(Answer, LIVE, TWO, CALLER, IN, NOT_ALLOWED),
        with(&[Same], row(Restart, &[Active], TWO, ANYBODY, IN, Relayed)),
        with(&[Same], row(RestartedTooOften, &[Active], TWO, ANYBODY, IN, lost)),
    ];
    for restart in [Restart, RestartedTooOften] {
        rows.push(with(&[Same], row(restart, &[Ringing], TWO, CALLER, IN, NOT_ALLOWED)));
        rows.push(with(&[Another], row(restart, LIVE, TWO, ANYBODY, IN, NOT_THIS_DEVICE)));
        rows.push(row(restart, &[Ringing], TWO, CALLEE, RUNG, NOT_ALLOWED));
    }
    for trigger in [Signal, Answer, Restart, RestartedTooOften] {
        rows.push(row(trigger, LIVE, &[Group], ANYBODY, ANY_STATE, Refused(ErrorCode::WrongMedia)));
        rows.push(row(trigger, &[Ended], ANY_SIZE, ANYBODY, ANY_STATE, CALL_ENDED));
    }
    rows
}

fn additions() -> Vec<Row> {
    use Trigger::{AddParty, AddedAgain, Dials};
    vec![
        row(AddParty, &[Ringing], ANY_SIZE, CALLER, IN, Recorded),
        row(AddParty, &[Ringing], ANY_SIZE, CALLEE, ANY_STATE, NOT_ALLOWED),
        row(AddParty, &[Active], ANY_SIZE, ANYBODY, IN, Recorded),
        row(AddParty, &[Active], ANY_SIZE, ANYBODY, NOT_IN, NOT_ALLOWED),
        row(AddParty, &[Ended], ANY_SIZE, ANYBODY, ANY_STATE, CALL_ENDED),
        row(AddedAgain, &[Ringing], &[Group], CALLEE, OUT, Moves(Invited, Ringing)),
        row(AddedAgain, &[Active], &[Group], ANYBODY, OUT, Moves(Invited, Active)),
        row(AddedAgain, LIVE, ANY_SIZE, ANYBODY, THERE, Refused(ErrorCode::AlreadyInCall)),
        row(AddedAgain, &[Ended], ANY_SIZE, ANYBODY, ANY_STATE, CALL_ENDED),
        row(Dials, &[Ringing], &[OneToOne], CALLEE, RUNG, Ends(Busy, EndReason::Busy)),
        row(Dials, &[Ringing], &[Group], CALLEE, RUNG, Moves(Busy, Ringing)),
        row(Dials, &[Active], &[Group], ANYBODY, RUNG, Moves(Busy, Active)),
        row(Dials, LIVE, ANY_SIZE, ANYBODY, IN, Refused(ErrorCode::AlreadyInCall)),
    ]
}

fn time() -> Vec<Row> {
    use Trigger::{Deadline, LeaseLost, NoAnswer, NoMedia, RoomDeleted, RoomLeft};
    vec![
        row(Deadline, &[Ringing], &[OneToOne], CALLEE, &[Invited], Ends(Missed, EndReason::Unreachable)),
        row(
            Deadline,
            &[Ringing],
            &[OneToOne],
            CALLEE,
            &[PartyState::Ringing],
            Ends(Missed, EndReason::NoAnswer),
        ),
        row(Deadline, &[Ringing], &[Group], CALLEE, RUNG, Moves(Missed, Ringing)),
        row(Deadline, &[Active], &[Group], ANYBODY, RUNG, Moves(Missed, Active)),
        row(LeaseLost, &[Ringing], ANY_SIZE, CALLER, IN, Ends(Left, EndReason::ConnectionLost)),
        row(LeaseLost, &[Active], &[OneToOne], ANYBODY, IN, Ends(Left, EndReason::ConnectionLost)),
        row(LeaseLost, &[Active], &[Group], ANYBODY, IN, Moves(Left, Active)),
        row(NoMedia, &[Active], &[OneToOne], ANYBODY, IN, Ends(Accepted, EndReason::ConnectionTimeout)),
        row(NoAnswer, &[Active], &[OneToOne], ANYBODY, IN, Ends(Accepted, EndReason::ConnectionTimeout)),
        row(RoomLeft, &[Active], ANY_SIZE, ANYBODY, IN, Ends(Accepted, EndReason::Completed)),
        row(RoomDeleted, &[Active], ANY_SIZE, ANYBODY, IN, Ends(Accepted, EndReason::RoomEnded)),
    ]
}

fn moderation() -> Vec<Row> {
    use Trigger::{EndedFromOutside as Stops, Removed};
    vec![
        row(Removed, &[Ringing], ANY_SIZE, CALLER, IN, Ends(Left, EndReason::Removed)),
        row(Removed, &[Ringing], &[OneToOne], CALLEE, RUNG, Ends(Missed, EndReason::Removed)),
        row(Removed, &[Ringing], &[Group], CALLEE, RUNG, Moves(Missed, Ringing)),
        row(Removed, &[Active], &[OneToOne], ANYBODY, IN, Ends(Left, EndReason::Removed)),
        row(Removed, &[Active], &[Group], ANYBODY, IN, Moves(Left, Active)),
        row(Removed, &[Active], &[Group], ANYBODY, RUNG, Moves(Missed, Active)),
        // Whoever has left could come back by themselves, and no longer can.
        row(Removed, &[Active], &[Group], ANYBODY, &[Left], Recorded),
        row(Removed, LIVE, &[Group], ANYBODY, &[Declined, Busy, Missed], Unchanged),
        row(Removed, &[Ended], ANY_SIZE, ANYBODY, ANY_STATE, Unchanged),
        row(Stops, LIVE, ANY_SIZE, ANYBODY, IN, Ends(Accepted, EndReason::RoomEnded)),
        row(Stops, LIVE, ANY_SIZE, ANYBODY, RUNG, Ends(Missed, EndReason::RoomEnded)),
        row(Stops, &[Ended], ANY_SIZE, ANYBODY, ANY_STATE, Unchanged),
    ]
}
