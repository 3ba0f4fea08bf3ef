//! What an operator counts of polls.

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use signal_protocol::EventsAnswer;

/// Cheap to clone; clones count together.
#[derive(Debug, Clone, Default)]
pub(crate) struct EventsMetrics {
    /// How many polls wait at this moment.
    pub(crate) open: Gauge,
    polls: Family<PollLabels, Counter>,
    handed_over: Counter,
    errands: Family<ErrandLabels, Counter>,
    presence: Family<PresenceLabels, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PollLabels {
    outcome: PollOutcome,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ErrandLabels {
    errand: Errand,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PresenceLabels {
    outcome: &'static str,
}

/// What a poll was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum PollOutcome {
    /// The state of things, to a client that begins.
    Snapshot,
    /// Events.
    Events,
    /// That there are none.
    Nothing,
    /// The state of things, to a client whose cursor could not be served.
    NotRecovered,
}

/// What call-state-service is told beside an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum Errand {
    /// A ring reached a device.
    Notified,
}

impl Errand {
    /// Its word in the log.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Notified => "notified",
        }
    }
}

impl PollOutcome {
    pub(crate) fn of(answer: &EventsAnswer) -> Self {
        match answer.recovered {
            None => Self::Snapshot,
            Some(false) => Self::NotRecovered,
            Some(true) if answer.events.is_empty() => Self::Nothing,
            Some(true) => Self::Events,
        }
    }
}

impl EventsMetrics {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register("events_polls_open", "Polls that wait for an event", metrics.open.clone());
        registry.register("events_polls", "Polls by what they were answered", metrics.polls.clone());
        registry.register("events_handed_over", "Events in answers to polls", metrics.handed_over.clone());
        registry.register(
            "events_errands",
            "What call-state-service was told of devices, by outcome: told, refused, failed, or dropped because too many \
             were under way",
            metrics.errands.clone(),
        );
        registry.register(
            "presence_leases",
            "Devices with a socket or a poll that were written down as being there, or as gone, by outcome",
            metrics.presence.clone(),
        );
        metrics
    }

    pub(crate) fn wrote_presence(&self, outcome: &'static str, devices: usize) {
        self.presence.get_or_create(&PresenceLabels { outcome }).inc_by(devices as u64);
    }

    pub(crate) fn answered(&self, outcome: PollOutcome, events: usize) {
        self.polls.get_or_create(&PollLabels { outcome }).inc();
        self.handed_over.inc_by(events as u64);
    }

    pub(crate) fn ran(&self, errand: Errand, outcome: &'static str) {
        self.errands.get_or_create(&ErrandLabels { errand, outcome }).inc();
    }
}
