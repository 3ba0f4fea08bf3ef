//! Whom somebody does not want to hear from, and when.

use reqwest::Method;
use serde_json::json;
use signal_protocol::{Availability, CallPhase, EndReason, UserId, timestamp};
use testkit::eventually;

use crate::world::{Answer, BOUND, World};

fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

#[tokio::test]
async fn a_blocked_callers_call_looks_like_any_other_and_rings_nobody() {
    let world = World::with(1, &[("CALLS__RING_SECONDS", "1")]).await;
    let (ann, bob) = (world.device("ann", "a"), world.device("bob", "b"));
    bob.client.block(&bob.relay(), &user("ann")).await.unwrap();
    let witness = world.witness("bob", "b").await;
    let call = ann.rings(&["bob"]).await;
    assert_eq!(call.phase, CallPhase::Ringing);
    assert!(bob.client.calls(&bob.relay()).await.unwrap().items.is_empty());
    eventually("it ends", BOUND, async || {
        ann.sees(call.id).await.unwrap().reason == Some(EndReason::NoAnswer)
    })
    .await;
    assert!(witness.story().await.is_empty());
    assert!(bob.client.history(&bob.relay(), None, None).await.unwrap().items.is_empty());

    bob.client.unblock(&bob.relay(), &user("ann")).await.unwrap();
    bob.client.unblock(&bob.relay(), &user("ann")).await.unwrap();
    ann.rings(&["bob"]).await;
    assert_eq!(witness.story().await.first().map(String::as_str), Some("ringing"));
}

#[tokio::test]
async fn blocks_are_listed_in_parts() {
    let world = World::start().await;
    let bob = world.device("bob", "b");
    for name in ["carl", "ann", "eve"] {
        bob.client.block(&bob.relay(), &user(name)).await.unwrap();
    }
    let first = bob.client.blocks(&bob.relay(), Some(2), None).await.unwrap();
    let names = |page: &signal_protocol::Page<signal_protocol::Block>| {
        page.items.iter().map(|block| block.user_id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(&first), ["ann", "carl"]);
    let rest = bob.client.blocks(&bob.relay(), Some(2), first.next_cursor.as_deref()).await.unwrap();
    assert_eq!((names(&rest), rest.next_cursor), (vec!["eve".to_owned()], None));
    // To block somebody twice does not change since when.
    bob.client.block(&bob.relay(), &user("ann")).await.unwrap();
    let again = bob.client.blocks(&bob.relay(), None, None).await.unwrap();
    assert_eq!(again.items[0], first.items[0]);
    let oneself = Answer::of(world.request(Method::PUT, "/blocks/bob", &bob.token)).await;
    oneself.blames(&["user_id"]);
}

#[tokio::test]
async fn whoever_is_not_to_be_disturbed_is_busy_until_the_time_they_said() {
    let world = World::start().await;
    let (ann, bob) = (world.device("ann", "a"), world.device("bob", "b"));
    let quiet = Availability { do_not_disturb: true, until: None };
    assert_eq!(bob.client.set_availability(&bob.relay(), &quiet).await.unwrap(), quiet);
    assert_eq!(bob.client.availability(&bob.relay()).await.unwrap(), quiet);
    assert_eq!(ann.rings(&["bob"]).await.reason, Some(EndReason::Busy));

    let past = clock::DateTime::UNIX_EPOCH;
    let over = json!({ "do_not_disturb": true, "until": timestamp::format(past) });
    let answer = world.send(Method::PUT, "/availability", &bob.token, &over).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, over));
    assert_eq!(bob.client.availability(&bob.relay()).await.unwrap(), Availability::default());
    assert_eq!(ann.rings(&["bob"]).await.phase, CallPhase::Ringing);
}

#[tokio::test]
async fn a_wish_with_an_id_is_fulfilled_once() {
    let world = World::with(2, &[]).await;
    let [first, second] = [0, 1].map(|replica| world.device_at(replica, "bob", "b"));
    let ask = async |device: &crate::world::Device, id| {
        device.client.block(&device.relay_with(id), &user("ann")).await
    };
    ask(&first, "block-0001").await.unwrap();
    first.client.unblock(&first.relay_with("unblock-0001"), &user("ann")).await.unwrap();
    // The first request once more, late: it was fulfilled, and is not again.
    ask(&second, "block-0001").await.unwrap();
    assert!(first.client.blocks(&first.relay(), None, None).await.unwrap().items.is_empty());
    let reused = second.client.block(&second.relay_with("block-0001"), &user("eve")).await;
    assert_eq!(crate::world::refused(reused).code, signal_protocol::ErrorCode::RequestIdReused);
}
