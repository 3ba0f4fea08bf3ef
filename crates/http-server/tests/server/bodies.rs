//! Bodies that are too large, too slow, of another type, or not what they should be.

use crate::fixture::Fixture;
use crate::raw::{Connection, post, request};

const JSON: (&str, &str) = ("Content-Type", "application/json");
const CHUNKED: (&str, &str) = ("Transfer-Encoding", "chunked");

fn chunked(target: &str, chunks: &[&[u8]]) -> Vec<u8> {
    let mut bytes = request("POST", target, &[JSON, CHUNKED]).into_bytes();
    for chunk in chunks {
        bytes.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    bytes
}

#[tokio::test]
async fn a_body_is_taken_whole_chunked_or_not_at_all() {
    let server = Fixture::start();
    let whole = server.exchange(post("/rooms/standup", br#"{"name":"Daily"}"#)).await;
    whole.check_common_headers();
    assert_eq!(whole.json()["name"], "Daily");
    let chunks = server.exchange(chunked("/rooms/standup", &[br#"{"na"#, br#"me":""#, br#"Daily"}"#])).await;
    assert_eq!(chunks.json()["name"], "Daily");
    for nothing in [
        request("POST", "/optional", &[]),
        request("POST", "/optional", &[("Content-Length", "0")]),
        request("POST", "/optional", &[JSON]),
        String::from_utf8(chunked("/optional", &[])).expect("ASCII"),
    ] {
        assert_eq!(server.exchange(&nothing).await.json()["body"], serde_json::Value::Null, "{nothing}");
    }
    assert_eq!(server.exchange(post("/optional", b"{}")).await.json()["body"], serde_json::json!({}));
}

#[tokio::test]
async fn a_wrong_body_gets_a_clear_refusal_and_the_server_goes_on() {
    let server = Fixture::start();
    let megabytes = vec![b' '; 10 * 1024 * 1024];
    let deep = format!(r#"{{"name":{}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    let quarter = vec![b' '; 16 * 1024];
    let untyped =
        |headers: &[(&str, &str)]| format!("{}{{}}", request("POST", "/rooms/a", headers)).into_bytes();
    let cases: Vec<(&str, Vec<u8>, u16, &str, &str)> = vec![
        ("10 MiB", post("/rooms/a", &megabytes), 413, "too_large", ""),
        ("10 MiB in chunks", chunked("/rooms/a", &[&megabytes]), 413, "too_large", ""),
        ("80 KiB in small chunks", chunked("/rooms/a", &[quarter.as_slice(); 5]), 413, "too_large", ""),
        ("10 MiB that nobody reads", post("/nowhere", &megabytes), 404, "not_found", ""),
        ("no type", untyped(&[("Content-Length", "2")]), 415, "unsupported_media_type", ""),
        (
            "another type",
            untyped(&[("Content-Length", "2"), ("Content-Type", "text/plain")]),
            415,
            "unsupported_media_type",
            "",
        ),
        (
            "compressed",
            untyped(&[("Content-Length", "2"), JSON, ("Content-Encoding", "gzip")]),
            415,
            "unsupported_media_type",
            "",
        ),
        ("nothing", request("POST", "/rooms/a", &[JSON]).into_bytes(), 400, "malformed_json", ""),
        ("deep", post("/rooms/a", deep.as_bytes()), 400, "malformed_json", ""),
        ("broken UTF-8", post("/rooms/a", b"{\"name\":\"\xff\xfe\"}"), 400, "malformed_json", ""),
        ("a list", post("/rooms/a", b"[\"Daily\"]"), 400, "malformed_json", ""),
        ("two values", post("/rooms/a", b"{\"name\":\"a\"}{}"), 400, "malformed_json", ""),
        ("a raw NUL", post("/rooms/a", b"{\"name\":\"\0\"}"), 400, "malformed_json", ""),
        (
            "a bad chunk",
            [&request("POST", "/rooms/a", &[JSON, CHUNKED]), "zz\r\n"].concat().into_bytes(),
            400,
            "malformed_json",
            "",
        ),
        ("twice the same", post("/rooms/a", br#"{"name":"a","name":"b"}"#), 400, "invalid_field", "name"),
        (
            "twice the same, deep",
            post("/optional", br#"{"x":[{"y":1,"y":2}]}"#),
            400,
            "invalid_field",
            "x[0].y",
        ),
        ("an unknown field", post("/rooms/a", br#"{"name":"a","b":1}"#), 400, "invalid_field", "b"),
        ("a wrong type", post("/rooms/a", br#"{"name":7}"#), 400, "invalid_field", "name"),
        ("a missing field", post("/rooms/a", b"{}"), 400, "invalid_field", "name"),
    ];
    for (what, bytes, status, code, field) in cases {
        let answer = server.exchange(&bytes).await;
        assert_eq!(answer.refusal(), (status, code.to_owned()), "{what}");
        assert_eq!(answer.field(), field, "{what}");
        assert_eq!(server.get("/rooms/standup").await.status, 200, "after {what}");
    }
}

#[tokio::test]
async fn a_body_that_does_not_arrive_in_time_is_answered_408_not_as_a_slow_handler() {
    let server = Fixture::with(|setup| {
        setup.settings.header_timeout_ms = 1_500;
        setup.settings.body_timeout_ms = 300;
        setup.settings.handler_timeout_ms = 50;
    });
    for (what, begin) in [
        ("a length that is not reached", request("POST", "/rooms/a", &[JSON, ("Content-Length", "20")])),
        ("chunks that do not end", request("POST", "/rooms/a", &[JSON, CHUNKED])),
    ] {
        let mut connection = Connection::open(server.address).await;
        connection.send(&begin).await;
        let answer = connection.receive().await;
        assert_eq!(answer.refusal(), (408, "request_timeout".to_owned()), "{what}");
        assert_eq!(answer.header("connection"), Some("close"), "{what}");
        assert!(connection.is_closed_by_server().await, "{what}");
    }
}

#[tokio::test]
async fn a_connection_goes_on_after_a_refusal_of_what_was_read() {
    let server = Fixture::start();
    let mut connection = Connection::open(server.address).await;
    connection.send(post("/rooms/a", b"{}")).await;
    assert_eq!(connection.receive().await.status, 400);
    connection.send(post("/rooms/a", br#"{"name":"b"}"#)).await;
    assert_eq!(connection.receive().await.status, 200);
}

#[tokio::test]
async fn a_body_that_nobody_waits_for_gets_one_answer_and_no_second() {
    let server = Fixture::with(|setup| setup.settings.header_timeout_ms = 1_500);
    for (target, status) in [("/nowhere", 404), ("/rooms/%00", 400), ("/panic", 405)] {
        let mut connection = Connection::open(server.address).await;
        connection.send(request("POST", target, &[JSON, CHUNKED]) + "2\r\n{}\r\n").await;
        let answer = connection.receive().await;
        assert_eq!((answer.status, answer.header("connection")), (status, Some("close")), "{target}");
        connection.send("2\r\n{}\r\n").await;
        assert!(connection.is_closed_by_server().await, "{target}");
    }
}
