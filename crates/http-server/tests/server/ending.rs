//! How a server ends, and how it fails to begin.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use clock::Clock;
use http_server::{CorsSettings, LimitSettings, Readiness, Server, ServerSettings};

use crate::fixture::Fixture;
use crate::raw::{Connection, exchange, request};

#[tokio::test]
async fn what_is_in_flight_is_finished_and_idle_connections_do_not_hold_up_the_end() {
    let mut server = Fixture::start();
    let mut idle = Connection::open(server.address).await;
    idle.send(request("GET", "/rooms/standup", &[])).await;
    assert_eq!(idle.receive().await.status, 200);
    let mut busy = Connection::open(server.address).await;
    // A complete request behind it tells that the server has begun with the first.
    busy.send(request("GET", "/later", &[])).await;
    assert_eq!(server.get("/rooms/standup").await.status, 200);

    server.stop();
    assert_eq!(busy.receive().await.status, 200);
    assert!(busy.is_closed_by_server().await);
    assert!(idle.is_closed_by_server().await);
    let address = server.address;
    server.ended().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn while_draining_it_is_unready_and_serves_on_but_each_answer_closes_its_connection() {
    let mut server = Fixture::with(|setup| setup.settings.drain_seconds = 30);
    let mut open = Connection::open(server.address).await;
    open.send(request("GET", "/rooms/standup", &[])).await;
    assert_eq!(open.receive().await.header("connection"), None);

    server.stop();
    testkit::eventually("unready", std::time::Duration::from_secs(2), async || {
        exchange(server.management, request("GET", "/readyz", &[])).await.status == 503
    })
    .await;
    open.send(request("GET", "/rooms/standup", &[])).await;
    let answer = open.receive().await;
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    assert!(open.is_closed_by_server().await);
    assert_eq!(server.get("/rooms/standup").await.status, 200, "new connections are still served");
}

#[tokio::test]
async fn a_port_that_is_taken_is_told_with_its_setting_and_address() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let taken = taken.local_addr().map(|address| (taken, address)).expect("its address");
    let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    for (listen, management_listen, setting) in
        [(taken.1, free, "server.listen"), (free, taken.1, "server.management_listen")]
    {
        let server = Server {
            name: "test-service",
            version: "0",
            commit: None,
            settings: ServerSettings { listen, management_listen, ..ServerSettings::default() },
            limits: LimitSettings::default(),
            cors: CorsSettings::default(),
            registry: prometheus_client::registry::Registry::default(),
            readiness: Readiness::new(Clock::system()),
            clock: Clock::system(),
            app: |_: &mut actix_web::web::ServiceConfig| {},
        };
        let error = server.bind().err().expect("the port is taken").to_string();
        assert!(error.contains(setting) && error.contains(&taken.1.to_string()), "{error}");
    }
}
