//! The collector keeps what it is sent.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1 as wire;
use prost::Message;
use testkit::{OtlpReceiver, SpanKind, SpanLink};

use super::http::post;

fn text(key: &str, value: &str) -> KeyValue {
    let value = AnyValue { value: Some(Value::StringValue(value.to_owned())) };
    KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() }
}

/// One span of a service, as an exporter sends it.
fn export() -> Vec<u8> {
    let span = wire::Span {
        trace_id: vec![0xab; 16],
        span_id: vec![0xcd; 8],
        parent_span_id: vec![0xef; 8],
        name: "room.join".to_owned(),
        kind: wire::span::SpanKind::Server.into(),
        attributes: vec![text("room.id", "standup")],
        events: vec![wire::span::Event { name: "token.minted".to_owned(), ..Default::default() }],
        links: vec![wire::span::Link {
            trace_id: vec![0x12; 16],
            span_id: vec![0x34; 8],
            ..Default::default()
        }],
        status: Some(wire::Status {
            message: "down".to_owned(),
            code: wire::status::StatusCode::Error.into(),
        }),
        ..Default::default()
    };
    let resource =
        Resource { attributes: vec![text("service.name", "realtime-service")], ..Default::default() };
    let scope_spans = vec![wire::ScopeSpans { spans: vec![span], ..Default::default() }];
    let resource_spans =
        vec![wire::ResourceSpans { resource: Some(resource), scope_spans, ..Default::default() }];
    ExportTraceServiceRequest { resource_spans }.encode_to_vec()
}

async fn send(receiver: &OtlpReceiver, body: Vec<u8>) -> reqwest::Result<reqwest::Response> {
    post(format!("{}/v1/traces", receiver.endpoint()), body).await
}

#[tokio::test]
async fn an_exported_span_is_kept_in_all_its_parts() {
    let receiver = OtlpReceiver::start().await.unwrap();
    assert_eq!(send(&receiver, export()).await.unwrap().status(), 200);

    let spans = receiver.trace(&"ab".repeat(16));
    assert_eq!(spans.len(), 1);
    let span = &spans[0];
    assert_eq!(span.service, "realtime-service");
    assert_eq!(span.name, "room.join");
    assert_eq!(span.kind, SpanKind::Server);
    assert_eq!(span.span_id, "cd".repeat(8));
    assert_eq!(span.parent, Some("ef".repeat(8)));
    assert_eq!(span.attributes["room.id"], "standup");
    assert_eq!(span.events[0].name, "token.minted");
    assert_eq!(span.links, [SpanLink { trace_id: "12".repeat(16), span_id: "34".repeat(8) }]);
    assert_eq!(span.error.as_deref(), Some("down"));

    assert!(receiver.trace(&"00".repeat(16)).is_empty());
    assert!(receiver.has_received("standup"));
    assert!(!receiver.has_received("canary"));
}

#[tokio::test]
async fn what_is_no_export_is_refused_and_not_kept() {
    let receiver = OtlpReceiver::start().await.unwrap();
    assert_eq!(send(&receiver, b"\xff\xff".to_vec()).await.unwrap().status(), 400);
    assert!(receiver.spans().is_empty());
}

#[tokio::test]
async fn a_collector_can_be_down_for_a_while() {
    let receiver = OtlpReceiver::start().await.unwrap();
    receiver.down().await;
    assert!(send(&receiver, export()).await.unwrap_err().is_connect());
    receiver.up().await.unwrap();
    assert_eq!(send(&receiver, export()).await.unwrap().status(), 200);
}
