//! A LiveKit that fails in passing, and one that is away for longer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::Method;
use testkit::eventually;
use tokio::net::{TcpListener, TcpStream};

use super::BOUND;
use crate::world::{World, send};

const LEFT_ALONE: &str =
    r#"sfu_requests_seconds_count{cluster="default",method="CreateRoom",outcome="left_alone"}"#;
const OPEN: &str = r#"sfu_breaker_open{cluster="default"}"#;

#[tokio::test]
async fn a_livekit_that_is_away_is_left_alone_for_a_while_and_found_again_without_a_probe() {
    let mut world = World::with(&[
        ("LIVEKIT__PROBE_SECONDS", "300"),
        ("LIVEKIT__KNOWN_ROOM_SECONDS", "0"),
        ("LIMITS__JOINS_PER_MINUTE", "100000"),
        ("LIMITS__JOINS_BURST", "10000"),
    ])
    .await;
    let token = world.token("ann", &["/rooms/standup"]);
    assert_eq!(world.join("standup", &token).await.status, 201);
    assert!(world.figure(OPEN).await.abs() < f64::EPSILON);
    world.livekit.stop().await;
    eventually("nobody is asked any more", BOUND, async || {
        let answer = world.join("standup", &token).await;
        answer.is_problem(503, "sfu_unavailable");
        let wait: u32 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=8).contains(&wait), "{wait}");
        world.figure(LEFT_ALONE).await > 0.0
    })
    .await;
    assert!((world.figure(OPEN).await - 1.0).abs() < f64::EPSILON);
    logged(&world, "sfu.breaker_opened").await;
    world.livekit.start_again().await.unwrap();
    eventually("it is found again", BOUND, async || world.join("standup", &token).await.status == 201).await;
    assert!(world.figure(OPEN).await.abs() < f64::EPSILON);
    logged(&world, "sfu.breaker_closed").await;
}

async fn logged(world: &World, event: &str) {
    eventually(event, BOUND, async || world.service.output().contains(event)).await;
}

/// Stands before a LiveKit, and drops each connection with an even number.
async fn flaky(livekit: &str) -> String {
    let livekit = livekit.trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let accepted = Arc::new(AtomicUsize::new(0));
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            if accepted.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) {
                // It saw the beginning of a request, and is gone.
                let _ = client.readable().await;
                continue;
            }
            let livekit = livekit.clone();
            tokio::spawn(async move {
                let mut server = TcpStream::connect(livekit).await?;
                tokio::io::copy_bidirectional(&mut client, &mut server).await
            });
        }
    });
    address
}

#[tokio::test]
async fn a_connection_that_breaks_is_made_up_for_by_another_try() {
    let world = World::start().await;
    let address = flaky(&world.livekit.url).await;
    let replica = world.replica(&[("LIVEKIT__URL", &address)]).await;
    let token = world.token("ann", &["/rooms/standup"]);
    let request = world.request_to(&replica.url, Method::POST, "/rooms/standup/join", &token);
    assert_eq!(send(request).await.status, 201);
    let metrics = send(world.http(Method::GET, &format!("{}/metrics", replica.management_url))).await.text;
    assert!(metrics.contains(r#"sfu_retries_total{cluster="default",outcome="tried"}"#), "{metrics}");
}
