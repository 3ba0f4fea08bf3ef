//! The JSON Schemas of records.

use serde_json::{Map, Value, json};
use utoipa::OpenApi;

use super::dialect;
use crate::{CallDetail, RECORD_SCHEMA, RoomDetail, SessionDetail};

#[derive(OpenApi)]
#[openapi(components(schemas(CallDetail, SessionDetail, RoomDetail)))]
struct Words;

/// One document with the schema of each kind of record under `$defs`; and under `records` which kind has which.
///
/// # Panics
/// Never: what describes types is JSON.
#[must_use]
pub fn records() -> Value {
    let words = serde_json::to_value(Words::openapi()).expect("an OpenAPI document is JSON");
    let Some(schemas) = words.pointer("/components/schemas").and_then(Value::as_object) else {
        unreachable!("the document above names schemas")
    };
    let definitions: Map<String, Value> =
        schemas.iter().map(|(name, schema)| dialect::definition(name, schema)).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("urn:realtime:schemas:records:{RECORD_SCHEMA}"),
        "title": format!("Realtime, records of calls and rooms, schema {RECORD_SCHEMA}"),
        "description": "What is told of calls, stays and rooms that are over: `record` of a line of the log whose `message` is the kind, and \
                        `data` of a hook whose `type` is the kind. Whoever reads records ignores fields and words that they do not know.",
        "records": { "call.record": "CallDetail", "room.session": "SessionDetail", "room.record": "RoomDetail" },
        "$defs": definitions,
    })
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};
    use uuid::Uuid;

    use super::*;
    use crate::{
        CallId, CallKind, CallMedia, Detail, DeviceId, EndReason, LeaveReason, MediaSource, PartyDetail,
        PartyRole, PartyState, Role, RoomId, Tenant, UserId,
    };

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    /// One of each kind, with everything in it that may be, or with nothing.
    fn details(full: bool) -> [Detail; 3] {
        let call_id = CallId::parse("0198c5a0-7c3e-7d5a-8f00-0123456789ab").unwrap();
        let (tenant, room) = (Tenant::parse("acme").unwrap(), RoomId::parse("standup").unwrap());
        let (user, device) = (UserId::parse("ann").unwrap(), DeviceId::parse("phone").unwrap());
        let party = PartyDetail {
            user_id: user.clone(),
            role: PartyRole::Caller,
            state: PartyState::Accepted,
            device: full.then(|| device.clone()),
            invited_at: at(0),
            accepted_at: full.then(|| at(0)),
            over_at: at(9),
        };
        let call = CallDetail {
            schema: RECORD_SCHEMA,
            id: call_id.into(),
            tenant: tenant.clone(),
            call_id,
            kind: CallKind::Video,
            media: CallMedia::Livekit,
            room_id: full.then(|| room.clone()),
            caller: user.clone(),
            parties: vec![party],
            created_at: at(0),
            answered_at: full.then(|| at(4)),
            ended_at: at(9),
            ring_ms: 4_000,
            active_ms: 5_000,
            reason: EndReason::Completed,
            trace_id: "0af7651916cd43dd8448eb211c80319c".to_owned(),
        };
        let session = SessionDetail {
            schema: RECORD_SCHEMA,
            id: Uuid::nil(),
            tenant: tenant.clone(),
            room_id: room.clone(),
            call_id: full.then_some(call_id),
            room_sid: "RM_one".to_owned(),
            participant_sid: "PA_one".to_owned(),
            identity: "ann:phone".to_owned(),
            user_id: full.then_some(user),
            device: full.then_some(device),
            role: full.then_some(Role::Presenter),
            joined_at: at(0),
            left_at: at(9),
            duration_ms: 9_000,
            reason: LeaveReason::Left,
            sources: vec![MediaSource::Camera],
        };
        let life = RoomDetail {
            schema: RECORD_SCHEMA,
            id: Uuid::nil(),
            tenant,
            room_id: room,
            call_id: full.then_some(call_id),
            room_sid: "RM_one".to_owned(),
            started_at: full.then(|| at(0)),
            ended_at: at(9),
            duration_ms: full.then_some(9_000),
        };
        [Detail::Call(call), Detail::Session(session), Detail::Room(life)]
    }

    fn names(value: &Value) -> Vec<&str> {
        match value {
            Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
            other => other.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect(),
        }
    }

    #[test]
    fn a_record_with_everything_has_every_field_of_its_schema_and_one_with_nothing_the_required_ones() {
        let document = records();
        for full in [true, false] {
            for detail in details(full) {
                let schema = document["records"][detail.kind()].as_str().expect("every kind has a schema");
                let schema = &document["$defs"][schema];
                let mut expected = names(&schema[if full { "properties" } else { "required" }]);
                expected.sort_unstable();
                let record = serde_json::to_value(detail.told()).unwrap();
                assert_eq!(names(&record), expected, "{}", detail.kind());
                assert_eq!(record["schema"], RECORD_SCHEMA);
                assert_eq!(record["id"], detail.id().to_string());
            }
        }
    }

    #[test]
    fn the_words_of_a_record_are_those_of_its_schema() {
        let document = records();
        let reasons: Vec<_> = LeaveReason::ALL.iter().map(|reason| reason.as_str()).collect();
        assert_eq!(names(&document["$defs"]["LeaveReason"]["enum"]), reasons);
        let ends: Vec<_> = EndReason::ALL.iter().map(|reason| reason.as_str()).collect();
        assert_eq!(names(&document["$defs"]["EndReason"]["enum"]), ends);
    }

    #[test]
    fn a_record_stands_in_the_queue_under_its_word() {
        for detail in details(true) {
            let queued = serde_json::to_value(&detail).unwrap();
            assert_eq!(queued["kind"], detail.kind());
            assert_eq!(queued["record"], serde_json::to_value(detail.told()).unwrap());
            assert_eq!(serde_json::from_value::<Detail>(queued).unwrap(), detail);
        }
    }
}
