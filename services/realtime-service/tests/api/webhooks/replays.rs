//! One effect, whatever is delivered how often, in which order and to whom.

use futures_util::future::join_all;

use super::*;

#[tokio::test]
async fn a_hundred_deliveries_at_three_replicas_have_one_effect() {
    let mut world = World::with_store(&[]).await;
    let (second, third) = tokio::join!(world.replica(&[]), world.replica(&[]));
    world.livekit.stop().await;
    let kept = Kept::by(&world);
    let room = standup();
    let body = ann_joined(&room, "EV_1");
    let replicas = [&world.url, &second.url, &third.url];
    let deliveries = (0..100).map(|n| told(&world, replicas[n % 3], &body));
    for answer in join_all(deliveries).await {
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    let mut applied = 0.0;
    for management_url in [&world.management_url, &second.management_url, &third.management_url] {
        let metrics = send(world.http(Method::GET, &format!("{management_url}/metrics"))).await.text;
        let figure = |outcome: &str| {
            let line = format!("webhooks_total{{event=\"participant_joined\",outcome=\"{outcome}\"}} ");
            metrics.lines().find_map(|found| found.strip_prefix(&line)?.parse::<f64>().ok()).unwrap_or(0.0)
        };
        applied += figure("applied");
    }
    assert!((applied - 1.0).abs() < 0.1, "it was applied {applied} times");
    assert_eq!(kept.there().await, ["ann:web"]);
    assert!(kept.at("webhook:EV_1").await.is_some());
}

#[tokio::test]
async fn who_has_left_stays_away_whatever_comes_late() {
    let world = without_livekit().await;
    let kept = Kept::by(&world);
    let room = standup();
    let take = async |body: Value| assert_eq!(told(&world, &world.url, &body).await.status, 200);
    take(ann_left(&room, "EV_3")).await;
    take(ann_joined(&room, "EV_2")).await;
    assert_eq!(kept.there().await, [""; 0]);
    let at = room.created_at_ms + 5_000;
    take(room.event_of("participant_joined", "EV_4", at, ("ann:web", "PA_again", at))).await;
    take(ann_left(&room, "EV_5")).await;
    assert_eq!(kept.there().await, ["ann:web"]);
    assert_eq!(kept.whereabouts("ann").await, ["standup"]);
    take(room.event("room_finished", "EV_7", at + 1_000)).await;
    take(room.event("room_started", "EV_1", room.created_at_ms)).await;
    take(room.event_of("participant_joined", "EV_6", at, ("bob:web", "PA_bob", at))).await;
    assert_eq!(kept.there().await, [""; 0]);
    assert_eq!(kept.whereabouts("ann").await, [""; 0]);
    // A room of the same name, later.
    let later = WebhookRoom { sid: "RM_later".to_owned(), created_at_ms: at + 2_000, ..room.clone() };
    take(ann_joined(&later, "EV_8")).await;
    take(room.event("room_finished", "EV_9", at + 3_000)).await;
    assert_eq!(kept.there().await, ["ann:web"]);
}

#[tokio::test]
async fn many_rooms_and_devices_of_one_person_are_told_apart() {
    let world = without_livekit().await;
    let kept = Kept::by(&world);
    let rooms: Vec<_> = (0..10)
        .map(|n| WebhookRoom { name: format!("realtime/room{n}"), sid: format!("RM_{n}"), ..standup() })
        .collect();
    let devices = ["web", "phone", "tv"];
    let bodies: Vec<_> = rooms
        .iter()
        .flat_map(|room| {
            devices.map(|device| {
                let (id, sid) = (format!("EV_{device}_{}", room.sid), format!("PA_{device}_{}", room.sid));
                let at = room.created_at_ms;
                room.event_of("participant_joined", &id, at, (&format!("ann:{device}"), &sid, at))
            })
        })
        .collect();
    for answer in join_all(bodies.iter().map(|body| told(&world, &world.url, body))).await {
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    assert_eq!(kept.whereabouts("ann").await.len(), 10);
    for (n, device) in devices.iter().enumerate() {
        let room = &rooms[0];
        let (id, sid) = (format!("EV_left_{device}"), format!("PA_{device}_{}", room.sid));
        let at = room.created_at_ms;
        let body = room.event_of("participant_left", &id, at, (&format!("ann:{device}"), &sid, at));
        assert_eq!(told(&world, &world.url, &body).await.status, 200);
        let last = n + 1 == devices.len();
        assert_eq!(kept.whereabouts("ann").await.contains(&"room0".to_owned()), !last, "{device}");
    }
}
