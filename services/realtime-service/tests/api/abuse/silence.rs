//! Sockets on which nobody says anything.

use std::net::Ipv4Addr;

use futures_util::future::join_all;
use testkit::{eventually, rounds};

use super::hello_bound;
use super::raw::Raw;
use crate::socket::{BOUND, Socket};
use crate::world::World;

/// How many there are.
const SILENT: (usize, usize) = (300, 5_000);
/// How many one address may have.
const OF_ONE: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn silent_sockets_are_limited_by_address_and_ended_and_keep_nobody_else_out() {
    let hello_seconds = hello_bound().as_secs().to_string();
    let settings = [("SIGNALLING__HELLO_SECONDS", hello_seconds.as_str())];
    let world = World::with_calls(&settings, &[]).await;
    let mut silent = Vec::new();
    for address in 0..rounds(SILENT.0, SILENT.1) / OF_ONE {
        let [_, _, high, low] = u32::try_from(address).unwrap().to_be_bytes();
        let address = Ipv4Addr::new(127, 1, high, low);
        for _ in 0..OF_ONE {
            silent.push(Raw::opened_from(&world.url, address).await);
        }
        let mut one_more = Raw::opened_from(&world.url, address).await;
        assert_eq!(one_more.farewell().await, (4429, "too_many_connections".to_owned()), "{address}");
    }
    let (_ann, welcome) = Socket::of(&world, "ann", "phone").await;
    assert_eq!(welcome["type"], "welcome", "somebody who says something is heard");
    join_all(silent.iter_mut().map(|socket| socket.is_told_something(hello_bound() + BOUND))).await;
    for socket in &mut silent {
        assert_eq!(socket.farewell().await, (4408, "hello_timeout".to_owned()));
    }
    let count = silent.len();
    drop(silent);
    eventually("only ann is left", BOUND, async || {
        let open = world.figure("signalling_sockets_open ").await;
        if (open - 1.0).abs() < f64::EPSILON { Ok(()) } else { Err(open.to_string()) }
    })
    .await;
    println!("{count} silent sockets");
    world.is_unharmed(&[]).await;
}
