//! Requests that come over a socket, against the same ones over HTTP.

use serde_json::{Value, json};

use super::client::Socket;
use crate::authentication::Realm;
use crate::raw::{post, request};

async fn socket(realm: &Realm) -> Socket {
    let authorization = format!("Bearer {}", realm.token());
    Socket::open_with(realm.server.address, &[("Authorization", &authorization)]).await
}

/// Runs a request inside.
async fn run(socket: &mut Socket, head: &str, body: &str) -> Value {
    socket.say(&format!("run {head}\n{body}")).await;
    serde_json::from_str(&socket.hear().await).unwrap()
}

#[tokio::test]
async fn a_request_inside_is_answered_as_over_http() {
    let realm = Realm::with_failures_per_minute(1_000, &[]).await;
    let mut socket = socket(&realm).await;
    for (method, path, body) in [
        ("GET", "/rooms/standup", ""),
        ("GET", "/rooms/stand%2Fup", ""),
        ("GET", "/page?limit=7", ""),
        ("GET", "/page?limit=many", ""),
        ("POST", "/rooms/standup", r#"{"name":"Stand-up"}"#),
        ("POST", "/rooms/standup", r#"{"name":7}"#),
        ("POST", "/rooms/standup", r#"{"name":"a","name":"b"}"#),
        ("POST", "/rooms/standup", "[]"),
        ("POST", "/optional", "{}"),
        ("PUT", "/rooms/standup", ""),
        ("GET", "/nowhere", ""),
        ("GET", "/panic", ""),
        ("GET", "/never", ""),
        ("GET", "/broken", ""),
        ("GET", "/foreign", ""),
    ] {
        let request = if body.is_empty() {
            request(method, path, &[]).into_bytes()
        } else {
            post(path, body.as_bytes())
        };
        let over_http = realm.server.exchange(request).await;
        let inside = run(&mut socket, &format!("{method} {path}"), body).await;
        let what = format!("{method} {path} {body}: {inside}");
        assert_eq!(inside["status"], over_http.status, "{what}");
        assert_eq!(inside["is_problem"], over_http.status >= 400, "{what}");
        assert_eq!(without_trace(inside["body"].clone()), without_trace(over_http.json()), "{what}");
    }
}

/// A body without what is different in every answer.
fn without_trace(mut body: Value) -> Value {
    if let Some(trace_id) = body.get_mut("trace_id") {
        assert_eq!(trace_id.take().as_str().map(str::len), Some(32));
    }
    body
}

#[tokio::test]
async fn inside_the_caller_the_device_and_the_address_are_those_of_the_socket() {
    let realm = Realm::with_failures_per_minute(1_000, &["127.0.0.1"]).await;
    let authorization = format!("Bearer {}", realm.token());
    let headers = [("Authorization", authorization.as_str()), ("X-Forwarded-For", "198.51.100.1")];
    let mut socket = Socket::open_with(realm.server.address, &headers).await;
    for (path, body) in [
        ("/who", json!({ "user": "alice" })),
        ("/device", json!({ "device": "phone" })),
        ("/address", json!({ "address": "198.51.100.1" })),
    ] {
        let answer = run(&mut socket, &format!("GET {path}"), "").await;
        assert_eq!((&answer["status"], &answer["body"]), (&json!(200), &body), "{path}");
    }
    let renamed = run(&mut socket, "POST /private/standup", r#"{"name":"x"}"#).await;
    assert_eq!(renamed["body"], json!({ "user": "alice", "room_id": "standup", "name": "x" }));
}

#[tokio::test]
async fn nothing_that_a_client_sends_over_http_makes_it_somebody() {
    let realm = Realm::with_failures_per_minute(1_000, &[]).await;
    for name in ["X-Inside", "Vouched", "X-Caller", "X-User-Id", "Upgrade"] {
        let answer = realm.server.exchange(request("GET", "/who", &[(name, "alice")])).await;
        assert_eq!(answer.refusal(), (401, "token_missing".to_owned()), "{name}");
    }
}

#[tokio::test]
async fn a_request_id_is_the_idempotency_key() {
    let realm = Realm::with_failures_per_minute(1_000, &[]).await;
    let mut socket = socket(&realm).await;
    let good = run(&mut socket, "GET /key 0198c5a0-7c3e", "").await;
    assert_eq!(good["body"], json!({ "key": "0198c5a0-7c3e" }));
    let none = run(&mut socket, "GET /key", "").await;
    assert_eq!(none["body"], json!({ "key": null }));
    for wrong in ["short", "\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}\u{7}\u{8}", "schl\u{fc}ssel"] {
        let refused = run(&mut socket, &format!("GET /key {wrong}"), "").await;
        assert_eq!((&refused["status"], &refused["body"]["code"]), (&json!(400), &json!("invalid_field")));
    }
}

#[tokio::test]
async fn a_path_that_is_none_and_a_socket_within_a_socket_are_refused() {
    let realm = Realm::with_failures_per_minute(1_000, &[]).await;
    let mut socket = socket(&realm).await;
    for (path, status) in [("not:a:path^", 404), ("/socket", 426), ("https://elsewhere.example/x", 404)] {
        let answer = run(&mut socket, &format!("GET {path}"), "").await;
        assert_eq!((&answer["status"], &answer["is_problem"]), (&json!(status), &json!(true)), "{answer}");
    }
}

#[tokio::test]
async fn requests_inside_are_counted_with_those_over_http_on_their_own_routes() {
    let realm = Realm::with_failures_per_minute(1_000, &[]).await;
    let mut socket = socket(&realm).await;
    for _ in 0..3 {
        run(&mut socket, "GET /rooms/standup", "").await;
    }
    realm.server.get("/rooms/standup").await;
    let metrics = realm.server.metrics().await;
    let line = r#"http_requests_total{route="/rooms/{room_id}",method="GET",status="200",code=""} 4"#;
    assert!(metrics.contains(line), "{metrics}");
}
