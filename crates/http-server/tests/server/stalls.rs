//! Clients that ask and do not take the answers.

use crate::fixture::Fixture;
use crate::raw::{Connection, request};

fn server() -> Fixture {
    Fixture::with(|setup| {
        setup.settings.write_timeout_ms = 300;
        setup.settings.stop_seconds = 600;
    })
}

#[tokio::test]
async fn a_client_that_asks_on_and_on_and_reads_nothing_is_hung_up_on() {
    let server = server();
    let mut deaf = Connection::open(server.address).await;
    deaf.send_until_hung_up(request("GET", "/large", &[]).repeat(16)).await;
    assert_eq!(server.get("/rooms/standup").await.status, 200);
    let metrics = server.metrics().await;
    assert!(metrics.contains("\nhttp_connections_stalled_total 1\n"), "{metrics}");
}

#[tokio::test]
async fn a_client_that_reads_nothing_does_not_hold_up_the_end() {
    let mut server = server();
    let mut deaf = Connection::open(server.address).await;
    deaf.send(request("GET", "/large", &[])).await;
    // A complete request behind it tells that the server has begun with the first.
    assert_eq!(server.get("/rooms/standup").await.status, 200);
    server.stop();
    server.ended().await;
}
