//! What is out of bounds.

use calls::{Rules, check_decline, check_invite, check_key, check_media};
use signal_protocol::{
    CallMedia, ErrorCode, FieldProblem, InviteRequest, MediaCause, MediaReport, ReportedMedia, RoomId, UserId,
};

use crate::given::*;
use crate::world::World;

fn people(count: usize) -> Vec<UserId> {
    (0..count).map(|number| user(&format!("user-{number}"))).collect()
}

#[track_caller]
fn refuses(field: &str, change: impl FnOnce(&mut InviteRequest)) {
    let mut invite = request(CallMedia::Livekit, &["bob"]);
    change(&mut invite);
    let faults = check_invite(&invite, &user("alice"), &Rules::default()).unwrap_err();
    assert!(faults.iter().all(|fault| fault.field == field), "{faults:?}");
    let refused = World::new().run(&invite_with(1, "alice", invite)).unwrap_err();
    assert_eq!((refused.code(), refused.fields()), (ErrorCode::InvalidField, faults.as_slice()));
}

#[test]
fn an_invite_calls_others_once_each_and_not_too_many() {
    refuses("callees", |invite| invite.callees.clear());
    refuses("callees", |invite| invite.callees = people(50));
    refuses("callees", |invite| invite.callees.push(user("alice")));
    refuses("callees", |invite| invite.callees.push(user("bob")));
    refuses("callees", |invite| {
        invite.media = CallMedia::P2p;
        invite.callees.push(user("carol"));
    });
    let most = InviteRequest { callees: people(49), ..request(CallMedia::Livekit, &[]) };
    assert_eq!(check_invite(&most, &user("alice"), &Rules::default()), Ok(()));
}

#[test]
fn an_invite_rings_as_long_as_is_allowed() {
    for seconds in [0, 14, 121, u32::MAX] {
        refuses("ring_seconds", |invite| invite.ring_seconds = Some(seconds));
    }
    for seconds in [15, 120] {
        let invite = InviteRequest { ring_seconds: Some(seconds), ..request(CallMedia::P2p, &["bob"]) };
        assert_eq!(check_invite(&invite, &user("alice"), &Rules::default()), Ok(()));
    }
}

#[test]
fn rooms_of_calls_are_nobodys_to_name() {
    refuses("room_id", |invite| invite.room_id = Some(RoomId::parse("call-7").unwrap()));
}

#[test]
fn every_fault_of_an_invite_is_told_at_once() {
    let invite = InviteRequest {
        room_id: Some(call_id(1).room()),
        ring_seconds: Some(1),
        offer: None,
        key: Some("?".to_owned()),
        ..request(CallMedia::P2p, &["alice", "alice"])
    };
    let faults = check_invite(&invite, &user("alice"), &Rules::default()).unwrap_err();
    let fields: Vec<_> = faults.iter().map(|FieldProblem { field, .. }| field.as_str()).collect();
    assert_eq!(fields, ["callees", "callees", "callees", "room_id", "ring_seconds", "key"]);
}

#[test]
fn keys_are_base64url() {
    for good in ["A", "-_09az", &"k".repeat(128)] {
        assert_eq!(check_key(Some(good)), Ok(()), "{good}");
    }
    assert_eq!(check_key(None), Ok(()));
    for bad in ["", "a=", "a+b", "a b", "\u{e4}", &"k".repeat(129)] {
        assert!(check_key(Some(bad)).is_err(), "{bad}");
    }
}

#[test]
fn a_reason_is_short_counted_in_characters() {
    assert_eq!(check_decline(Some(&"\u{fc}".repeat(200))), Ok(()));
    assert!(check_decline(Some(&"\u{fc}".repeat(201))).is_err());
    assert_eq!(check_decline(None), Ok(()));
}

#[test]
fn only_a_failure_has_a_cause() {
    let report = |state, cause| check_media(&MediaReport { state, cause });
    assert_eq!(report(ReportedMedia::Failed, Some(MediaCause::Device)), Ok(()));
    assert_eq!(report(ReportedMedia::Connected, None), Ok(()));
    assert!(report(ReportedMedia::Connected, Some(MediaCause::Network)).is_err());
}
