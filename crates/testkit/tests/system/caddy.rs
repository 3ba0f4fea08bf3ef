//! The gateway runs the file that it is deployed with.

use std::net::SocketAddr;

use testkit::{Caddy, MembershipService, ports};

use super::http::get;

#[tokio::test]
async fn the_gateway_that_is_deployed_starts_and_stops() {
    let upstream = MembershipService::start().await.unwrap();
    let template = upstream.template();
    let upstream_address = template.trim_start_matches("http://").split('/').next().unwrap();
    let address = SocketAddr::from(([127, 0, 0, 1], ports::free().unwrap()));
    let variables = [
        ("GATEWAY_LISTEN", format!(":{}", address.port())),
        ("GATEWAY_BIND", "127.0.0.1".to_owned()),
        ("REALTIME_SERVICE", upstream_address.to_owned()),
    ];
    let mut gateway = Caddy::start(address, variables).await.unwrap();

    let answer = get(format!("{}/api/realtime/anything", gateway.url())).await.unwrap();
    assert_eq!(answer.status(), 404);
    assert_eq!(upstream.seen().len(), 1, "{}", gateway.process().unwrap().output());

    gateway.stop().await;
    assert!(get(gateway.url()).await.is_err());
    gateway.start_again().await.unwrap();
    assert_eq!(get(format!("{}/nothing", gateway.url())).await.unwrap().status(), 404);
}
