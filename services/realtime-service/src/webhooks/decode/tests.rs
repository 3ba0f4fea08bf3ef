//! What LiveKit writes, and what its next release might.

use serde_json::json;

use super::*;

#[track_caller]
fn read(value: &Value) -> Webhook {
    decode(value.to_string().as_bytes()).unwrap()
}

#[track_caller]
fn event(value: &Value) -> Event {
    match read(value).said {
        Said::Event(event) => *event,
        Said::Nothing(useless) => panic!("{useless:?}: {value}"),
    }
}

fn left() -> Value {
    json!({
        "event": "participant_left",
        "id": "EV_7",
        "createdAt": "1800000002",
        "room": {
            "sid": "RM_1", "name": "realtime/standup", "creationTime": "1800000000",
            "creationTimeMs": "1800000000250", "enabledCodecs": [{ "mime": "video/VP8" }],
        },
        "participant": {
            "sid": "PA_1", "identity": "ann:web", "joinedAt": "1800000001", "joinedAtMs": "1800000001500",
            "attributes": { "role": "presenter", "user_id": "ann" },
            "disconnectReason": "CLIENT_INITIATED",
        },
    })
}

#[test]
fn an_event_is_read_as_livekit_writes_it() {
    let Event { id, tenant, room, what } = event(&left());
    assert_eq!((id.as_str(), tenant.as_str(), room.as_str()), ("EV_7", "realtime", "standup"));
    let millis = |at: DateTime<Utc>| at.timestamp_millis();
    assert_eq!(millis(what.at), 1_800_000_002_000);
    assert_eq!(what.room.sid, "RM_1");
    assert_eq!(what.room.created_at.map(millis), Some(1_800_000_000_250));
    let Happened::Left(somebody, why) = what.what else { panic!("{what:?}") };
    assert_eq!(
        (somebody.identity.as_str(), somebody.sid.as_str(), why),
        ("ann:web", "PA_1", Departure::Left)
    );
    assert_eq!(somebody.joined_at.map(millis), Some(1_800_000_001_500));
    assert_eq!((somebody.role, somebody.dependent), (Some(Role::Presenter), false));
}

#[test]
fn every_way_that_protojson_may_take_means_the_same() {
    let usual = event(&left());
    let mut other = left();
    other["created_at"] = json!(1_800_000_002);
    other["room"]["creation_time_ms"] = json!(1_800_000_000_250_i64);
    other["participant"]["joined_at_ms"] = json!(1_800_000_001_500_i64);
    other["participant"]["disconnect_reason"] = json!(1);
    other["participant"]["kind"] = json!(0);
    other.as_object_mut().unwrap().remove("createdAt");
    for (part, field) in
        [("room", "creationTimeMs"), ("participant", "joinedAtMs"), ("participant", "disconnectReason")]
    {
        other[part].as_object_mut().unwrap().remove(field);
    }
    assert_eq!(event(&other), usual);
}

#[test]
fn what_is_not_known_is_no_fault() {
    let mut newer = left();
    newer["participant"]["disconnectReason"] = json!("REASON_OF_TOMORROW");
    newer["participant"]["kind"] = json!({ "is": "new" });
    newer["participant"]["attributes"]["role"] = json!("conductor");
    newer["participant"]["tracks"] = json!([{ "type": 99, "layers": null }]);
    newer["something"] = json!([[[]]]);
    let Happened::Left(somebody, why) = event(&newer).what.what else { panic!("{newer}") };
    assert_eq!((why, somebody.role), (Departure::Unknown, None));
    newer["participant"]["disconnectReason"] = json!(4_000_000_000_u64);
    let Happened::Left(_, why) = event(&newer).what.what else { panic!("{newer}") };
    assert_eq!(why, Departure::Unknown);
}

#[test]
fn a_track_is_told_by_its_source() {
    for (source, read) in [
        (json!("CAMERA"), Some(MediaSource::Camera)),
        (json!(2), Some(MediaSource::Microphone)),
        (json!("SCREEN_SHARE_AUDIO"), Some(MediaSource::ScreenShareAudio)),
        (json!("HOLOGRAM"), None),
        (json!(99), None),
        (json!(null), None),
    ] {
        let mut published = left();
        published["event"] = json!("track_published");
        // LiveKit says no more of them with tracks.
        published["participant"] = json!({ "sid": "PA_1", "identity": "ann:web" });
        published["room"] = json!({ "sid": "RM_1", "name": "realtime/standup" });
        published["track"] = json!({ "sid": "TR_1", "type": "VIDEO", "source": source });
        let Happened::Published(somebody, track) = event(&published).what.what else { panic!("{published}") };
        assert_eq!((track.sid.as_str(), track.source, somebody.joined_at), ("TR_1", read, None), "{source}");
    }
}

#[test]
fn a_recorder_and_an_agent_count_against_no_capacity() {
    for (kind, dependent) in
        [(json!("EGRESS"), true), (json!(4), true), (json!("SIP"), false), (json!(1), false)]
    {
        let mut joined = left();
        joined["event"] = json!("participant_joined");
        joined["participant"]["kind"] = kind.clone();
        let Happened::Joined(somebody) = event(&joined).what.what else { panic!("{joined}") };
        assert_eq!(somebody.dependent, dependent, "{kind}");
    }
}

#[test]
fn a_connection_that_never_came_about_is_lost_unless_livekit_says_otherwise() {
    for (reason, why) in [
        (json!("UNKNOWN_REASON"), Departure::Lost),
        (json!("PARTICIPANT_REMOVED"), Departure::Removed),
        (json!("ROOM_DELETED"), Departure::RoomDeleted),
    ] {
        let mut aborted = left();
        aborted["event"] = json!("participant_connection_aborted");
        aborted["participant"]["disconnectReason"] = reason;
        let Happened::Left(_, read) = event(&aborted).what.what else { panic!("{aborted}") };
        assert_eq!(read, why);
    }
}

#[test]
fn what_is_of_no_use_says_why() {
    let changed = |change: fn(&mut Value)| {
        let mut value = left();
        change(&mut value);
        read(&value)
    };
    let useless = |webhook: Webhook| match webhook.said {
        Said::Nothing(useless) => (webhook.event, useless),
        Said::Event(event) => panic!("{event:?}"),
    };
    for (change, event, why) in [
        ((|value| value["event"] = json!("egress_started")) as fn(&mut Value), "other", Useless::Event),
        (|value| value["event"] = json!(7), "other", Useless::Event),
        (|value| value["room"]["name"] = json!("somebody else's"), "participant_left", Useless::Room),
        (|value| value["room"]["name"] = json!("a b/standup"), "participant_left", Useless::Room),
        (|value| value["room"] = json!(null), "participant_left", Useless::Shape),
        (|value| value["room"]["sid"] = json!(""), "participant_left", Useless::Shape),
        (|value| value["participant"] = json!([]), "participant_left", Useless::Shape),
        (
            |value| value["participant"]["identity"] = json!("i".repeat(513)),
            "participant_left",
            Useless::Shape,
        ),
        (|value| value["createdAt"] = json!("soon"), "participant_left", Useless::Shape),
        (|value| value["createdAt"] = json!("9223372036854775807"), "participant_left", Useless::Shape),
        (|value| value["event"] = json!("track_published"), "track_published", Useless::Shape),
    ] {
        assert_eq!(useless(changed(change)), (event, why));
    }
}

#[test]
fn what_is_no_object_is_not_read() {
    for text in ["", "null", "[]", "{", "{}{}", "\u{feff}{}", "event=room_started"] {
        assert!(decode(text.as_bytes()).is_err(), "{text}");
    }
    assert!(decode(&[b"[".repeat(60_000), b"]".repeat(60_000)].concat()).is_err(), "it is too deep");
    assert!(decode(b"{\"event\":\"\xff\"}").is_err());
}

#[test]
fn an_event_without_an_id_is_known_by_all_that_it_says() {
    let mut nameless = left();
    nameless.as_object_mut().unwrap().remove("id");
    let first = event(&nameless);
    assert_eq!(event(&nameless).id, first.id);
    nameless["createdAt"] = json!("1800000003");
    assert_ne!(event(&nameless).id, first.id);
}
