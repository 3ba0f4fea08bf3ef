//! What a request leaves in the log, and whose trace it is part of.

use std::sync::OnceLock;

use serde_json::Value;
use telemetry::LogFormat;
use telemetry::testing::Capture;

use crate::fixture::Fixture;
use crate::raw::{Answer, request};

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const PARENTS_TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

/// Workers are threads of their own, so what they log can only be captured for the whole process.
fn capture() -> &'static Capture {
    static CAPTURE: OnceLock<Capture> = OnceLock::new();
    CAPTURE.get_or_init(|| {
        let capture = Capture::new("test-service", LogFormat::Json, "info");
        tracing::dispatcher::set_global_default(capture.dispatch()).expect("nobody else sets one");
        capture
    })
}

/// The lines of the trace that an answer names.
fn lines(answer: &Answer) -> Vec<Value> {
    let trace_id = answer.header("x-trace-id").expect("a trace id");
    let mut lines = capture().lines();
    lines.retain(|line| line["trace_id"] == trace_id);
    lines
}

#[tokio::test]
async fn a_request_leaves_one_line_without_its_query_its_headers_or_an_address() {
    capture();
    let server = Fixture::start();
    let canary = [("X-Canary", "CANARY-HEADER"), ("Authorization", "Bearer CANARY-TOKEN")];
    let answer = server.exchange(request("GET", "/rooms/standup?secret=CANARY-QUERY", &canary)).await;
    let lines = lines(&answer);
    let [line] = lines.as_slice() else { panic!("one line, not {lines:?}") };
    for (field, value) in [
        ("message", Value::from("request.answered")),
        ("level", "INFO".into()),
        ("http.request.method", "GET".into()),
        ("http.route", "/rooms/{room_id}".into()),
        ("http.response.status_code", 200.into()),
        ("room.id", "standup".into()),
    ] {
        assert_eq!(line[field], value, "{line}");
    }
    let text = line.to_string();
    assert!(!text.contains("CANARY") && !text.contains("127.0.0.1"), "{text}");
}

#[tokio::test]
async fn a_panic_and_a_bad_request_are_logged_without_what_the_user_sent() {
    capture();
    let server = Fixture::start();
    let panicked = server.get("/panic").await;
    let lines_of_panic = lines(&panicked);
    let event = lines_of_panic.iter().find(|line| line["message"] == "handler.panicked").expect("an event");
    assert_eq!(event["level"], "ERROR");
    assert!(event["place"].as_str().is_some_and(|place| place.contains("fixture.rs")), "{event}");
    assert!(!format!("{lines_of_panic:?}").contains("SECRET"), "{lines_of_panic:?}");

    let refused = server.exchange("CANARY nonsense CANARY\r\n\r\n").await;
    assert_eq!(lines(&refused).len(), 1, "{:?}", lines(&refused));
    assert!(!capture().text().contains("CANARY nonsense"));
}

#[tokio::test]
async fn a_trace_is_continued_for_a_trusted_proxy_and_for_nobody_else() {
    capture();
    let traced = request("GET", "/rooms/standup", &[("traceparent", PARENT), ("baggage", "a=b")]);
    let edge = Fixture::start();
    let stranger = edge.exchange(&traced).await;
    stranger.check_common_headers();
    assert_ne!(stranger.header("x-trace-id"), Some(PARENTS_TRACE));

    let behind = Fixture::with(|setup| {
        setup.settings.trusted_proxies = vec!["127.0.0.1".parse().expect("an address")];
    });
    assert_eq!(behind.exchange(&traced).await.header("x-trace-id"), Some(PARENTS_TRACE));
    let refused = behind.exchange(request("GET", "/nowhere", &[("traceparent", PARENT)])).await;
    assert_eq!(refused.refusal(), (404, "not_found".to_owned()));
    assert_eq!(refused.json()["trace_id"], PARENTS_TRACE);
}

#[tokio::test]
async fn a_proxy_that_is_not_trusted_is_counted_each_time_and_told_of_once_without_its_address() {
    capture();
    let forwarded = request("GET", "/rooms/standup", &[("X-Forwarded-For", "198.51.100.7")]);
    let warnings = |answer: &Answer| {
        let mut lines = lines(answer);
        lines.retain(|line| line["message"] == "proxy.untrusted");
        lines
    };
    let server = Fixture::start();
    let first = warnings(&server.exchange(&forwarded).await);
    let [warning] = first.as_slice() else { panic!("one warning, not {first:?}") };
    assert_eq!(warning["level"], "WARN");
    let text = warning.to_string();
    assert!(text.contains("SERVER__TRUSTED_PROXIES") && !text.contains("198.51.100.7"), "{text}");
    assert_eq!(warnings(&server.exchange(&forwarded).await), Vec::<Value>::new());
    assert!(server.metrics().await.contains("\nforwarded_by_untrusted_total 2\n"));

    let behind = Fixture::with(|setup| {
        setup.settings.trusted_proxies = vec!["127.0.0.1".parse().expect("an address")];
    });
    assert_eq!(warnings(&behind.exchange(&forwarded).await), Vec::<Value>::new());
    assert!(behind.metrics().await.contains("\nforwarded_by_untrusted_total 0\n"));
}
