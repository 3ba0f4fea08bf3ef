//! Very many webhooks at once.

use futures_util::StreamExt as _;
use futures_util::stream;

use super::*;

/// As many as a busy LiveKit sends in a second.
const WEBHOOKS: usize = 2_000;

#[tokio::test]
async fn joins_go_on_whatever_livekit_has_to_say() {
    let world =
        World::with_store(&[("LIMITS__JOINS_PER_MINUTE", "10000"), ("LIMITS__JOINS_BURST", "10000")]).await;
    let rooms: Vec<_> = (0..50)
        .map(|n| WebhookRoom { name: format!("realtime/busy{n}"), sid: format!("RM_{n}"), ..standup() })
        .collect();
    let bodies: Vec<_> = (0..WEBHOOKS)
        .map(|n| {
            let room = &rooms[n % rooms.len()];
            let (identity, sid) = (format!("user{n}:web"), format!("PA_{n}"));
            room.event_of(
                "participant_joined",
                &format!("EV_{n}"),
                room.created_at_ms,
                (&identity, &sid, room.created_at_ms),
            )
        })
        .collect();
    let flood = async {
        let deliveries = stream::iter(&bodies).map(|body| told(&world, &world.url, body));
        deliveries
            .buffer_unordered(64)
            .for_each(async |answer| {
                assert!(matches!(answer.status.as_u16(), 200 | 503), "{} {}", answer.status, answer.text);
            })
            .await;
    };
    let token = world.token("ann", &["/rooms/standup"]);
    let joins = async {
        for _ in 0..100 {
            let answer = world.join("standup", &token).await;
            assert_eq!(answer.status, 201, "{}", answer.text);
        }
    };
    tokio::join!(flood, joins);
}
