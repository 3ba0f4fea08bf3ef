//! The rules, one command a file.

mod accept;
mod add_party;
mod cancel;
mod decline;
mod end;
mod hangup;
mod invite;
mod media;
mod notified;
mod remove;
mod ringing;
mod sfu_report;
mod signal;
mod tick;

use chrono::{DateTime, Utc};
use signal_protocol::CallId;

use crate::command::Command;
use crate::decision::Decision;
use crate::record::CallRecord;
use crate::refused::Refused;
use crate::rules::Rules;
use crate::snapshot::Snapshot;
use crate::work::Work;

pub(crate) use tick::pass_time;

/// The live calls of the snapshot in which something is overdue at `now`. The edge runs [`Command::Tick`] on each, in a
/// commit of its own, and reads again before it decides anything else.
#[must_use]
pub fn overdue(snapshot: &Snapshot, now: DateTime<Utc>) -> Vec<CallId> {
    let late = |call: &&CallRecord| call.next_deadline().is_some_and(|at| at < now);
    snapshot.calls.values().filter(late).map(|call| call.id).collect()
}

/// What the command comes to at `now`, or why it changes nothing.
///
/// Pure: the same arguments give the same decision. `now` is the store's time, in whole milliseconds. Exactly at a
/// deadline is in time. The snapshot holds what [`Command::reads`] names.
pub fn decide(
    snapshot: &Snapshot,
    command: &Command,
    now: DateTime<Utc>,
    rules: &Rules,
) -> Result<Decision, Refused> {
    let mut work = Work::new(snapshot, rules, now, command.actor());
    let reply = match command {
        Command::Invite { call, actor, request, traceparent, trace_id } => {
            let trace = invite::Trace { traceparent: traceparent.clone(), trace_id: trace_id.clone() };
            invite::invite(&mut work, *call, actor, request, trace)
        }
        Command::Accept { call, actor, key } => accept::accept(&mut work, *call, actor, key.as_deref()),
        Command::Decline { call, actor, reason } => {
            decline::decline(&mut work, *call, actor, reason.as_deref())
        }
        Command::Cancel { call, actor } => cancel::cancel(&mut work, *call, actor),
        Command::Hangup { call, actor } => hangup::hangup(&mut work, *call, actor),
        Command::Ringing { call, actor, key } => ringing::ringing(&mut work, *call, actor, key.as_deref()),
        Command::Media { call, actor, report } => media::media(&mut work, *call, actor, report),
        Command::AddParty { call, actor, user_id } => add_party::add_party(&mut work, *call, actor, user_id),
        Command::Signal { call, actor, id, request } => signal::signal(&mut work, *call, actor, *id, request),
        Command::Notified { call, actor } => notified::notified(&mut work, *call, actor),
        Command::Tick { call } => tick::tick(&mut work, *call),
        Command::SfuReport { call, asked_at, present, room_deleted } => {
            let report = sfu_report::Report { asked_at: *asked_at, present, room_deleted: *room_deleted };
            sfu_report::sfu_report(&mut work, *call, &report)
        }
        Command::Remove { call, user } => remove::remove(&mut work, *call, user),
        Command::End { call, reason } => end::end(&mut work, *call, *reason),
    }?;
    Ok(work.finish(command.call(), reply))
}
