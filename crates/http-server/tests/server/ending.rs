//! How a server ends, and how it fails to begin.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use actix_web::web::ServiceConfig;
use clock::Clock;
use http_server::{CorsSettings, LimitSettings, Readiness, Server, ServerSettings};
use prometheus_client::registry::Registry;

use crate::fixture::Fixture;
use crate::raw::{BOUND, Connection, exchange, request};

fn server<A>(listen: SocketAddr, management_listen: SocketAddr, app: A) -> Server<A>
where
    A: Fn(&mut ServiceConfig) + Clone + Send + 'static,
{
    Server {
        name: "test-service",
        version: "0",
        commit: None,
        settings: ServerSettings { listen, management_listen, ..ServerSettings::default() },
        limits: LimitSettings::default(),
        cors: CorsSettings::default(),
        registry: Registry::default(),
        readiness: Readiness::new(Clock::system()),
        clock: Clock::system(),
        app,
    }
}

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
async fn whoever_waits_for_something_to_happen_is_answered_at_the_end() {
    let mut server = Fixture::start();
    let mut waiting = Connection::open(server.address).await;
    waiting.send(request("GET", "/events", &[])).await;
    assert_eq!(server.get("/rooms/standup").await.status, 200);

    server.stop();
    let answer = waiting.receive().await;
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    server.ended().await;
}

#[tokio::test]
async fn while_draining_it_is_unready_and_serves_on_but_each_answer_closes_its_connection() {
    let mut server = Fixture::with(|setup| setup.settings.drain_seconds = 30);
    let mut open = Connection::open(server.address).await;
    open.send(request("GET", "/rooms/standup", &[])).await;
    assert_eq!(open.receive().await.header("connection"), None);

    server.stop();
    testkit::eventually("unready", BOUND, async || {
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
        let error =
            server(listen, management_listen, |_| {}).bind().err().expect("the port is taken").to_string();
        assert!(error.contains(setting) && error.contains(&taken.1.to_string()), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_cannot_serve_ends_at_once_instead_of_waiting_to_be_stopped() {
    let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let bound = server(free, free, |_| panic!("no worker can begin")).bind().expect("free ports");
    let addresses = [bound.address(), bound.management_address()];
    let ended = tokio::time::timeout(BOUND, bound.run(std::future::pending())).await;
    assert!(ended.expect("an end in time").is_err());
    for address in addresses {
        assert!(tokio::net::TcpStream::connect(address).await.is_err(), "nobody listens any more");
    }
}
