//! How long a socket lasts: as long as its owner wants, and not much longer.

use super::app::{DROP_OF_FLOOD, FLOOD};
use super::client::Socket;
use crate::fixture::Fixture;
use crate::raw::{Connection, request};

/// A server whose own patience is short.
fn server() -> Fixture {
    Fixture::with(|setup| {
        setup.settings.header_timeout_ms = 1_000;
        setup.settings.keep_alive_seconds = 2;
        setup.settings.write_timeout_ms = 300;
        // Whatever ends is not ended by this.
        setup.settings.stop_seconds = 600;
    })
}

#[tokio::test]
async fn an_idle_socket_outlives_every_limit_of_a_connection() {
    let server = server();
    let mut socket = Socket::open(server.address).await;
    let mut half = Socket::open(server.address).await;
    half.send([0x81]).await;
    // Both are older than this one, which is hung up on after the longest of the limits.
    let mut idle = Connection::open(server.address).await;
    idle.send(request("GET", "/rooms/standup", &[])).await;
    assert_eq!(idle.receive().await.status, 200);
    assert!(idle.is_closed_by_server().await);

    socket.say("still here").await;
    assert_eq!(socket.hear().await, "still here");
    half.send([0x80, 0, 0, 0, 0]).await;
    assert_eq!(half.hear().await, "");
}

#[tokio::test]
async fn a_slow_reader_is_its_owners_business_and_misses_nothing() {
    let server = server();
    let mut slow = Socket::open(server.address).await;
    slow.say("flood").await;
    // Hung up on because it takes nothing for as long as the socket has taken nothing.
    let mut deaf = Connection::open(server.address).await;
    deaf.send_until_hung_up(request("GET", "/large", &[]).repeat(16)).await;

    for _ in 0..FLOOD {
        assert_eq!(slow.hear().await.len(), DROP_OF_FLOOD);
    }
    slow.say("count").await;
    assert_eq!(slow.hear().await, FLOOD.to_string());
}

#[tokio::test]
async fn a_slow_reader_that_its_owner_gives_up_is_cut_off() {
    let server = server();
    let mut slow = Socket::open(server.address).await;
    slow.say("flood").await;
    slow.say("hang up").await;
    slow.connection.send_until_hung_up(super::client::whole(1, b"")).await;
    let metrics = server.metrics().await;
    assert!(metrics.contains("\nhttp_connections_stalled_total 1\n"), "{metrics}");
}

#[tokio::test]
async fn open_sockets_are_told_when_the_server_is_about_to_end_and_do_not_hold_it_up() {
    let mut server = Fixture::with(|setup| {
        // By then each of them has said that it goes on.
        setup.settings.drain_seconds = 5;
        setup.settings.stop_seconds = 600;
    });
    let mut sockets = Vec::new();
    for _ in 0..20 {
        sockets.push(Socket::open(server.address).await);
    }
    let mut deaf = Socket::open(server.address).await;
    deaf.say("flood").await;

    server.stop();
    for socket in &mut sockets {
        assert_eq!(socket.hear().await, "drain");
        socket.say("going on").await;
        assert_eq!(socket.hear().await, "going on");
    }
    for socket in sockets {
        assert_eq!(socket.farewell().await, (1012, "restart".to_owned()));
    }
    server.ended().await;
}

#[tokio::test]
async fn a_socket_that_comes_while_the_server_drains_is_told_so_at_once() {
    let mut server = Fixture::with(|setup| setup.settings.drain_seconds = 30);
    let mut open = Socket::open(server.address).await;
    server.stop();
    assert_eq!(open.hear().await, "drain");
    let mut late = Socket::open(server.address).await;
    assert_eq!(late.hear().await, "drain");
}

#[tokio::test]
async fn a_client_that_vanishes_is_noticed_and_costs_nobody_anything() {
    let mut server = server();
    for _ in 0..20 {
        let mut vanishing = Socket::open(server.address).await;
        vanishing.say("flood").await;
    }
    server.stop();
    server.ended().await;
}
