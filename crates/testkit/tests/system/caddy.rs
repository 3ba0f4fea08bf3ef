//! The gateway runs the file that it is deployed with.

mod livekit;

use std::net::SocketAddr;

use testkit::{Caddy, MembershipService, ports};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

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

#[tokio::test]
async fn a_socket_goes_through_it_both_ways_and_is_told_when_it_stops() {
    let upstream = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = SocketAddr::from(([127, 0, 0, 1], ports::free().unwrap()));
    let variables = [
        ("GATEWAY_LISTEN", format!(":{}", address.port())),
        ("GATEWAY_BIND", "127.0.0.1".to_owned()),
        ("REALTIME_SERVICE", upstream.local_addr().unwrap().to_string()),
    ];
    let mut gateway = Caddy::start(address, variables).await.unwrap();
    let mut client = TcpStream::connect(address).await.unwrap();
    let asked = "GET /api/realtime/ws HTTP/1.1\r\nHost: calls.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                 Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                 Sec-WebSocket-Protocol: realtime.v1\r\n\r\n";
    client.write_all(asked.as_bytes()).await.unwrap();
    let (mut service, _) = upstream.accept().await.unwrap();
    let head = head(&mut service).await;
    for kept in ["GET /api/realtime/ws ", "sec-websocket-protocol: realtime.v1", "upgrade: websocket"] {
        assert!(head.to_lowercase().contains(&kept.to_lowercase()), "{kept}: {head}");
    }
    let answered = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: realtime.v1\r\n\r\n";
    service.write_all(answered.as_bytes()).await.unwrap();
    let head = self::head(&mut client).await;
    assert!(head.starts_with("HTTP/1.1 101 ") && head.to_lowercase().contains("realtime.v1"), "{head}");
    carries(&mut client, &mut service).await;
    carries(&mut service, &mut client).await;

    gateway.stop().await;
    // A close frame with 1001, going away (RFC 6455, section 7.4.1), and then nothing more.
    let mut last = Vec::new();
    client.read_to_end(&mut last).await.unwrap();
    assert_eq!(last, b"\x88\x02\x03\xe9");
    let mut last = Vec::new();
    service.read_to_end(&mut last).await.unwrap();
    assert_eq!(last.first(), Some(&0x88), "the service is told too: {last:?}");
}

/// Sends a frame, which must come out whole at the other end.
async fn carries(from: &mut TcpStream, to: &mut TcpStream) {
    let frame = b"\x81\x02hi";
    from.write_all(frame).await.unwrap();
    let mut received = [0; 4];
    to.read_exact(&mut received).await.unwrap();
    assert_eq!(&received, frame);
}

/// Reads the head of an HTTP message, and not a byte more.
async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}
