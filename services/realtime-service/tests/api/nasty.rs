//! Input that nobody sends by mistake. Always a clear 4xx, never a 5xx, a panic or a broken log line.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::world::World;

#[tokio::test]
async fn nasty_requests_get_a_clear_refusal_and_the_service_lives_on() {
    let world = World::with(&[("LIMITS__JOINS_PER_MINUTE", "10000"), ("LIMITS__JOINS_BURST", "10000")]).await;
    let token = world.token("ann", &["/rooms/standup"]);
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let deep_field = format!("{{\"future\":{deep}}}");
    let join = |room: &str, body: &[u8]| post(&format!("/api/realtime/rooms/{room}/join"), &token, "", body);
    for (what, request, status, code) in [
        ("10 MB body", join("standup", &vec![b'a'; 10_000_000]), 413, "too_large"),
        ("depth of 10,000", join("standup", deep.as_bytes()), 400, "malformed_json"),
        ("depth in an ignored field", join("standup", deep_field.as_bytes()), 400, "malformed_json"),
        ("broken UTF-8", join("standup", b"{\"room_name\":\"\xff\xfe\"}"), 400, "malformed_json"),
        ("half a value", join("standup", b"{\"room_name\":"), 400, "malformed_json"),
        ("two values", join("standup", b"{} {}"), 400, "malformed_json"),
        ("a list", join("standup", b"[]"), 400, "malformed_json"),
        ("a NUL in the body", join("standup", b"{\"participant_name\":\"a\\u0000b\"}"), 400, "invalid_field"),
        ("a bare NUL", join("standup", b"{\"room_name\":\"a\0\"}"), 400, "malformed_json"),
        (
            "duplicate keys",
            join("standup", b"{\"room_name\":\"standup\",\"room_name\":\"standup\"}"),
            400,
            "invalid_field",
        ),
        ("dots", join("..", b""), 400, "invalid_field"),
        ("dots escaped", join("%2e%2e", b""), 400, "invalid_field"),
        ("a slash escaped", join("a%2fb", b""), 400, "invalid_field"),
        ("a NUL in the path", join("a%00", b""), 400, "invalid_field"),
        ("a line break in the path", join("a%0d%0aX-Evil:%201", b""), 400, "invalid_field"),
        ("broken UTF-8 in the path", join("%ff%fe", b""), 400, "invalid_field"),
        ("a very long id", join(&"r".repeat(129), b""), 400, "invalid_field"),
        (
            "a 20 KiB header",
            post(
                "/api/realtime/rooms/standup/join",
                &token,
                &format!("X-Long: {}\r\n", "h".repeat(20_000)),
                b"",
            ),
            431,
            "headers_too_large",
        ),
    ] {
        let (got, body) = exchange(&world, &request).await;
        let problem: Value = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{what}: {got} {body:?}"));
        assert_eq!((got, problem["code"].as_str()), (status, Some(code)), "{what}: {body}");
    }
    let many = "X-Header: 1\r\n".repeat(100);
    let (status, _) = exchange(&world, &post("/api/realtime/rooms/standup/join", &token, &many, b"")).await;
    assert!((400..500).contains(&status), "100 headers: {status}");
    assert_eq!(world.join("standup", &token).await.status, 201);
    assert!(world.figure("panics_total").await.abs() < f64::EPSILON);
    for line in world.service.output().lines() {
        assert!(
            serde_json::from_str::<Value>(line).is_ok_and(|line| line.is_object()),
            "broken log line: {line:?}"
        );
    }
}

#[tokio::test]
async fn wrong_content_types_and_methods_are_named() {
    let world = World::start().await;
    let token = world.token("ann", &["/rooms/standup"]);
    let path = "/api/realtime/rooms/standup/join";
    let text = post(path, &token, "Content-Type: text/plain\r\n", b"{}");
    let (status, body) = exchange(&world, &text).await;
    assert_eq!((status, body.contains("unsupported_media_type")), (415, true), "{body}");
    let put = format!(
        "PUT {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 0\r\n\r\n"
    );
    let (status, body) = exchange(&world, put.as_bytes()).await;
    assert_eq!((status, body.contains("method_not_allowed")), (405, true), "{body}");
}

/// A request as bytes, so that nothing on our side tidies it up. `headers` may name another content type.
fn post(path: &str, token: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let kind = if headers.contains("Content-Type") || body.is_empty() {
        ""
    } else {
        "Content-Type: application/json\r\n"
    };
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{kind}{headers}Content-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// Sends bytes and reads one answer: its status and body. The service may answer and close before it has read all.
async fn exchange(world: &World, request: &[u8]) -> (u16, String) {
    let address = world.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    let (mut reader, mut writer) = stream.split();
    let send = async {
        // An early answer closes the connection while we still write; the answer is what counts.
        let _ = writer.write_all(request).await;
        std::future::pending::<()>().await;
    };
    let receive = async {
        let mut received = Vec::new();
        let mut chunk = [0; 4096];
        loop {
            match reader.read(&mut chunk).await {
                Ok(0) | Err(_) => return received,
                Ok(length) => received.extend_from_slice(&chunk[..length]),
            }
            if is_complete(&received) {
                return received;
            }
        }
    };
    let received = tokio::select! {
        () = send => Vec::new(),
        received = tokio::time::timeout(Duration::from_secs(20), receive) => received.unwrap(),
    };
    let text = String::from_utf8_lossy(&received).into_owned();
    let status =
        text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("{text:?}"));
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    (status, body.to_owned())
}

fn is_complete(received: &[u8]) -> bool {
    let text = String::from_utf8_lossy(received);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head
        .to_ascii_lowercase()
        .split("content-length: ")
        .nth(1)
        .and_then(|rest| rest.lines().next().and_then(|length| length.trim().parse::<usize>().ok()));
    length.is_some_and(|length| body.len() >= length)
}
