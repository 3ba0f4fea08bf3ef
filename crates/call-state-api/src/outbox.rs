//! Effects outside the store, as they stand in its queues: at least once, each with an id by which doubles are told.
//!
//! An effect is enqueued by the same commit as the change that it follows from. realtime-service takes the lane of the
//! SFU, call-state-service itself that of the hooks.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use signal_protocol::{Call, CallId, Detail, RoomId, UserId, timestamp};
use uuid::Uuid;

/// The queue of [`SfuEffect`]s.
pub const SFU_QUEUE: &str = "outbox:sfu";
/// The queue of [`HookEffect`]s.
pub const HOOK_QUEUE: &str = "outbox:hooks";

/// Something to be done in the SFU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SfuEffect {
    /// Which effect; the same in every delivery.
    pub id: Uuid,
    /// For which call.
    pub call_id: CallId,
    /// In which room: that of the call.
    pub room: RoomId,
    /// What.
    pub what: SfuTask,
    /// When it was decided, by the store's clock. A `check` may be reported as asked at this time or later.
    #[serde(with = "timestamp")]
    pub at: DateTime<Utc>,
    /// The trace of the call, for whoever carries it out to link to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
}

/// What is to be done in the SFU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SfuTask {
    /// Close the room: the call is over.
    Close,
    /// Ask who is in the room, and report it ([`crate::SfuReport`]).
    Check,
}

/// Something to tell the application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookEffect {
    /// Which effect; the `webhook-id` of every try.
    pub id: Uuid,
    /// What.
    #[serde(flatten)]
    pub news: News,
    /// When it happened, by the store's clock.
    #[serde(with = "timestamp")]
    pub at: DateTime<Utc>,
    /// How many tries there were already.
    #[serde(default)]
    pub attempt: u32,
    /// The trace in which it began, for whoever carries it out to link to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
}

/// What the application is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum News {
    /// About somebody's ring, for the push service.
    Ring(RingNews),
    /// About a call or a room that is over, for the books.
    Record(Detail),
}

/// What the application's push service is told about somebody's ring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RingNews {
    /// What happened.
    pub kind: HookKind,
    /// To whom.
    pub user_id: UserId,
    /// The call as it was then.
    pub call: Call,
}

/// What the application's push service is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HookKind {
    /// Somebody is called, and no device of theirs was told yet.
    #[serde(rename = "ring.unseen")]
    RingUnseen,
    /// A ring that was unseen is over.
    #[serde(rename = "ring.over")]
    RingOver,
    /// A call was missed.
    #[serde(rename = "call.missed")]
    CallMissed,
}

impl HookEffect {
    /// The effect that tells a record, which happened at `at`: its id is the record's, however often it is enqueued.
    #[must_use]
    pub fn of_record(record: Detail, at: DateTime<Utc>, traceparent: Option<String>) -> Self {
        Self { id: record.id(), news: News::Record(record), at, attempt: 0, traceparent }
    }
}

impl News {
    /// The word on the wire.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Ring(ring) => ring.kind.as_str(),
            Self::Record(record) => record.kind(),
        }
    }
}

impl HookKind {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RingUnseen => "ring.unseen",
            Self::RingOver => "ring.over",
            Self::CallMissed => "call.missed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects_stand_in_the_queue_as_documented() {
        let call_id = CallId::parse("0198c5a0-7c3e-7d5a-8f00-0123456789ab").expect("a call");
        let effect = SfuEffect {
            id: Uuid::nil(),
            call_id,
            room: call_id.room(),
            what: SfuTask::Check,
            at: DateTime::UNIX_EPOCH,
            traceparent: None,
        };
        assert_eq!(
            serde_json::to_value(&effect).expect("JSON"),
            serde_json::json!({
                "id": "00000000-0000-0000-0000-000000000000", "call_id": "0198c5a0-7c3e-7d5a-8f00-0123456789ab",
                "room": "call-0198c5a0-7c3e-7d5a-8f00-0123456789ab", "what": "check",
                "at": "1970-01-01T00:00:00.000Z",
            })
        );
        for kind in [HookKind::RingUnseen, HookKind::RingOver, HookKind::CallMissed] {
            assert_eq!(serde_json::to_value(kind).expect("JSON"), kind.as_str());
        }
    }

    #[test]
    fn a_hook_is_read_as_it_was_written_and_one_of_an_unknown_kind_is_not() {
        let record = serde_json::json!({
            "kind": "room.record", "record": {
                "schema": 1, "id": "00000000-0000-0000-0000-000000000007", "tenant": "acme", "room_id": "standup",
                "room_sid": "RM_one", "started_at": "1970-01-01T00:00:00.000Z",
                "ended_at": "1970-01-01T00:00:09.000Z", "duration_ms": 9_000,
            },
        });
        let detail = serde_json::from_value::<Detail>(record.clone()).expect("a record");
        let effect = HookEffect::of_record(detail, DateTime::UNIX_EPOCH, None);
        let mut written = serde_json::to_value(&effect).expect("JSON");
        assert_eq!((&written["kind"], &written["record"]), (&record["kind"], &record["record"]));
        assert_eq!(written["id"], record["record"]["id"]);
        assert_eq!(serde_json::from_value::<HookEffect>(written.clone()).expect("a hook"), effect);
        written["kind"] = "room.novel".into();
        serde_json::from_value::<HookEffect>(written).expect_err("a newer release knows it");
    }
}
