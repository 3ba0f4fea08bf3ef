//! A replica that is told to end while people are in calls over it.
//!
//! It is unready before anybody is sent away; sockets are sent away one after the other, and polls are answered; whoever goes
//! on at another replica has lost nothing; and it is gone in the time that is promised.

mod client;
mod gateway;

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Exit, eventually, soaking};
use tokio::time::{sleep, timeout};

use crate::device::Device;
use crate::lease::is_alive;
use crate::replica::Replica;
use crate::socket::{BOUND, Socket};
use crate::world::{World, send};
use client::{Client, Load, Way};

/// From the signal to the end of the process.
const PROMISED: Duration = Duration::from_secs(45);
/// How many signals are relayed before the signal comes.
const UNDER_LOAD: usize = 24;
/// How many people have a connection and nothing to say.
const IDLE: usize = 6;

/// How often it is looked whether somebody is there, and after what pause again.
const LOOKS: usize = 20;
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// A setting's name without its prefix, and its value.
type Setting = (&'static str, &'static str);

/// The times of the end as they are without any setting.
const USUAL: [Setting; 3] =
    [("SERVER__DRAIN_SECONDS", "5"), ("SERVER__STOP_SECONDS", "30"), ("SIGNALLING__DRAIN_SECONDS", "15")];
/// The same end in less time, of which the first part is enough for a client on a busy machine to say something more.
const BRIEF: [Setting; 3] =
    [("SERVER__DRAIN_SECONDS", "4"), ("SERVER__STOP_SECONDS", "8"), ("SIGNALLING__DRAIN_SECONDS", "4")];

/// How the two of each call follow it.
const CALLS: [[Way; 2]; 3] =
    [[Way::MovesAtOnce, Way::IsSentAway], [Way::Polls, Way::IsSentAway], [Way::MovesAtOnce, Way::Polls]];

#[tokio::test]
async fn a_replica_that_ends_under_load_sends_everybody_away_in_time_and_loses_nothing() {
    let settings = if soaking() { USUAL } else { BRIEF };
    let mut world = World::with_calls(&[], &[]).await;
    let (store, tenant) = world.call_state().store();
    let ending = world.replica(&settings).await;
    // Of whom nothing is heard any more.
    let (mut deaf, _) = Socket::resumed(&ending.url, &world.token("deaf", &[]), "phone", None).await;
    let doors = [ending.url.as_str(), world.url.as_str()];
    let load = Load::default();
    let mut clients = Vec::new();
    for (number, ways) in CALLS.into_iter().enumerate() {
        clients.extend(talking(&world, doors, number, ways).await);
    }
    let talks = join_all(clients.iter_mut().map(|client| client.talks(&load)));
    let sockets = join_all((0..IDLE).map(|number| sent_away(&world, &ending, number)));
    let polls = join_all((0..IDLE).map(|number| answered(&world, &ending, &load, number)));
    let moving = async {
        moves_by_itself(&world, &ending, async || is_alive(&store, &tenant, "moving").await).await;
    };
    let end = async {
        eventually("signals flow", BOUND, async || load.relayed() >= UNDER_LOAD).await;
        eventually("everybody is there", BOUND, async || load.idle.load(Ordering::SeqCst) == IDLE).await;
        load.is_told.store(true, Ordering::SeqCst);
        let began = Instant::now();
        ending.process.terminate();
        let exit = timeout(PROMISED, ending.process.exit()).await;
        assert_eq!(exit, Ok(Exit::Code(0)), "{}", ending.process.output());
        println!("it was gone after {} ms", began.elapsed().as_millis());
    };
    let ((), _, farewells, _, ()) = tokio::join!(end, talks, sockets, polls, moving);
    assert_eq!(deaf.closed().await, (1012, "restart".to_owned()), "it was said to everybody");
    spread(&farewells, &settings);
    for pair in clients.chunks(2) {
        let [ann, bob] = pair else { panic!("they come in pairs") };
        assert!(ann.sent.len() > 5 && bob.sent.len() > 5, "both have talked");
        assert_eq!(ann.sent, bob.received, "{}", bob.name());
        assert_eq!(bob.sent, ann.received, "{}", ann.name());
        assert_eq!(ann.phase().await, "active");
    }
    let output = ending.process.output();
    assert!(!output.contains("panic") && !output.contains("\"ERROR\""), "{output}");
}

/// Two people in a call, who follow it over the first of these doors.
async fn talking<'world>(
    world: &'world World,
    doors: [&'world str; 2],
    number: usize,
    ways: [Way; 2],
) -> [Client<'world>; 2] {
    let names = [format!("ann{number}"), format!("bob{number}")];
    let [ann, bob] = [Device::of(world, &names[0]), Device::of(world, &names[1])];
    let id = ann.calls(&[&names[1]], "p2p").await;
    bob.does(&id, "accept").await;
    for device in [&ann, &bob] {
        let connected = json!({ "state": "connected" });
        assert_eq!(device.post_with(&format!("/calls/{id}/media"), &connected).await.status, 204);
    }
    let [first, second] = names;
    let [one, other] = ways;
    Client::pair(world, doors, &id, [(first, one), (second, other)])
}

/// Somebody with a socket and nothing to say: when they are asked to be elsewhere.
async fn sent_away(world: &World, ending: &Replica, number: usize) -> u64 {
    let token = world.token(&format!("idle{number}"), &[]);
    let (mut socket, _) = Socket::resumed(&ending.url, &token, "phone", None).await;
    let drain = socket.next_of("drain").await;
    let ready = reqwest::get(format!("{}/readyz", ending.management_url)).await.unwrap();
    assert_eq!(ready.status(), 503, "it is unready before anybody is sent away");
    socket.say(&json!({ "type": "ping" })).await;
    assert_eq!(socket.next().await, json!({ "type": "pong" }), "it serves on until then");
    assert_eq!(socket.closed().await, (1012, "restart".to_owned()));
    drain["after_ms"].as_u64().unwrap()
}

/// Somebody who hangs up when asked to be elsewhere, and is there a moment later: that is not leaving.
async fn moves_by_itself(world: &World, ending: &Replica, is_alive: impl AsyncFn() -> bool) {
    let token = world.token("moving", &[]);
    let (mut older, welcome) = Socket::resumed(&ending.url, &token, "phone", None).await;
    older.next_of("drain").await;
    older.say(&json!({ "type": "bye" })).await;
    assert_eq!(older.closed().await, (1000, "bye".to_owned()));
    for _ in 0..LOOKS {
        assert!(is_alive().await, "callers are told that they can be reached, as they will be");
        sleep(BETWEEN_LOOKS).await;
    }
    let (_, back) = Socket::resumed(&world.url, &token, "phone", welcome["cursor"].as_str()).await;
    assert_eq!(back["recovered"], true);
}

/// Somebody with a poll for whom nothing happens: it is answered all the same.
async fn answered(world: &World, ending: &Replica, load: &Load, number: usize) {
    let token = world.token(&format!("waiting{number}"), &[]);
    let start = world.get("/events", &token).await.json();
    let path = format!("/events?after={}&wait=25", start["cursor"].as_str().unwrap());
    let poll = world.request_to(&ending.url, Method::GET, &path, &token);
    let parked = tokio::spawn(send(poll));
    let open = format!("{}/metrics", ending.management_url);
    eventually("the poll is open", BOUND, async || {
        let metrics = reqwest::get(&open).await.unwrap().text().await.unwrap();
        let polls = metrics.lines().find_map(|line| line.strip_prefix("events_polls_open "));
        polls.and_then(|count| count.parse::<usize>().ok()) > Some(number)
    })
    .await;
    load.idle.fetch_add(1, Ordering::SeqCst);
    let answer = parked.await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(load.is_told.load(Ordering::SeqCst), "not before");
    assert_eq!(answer.json()["recovered"], true);
    assert_eq!(answer.json()["events"], Value::Array(Vec::new()));
}

/// They are not all sent away at once, nor before load balancers have noticed, nor later than is said.
fn spread(farewells: &[u64], settings: &[Setting; 3]) {
    let seconds = |name: &str| {
        let (_, value) = settings.iter().find(|(setting, _)| *setting == name).unwrap();
        value.parse::<u64>().unwrap()
    };
    let notice = seconds("SERVER__DRAIN_SECONDS");
    let longest = notice + seconds("SIGNALLING__DRAIN_SECONDS");
    let are_within = farewells.iter().all(|after| (notice * 1_000..=longest * 1_000).contains(after));
    assert!(are_within, "{farewells:?}");
    assert!(farewells.iter().collect::<BTreeSet<_>>().len() > 1, "{farewells:?}");
}
