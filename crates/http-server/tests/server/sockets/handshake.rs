//! Which handshakes are accepted.

use super::client::{PROOF, Socket, TEXT, shake_hands};
use crate::fixture::Fixture;
use crate::raw::{Connection, exchange, request};

const APP: &str = "https://app.example.org";

fn server() -> Fixture {
    Fixture::with(|setup| setup.cors.origins = vec![APP.to_owned(), "http://localhost:5173".to_owned()])
}

#[tokio::test]
async fn a_handshake_is_accepted_with_its_proof_and_the_first_subprotocol_that_is_spoken() {
    let server = server();
    for (offered, chosen) in [
        ("realtime.v1", "realtime.v1"),
        ("calls.v0", "calls.v0"),
        ("graphql-ws, calls.v0 ,realtime.v1", "calls.v0"),
        ("realtime.v2,realtime.v1", "realtime.v1"),
    ] {
        let mut connection = Connection::open(server.address).await;
        connection.send(super::client::handshake_with(&[("Sec-WebSocket-Protocol", offered)])).await;
        let answer = connection.receive().await;
        assert_eq!(answer.status, 101, "{answer:?}");
        for (name, value) in [
            ("upgrade", "websocket"),
            ("connection", "upgrade"),
            ("sec-websocket-accept", PROOF),
            ("sec-websocket-protocol", chosen),
            ("content-length", ""),
            ("transfer-encoding", ""),
            ("sec-websocket-extensions", ""),
        ] {
            assert_eq!(answer.header(name).unwrap_or_default(), value, "{name} of {answer:?}");
        }
    }
    let metrics = server.metrics().await;
    let line = r#"http_requests_total{route="/socket",method="GET",status="101",code=""} 4"#;
    assert!(metrics.contains(line), "{metrics}");
}

#[tokio::test]
async fn the_subprotocols_may_be_spread_over_several_headers() {
    let server = server();
    let offered = [("Sec-WebSocket-Protocol", "other"), ("Sec-WebSocket-Protocol", "realtime.v1")];
    assert_eq!(shake_hands(server.address, &offered).await.status, 101);
}

#[tokio::test]
async fn pages_of_the_configured_origins_and_clients_without_one_are_let_in() {
    let server = server();
    for headers in [vec![], vec![("Origin", APP)], vec![("Origin", "http://localhost:5173")]] {
        assert_eq!(shake_hands(server.address, &headers).await.status, 101, "{headers:?}");
    }
}

#[tokio::test]
async fn any_other_origin_is_denied_whatever_it_looks_like() {
    let server = server();
    for origin in [
        "https://evil.example",
        "null",
        "*",
        "https://APP.example.org",
        "HTTPS://app.example.org",
        "http://app.example.org",
        "https://app.example.org/",
        "https://app.example.org:443",
        "https://app.example.org.evil.example",
        "https://evil.app.example.org",
        "https://app.example.org@evil.example",
        "https://app.example.org, https://evil.example",
        "https://app.example.org https://evil.example",
        "app.example.org",
        "http://localhost:51730",
        "file://",
    ] {
        let answer = shake_hands(server.address, &[("Origin", origin)]).await;
        assert_eq!(answer.refusal(), (403, "origin_denied".to_owned()), "{origin}");
        assert_eq!(answer.header("connection"), Some("close"), "{origin}");
    }
    let twice = [("Origin", APP), ("Origin", APP)];
    assert_eq!(shake_hands(server.address, &twice).await.refusal().1, "origin_denied");
}

#[tokio::test]
async fn without_configured_origins_no_page_is_let_in() {
    let server = Fixture::start();
    let answer = shake_hands(server.address, &[("Origin", APP)]).await;
    assert_eq!(answer.refusal(), (403, "origin_denied".to_owned()));
}

#[tokio::test]
async fn what_is_no_handshake_is_told_to_upgrade() {
    let server = server();
    for headers in [
        [("Upgrade", ""), ("Connection", "Upgrade")],
        [("Upgrade", "websocket"), ("Connection", "keep-alive")],
        [("Upgrade", "websockets"), ("Connection", "Upgrade")],
        [("Upgrade", "h2c, websocket"), ("Connection", "Upgrade")],
        [("Upgrade", "websocket"), ("Sec-WebSocket-Version", "")],
        [("Upgrade", "websocket"), ("Sec-WebSocket-Version", "8")],
        [("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13, 8")],
        [("Upgrade", "websocket"), ("Sec-WebSocket-Key", "")],
        [("Upgrade", "websocket"), ("Sec-WebSocket-Key", "dGhlIHNhbXBsZQ==")],
        [("Upgrade", "websocket"), ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25j!!==")],
        [("Upgrade", "websocket"), ("Content-Length", "5")],
        [("Upgrade", "websocket"), ("Transfer-Encoding", "chunked")],
    ] {
        let answer = shake_hands(server.address, &headers).await;
        assert_eq!(answer.refusal(), (426, "upgrade_required".to_owned()), "{headers:?}");
        assert_eq!(answer.header("upgrade"), Some("websocket"), "{headers:?}");
        assert_eq!(answer.header("sec-websocket-version"), Some("13"), "{headers:?}");
    }
    assert_eq!(server.get("/socket").await.refusal(), (426, "upgrade_required".to_owned()));
    let posted = exchange(server.address, request("POST", "/socket", &super::client::HANDSHAKE)).await;
    assert_eq!(posted.refusal(), (405, "method_not_allowed".to_owned()));
}

#[tokio::test]
async fn a_subprotocol_is_required_and_its_case_matters() {
    let server = server();
    for offered in ["", "realtime.v2", "REALTIME.V1", "realtime.v1x", "graphql-ws, mqtt"] {
        let answer = shake_hands(server.address, &[("Sec-WebSocket-Protocol", offered)]).await;
        assert_eq!(answer.refusal(), (400, "subprotocol_required".to_owned()), "{offered}");
    }
}

#[tokio::test]
async fn frames_that_come_with_the_handshake_are_not_lost() {
    let server = server();
    let mut connection = Connection::open(server.address).await;
    let mut bytes = super::client::handshake_with(&[]).into_bytes();
    bytes.extend(super::client::whole(TEXT, b"at once"));
    connection.send(bytes).await;
    assert_eq!(connection.receive().await.status, 101);
    assert_eq!(Socket { connection }.hear().await, "at once");
}
