//! Clients that take what they are told as slowly as they like.

use serde_json::{Value, json};
use testkit::rounds;
use tokio::task::JoinSet;

use super::UNLIMITED;
use crate::device::Device;
use crate::socket::Socket;
use crate::world::World;

/// How many read nothing.
const SLOW: (usize, usize) = (3, 12);
/// How many signals each of them is sent, and how long those are: more than the buffers of two kernels hold.
const SIGNALS: usize = 250;
const LENGTH: usize = 48_000;
/// What one of them may cost, in MiB: the events that are read ahead for it, with room for each to be written out, and
/// much less than it is sent.
const MOST_OF_ONE: f64 = 7.0;

fn signal(text: &str) -> Value {
    json!({ "kind": "candidates", "generation": 0, "payload": { "sealed": text } })
}

/// A call of `caller` that `callee` has taken.
async fn talk(world: &World, caller: &str, callee: &str) -> String {
    let id = Device::of(world, caller).calls(&[callee], "p2p").await;
    Device::of(world, callee).does(&id, "accept").await;
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_readers_cost_little_hold_up_nobody_and_get_everything_in_the_end() {
    let patience = [
        ("SIGNALLING__STALL_SECONDS", "120"),
        ("SIGNALLING__PING_IN_CALL_SECONDS", "15"),
        ("SIGNALLING__MISSED_PINGS", "10"),
    ];
    let settings: Vec<_> = UNLIMITED.into_iter().chain(patience).collect();
    let world = World::with_calls(&settings, &[]).await;
    let (mut bob, _) = Socket::of(&world, "bob", "phone").await;
    let call = talk(&world, "ann", "bob").await;
    let count = rounds(SLOW.0, SLOW.1);
    let mut slow = Vec::new();
    for number in 0..count {
        let (from, to) = (format!("from-{number}"), format!("slow-{number}"));
        let mut socket = Socket::narrow(&world.url).await;
        socket.hello(&world.token(&to, &[]), "phone", None).await;
        assert_eq!(socket.next().await["type"], "welcome");
        slow.push((socket, talk(&world, &from, &to).await, from));
    }
    let before = world.memory().await;
    let ann = Device::of(&world, "ann");
    let long = "A".repeat(LENGTH);
    let mut ids: Vec<Vec<Value>> = vec![Vec::new(); count];
    for number in 0..SIGNALS {
        for ((_, id, from), ids) in slow.iter().zip(&mut ids) {
            let sent = Device::of(&world, from).post_with(&format!("/calls/{id}/signals"), &signal(&long)).await;
            assert_eq!(sent.status, 202, "{}", sent.text);
            ids.push(sent.json()["signal_id"].clone());
        }
        // In between, somebody else's.
        let text = format!("{number:04}");
        let sent = ann.post_with(&format!("/calls/{call}/signals"), &signal(&text)).await;
        assert_eq!(sent.status, 202, "{}", sent.text);
        assert_eq!(bob.event("signal").await["payload"]["sealed"], text.as_str());
    }
    let cost = (world.memory().await - before) / f64::from(u32::try_from(count).unwrap());
    println!("{count} slow readers cost {cost:.1} MiB each");
    assert!(cost < MOST_OF_ONE, "{cost} MiB each");
    let mut readers = JoinSet::new();
    for ((mut socket, ..), ids) in slow.into_iter().zip(ids) {
        readers.spawn(async move {
            for id in ids {
                assert_eq!(socket.event("signal").await["signal_id"], id);
            }
        });
    }
    readers.join_all().await;
    world.is_unharmed(&[&long]).await;
}
