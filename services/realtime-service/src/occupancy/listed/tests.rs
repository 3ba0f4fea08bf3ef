//! What the list makes of the record.

use super::*;
use crate::occupancy::{Happened, RoomEvent};
use crate::sfu::{ParticipantState, SfuTrack};
use signal_protocol::MediaSource;

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
}

fn room(sid: &str, created: i64) -> SfuRoom {
    SfuRoom {
        name: "realtime/standup".to_owned(),
        sid: sid.to_owned(),
        created_at: at(created),
        participants: 0,
        cluster: "livekit".to_owned(),
    }
}

fn one(identity: &str, sid: &str, joined: i64, tracks: &[&str]) -> SfuParticipant {
    let track =
        |sid: &&str| SfuTrack { sid: (*sid).to_owned(), source: Some(MediaSource::Camera), muted: false };
    SfuParticipant {
        identity: identity.to_owned(),
        sid: sid.to_owned(),
        joined_at: at(joined),
        name: String::new(),
        state: ParticipantState::Active,
        tracks: tracks.iter().map(track).collect(),
    }
}

fn event(second: i64, what: Happened) -> RoomEvent {
    RoomEvent { room: RoomIs { sid: "RM_1".to_owned(), created_at: Some(at(0)) }, at: at(second), what }
}

fn joined(identity: &str, sid: &str, second: i64) -> RoomEvent {
    event(second, Happened::Joined(somebody(identity, sid, second)))
}

fn somebody(identity: &str, sid: &str, second: i64) -> Somebody {
    Somebody {
        identity: identity.to_owned(),
        sid: sid.to_owned(),
        joined_at: Some(at(second)),
        role: None,
        dependent: false,
    }
}

fn people(occupancy: &Occupancy) -> Vec<(&str, &str)> {
    occupancy.people.iter().map(|(identity, person)| (identity.as_str(), person.sid.as_str())).collect()
}

#[test]
fn what_was_lost_is_found_and_what_is_right_is_no_drift() {
    let mut occupancy = Occupancy::default();
    let listed = [one("ann:web", "PA_1", 1, &["TR_1"]), one("bob:web", "PA_2", 2, &[])];
    let there = room("RM_1", 0);
    let listing = Listing { room: Some(&there), people: &listed, asked_at: at(10) };
    let (drift, transitions) = occupancy.reconcile(&listing, at(10));
    assert_eq!(drift, Drift { rooms: 1, arrivals: 2, ..Drift::default() });
    assert_eq!(transitions.len(), 4, "opened, two came, one sends: {transitions:?}");
    let listing = Listing { asked_at: at(20), ..listing };
    let (drift, transitions) = occupancy.reconcile(&listing, at(20));
    assert!(drift.is_none() && transitions.is_empty(), "{drift:?} {transitions:?}");
    let listed = [one("ann:web", "PA_3", 25, &[])];
    let listing = Listing { room: Some(&there), people: &listed, asked_at: at(30) };
    let (drift, _) = occupancy.reconcile(&listing, at(30));
    assert_eq!(drift, Drift { replacements: 1, departures: 1, ..Drift::default() });
    assert_eq!(people(&occupancy), [("ann:web", "PA_3")]);
    let (drift, transitions) =
        occupancy.reconcile(&Listing { room: None, people: &[], asked_at: at(40) }, at(40));
    assert_eq!(drift, Drift { rooms: 1, departures: 1, ..Drift::default() });
    assert_eq!(transitions.len(), 2, "one left, and the room closed");
    assert_eq!(occupancy.sid, None);
}

#[test]
fn what_was_heard_while_livekit_answered_is_newer_than_its_list() {
    let mut occupancy = Occupancy::default();
    occupancy.on(&joined("ann:web", "PA_1", 1), at(1));
    occupancy.on(&joined("bob:web", "PA_2", 2), at(12));
    let left = event(13, Happened::Left(somebody("ann:web", "PA_1", 1), Departure::Left));
    occupancy.on(&left, at(13));
    let listed = [one("ann:web", "PA_1", 1, &[])];
    let there = room("RM_1", 0);
    let listing = Listing { room: Some(&there), people: &listed, asked_at: at(11) };
    let (drift, transitions) = occupancy.reconcile(&listing, at(14));
    assert!(drift.is_none() && transitions.is_empty(), "{drift:?} {transitions:?}");
    assert_eq!(people(&occupancy), [("bob:web", "PA_2")]);
    let nothing = Listing { room: None, people: &[], asked_at: at(11) };
    assert!(occupancy.reconcile(&nothing, at(14)).0.is_none());
}

#[test]
fn what_the_list_says_later_counts_more_than_any_webhook_before() {
    let mut occupancy = Occupancy::default();
    occupancy.on(&joined("ann:web", "PA_1", 1), at(1));
    occupancy.on(&event(2, Happened::Finished), at(2));
    let there = room("RM_1", 0);
    let listed = [one("ann:web", "PA_1", 1, &[])];
    let listing = Listing { room: Some(&there), people: &listed, asked_at: at(3) };
    assert_eq!(occupancy.reconcile(&listing, at(3)).0.arrivals, 1);
    let left = event(4, Happened::Left(somebody("ann:web", "PA_1", 1), Departure::Left));
    occupancy.on(&left, at(4));
    let listing = Listing { asked_at: at(5), ..listing };
    assert_eq!(occupancy.reconcile(&listing, at(5)).0.arrivals, 1);
    assert_eq!(people(&occupancy), [("ann:web", "PA_1")]);
}
