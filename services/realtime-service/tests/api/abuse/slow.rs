//! Clients that take what they are told as slowly as they like.

use serde_json::{Value, json};
use testkit::rounds;
use tokio::task::JoinSet;

use super::UNLIMITED;
use crate::device::Device;
use crate::socket::Socket;
use crate::world::World;

/// How many read nothing.
const SLOW: (usize, usize) = (1, 12);
/// How many calls each of them has, of how many signals, and how long those are: a call carries no more than a MiB, and the
/// buffers of two kernels hold more than that.
const CALLS: usize = 12;
const SIGNALS: usize = 21;
const LENGTH: usize = 48_000;
/// What one of them may cost, in MiB: the events that are read ahead for it, with room for each to be written out, and
/// much less than it is sent.
const MOST_OF_ONE: f64 = 6.0;

fn signal(text: &str) -> Value {
    json!({ "kind": "candidates", "generation": 0, "payload": { "sealed": text } })
}

/// A call from one device to another, which has taken it.
async fn talk(from: &Device<'_>, to: &Device<'_>) -> String {
    let id = from.calls(&[to.user()], "p2p").await;
    to.does(&id, "accept").await;
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
    let ann = Device::of(&world, "ann");
    let call = talk(&ann, &Device::of(&world, "bob")).await;
    for device in [&ann, &Device::of(&world, "bob")] {
        device.post_with(&format!("/calls/{call}/media"), &json!({ "state": "connected" })).await;
    }
    let count = rounds(SLOW.0, SLOW.1);
    let mut slow = Vec::new();
    for number in 0..count {
        let (from, to) = (format!("from-{number}"), format!("slow-{number}"));
        let mut socket = Socket::narrow(&world.url).await;
        socket.hello(&world.token(&to, &[]), "phone", None).await;
        assert_eq!(socket.next().await["type"], "welcome");
        slow.push((socket, Device::of(&world, &from), Device::of(&world, &to)));
    }
    let before = world.memory().await;
    let long = "A".repeat(LENGTH);
    let mut ids: Vec<Vec<Value>> = vec![Vec::new(); count];
    for _ in 0..CALLS {
        let mut calls = Vec::new();
        for (_, from, to) in &slow {
            calls.push(talk(from, to).await);
        }
        for number in 0..SIGNALS {
            for (((_, from, _), id), ids) in slow.iter().zip(&calls).zip(&mut ids) {
                let path = format!("/calls/{id}/signals");
                let sent = from.post_with(&path, &signal(&long)).await;
                assert_eq!(sent.status, 202, "{}", sent.text);
                ids.push(sent.json()["signal_id"].clone());
            }
            // In between, somebody else's.
            if number % 3 == 0 {
                let text = format!("{number:04}");
                let sent = ann.post_with(&format!("/calls/{call}/signals"), &signal(&text)).await;
                assert_eq!(sent.status, 202, "{}", sent.text);
                assert_eq!(bob.event("signal").await["payload"]["sealed"], text.as_str());
            }
        }
        for ((_, from, _), id) in slow.iter().zip(&calls) {
            from.does(id, "hangup").await;
        }
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
