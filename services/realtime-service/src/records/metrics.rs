//! What an operator counts of rooms: who came, for how long, and how it ended.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use signal_protocol::Detail;

/// Upper bounds in seconds from a token to the room and to media: a good network, a bad one, a person who thinks.
const ARRIVAL_SECONDS: [f64; 10] = [0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0];
/// Upper bounds in seconds: how long people stay, and rooms live.
const STAY_SECONDS: [f64; 9] = [5.0, 30.0, 60.0, 300.0, 900.0, 1_800.0, 3_600.0, 14_400.0, 86_400.0];

/// The metrics of rooms. Cheap to clone; clones count together.
#[derive(Clone, Debug)]
pub(super) struct RecordMetrics {
    arrival: Histogram,
    media: Histogram,
    stays: Family<StayLabels, Counter>,
    stay: Histogram,
    life: Histogram,
    crowded_out: Counter,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StayLabels {
    reason: &'static str,
}

impl RecordMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            arrival: Histogram::new(ARRIVAL_SECONDS),
            media: Histogram::new(ARRIVAL_SECONDS),
            stays: Family::default(),
            stay: Histogram::new(STAY_SECONDS),
            life: Histogram::new(STAY_SECONDS),
            crowded_out: Counter::default(),
        };
        registry.register(
            "join_arrival_seconds",
            "From a token to the word that its bearer is in the room, where this replica had both",
            metrics.arrival.clone(),
        );
        registry.register(
            "join_media_seconds",
            "From a token to the word of the first thing that its bearer sends, where this replica had both",
            metrics.media.clone(),
        );
        registry.register(
            "room_stays",
            "Stays of devices in rooms that are over, by reason",
            metrics.stays.clone(),
        );
        registry.register("room_stay_seconds", "How long they were", metrics.stay.clone());
        registry.register(
            "room_life_seconds",
            "How long rooms that are over were there",
            metrics.life.clone(),
        );
        registry.register(
            "room_records_crowded_out",
            "Records of rooms that nobody is told of by hook, because the queue of hooks was full",
            metrics.crowded_out.clone(),
        );
        metrics
    }

    pub(super) fn arrived(&self, after: Duration) {
        self.arrival.observe(after.as_secs_f64());
    }

    pub(super) fn sends(&self, after: Duration) {
        self.media.observe(after.as_secs_f64());
    }

    pub(super) fn ended(&self, detail: &Detail) {
        let seconds = |millis: u64| Duration::from_millis(millis).as_secs_f64();
        match detail {
            Detail::Session(session) => {
                self.stays.get_or_create(&StayLabels { reason: session.reason.as_str() }).inc();
                self.stay.observe(seconds(session.duration_ms));
            }
            Detail::Room(room) => {
                if let Some(millis) = room.duration_ms {
                    self.life.observe(seconds(millis));
                }
            }
            // Counted by the service that ends them.
            Detail::Call(_) => {}
        }
    }

    pub(super) fn crowded_out(&self, records: usize) {
        self.crowded_out.inc_by(u64::try_from(records).unwrap_or(u64::MAX));
    }
}
