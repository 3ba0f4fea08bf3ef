//! What an operator learns of a change.

use calls::{CallRecord, Command, Decision, Phase};
use signal_protocol::CallDetail;

use super::Desk;
use crate::details;

impl Desk {
    /// Counts and logs what a commit has changed.
    pub(super) fn told(&self, command: &Command, decision: &Decision, ended: &[CallDetail]) {
        if let Command::Invite { call, .. } = command
            && let Some(made) = decision.calls.iter().find(|record| record.id == *call)
        {
            self.metrics.made(made);
        }
        for call in &decision.calls {
            if let Phase::Ended { at, reason, .. } = call.phase {
                self.metrics.ended(call, at, reason);
            }
            log(command, call);
        }
        for detail in ended {
            details::log(detail);
        }
    }
}

fn log(command: &Command, call: &CallRecord) {
    let (phase, reason) = match call.phase {
        Phase::Ringing => ("ringing", None),
        Phase::Active { .. } => ("active", None),
        Phase::Ended { reason, .. } => ("ended", Some(reason.as_str())),
    };
    tracing::info!(
        command = command.name(),
        call.id = %call.id,
        call.version = call.version,
        call.phase = phase,
        call.reason = reason,
        "call.changed"
    );
}
