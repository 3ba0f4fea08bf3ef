//! One rule at a time.

use signal_protocol::{MediaSource, UserId};

use super::*;

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
}

fn somebody(identity: &str, sid: &str, joined: i64) -> Somebody {
    let joined_at = Some(at(joined));
    Somebody { identity: identity.to_owned(), sid: sid.to_owned(), joined_at, role: None, dependent: false }
}

fn ann(sid: &str, joined: i64) -> Somebody {
    somebody("ann:web", sid, joined)
}

/// An event of the room made at second 0, or of another.
fn in_room(sid: &str, created: i64, what: Happened) -> RoomEvent {
    RoomEvent { room: RoomIs { sid: sid.to_owned(), created_at: Some(at(created)) }, at: at(50), what }
}

fn here(what: Happened) -> RoomEvent {
    in_room("RM_1", 0, what)
}

/// LiveKit says less of the room and the person where it tells of a track.
fn track(what: fn(Somebody, Track) -> Happened, sid: &str, source: Option<MediaSource>) -> RoomEvent {
    let who = Somebody { joined_at: None, ..ann("PA_1", 0) };
    let mut event = here(what(who, Track { sid: sid.to_owned(), source }));
    event.room.created_at = None;
    event
}

/// Who is there after these events, and what each came to.
#[track_caller]
fn check(events: &[(RoomEvent, Verdict)], there: &[(&str, &str)]) -> Occupancy {
    let mut occupancy = Occupancy::default();
    for (event, verdict) in events {
        assert_eq!(occupancy.on(event, at(100)).verdict, *verdict, "{event:?} in {occupancy:?}");
    }
    let found: Vec<_> =
        occupancy.people.iter().map(|(identity, person)| (identity.as_str(), person.sid.as_str())).collect();
    assert_eq!(found, there);
    occupancy
}

#[test]
fn people_come_and_go() {
    let bob = || somebody("bob:web", "PA_2", 2);
    let occupancy = check(
        &[
            (here(Happened::Started), Verdict::Applied),
            (here(Happened::Joined(ann("PA_1", 1))), Verdict::Applied),
            (here(Happened::Joined(bob())), Verdict::Applied),
            (here(Happened::Joined(bob())), Verdict::Known),
            (here(Happened::Left(ann("PA_1", 1), Departure::Left)), Verdict::Applied),
            (here(Happened::Left(ann("PA_1", 1), Departure::Left)), Verdict::Known),
        ],
        &[("bob:web", "PA_2")],
    );
    assert_eq!((occupancy.sid.as_deref(), occupancy.started_at), (Some("RM_1"), Some(at(0))));
    assert_eq!(occupancy.users().iter().map(UserId::as_str).collect::<Vec<_>>(), ["bob"]);
}

#[test]
fn who_has_left_does_not_come_back_by_a_late_word() {
    check(
        &[
            (here(Happened::Left(ann("PA_1", 1), Departure::Left)), Verdict::Applied),
            (here(Happened::Joined(ann("PA_1", 1))), Verdict::Stale),
        ],
        &[],
    );
}

#[test]
fn an_older_connection_replaces_no_newer_one() {
    check(
        &[
            (here(Happened::Joined(ann("PA_2", 2))), Verdict::Applied),
            (here(Happened::Joined(ann("PA_1", 1))), Verdict::Stale),
            (here(Happened::Left(ann("PA_1", 1), Departure::Lost)), Verdict::Stale),
        ],
        &[("ann:web", "PA_2")],
    );
}

#[test]
fn who_was_replaced_is_there_with_the_newer_connection() {
    let replaced = || here(Happened::Left(ann("PA_1", 1), Departure::Replaced));
    let first = || here(Happened::Joined(ann("PA_1", 1)));
    let second = || here(Happened::Joined(ann("PA_2", 2)));
    let there = [("ann:web", "PA_2")];
    check(
        &[(first(), Verdict::Applied), (replaced(), Verdict::Ignored), (second(), Verdict::Applied)],
        &there,
    );
    check(&[(first(), Verdict::Applied), (second(), Verdict::Applied), (replaced(), Verdict::Stale)], &there);
    check(&[(second(), Verdict::Applied), (replaced(), Verdict::Stale), (first(), Verdict::Stale)], &there);
    // Before the newer one was heard of, the person is taken to be there.
    check(&[(first(), Verdict::Applied), (replaced(), Verdict::Ignored)], &[("ann:web", "PA_1")]);
}

#[test]
fn when_the_newer_connection_has_left_so_has_the_older() {
    let second_left = || here(Happened::Left(ann("PA_2", 2), Departure::Left));
    let first = || here(Happened::Joined(ann("PA_1", 1)));
    check(&[(first(), Verdict::Applied), (second_left(), Verdict::Applied)], &[]);
    check(&[(second_left(), Verdict::Applied), (first(), Verdict::Stale)], &[]);
}

#[test]
fn a_migration_is_no_departure() {
    check(
        &[
            (here(Happened::Joined(ann("PA_1", 1))), Verdict::Applied),
            (here(Happened::Left(ann("PA_1", 1), Departure::Migrated)), Verdict::Ignored),
            (here(Happened::Joined(ann("PA_1", 1))), Verdict::Known),
        ],
        &[("ann:web", "PA_1")],
    );
}

#[test]
fn a_newer_room_takes_the_place_of_the_older_whose_events_say_nothing_any_more() {
    let mut occupancy =
        check(&[(here(Happened::Joined(ann("PA_1", 1))), Verdict::Applied)], &[("ann:web", "PA_1")]);
    let newer = in_room("RM_2", 10, Happened::Joined(somebody("bob:web", "PA_2", 11)));
    let effect = occupancy.on(&newer, at(100));
    let words: Vec<_> =
        effect.transitions.iter().map(|one| (one.room_sid.as_str(), word(&one.change))).collect();
    assert_eq!(words, [("RM_1", "left"), ("RM_1", "closed"), ("RM_2", "opened"), ("RM_2", "came")]);
    for what in [Happened::Joined(ann("PA_3", 20)), Happened::Finished, Happened::Started] {
        assert_eq!(occupancy.on(&here(what), at(100)).verdict, Verdict::Stale);
    }
    let people: Vec<_> = occupancy.people.keys().collect();
    assert_eq!(people, ["bob:web"]);
}

#[test]
fn a_room_that_is_over_is_not_opened_by_a_late_word() {
    check(
        &[
            (here(Happened::Finished), Verdict::Stale),
            (here(Happened::Joined(ann("PA_1", 1))), Verdict::Stale),
            (here(Happened::Started), Verdict::Stale),
            // One that is older than it was over before.
            (in_room("RM_0", -10, Happened::Joined(ann("PA_0", -9))), Verdict::Stale),
            (in_room("RM_2", 10, Happened::Joined(ann("PA_2", 11))), Verdict::Applied),
        ],
        &[("ann:web", "PA_2")],
    );
}

#[test]
fn a_room_that_ends_takes_everybody_with_it() {
    let mut occupancy =
        check(&[(here(Happened::Joined(ann("PA_1", 1))), Verdict::Applied)], &[("ann:web", "PA_1")]);
    let effect = occupancy.on(&here(Happened::Finished), at(100));
    assert_eq!(
        effect.transitions.iter().map(|one| word(&one.change)).collect::<Vec<_>>(),
        ["left", "closed"]
    );
    assert_eq!((occupancy.sid, occupancy.people.len()), (None, 0));
}

#[test]
fn tracks_are_those_of_a_connection() {
    let camera = Some(MediaSource::Camera);
    let joined = || (here(Happened::Joined(ann("PA_1", 1))), Verdict::Applied);
    let occupancy = check(
        &[
            // Which room that is cannot be told yet.
            (track(Happened::Published, "TR_0", camera), Verdict::Unknown),
            joined(),
            (track(Happened::Published, "TR_1", camera), Verdict::Applied),
            (track(Happened::Published, "TR_1", camera), Verdict::Known),
            (track(Happened::Unpublished, "TR_2", None), Verdict::Stale),
            (track(Happened::Published, "TR_2", camera), Verdict::Stale),
            (track(Happened::Published, "TR_3", None), Verdict::Applied),
            (track(Happened::Unpublished, "TR_1", camera), Verdict::Applied),
            (track(Happened::Published, "TR_1", camera), Verdict::Stale),
        ],
        &[("ann:web", "PA_1")],
    );
    let person = &occupancy.people["ann:web"];
    assert_eq!(person.tracks, BTreeMap::from([("TR_3".to_owned(), None)]));
    assert_eq!(person.sent, BTreeSet::from([MediaSource::Camera]));
}

#[test]
fn whoever_sends_something_is_there_before_their_arrival_is_told() {
    let occupancy = check(
        &[
            (here(Happened::Started), Verdict::Applied),
            (track(Happened::Published, "TR_1", Some(MediaSource::Camera)), Verdict::Applied),
            (here(Happened::Joined(ann("PA_1", 1))), Verdict::Known),
        ],
        &[("ann:web", "PA_1")],
    );
    assert_eq!(occupancy.people["ann:web"].joined_at, at(1));
}

#[test]
fn what_is_remembered_of_those_who_went_is_bounded() {
    let mut occupancy = Occupancy::default();
    for second in 0..1_000 {
        let who = ann(&format!("PA_{second}"), second);
        occupancy.on(&here(Happened::Joined(who.clone())), at(second / 10));
        occupancy.on(&here(Happened::Left(who, Departure::Left)), at(second / 10));
    }
    assert_eq!(occupancy.gone.len(), 256);
    occupancy.on(&here(Happened::Left(ann("PA_x", 2_000), Departure::Left)), at(2_000));
    assert_eq!(occupancy.gone.len(), 1, "the others are too long ago");
    for second in 1..100 {
        occupancy.on(&in_room(&format!("RM_{second}"), second, Happened::Started), at(2_000));
    }
    assert_eq!(occupancy.ended.len(), 16);
}

#[test]
fn the_record_keeps_what_a_newer_release_wrote() {
    let mut occupancy = Occupancy::default();
    occupancy.on(&here(Happened::Joined(ann("PA_1", 1))), at(1));
    occupancy.on(&track(Happened::Published, "TR_1", None), at(2));
    occupancy.on(&here(Happened::Left(somebody("bob:web", "PA_2", 1), Departure::Left)), at(3));
    let mut value = serde_json::to_value(&occupancy).unwrap();
    assert_eq!(serde_json::from_value::<Occupancy>(value.clone()).unwrap(), occupancy);
    value["of_tomorrow"] = serde_json::json!([1]);
    value["people"]["ann:web"]["mood"] = serde_json::json!("good");
    let read: Occupancy = serde_json::from_value(value.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), value);
    value["schema"] = serde_json::json!(2);
    assert!(serde_json::from_value::<Occupancy>(value).is_err());
}

fn word(change: &Change) -> &'static str {
    match change {
        Change::Opened => "opened",
        Change::Came { .. } => "came",
        Change::Published { .. } => "published",
        Change::Left { .. } => "left",
        Change::Closed { .. } => "closed",
    }
}
