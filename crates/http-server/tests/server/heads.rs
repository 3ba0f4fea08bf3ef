//! Heads that are too large, too slow, or no HTTP.

use crate::fixture::Fixture;
use crate::raw::{Connection, request};

fn with_headers(count: usize) -> String {
    let names: Vec<String> = (0..count).map(|index| format!("X-Header-{index}")).collect();
    let headers: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
    request("GET", "/rooms/standup", &headers)
}

#[tokio::test]
async fn a_head_that_is_no_honest_clients_gets_a_problem_and_the_server_goes_on() {
    let server = Fixture::start();
    let large = |bytes: usize| request("GET", "/rooms/standup", &[("X-Large", &"x".repeat(bytes))]);
    for (what, bytes, refusal) in [
        ("80 headers, which the parser takes", with_headers(80), (431, "headers_too_large")),
        ("100 headers, more than the parser takes", with_headers(100), (431, "headers_too_large")),
        ("1000 headers", with_headers(1_000), (431, "headers_too_large")),
        ("20 KiB of headers", large(20 * 1024), (431, "headers_too_large")),
        ("200 KiB of headers, more than the parser reads", large(200 * 1024), (431, "headers_too_large")),
        ("2 MiB of headers", large(2 * 1024 * 1024), (431, "headers_too_large")),
        ("a long path", request("GET", &format!("/{}", "x".repeat(10_000)), &[]), (400, "invalid_field")),
        (
            "a path beyond the parser",
            request("GET", &format!("/{}", "x".repeat(70_000)), &[]),
            (400, "invalid_field"),
        ),
        ("no HTTP at all", "\u{16}\u{3}\u{1}hello\r\n\r\n".to_owned(), (400, "invalid_field")),
        ("no Host", "GET /rooms/standup HTTP/1.1\r\n\r\n".to_owned(), (400, "invalid_field")),
        ("two hosts", request("GET", "/rooms/standup", &[("Host", "other")]), (400, "invalid_field")),
        ("an unknown version", "GET / HTTP/7.1\r\nHost: x\r\n\r\n".to_owned(), (400, "invalid_field")),
        ("a header with NUL", request("GET", "/rooms/a", &[("X-A", "a\0b")]), (400, "invalid_field")),
        (
            "a negative length",
            request("POST", "/rooms/a", &[("Content-Length", "-1")]),
            (400, "invalid_field"),
        ),
        (
            "two lengths",
            request("POST", "/rooms/a", &[("Content-Length", "1"), ("Content-Length", "2")]),
            (400, "invalid_field"),
        ),
        (
            "length and chunks at once",
            request("POST", "/rooms/a", &[("Content-Length", "1"), ("Transfer-Encoding", "chunked")]),
            (400, "invalid_field"),
        ),
        ("a broken escape in the path", request("GET", "/rooms/%zz", &[]), (400, "invalid_field")),
    ] {
        let answer = server.exchange(&bytes).await;
        let (status, code) = answer.refusal();
        assert_eq!((status, code.as_str()), refusal, "{what}");
        assert_eq!(server.get("/rooms/standup").await.status, 200, "after {what}");
    }
    assert!(server.metrics().await.contains("http_connections_refused_total"));
}

#[tokio::test]
async fn a_head_that_does_not_arrive_in_time_is_answered_408_on_a_used_connection_too() {
    let server = Fixture::with(|setup| setup.settings.header_timeout_ms = 1_500);
    for requests_before in [0, 2] {
        let mut connection = Connection::open(server.address).await;
        for _ in 0..requests_before {
            connection.send(request("GET", "/rooms/standup", &[])).await;
            assert_eq!(connection.receive().await.status, 200);
        }
        connection.send("GET /rooms/standup HTTP/1.1\r\nHost: loc").await;
        let (status, code) = connection.receive().await.refusal();
        assert_eq!((status, code.as_str()), (408, "request_timeout"), "after {requests_before} requests");
        assert!(connection.is_closed_by_server().await);
    }
}

#[tokio::test]
async fn a_client_that_says_nothing_is_hung_up_on_without_a_word() {
    let server = Fixture::with(|setup| {
        setup.settings.header_timeout_ms = 1_500;
        setup.settings.keep_alive_seconds = 2;
    });
    let mut silent = Connection::open(server.address).await;
    assert!(silent.is_closed_by_server().await);

    let mut idle = Connection::open(server.address).await;
    idle.send(request("GET", "/rooms/standup", &[])).await;
    assert_eq!(idle.receive().await.status, 200);
    assert!(idle.is_closed_by_server().await);
}

#[tokio::test]
async fn requests_that_come_together_are_answered_in_order_and_a_bad_one_among_them_last() {
    let server = Fixture::start();
    let mut connection = Connection::open(server.address).await;
    let good = request("GET", "/rooms/standup", &[]);
    connection.send(format!("{good}{good}nonsense\r\n\r\n{good}")).await;
    assert_eq!(connection.receive().await.status, 200);
    assert_eq!(connection.receive().await.status, 200);
    assert_eq!(connection.receive().await.refusal(), (400, "invalid_field".to_owned()));
    assert!(connection.is_closed_by_server().await);
}
