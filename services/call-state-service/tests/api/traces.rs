//! One trace tells one call: later commands link to the trace in which it was made.

use testkit::{OtlpReceiver, eventually};

use crate::world::{BOUND, World};

#[tokio::test]
async fn commands_and_deadlines_link_to_the_trace_of_the_invite() {
    let collector = OtlpReceiver::start().await.unwrap();
    let endpoint = collector.endpoint();
    let settings = [
        ("TELEMETRY__OTLP_ENDPOINT", endpoint.as_str()),
        ("TELEMETRY__SAMPLE_RATIO", "1"),
        ("CALLS__RING_SECONDS", "1"),
    ];
    let world = World::with(1, &settings).await;
    let (ann, bob) = (world.device("ann", "a"), world.device("bob", "b"));
    let call = ann.rings(&["bob"]).await;
    bob.client.notified(&bob.relay(), call.id).await.unwrap();
    for name in ["call.notified", "call.tick"] {
        eventually(name, BOUND, async || {
            let spans = collector.spans();
            let of_command = |span: &&testkit::Span| span.name == name;
            spans.iter().filter(of_command).any(|span| {
                span.trace_id != call.trace_id && span.links.iter().any(|link| link.trace_id == call.trace_id)
            })
        })
        .await;
    }
    assert!(
        collector.spans().iter().any(|span| span.name == "call.invite" && span.trace_id == call.trace_id),
        "the invite is in the call's own trace"
    );
}
