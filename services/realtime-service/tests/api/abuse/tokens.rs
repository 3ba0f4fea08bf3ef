//! Tokens that expire in the middle of a call.

use serde_json::{Value, json};
use testkit::eventually;

use super::UNLIMITED;
use crate::device::Device;
use crate::socket::{BOUND, Socket};
use crate::world::World;

/// How long the tokens last with which everybody comes, in seconds.
const LASTS: i64 = 4;
/// How many calls there are.
const PAIRS: usize = 8;
const HALF: f64 = 4.0;

fn signal(number: usize) -> Value {
    json!({ "kind": "candidates", "generation": 0, "payload": { "sealed": format!("{number:04}") } })
}

/// A good token, for a while.
fn short(world: &World, user: &str) -> String {
    let mut claims = world.claims(user, &[]);
    claims["exp"] = json!(claims["iat"].as_i64().unwrap() + LASTS);
    world.issuer.sign(&claims)
}

/// Of each two callees one renews its token and goes on hearing; the other is closed upon, comes back with a newer one, and
/// has missed nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_expires_in_the_middle_ends_its_socket_unless_it_is_renewed_and_loses_nothing() {
    let world = World::with_calls(&UNLIMITED, &[]).await;
    let mut calls = Vec::new();
    for number in 0..PAIRS {
        let (from, to) = (format!("from-{number}"), format!("to-{number}"));
        let id = Device::of(&world, &from).calls(&[&to], "p2p").await;
        Device::of(&world, &to).does(&id, "accept").await;
        calls.push((from, to, id));
    }
    let mut sockets = Vec::new();
    for (number, (_, to, _)) in calls.iter().enumerate() {
        let (mut socket, welcome) = Socket::resumed(&world.url, &short(&world, to), "phone", None).await;
        if number % 2 == 0 {
            socket.say(&json!({ "type": "authenticate", "token": world.token(to, &[]) })).await;
            socket.next_of("authenticated").await;
        }
        sockets.push((socket, welcome["cursor"].clone()));
    }
    let expired = "signalling_sockets_closed_total{reason=\"token_expired\"} ";
    let mut sent = 0;
    eventually("half of them are closed upon", BOUND, async || {
        for (from, _, id) in &calls {
            let answer =
                Device::of(&world, from).post_with(&format!("/calls/{id}/signals"), &signal(sent)).await;
            assert_eq!(answer.status, 202, "{}", answer.text);
        }
        sent += 1;
        assert!(sent < 290, "a call takes no more");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        world.figure(expired).await >= HALF
    })
    .await;
    for (number, ((mut socket, mut cursor), (_, to, _))) in sockets.into_iter().zip(&calls).enumerate() {
        let mut heard = Vec::new();
        loop {
            match socket.hear().await {
                Ok(message) if message["event"]["type"] == "signal" => {
                    heard.push(
                        message["event"]["payload"]["sealed"].as_str().unwrap().parse::<usize>().unwrap(),
                    );
                    cursor = message["event"]["cursor"].clone();
                }
                Ok(_) => {}
                Err(close) => {
                    assert_eq!((number % 2, close.map(|close| u16::from(close.code))), (1, Some(4401)));
                    let token = world.token(to, &[]);
                    let (back, welcome) = Socket::resumed(&world.url, &token, "phone", cursor.as_str()).await;
                    assert_eq!(welcome["recovered"], true, "{welcome}");
                    socket = back;
                }
            }
            if heard.len() == sent {
                break;
            }
        }
        assert_eq!(heard, (0..sent).collect::<Vec<_>>(), "{to}");
    }
    println!("{PAIRS} calls of {sent} signals each");
    world.is_unharmed(&[]).await;
}
