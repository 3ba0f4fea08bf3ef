//! Who is in a call and shows no sign of life, and who does.

use std::time::Duration;

use call_state_api::presence::presence_key;
use serde_json::{Value, json};
use signal_protocol::{Tenant, UserId};
use store::{Read, Store};
use testkit::eventually;
use tokio::time::timeout;

use crate::device::{Device, invite};
use crate::events::cursor;
use crate::socket::{BOUND, Socket};
use crate::world::World;

/// `CALLS__LEASE_SECONDS` here.
const LEASE: Duration = Duration::from_secs(4);
/// For how long a request alone keeps a lease, and with it what a poll or a socket says when it begins, with time to spare.
const LONGER_THAN_ANY_WORD: Duration = Duration::from_secs(18);

/// A lease that nobody ends goes on for longer.
const SOONER_THAN_A_LEASE: Duration = Duration::from_secs(6);

/// Nothing is said for as long. The client answers pings meanwhile.
async fn is_quiet(socket: &mut Socket, span: Duration) {
    if let Ok(said) = timeout(span, socket.hear()).await {
        panic!("{said:?}");
    }
}

/// Whether it is written down that this person's phone is there.
pub(crate) async fn is_alive(store: &Store, tenant: &Tenant, user: &str) -> bool {
    let key = presence_key(&UserId::parse(user).unwrap());
    let read = store.read(tenant, Read::new().and(key.clone(), 0)).await.unwrap();
    read.leases(&key).get("phone").is_some_and(|until| *until > read.now)
}

/// Calls over a socket, and is answered over one; the call, and the caller's and the callee's socket.
async fn talking(world: &World, who: &str, whom: &str) -> (Value, Socket, Socket) {
    let (mut from, _) = Socket::of(world, who, "phone").await;
    let (mut to, _) = Socket::of(world, whom, "phone").await;
    let made = from.command("call.invite", &json!({ "body": invite(&[whom], "p2p") })).await;
    let id = made["body"]["call"]["id"].clone();
    to.event("call.ringing").await;
    let accepted = to.command("call.accept", &json!({ "call_id": id })).await;
    assert_eq!(accepted["status"], 200, "{accepted}");
    from.event("call.accepted").await;
    (id, from, to)
}

/// Sends something, which must arrive.
async fn signals(id: &Value, from: &mut Socket, to: &mut Socket) -> Value {
    let payload = json!({ "sealed": "AAAA" });
    let body = json!({ "kind": "candidates", "generation": 0, "payload": payload });
    let sent = from.command("signal.send", &json!({ "call_id": id, "body": body })).await;
    assert_eq!(sent["status"], 202, "{sent}");
    let came = to.event("signal").await;
    assert_eq!(came["signal_id"], sent["body"]["signal_id"]);
    came["signal_id"].clone()
}

/// The page is loaded anew when the call is older than a lease. It takes the call up again, and no other device can.
async fn a_reload_within_the_lease_takes_the_call_up_again(world: &World) {
    let (id, mut ann, mut bob) = talking(world, "ann", "bob").await;
    let said = [signals(&id, &mut ann, &mut bob).await, signals(&id, &mut ann, &mut bob).await];
    tokio::join!(is_quiet(&mut ann, LEASE), is_quiet(&mut bob, LEASE));
    bob.reset();
    // Away long enough for that to be noticed.
    is_quiet(&mut ann, LEASE / 3).await;

    let (mut laptop, welcome) = Socket::of(world, "bob", "laptop").await;
    assert_eq!((&welcome["calls"][0]["id"], &welcome["signals"]), (&id, &json!([])), "they are the phone's");
    let body = json!({ "kind": "answer", "generation": 0, "payload": { "sealed": "AAAA" } });
    let answered = laptop.command("signal.send", &json!({ "call_id": id, "body": body })).await;
    assert_eq!(answered["problem"]["code"], "not_this_device", "{answered}");
    let connected = json!({ "call_id": id, "body": { "state": "connected" } });
    let reported = laptop.command("call.media", &connected).await;
    assert_eq!(reported["problem"]["code"], "not_this_device", "{reported}");

    let (mut bob, welcome) = Socket::of(world, "bob", "phone").await;
    assert_eq!((&welcome["calls"][0]["id"], &welcome["calls"][0]["phase"]), (&id, &json!("active")));
    let ids: Vec<_> =
        welcome["signals"].as_array().unwrap().iter().map(|signal| &signal["signal_id"]).collect();
    assert_eq!(ids, said.iter().collect::<Vec<_>>(), "{welcome}");
    tokio::join!(is_quiet(&mut ann, LEASE + LEASE), is_quiet(&mut bob, LEASE + LEASE));
    signals(&id, &mut bob, &mut ann).await;
    signals(&id, &mut ann, &mut bob).await;
}

/// A device that is cut off and does not come back.
async fn a_device_that_stays_away_ends_the_call(world: &World) {
    let (id, mut cat, dan) = talking(world, "cat", "dan").await;
    dan.reset();
    let ended = cat.event("call.ended").await;
    assert_eq!((&ended["call"]["id"], &ended["call"]["reason"]), (&id, &json!("connection_lost")), "{ended}");
}

/// A device of which nothing is heard though its connection stands, as when a network is gone.
async fn a_device_that_answers_no_pings_ends_the_call(world: &World) {
    let (id, mut gus, _hal) = talking(world, "gus", "hal").await;
    let ended = gus.event("call.ended").await;
    assert_eq!((&ended["call"]["id"], &ended["call"]["reason"]), (&id, &json!("connection_lost")), "{ended}");
}

/// The caller is gone before anybody answers.
async fn a_caller_that_crashes_rings_no_more(world: &World) {
    let (mut eve, _) = Socket::of(world, "eve", "phone").await;
    let (mut fay, _) = Socket::of(world, "fay", "phone").await;
    let made = eve.command("call.invite", &json!({ "body": invite(&["fay"], "p2p") })).await;
    let id = &made["body"]["call"]["id"];
    assert_eq!(&fay.event("call.ringing").await["call"]["id"], id);
    eve.reset();
    let ended = fay.event("call.ended").await;
    assert_eq!((&ended["call"]["id"], &ended["call"]["reason"]), (id, &json!("connection_lost")), "{ended}");
}

/// One side has a poll open, the other a socket, and neither says anything.
async fn an_open_poll_is_a_sign_of_life(world: &World) {
    let (mut ivy, _) = Socket::of(world, "ivy", "phone").await;
    let jim = Device::of(world, "jim");
    let made = ivy.command("call.invite", &json!({ "body": invite(&["jim"], "p2p") })).await;
    let id = made["body"]["call"]["id"].as_str().unwrap();
    jim.does(id, "accept").await;
    ivy.event("call.accepted").await;
    let start = jim.get("/events").await.json();
    let wait = LONGER_THAN_ANY_WORD.as_secs();
    let poll = format!("/events?after={}&wait={wait}", cursor(&start));
    let quiet = is_quiet(&mut ivy, LONGER_THAN_ANY_WORD);
    let (polled, ()) = tokio::join!(jim.get(&poll), quiet);
    assert_eq!(polled.json()["events"], json!([]), "{}", polled.text);
    assert_eq!(jim.get(&format!("/calls/{id}")).await.json()["phase"], "active");
}

#[tokio::test]
async fn a_call_lives_for_as_long_as_the_devices_in_it_show_a_sign_of_life() {
    let settings = [
        ("SIGNALLING__PING_SECONDS", "2"),
        ("SIGNALLING__PING_IN_CALL_SECONDS", "2"),
        ("SIGNALLING__MISSED_PINGS", "2"),
    ];
    let lease = LEASE.as_secs().to_string();
    let call_settings = [("CALLS__LEASE_SECONDS", lease.as_str()), ("CALLS__CONNECT_SECONDS", "60")];
    let world = World::with_calls(&settings, &call_settings).await;
    tokio::join!(
        a_reload_within_the_lease_takes_the_call_up_again(&world),
        a_device_that_stays_away_ends_the_call(&world),
        a_device_that_answers_no_pings_ends_the_call(&world),
        a_caller_that_crashes_rings_no_more(&world),
        an_open_poll_is_a_sign_of_life(&world),
    );
}

#[tokio::test]
async fn a_client_that_answers_no_pings_is_let_go_and_is_there_no_more() {
    let settings = [("SIGNALLING__PING_SECONDS", "1"), ("SIGNALLING__PING_IN_CALL_SECONDS", "1")];
    let mut world = World::with_calls(&settings, &[]).await;
    let (mut deaf, _) = Socket::of(&world, "bob", "phone").await;
    let (mut ann, _) = Socket::of(&world, "ann", "phone").await;
    let (store, tenant) = world.call_state().store();
    // Its client reads nothing, and so it answers nothing; the other one does both.
    eventually("it is let go", BOUND, async || {
        is_quiet(&mut ann, Duration::from_millis(100)).await;
        world.figure("signalling_sockets_closed_total{reason=\"ping_timeout\"} ").await >= 1.0
    })
    .await;
    assert_eq!(deaf.closed().await, (4408, "ping_timeout".to_owned()));
    // Which a lease that nobody ends would be for longer.
    eventually("it is written down that he is gone", SOONER_THAN_A_LEASE, async || {
        !is_alive(&store, &tenant, "bob").await
    })
    .await;
    assert!(is_alive(&store, &tenant, "ann").await);
    ann.say(&json!({ "type": "ping" })).await;
    assert_eq!(ann.next().await, json!({ "type": "pong" }));
}
