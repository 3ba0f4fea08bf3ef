//! The trace goes in by `traceparent` and out by `traceparent`.

use http::{HeaderMap, HeaderName, HeaderValue};
use telemetry::testing::Capture;
use telemetry::{LogFormat, continue_from, inject, trace_id, traceparent as traceparent_now};
use tracing::dispatcher::with_default;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

/// What goes out of a span that was continued from these headers.
fn passed_on(traceparent: Option<&str>, tracestate: Option<&str>) -> (Option<String>, HeaderMap) {
    let capture = Capture::new("sample", LogFormat::Json, "info");
    with_default(&capture.dispatch(), || {
        let span = tracing::info_span!("http.request");
        continue_from(&span, traceparent, tracestate);
        let _entered = span.entered();
        let mut headers = HeaderMap::from_iter([(
            HeaderName::from_static("traceparent"),
            HeaderValue::from_static("left over from before"),
        )]);
        let _inner = tracing::info_span!("http.client").entered();
        inject(&mut headers);
        (trace_id(), headers)
    })
}

fn traceparent(headers: &HeaderMap) -> Vec<&str> {
    let parents: Vec<_> = headers.get_all("traceparent").iter().collect();
    assert_eq!(parents.len(), 1);
    parents[0].to_str().expect("ASCII").split('-').collect()
}

#[test]
fn a_trace_goes_on_with_its_decision_and_its_state() {
    for flags in ["00", "01"] {
        let received = format!("00-{TRACE}-b7ad6b7169203331-{flags}");
        let (trace, headers) = passed_on(Some(&received), Some("vendor=1"));
        assert_eq!(trace.as_deref(), Some(TRACE));
        let [version, trace, span, passed] = traceparent(&headers)[..] else { panic!("{headers:?}") };
        assert_eq!((version, trace, passed), ("00", TRACE, flags));
        assert_ne!(span, "b7ad6b7169203331", "the parent is our own span");
        assert_eq!(headers["tracestate"], "vendor=1");
    }
}

#[test]
fn without_a_usable_parent_a_trace_begins() {
    let zeros = format!("00-{}-b7ad6b7169203331-01", "0".repeat(32));
    let long = format!("00-{TRACE}-b7ad6b7169203331-01-{}", "x".repeat(100_000));
    for received in
        [None, Some(""), Some("garbage"), Some("00-xyz-1-01"), Some(zeros.as_str()), Some(long.as_str())]
    {
        let (trace, headers) = passed_on(received, Some("vendor=1"));
        let trace = trace.expect("there is one");
        assert!(trace.len() == 32 && trace != TRACE && trace != "0".repeat(32), "{trace}");
        assert_eq!(traceparent(&headers)[1], trace);
        assert_eq!(traceparent(&headers)[3], "00", "nobody exports it");
        assert!(!headers.contains_key("tracestate"), "a state belongs to its parent");
    }
}

#[test]
fn outside_of_any_span_there_is_nothing_to_pass_on() {
    let capture = Capture::new("sample", LogFormat::Json, "info");
    with_default(&capture.dispatch(), || {
        let mut headers = HeaderMap::new();
        inject(&mut headers);
        assert!(headers.is_empty());
        assert_eq!(trace_id(), None);
        assert_eq!(traceparent_now(), None);
    });
}
