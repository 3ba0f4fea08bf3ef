//! Somebody who would like to know of, or have a part in, what is none of their business.

use serde_json::{Value, json};
use uuid::Uuid;

use super::UNLIMITED;
use crate::device::Device;
use crate::socket::Socket;
use crate::world::{Answer, World};

/// Commands on a call, each with a body that would do for somebody who may.
fn commands() -> Vec<(&'static str, &'static str, Value)> {
    let signal = json!({ "kind": "candidates", "generation": 0, "payload": { "sealed": "AAAA" } });
    let answer =
        json!({ "kind": "answer", "generation": 0, "payload": { "sealed": "AAAA" }, "accept": true });
    vec![
        ("call.accept", "accept", json!({})),
        ("call.decline", "decline", json!({})),
        ("call.cancel", "cancel", json!({})),
        ("call.hangup", "hangup", json!({})),
        ("call.ringing", "ringing", json!({})),
        ("call.media", "media", json!({ "state": "connected" })),
        ("call.add_party", "parties", json!({ "user_id": "mallory" })),
        ("signal.send", "signals", signal),
        ("signal.send", "signals", answer),
    ]
}

/// A problem without what differs from request to request.
fn told(mut problem: Value) -> Value {
    problem.as_object_mut().unwrap().remove("trace_id");
    problem
}

fn problem(answer: &Answer) -> (u16, Value) {
    (answer.status.as_u16(), told(answer.json()))
}

#[tokio::test]
async fn whoever_is_not_in_a_call_or_room_learns_not_even_that_there_is_one() {
    let membership = [
        ("MEMBERSHIP__SOURCES", "http"),
        ("MEMBERSHIP__HTTP__URL", "{membership}"),
        ("MEMBERSHIP__HTTP__MEMBERS_URL", "{members}"),
        ("MEMBERSHIP__HTTP__TIMEOUT_MS", "1500"),
    ];
    let settings: Vec<_> = UNLIMITED.into_iter().chain(membership).collect();
    let world = World::with_calls(&settings, &[]).await;
    world.membership.admit("secret", "ann", "participant");
    let (ann, bob) = (Device::of(&world, "ann"), Device::of(&world, "bob"));
    let mallory = Device::of(&world, "mallory");
    let (mut ear, _) = Socket::of(&world, "mallory", "phone").await;
    let (mut of_bob, welcome) = Socket::of(&world, "bob", "phone").await;
    let id = ann.calls(&["bob"], "p2p").await;
    let nowhere = Uuid::new_v4().to_string();
    let before = ann.get(&format!("/calls/{id}")).await.json();

    // While it rings, and once it is taken.
    for is_taken in [false, true] {
        if is_taken {
            bob.does(&id, "accept").await;
        }
        for (name, path, body) in commands() {
            let [there, not_there] = [&id, &nowhere].map(|id| format!("/calls/{id}/{path}"));
            let refused = problem(&mallory.post_with(&there, &body).await);
            assert_eq!((refused.0, &refused.1["code"]), (404, &json!("call_not_found")), "{name}");
            assert_eq!(refused, problem(&mallory.post_with(&not_there, &body).await), "{name}");
            let by_socket = ear.command(name, &json!({ "call_id": id, "body": body })).await;
            assert_eq!((&by_socket["status"], told(by_socket["problem"].clone())), (&json!(404), refused.1));
        }
        let [there, not_there] = [&id, &nowhere].map(|id| format!("/calls/{id}"));
        assert_eq!(problem(&mallory.get(&there).await), problem(&mallory.get(&not_there).await));
        for room in [format!("call-{id}"), "secret".to_owned()] {
            let refused = problem(&mallory.post(&format!("/rooms/{room}/join")).await);
            let other = problem(&mallory.post(&format!("/rooms/call-{nowhere}/join")).await);
            assert_eq!(refused.0, 404, "{room}: {}", refused.1);
            let code = if room == "secret" { "room_not_found" } else { other.1["code"].as_str().unwrap() };
            assert_eq!(refused.1["code"], code);
        }
        mallory.get("/ice-servers").await.is_problem(403, "access_denied");
        let by_socket = ear.command("ice_servers.get", &json!({})).await;
        assert_eq!(by_socket["status"], 403, "{by_socket}");
    }

    // Somebody else's place in their log is no place in one's own.
    let ring = of_bob.event("call.ringing").await;
    for cursor in [&welcome["cursor"], &ring["cursor"]].map(|cursor| cursor.as_str().unwrap()) {
        let polled = mallory.get(&format!("/events?after={cursor}&wait=1")).await.json();
        assert_eq!(
            (&polled["recovered"], &polled["calls"], &polled["signals"], &polled["events"]),
            (&json!(false), &json!([]), &json!([]), &json!([]))
        );
        let token = world.token("mallory", &[]);
        let (mut other, welcome) = Socket::resumed(&world.url, &token, "tablet", Some(cursor)).await;
        assert_eq!(
            (&welcome["recovered"], &welcome["calls"], &welcome["signals"]),
            (&json!(false), &json!([]), &json!([]))
        );
        other.say(&json!({ "type": "ack", "cursor": cursor })).await;
        assert_eq!(other.closed().await.0, 4400);
    }

    // Another device of somebody who is in the call hears that it is taken, and nothing of what is said in it.
    let laptop = Device::new(&world, "bob", "laptop", &[]);
    let signal = json!({ "kind": "candidates", "generation": 0, "payload": { "sealed": "AAAA" } });
    let path = format!("/calls/{id}/signals");
    assert_eq!(ann.post_with(&path, &signal).await.status, 202);
    laptop.post_with(&path, &signal).await.is_problem(409, "not_this_device");
    let seen = laptop.get("/events").await.json();
    assert_eq!((&seen["calls"][0]["id"], &seen["signals"]), (&json!(id), &json!([])));
    assert_eq!(of_bob.event("signal").await["payload"], signal["payload"]);

    // Nothing came of all that, for anybody.
    ear.say(&json!({ "type": "ping" })).await;
    assert_eq!(ear.next().await, json!({ "type": "pong" }), "nothing was told");
    let after = ann.get(&format!("/calls/{id}")).await.json();
    assert_eq!((&after["phase"], &after["id"]), (&json!("active"), &before["id"]));
    assert_eq!(after["parties"].as_array().unwrap().len(), 2);
    world.is_unharmed(&[]).await;
}
