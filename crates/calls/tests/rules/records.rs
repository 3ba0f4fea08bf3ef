//! Records as they are stored.

use calls::{CallRecord, LegKind, Preferences, SentSignals, SignalsRecord, UserRecord};
use serde_json::{Value, json};

use crate::given::*;
use crate::world::World;

fn ended_group() -> World {
    World::new()
        .present("bob", 300)
        .after(invite(1, "alice", &["bob", "carol", "dave"]))
        .after(ringing(1, "bob"))
        .after(accept(1, "bob"))
        .after(decline(1, "carol", Some("later")))
        .after(hangup(1, "bob"))
}

/// Everywhere a newer release may add a field, it has.
fn add_unknown(value: &mut Value) {
    let unknown = json!({ "from": ["a newer release", 7] });
    value["novel"] = unknown.clone();
    for party in value["parties"].as_array_mut().unwrap() {
        party["novel"] = unknown.clone();
        if matches!(party["stance"]["is"].as_str(), Some("rung" | "accepted")) {
            party["stance"]["novel"] = unknown.clone();
        }
        let devices = party.get_mut("devices").and_then(Value::as_object_mut);
        for device in devices.into_iter().flat_map(|devices| devices.values_mut()) {
            device["novel"] = unknown.clone();
        }
    }
}

#[test]
fn unknown_fields_are_kept_wherever_they_may_come() {
    let world = ended_group();
    let mut value = serde_json::to_value(world.call(1)).unwrap();
    add_unknown(&mut value);
    let call: CallRecord = serde_json::from_value(value.clone()).unwrap();
    assert_eq!(serde_json::to_value(&call).unwrap(), value);
    // Through a command, too.
    let mut world = world;
    world.all.calls.insert(call_id(1), call);
    let world = world.after(hangup(1, "alice"));
    let after = serde_json::to_value(world.call(1)).unwrap();
    assert_eq!(after["novel"], value["novel"]);
    assert!(after["parties"].as_array().unwrap().iter().all(|party| party["novel"] == value["novel"]));
    assert_eq!(after["parties"][1]["devices"]["phone"]["novel"], value["novel"]);
}

#[test]
fn people_and_preferences_keep_them_as_well() {
    let text = json!({ "schema": 1, "leg": { "call": call_id(1), "kind": "ringing" }, "novel": true });
    let record: UserRecord = serde_json::from_value(text.clone()).unwrap();
    assert_eq!((record.live_call(), record.leg.unwrap().kind), (Some(call_id(1)), LegKind::Ringing));
    assert_eq!(serde_json::to_value(&record).unwrap(), text);
    let text = json!({
        "schema": 1, "blocked": { "alice": "2026-03-01T12:00:00Z" },
        "availability": { "do_not_disturb": true }, "novel": null,
    });
    let own: Preferences = serde_json::from_value(text.clone()).unwrap();
    assert!(own.blocks(&user("alice")) && own.is_undisturbed(start()));
    assert_eq!(serde_json::to_value(&own).unwrap(), text);
}

#[test]
fn a_record_of_another_schema_is_no_record() {
    let mut value = serde_json::to_value(ended_group().call(1)).unwrap();
    value["schema"] = json!(2);
    assert!(serde_json::from_value::<CallRecord>(value).unwrap_err().to_string().contains("schema 2"));
    assert!(serde_json::from_value::<UserRecord>(json!({})).is_err());
}

#[test]
fn a_leg_whose_call_does_not_know_of_it_makes_nobody_busy() {
    let mut world = World::new().present("bob", 300).after(invite(1, "alice", &["bob"]));
    let stale = world.all.users[&user("bob")].clone();
    assert!(!stale.is_stale(&user("bob"), world.all.calls.get(&call_id(1))));
    world = world.after(decline(1, "bob", None));
    assert!(
        stale.is_stale(&user("bob"), world.all.calls.get(&call_id(1))) && stale.is_stale(&user("bob"), None)
    );
    // As if the write that took the leg away had been lost, with and without the call.
    for lost in [false, true] {
        let mut world = world.clone();
        world.all.users.insert(user("bob"), stale.clone());
        if lost {
            world.all.calls.remove(&call_id(1));
        }
        let told = "ringing: carol accepted, bob invited | carol/!phone updated, bob rings";
        check(world, invite(2, "carol", &["bob"]), told);
    }
}

#[test]
fn signals_that_an_older_release_listed_are_one_each() {
    let id = "6f783942-d0a2-4b20-8c0b-54e969c082fd";
    let text = json!({
        "schema": 1, "sent": 2, "bytes": 9,
        "current": [
            { "id": id, "kind": "offer", "generation": 0 },
            { "id": id, "kind": "candidates", "generation": 0, "to": "phone", "count": 2 },
        ],
    });
    let record: SignalsRecord = serde_json::from_value(text.clone()).unwrap();
    let ids: Vec<_> =
        record.current.iter().flat_map(SentSignals::each).map(|sent| sent.id.to_string()).collect();
    assert_eq!(ids, [id, id, "6f783942-d0a2-4b20-8c0b-54e969c082fe"]);
    assert_eq!(serde_json::to_value(&record).unwrap(), text, "an entry of one is written as it always was");
}
