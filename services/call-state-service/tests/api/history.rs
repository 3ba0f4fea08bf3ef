//! Calls that are over.

use reqwest::Method;
use signal_protocol::{EndReason, KeyRequest};

use crate::world::{Answer, World};

#[tokio::test]
async fn everybody_has_their_ended_calls_newest_first_with_what_they_missed() {
    let world = World::start().await;
    let (ann, bob) = (world.device("ann", "a"), world.device("bob", "b"));
    let mut calls = Vec::new();
    for answers in [true, false, true] {
        let call = ann.rings(&["bob"]).await.id;
        if answers {
            bob.client.accept(&bob.relay(), call, &KeyRequest::default()).await.unwrap();
        }
        ann.hangs_up(call).await.unwrap();
        calls.push(call);
    }
    let page = bob.client.history(&bob.relay(), None, None).await.unwrap();
    let seen: Vec<_> = page.items.iter().map(|item| (item.call.id, item.call.reason, item.missed)).collect();
    assert_eq!(
        seen,
        [
            (calls[2], Some(EndReason::Completed), false),
            (calls[1], Some(EndReason::Cancelled), true),
            (calls[0], Some(EndReason::Completed), false),
        ]
    );
    assert_eq!(page.next_cursor, None);
    assert!(
        ann.client.history(&ann.relay(), None, None).await.unwrap().items.iter().all(|item| !item.missed)
    );
    assert!(world.device("eve", "e").client.history(&bob.relay(), None, None).await.is_ok());
}

#[tokio::test]
async fn it_is_read_in_parts() {
    let world = World::start().await;
    let ann = world.device("ann", "a");
    let mut calls = Vec::new();
    for _ in 0..5 {
        let call = ann.rings(&["bob"]).await.id;
        ann.cancels(call).await.unwrap();
        calls.insert(0, call);
    }
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let page = ann.client.history(&ann.relay(), Some(2), cursor.as_deref()).await.unwrap();
        seen.push(page.items.iter().map(|item| item.call.id).collect::<Vec<_>>());
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, [&calls[..2], &calls[2..4], &calls[4..]]);
    for query in ["limit=0", "limit=101", "limit=x", "cursor=garbage", "cursor=1"] {
        let request = world.request(Method::GET, &format!("/calls/history?{query}"), &ann.token);
        Answer::of(request).await.blames(&[query.split('=').next().unwrap()]);
    }
}
