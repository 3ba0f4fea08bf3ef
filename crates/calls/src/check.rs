//! The bounds of commands, as pure functions: the edge refuses early with them, and [`crate::decide`] again.

use std::collections::BTreeSet;

use signal_protocol::{
    CallMedia, FieldProblem, InviteRequest, MediaReport, ReportedMedia, SignalKind, SignalRequest, UserId,
};

use crate::rules::Rules;

/// How many people one invite may call.
pub(crate) const MAX_CALLEES: usize = 49;
/// How many characters a public key may have.
const MAX_KEY: usize = 128;
/// How many characters the reason of a decline may have.
const MAX_REASON: usize = 200;

/// Whether an invite of `caller` is within its bounds; else every fault of it.
pub fn check_invite(
    request: &InviteRequest,
    caller: &UserId,
    rules: &Rules,
) -> Result<(), Vec<FieldProblem>> {
    let mut faults = Faults::default();
    let callees = &request.callees;
    if callees.is_empty() || callees.len() > MAX_CALLEES {
        faults.add("callees", format!("must name 1 to {MAX_CALLEES} people"));
    }
    if callees.contains(caller) {
        faults.add("callees", "must not name the caller");
    }
    if callees.iter().collect::<BTreeSet<_>>().len() < callees.len() {
        faults.add("callees", "must not name anybody twice");
    }
    match request.media {
        CallMedia::P2p if callees.len() > 1 => {
            faults.add("callees", "must name one person only with media `p2p`");
        }
        CallMedia::Livekit if request.offer.is_some() => {
            faults.add("offer", "must only be given with media `p2p`");
        }
        CallMedia::P2p | CallMedia::Livekit => {}
    }
    if request.room_id.as_ref().is_some_and(signal_protocol::RoomId::is_call) {
        faults.add("room_id", "must not begin with `call-`, which is reserved");
    }
    let (min, max) = (rules.ring_seconds_min, rules.ring_seconds_max);
    if request.ring_seconds.is_some_and(|seconds| !(min..=max).contains(&seconds)) {
        faults.add("ring_seconds", format!("must be {min} to {max}"));
    }
    faults.add_key(request.key.as_deref());
    faults.verdict()
}

/// Whether a device's public key is within its bounds.
pub fn check_key(key: Option<&str>) -> Result<(), Vec<FieldProblem>> {
    let mut faults = Faults::default();
    faults.add_key(key);
    faults.verdict()
}

/// Whether the reason of a decline is within its bounds.
pub fn check_decline(reason: Option<&str>) -> Result<(), Vec<FieldProblem>> {
    let mut faults = Faults::default();
    // The first one more than allowed decides, so that a long text is not counted to its end.
    if reason.is_some_and(|reason| reason.chars().nth(MAX_REASON).is_some()) {
        faults.add("reason", format!("must have at most {MAX_REASON} characters"));
    }
    faults.verdict()
}

/// Whether a report of media makes sense.
pub fn check_media(report: &MediaReport) -> Result<(), Vec<FieldProblem>> {
    let mut faults = Faults::default();
    match report.state {
        ReportedMedia::Failed => {}
        ReportedMedia::Connecting | ReportedMedia::Connected | ReportedMedia::Reconnecting => {
            if report.cause.is_some() {
                faults.add("cause", "must only be given with state `failed`");
            }
        }
    }
    faults.verdict()
}

/// Whether a signal says what it may besides its payload, which only the edge looks into.
pub fn check_signal(request: &SignalRequest) -> Result<(), Vec<FieldProblem>> {
    let mut faults = Faults::default();
    match request.kind {
        SignalKind::Answer => {}
        SignalKind::Offer | SignalKind::Candidates | SignalKind::Restart => {
            if request.accept {
                faults.add("accept", "must only be given with kind `answer`");
            }
        }
    }
    faults.verdict()
}

#[derive(Default)]
struct Faults(Vec<FieldProblem>);

impl Faults {
    fn add(&mut self, field: &str, problem: impl Into<String>) {
        self.0.push(FieldProblem { field: field.to_owned(), problem: problem.into() });
    }

    fn add_key(&mut self, key: Option<&str>) {
        let is_key = |key: &str| {
            (1..=MAX_KEY).contains(&key.len())
                && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        };
        if key.is_some_and(|key| !is_key(key)) {
            self.add("key", format!("must be 1 to {MAX_KEY} characters of base64url without padding"));
        }
    }

    fn verdict(self) -> Result<(), Vec<FieldProblem>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}
