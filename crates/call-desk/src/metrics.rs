//! What an operator counts: commands and what became of them, how often they met others, and how calls end.

use calls::CallRecord;
use clock::{DateTime, Utc};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use signal_protocol::EndReason;

use crate::records::kind;

/// Upper bounds in seconds: how long people let it ring.
const RING_SECONDS: [f64; 8] = [1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0];
/// Upper bounds in seconds: how long people talk.
const TALK_SECONDS: [f64; 8] = [5.0, 30.0, 60.0, 300.0, 900.0, 1_800.0, 3_600.0, 14_400.0];

/// The desk's metrics. Cheap to clone; clones count together.
#[derive(Clone, Debug)]
pub struct DeskMetrics {
    commands: Family<CommandLabels, Counter>,
    retries: Family<RetryLabels, Counter>,
    conflicts: Family<ConflictLabels, Counter>,
    recalled: Family<RecallLabels, Counter>,
    made: Family<KindLabels, Counter>,
    ended: Family<EndLabels, Counter>,
    ring: Histogram,
    talk: Histogram,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CommandLabels {
    command: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RetryLabels {
    command: &'static str,
    why: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ConflictLabels {
    record: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RecallLabels {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabels {
    kind: &'static str,
    media: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EndLabels {
    reason: &'static str,
}

/// Why a command was tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// Somebody else changed what it rests on.
    Conflict,
    /// A deadline passed between reading and committing.
    TooLate,
    /// Something had to be settled first whose deadline had passed.
    Overdue,
}

impl Why {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::TooLate => "too_late",
            Self::Overdue => "overdue",
        }
    }
}

/// What became of a signal for which nothing was to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recalled {
    /// What was remembered still held.
    Held,
    /// It did not, and the commit was in vain.
    Outdated,
    /// It was not enough to decide on.
    SetAside,
}

impl Recalled {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Outdated => "outdated",
            Self::SetAside => "set_aside",
        }
    }
}

impl DeskMetrics {
    /// Of a desk.
    pub fn new(registry: &mut Registry) -> Self {
        let metrics = Self::of_relay(registry);
        registry.register("calls_made", "Calls that were made", metrics.made.clone());
        registry.register("calls_ended", "Calls that ended, by reason", metrics.ended.clone());
        registry.register(
            "call_ring_seconds",
            "From the invite to the first accept, or to the end of calls that nobody accepted",
            metrics.ring.clone(),
        );
        registry.register("call_talk_seconds", "From the first accept to the end", metrics.talk.clone());
        metrics
    }

    /// Of a relay, which makes and ends no calls.
    pub fn of_relay(registry: &mut Registry) -> Self {
        let metrics = Self {
            commands: Family::default(),
            retries: Family::default(),
            conflicts: Family::default(),
            recalled: Family::default(),
            made: Family::default(),
            ended: Family::default(),
            ring: Histogram::new(RING_SECONDS),
            talk: Histogram::new(TALK_SECONDS),
        };
        registry.register(
            "call_commands",
            "Commands by outcome: changed, unchanged, repeated, or the code of the refusal or failure",
            metrics.commands.clone(),
        );
        registry.register(
            "call_command_retries",
            "How often commands were tried again on fresh records, by what came between",
            metrics.retries.clone(),
        );
        registry.register(
            "call_conflicts",
            "Commits that were not made because somebody else was faster, by the kind of record",
            metrics.conflicts.clone(),
        );
        registry.register(
            "call_signals_recalled",
            "Signals for which what they rest on was remembered, by whether it was of use",
            metrics.recalled.clone(),
        );
        metrics
    }

    /// Counts a command.
    pub(crate) fn commanded(&self, command: &'static str, outcome: &'static str) {
        self.commands.get_or_create(&CommandLabels { command, outcome }).inc();
    }

    /// Counts that a command is tried again.
    pub(crate) fn repeated(&self, command: &'static str, why: Why) {
        self.retries.get_or_create(&RetryLabels { command, why: why.as_str() }).inc();
    }

    /// Counts a conflict at a record of this kind.
    pub(crate) fn conflict(&self, kind: &str) {
        let kinds = [kind::CALL, kind::USER, kind::PRESENCE, kind::PREFERENCES, kind::SIGNALS, kind::REQUEST];
        let record = kinds.into_iter().find(|known| *known == kind).unwrap_or("other");
        self.conflicts.get_or_create(&ConflictLabels { record }).inc();
    }

    /// Counts a signal that was decided on what was remembered, or was to be.
    pub(crate) fn recalled(&self, outcome: Recalled) {
        self.recalled.get_or_create(&RecallLabels { outcome: outcome.as_str() }).inc();
    }

    #[cfg(test)]
    pub(crate) fn count_of_recalled(&self, outcome: Recalled) -> u64 {
        self.recalled.get_or_create(&RecallLabels { outcome: outcome.as_str() }).get()
    }

    /// Counts a call that was made.
    pub(crate) fn made(&self, call: &CallRecord) {
        self.made.get_or_create(&KindLabels { kind: call.kind.as_str(), media: call.media.as_str() }).inc();
    }

    /// Counts a call that ended, and how long it took.
    pub(crate) fn ended(&self, call: &CallRecord, at: DateTime<Utc>, reason: EndReason) {
        let seconds = |span: clock::Duration| span.as_seconds_f64().max(0.0);
        self.ended.get_or_create(&EndLabels { reason: reason.as_str() }).inc();
        self.ring.observe(seconds(call.active_since().unwrap_or(at) - call.created_at));
        if let Some(since) = call.active_since() {
            self.talk.observe(seconds(at - since));
        }
    }
}
