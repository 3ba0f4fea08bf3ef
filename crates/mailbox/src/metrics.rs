//! What an operator counts of the logs and their bell.

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// Cheap to clone; clones count together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Metrics {
    rung: Counter,
    missed: Counter,
    lost: Family<LostLabels, Counter>,
    unreadable: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LostLabels {
    why: Lost,
}

/// Why a cursor cannot be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum Lost {
    /// It is no cursor of ours.
    Garbage,
    /// It is a place in somebody else's log.
    OtherOwner,
    /// The store may have lost writes since.
    OtherEpoch,
    /// The log was forgotten since, and perhaps begun again.
    OtherLog,
    /// What came after it is gone by age or by number.
    Trimmed,
    /// It is ahead of the log.
    Ahead,
    /// What comes after it cannot be made sense of.
    Unreadable,
}

impl Metrics {
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register("mailbox_bell_rings", "Words that a bell was rung with", self.rung.clone());
        registry.register(
            "mailbox_bell_missed",
            "How often a bell could not be heard for a while, so that everybody was woken",
            self.missed.clone(),
        );
        registry.register(
            "mailbox_cursors_lost",
            "Cursors that could not be served, by what was wrong with them",
            self.lost.clone(),
        );
        registry.register(
            "mailbox_entries_unreadable",
            "Entries of logs that could not be made sense of",
            self.unreadable.clone(),
        );
    }

    pub(crate) fn rang(&self, words: usize) {
        self.rung.inc_by(words as u64);
    }

    pub(crate) fn missed(&self) {
        self.missed.inc();
    }

    pub(crate) fn lost(&self, why: Lost) {
        self.lost.get_or_create(&LostLabels { why }).inc();
    }

    pub(crate) fn unreadable(&self) {
        self.unreadable.inc();
    }
}
