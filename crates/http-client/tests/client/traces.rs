//! What a trace shows of a request, at a collector.

use std::time::Duration;

use http_client::{Client, ClientSettings};
use telemetry::TelemetrySettings;
use testkit::{OtlpReceiver, SpanKind, eventually};
use tracing::Instrument as _;

use crate::server::{Act, Server, answer};

const BOUND: Duration = Duration::from_secs(20);

/// One test, because a process has one telemetry.
#[tokio::test]
async fn each_try_is_a_client_span_whose_context_is_passed_on_and_which_keeps_secrets() {
    let collector = OtlpReceiver::start().await.unwrap();
    let settings = TelemetrySettings {
        otlp_endpoint: Some(collector.endpoint().parse().unwrap()),
        export_interval_ms: 10,
        ..TelemetrySettings::default()
    };
    let _telemetry = telemetry::start("test", "0", &settings).unwrap();
    let server = Server::start(vec![Act::Close, answer("404 Not Found", "")]).await;
    let bounds = ClientSettings { timeout_ms: 10_000, ..ClientSettings::default() };
    let client = Client::new("membership", &bounds).unwrap();
    let url = server.url.join("canary-path?canary-query=1").unwrap();

    let (trace_id, status) = async {
        let answer = client.get(url).bearer("canary-token").send().await.unwrap();
        (telemetry::trace_id().unwrap(), answer.status)
    }
    .instrument(tracing::info_span!("work"))
    .await;
    assert_eq!(status, 404);

    let spans = eventually("all three spans have arrived", BOUND, async || {
        Some(collector.trace(&trace_id)).filter(|spans| spans.len() == 3)
    })
    .await;
    let work = spans.iter().find(|span| span.name == "work").unwrap();
    let tries: Vec<_> = spans.iter().filter(|span| span.kind == SpanKind::Client).collect();
    let port = server.url.port().unwrap().to_string();
    for (number, one) in tries.iter().enumerate() {
        assert_eq!(one.name, "GET");
        assert_eq!(one.parent.as_ref(), Some(&work.span_id));
        assert_eq!(one.attributes["http.request.method"], "GET");
        assert_eq!(one.attributes["server.address"], "127.0.0.1");
        assert_eq!(one.attributes["server.port"], port);
        assert_eq!(one.attributes["peer.service"], "membership");
        assert!(one.error.is_some());
        let sent = server.requests()[number].to_lowercase();
        let traceparent = format!("\r\ntraceparent: 00-{trace_id}-{}-01\r\n", one.span_id);
        assert!(sent.contains(&traceparent), "{traceparent} is not in {sent}");
    }
    let [first, second] = tries[..] else { panic!("two tries: {spans:?}") };
    assert_eq!(first.attributes["error.type"], "interrupted");
    assert_eq!(first.attributes.get("http.request.resend_count"), None);
    assert_eq!(second.attributes["error.type"], "404");
    assert_eq!(second.attributes["http.response.status_code"], "404");
    assert_eq!(second.attributes["http.request.resend_count"], "1");
    assert!(!collector.has_received("canary"));
}
