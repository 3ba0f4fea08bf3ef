//! Webhooks by the thousand, while people join.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::Duration;

use clock::{Clock, DateTime, Utc};
use futures_util::{StreamExt as _, stream};
use reqwest::Method;
use testkit::{WebhookForge, WebhookRoom, rounds};
use tokio::time::{Instant, sleep_until};

use crate::webhooks::PATH;
use crate::world::{World, send};

/// How many deliveries are under way at most; LiveKit has one for each room that it tells of.
const AT_ONCE: usize = 512;

/// In so many rooms something happens.
const ROOMS: usize = 200;

/// One person coming into one of them.
fn arrival(n: usize, made: DateTime<Utc>) -> String {
    let (room, at) = (n % ROOMS, made.timestamp_millis());
    let room =
        WebhookRoom { name: format!("realtime/busy{room}"), sid: format!("RM_{room}"), created_at_ms: at };
    let (identity, sid) = (format!("user{n}:web"), format!("PA_{n}"));
    room.event_of("participant_joined", &format!("EV_{n}"), at, (&identity, &sid, at)).to_string()
}

#[tokio::test]
async fn joins_are_answered_while_thousands_of_webhooks_come() {
    let settings = [
        ("LIMITS__JOINS_PER_MINUTE", "1000000"),
        ("LIMITS__JOINS_BURST", "100000"),
        // No room of which is told here is in LiveKit, which is not to be asked while this goes on.
        ("RECONCILE__SECONDS", "30"),
    ];
    let world = World::with_store(&settings).await;
    let per_second = rounds(400, 2_000);
    let webhooks = per_second * rounds(2, 5);
    let forge = WebhookForge::of(&world.livekit);
    let (began, made) = (Instant::now(), Clock::system().now());
    let apart = Duration::from_secs(1) / u32::try_from(per_second).unwrap();
    let deliver = async |n: usize| {
        sleep_until(began + apart * u32::try_from(n).unwrap()).await;
        let body = arrival(n, made);
        let signed = forge.authorization(body.as_bytes(), made.timestamp());
        let request =
            world.http(Method::POST, &format!("{}{PATH}", world.url)).header("Authorization", signed);
        send(request.header("Content-Type", "application/webhook+json").body(body)).await.status.as_u16()
    };
    let goes_on = Cell::new(true);
    let flood = async {
        let mut answers = BTreeMap::<u16, usize>::new();
        let mut deliveries = stream::iter(0..webhooks).map(deliver).buffer_unordered(AT_ONCE);
        while let Some(status) = deliveries.next().await {
            *answers.entry(status).or_default() += 1;
        }
        goes_on.set(false);
        (answers, began.elapsed())
    };
    let joins = async {
        let token = world.token("ann", &["/rooms/standup", "/rooms/forum"]);
        let mut took = Vec::new();
        while goes_on.get() {
            let asked = Instant::now();
            let answer = world.join(["standup", "forum"][took.len() % 2], &token).await;
            assert_eq!(answer.status, 201, "{}", answer.text);
            took.push(asked.elapsed());
        }
        took
    };
    let ((answers, flooded), mut joins) = tokio::join!(flood, joins);
    joins.sort_unstable();
    let at = |percent: usize| joins[(joins.len() - 1) * percent / 100];
    println!("{webhooks} webhooks, {per_second} a second, in {flooded:?}: {answers:?}");
    println!("{} joins, p50 {:?}, p99 {:?}", joins.len(), at(50), at(99));
    assert!(answers.keys().all(|status| matches!(status, 200 | 503)), "{answers:?}");
    let taken = answers.get(&200).copied().unwrap_or_default();
    let counted = async |outcome: &str| {
        world.figure(&format!("webhooks_total{{event=\"participant_joined\",outcome=\"{outcome}\"}}")).await
    };
    // What comes late may find that the room was closed, because LiveKit does not have it.
    let (took_effect, repeated) =
        (counted("applied").await + counted("stale").await, counted("repeated").await);
    assert_eq!((format!("{took_effect:.0}"), format!("{repeated:.0}")), (taken.to_string(), "0".to_owned()));
}
