//! What makes telemetry refuse to start.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

use testkit::{OtlpReceiver, SpanLink, eventually};
use tracing::Dispatch;
use tracing::dispatcher::with_default;

use super::{Telemetry, subscriber};
use crate::counters::{Counters, Reason};
use crate::log::{Log, Queue, Sink};
use crate::spans::{self, BATCH, QUEUE};
use crate::{LogFormat, TelemetrySettings};

const PATIENCE: Duration = Duration::from_secs(20);

/// What a whole process would have, for a part of one.
fn started(settings: &TelemetrySettings) -> (Telemetry, Dispatch) {
    let counters = Counters::default();
    let lines = Queue::new(counters.lines_dropped.clone());
    lines.drain_into(io::sink()).expect("a thread can be made");
    let provider = spans::provider("sample", "1.2.3", settings, &counters).expect("the settings are right");
    let log = Log::new("sample", LogFormat::Json, Sink::Queue(lines.clone()));
    let dispatch = Dispatch::new(subscriber(log, &provider, "warn").expect("the filter is right"));
    (Telemetry { provider, lines, counters }, dispatch)
}

fn to(endpoint: &str) -> TelemetrySettings {
    let endpoint = endpoint.parse().expect("it is a URL");
    TelemetrySettings {
        otlp_endpoint: Some(endpoint),
        export_interval_ms: 20,
        ..TelemetrySettings::default()
    }
}

fn finish_spans(count: usize, dispatch: &Dispatch) {
    with_default(dispatch, || {
        for _ in 0..count {
            drop(tracing::info_span!("sample.work", room.id = "standup"));
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spans_reach_the_collector_with_the_service_that_made_them() {
    let collector = OtlpReceiver::start().await.expect("a port is free");
    let (telemetry, dispatch) = started(&to(&format!("{}/", collector.endpoint())));
    with_default(&dispatch, || {
        let outer =
            tracing::info_span!("http.request", otel.kind = "server", http.route = "/rooms/{room_id}");
        let _entered = outer.entered();
        tracing::info_span!("http.client", otel.kind = "client").in_scope(|| tracing::warn!("an event"));
    });
    eventually("both spans arrive by themselves", PATIENCE, || async { collector.spans().len() == 2 }).await;

    let spans = collector.spans();
    let outer = spans.iter().find(|span| span.name == "http.request").expect("it arrived");
    let inner = spans.iter().find(|span| span.name == "http.client").expect("it arrived");
    assert_eq!((outer.service.as_str(), inner.service.as_str()), ("sample", "sample"));
    assert_eq!(inner.trace_id, outer.trace_id);
    assert_eq!(inner.parent.as_deref(), Some(outer.span_id.as_str()));
    assert!(collector.has_received("1.2.3"), "the version is part of the resource");
    assert!(!collector.has_received("an event"), "events are in the log only");
    telemetry.stop().await;
}

#[tokio::test]
async fn what_comes_later_is_linked_to_what_it_is_about() {
    let collector = OtlpReceiver::start().await.expect("a port is free");
    let (telemetry, dispatch) = started(&to(&collector.endpoint()));
    let kept = with_default(&dispatch, || tracing::info_span!("call.invite").in_scope(crate::traceparent));
    let kept = kept.expect("there was a span");
    with_default(&dispatch, || {
        let later = tracing::info_span!("call.tick");
        for traceparent in ["", "garbage", kept.as_str()] {
            crate::link(&later, traceparent);
        }
        // A span that somebody has looked at counts as begun, and can be linked all the same.
        later.in_scope(crate::trace_id);
        crate::link(&later, &kept);
    });
    telemetry.stop().await;

    let spans = collector.spans();
    let first = spans.iter().find(|span| span.name == "call.invite").expect("it arrived");
    let later = spans.iter().find(|span| span.name == "call.tick").expect("it arrived");
    assert_eq!(kept, format!("00-{}-{}-01", first.trace_id, first.span_id));
    assert_ne!(later.trace_id, first.trace_id);
    let link = SpanLink { trace_id: first.trace_id.clone(), span_id: first.span_id.clone() };
    assert_eq!(later.links, [link.clone(), link]);
}

#[tokio::test]
async fn what_is_not_exported_yet_is_exported_at_the_stop() {
    let collector = OtlpReceiver::start().await.expect("a port is free");
    let settings = TelemetrySettings { export_interval_ms: 60_000, ..to(&collector.endpoint()) };
    let (telemetry, dispatch) = started(&settings);
    finish_spans(3, &dispatch);
    let counters = telemetry.counters.clone();
    telemetry.stop().await;
    assert_eq!(collector.spans().len(), 3);
    assert_eq!(counters.spans_exported.get(), 3);
}

#[tokio::test]
async fn the_sampling_ratio_decides_for_new_traces_and_the_caller_for_its_own() {
    let collector = OtlpReceiver::start().await.expect("a port is free");
    let (telemetry, dispatch) =
        started(&TelemetrySettings { sample_ratio: 0.0, ..to(&collector.endpoint()) });
    finish_spans(100, &dispatch);
    with_default(&dispatch, || {
        for (trace, flags) in [("a", "01"), ("b", "00")] {
            let parent = format!("00-{}-{}-{flags}", trace.repeat(32), "c".repeat(16));
            let span = tracing::info_span!("sample.work");
            crate::continue_from(&span, Some(&parent), None);
        }
    });
    telemetry.stop().await;
    let spans = collector.spans();
    let traces: Vec<_> = spans.iter().map(|span| span.trace_id.as_str()).collect();
    assert_eq!(traces, ["a".repeat(32)]);
}

/// A collector that is not there, and one that takes the connection and then never says a word.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_collector_costs_neither_memory_nor_a_late_stop() {
    let black_hole = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        listener.local_addr().expect("it is bound")
    };
    for address in [black_hole.local_addr().expect("it is bound"), closed] {
        let (telemetry, dispatch) = started(&to(&format!("http://{address}")));
        let counters = telemetry.counters.clone();
        let lost = || {
            let reasons = [Reason::queue_full, Reason::export_failed];
            reasons.map(|reason| usize::try_from(counters.spans_lost(reason).get()).expect("it is small"))
        };
        finish_spans(50_000, &dispatch);
        let [full, failed] = lost();
        assert!(50_000 - full - failed <= QUEUE + BATCH, "more wait at {address} than may: {full}, {failed}");

        // Unbounded, it would wait the timeout of an export for each of the batches that are left.
        let stopped = tokio::time::timeout(PATIENCE / 2, telemetry.stop()).await;
        assert!(stopped.is_ok(), "the stop waits for {address}");
        assert_eq!(counters.spans_exported.get(), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_comes_back_gets_spans_again() {
    let collector = OtlpReceiver::start().await.expect("a port is free");
    collector.down().await;
    let (telemetry, dispatch) = started(&to(&collector.endpoint()));
    let counters = telemetry.counters.clone();
    finish_spans(1, &dispatch);
    let failed = counters.spans_lost(Reason::export_failed);
    eventually("the first export fails", PATIENCE, || async { failed.get() == 1 }).await;
    collector.up().await.expect("its port is still free");
    finish_spans(1, &dispatch);
    eventually("the next one arrives", PATIENCE, || async { collector.spans().len() == 1 }).await;
    telemetry.stop().await;
    assert_eq!(counters.spans_exported.get(), 1);
}

#[test]
fn an_endpoint_needs_a_runtime() {
    let started = spans::provider("sample", "1", &to("http://127.0.0.1:9"), &Counters::default());
    assert!(matches!(started, Err(crate::StartError::NoRuntime)));
}

#[test]
fn the_counters_are_registered_by_their_documented_names() {
    let counters = Counters::default();
    counters.spans_lost(Reason::queue_full).inc();
    let mut registry = prometheus_client::registry::Registry::default();
    counters.register(&mut registry);
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry).expect("a string can be written to");
    for line in [
        "log_lines_dropped_total 0",
        "trace_spans_exported_total 0",
        "trace_spans_lost_total{reason=\"queue_full\"} 1",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
}
