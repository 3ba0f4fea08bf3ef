//! When Redis is away, or holds what it should not.

use call_state_api::CallStateFailure;
use signal_protocol::{CallPhase, ErrorCode};
use testkit::eventually;

use crate::world::{Answer, BOUND, World, refused};

#[tokio::test]
async fn without_redis_everything_is_told_to_come_back_later() {
    let mut world = World::start().await;
    let (ann, bob) = (world.device("ann", "a"), world.device("bob", "b"));
    let call = ann.rings(&["bob"]).await.id;
    world.redis.stop().await;
    for answer in [
        bob.accepts(call).await,
        ann.sees(call).await,
        ann.invites(&["eve"]).await.map(|invited| invited.call),
    ] {
        match answer {
            Err(CallStateFailure::Refused { problem, retry_after: Some(1..=5) }) => {
                assert_eq!(problem.code, ErrorCode::StoreUnavailable);
            }
            other => panic!("{other:?}"),
        }
    }
    let readyz = world.replicas[0].management_url.join("/readyz").unwrap();
    #[expect(clippy::disallowed_methods, reason = "a test's client waits as long as the test does")]
    let http = reqwest::Client::new();
    eventually("it is not ready", BOUND, async || Answer::of(http.get(readyz.clone())).await.status == 503)
        .await;

    world.redis.start_again().await.unwrap();
    eventually("it serves again", BOUND, async || {
        ann.invites(&["eve"]).await.map_err(|error| format!("{error:?}"))
    })
    .await;
    world.replicas[0].is_ready().await;
}

#[tokio::test]
async fn a_record_that_does_not_parse_is_an_error_that_names_it_and_never_absent() {
    let world = World::start().await;
    let (ann, bob) = (world.device("ann", "a"), world.device("bob", "b"));
    let call = ann.rings(&["bob"]).await.id;
    for (kind, id) in [("call", call.to_string()), ("user", "bob".to_owned())] {
        let key = format!("{{t:realtime}}:{kind}:{id}");
        let data = world.redis.command(&["HGET", &key, "d"]).await.unwrap();
        world.redis.command(&["HSET", &key, "d", "{\"schema\":1,\"SECRET"]).await.unwrap();
        // Bob is not free, and the call is not over: nobody knows.
        let failed = refused(world.device("eve", "e").invites(&["bob"]).await);
        assert_eq!(failed.code, ErrorCode::Internal, "{kind}");
        assert_eq!(refused(bob.accepts(call).await).code, ErrorCode::Internal, "{kind}");
        let named = format!("\"store.key\":\"{kind}:{id}\"");
        eventually("the log names the record", BOUND, async || {
            let said = world.replicas[0].process().output();
            let mut lines = said.lines().filter(|line| line.contains("store.record_corrupt"));
            lines.any(|line| line.contains(&named) && line.contains("\"ERROR\"")).then_some(()).ok_or(said)
        })
        .await;
        world.redis.command(&["HSET", &key, "d", data.as_str().unwrap()]).await.unwrap();
    }
    assert!(!world.replicas[0].process().output().contains("SECRET"), "a record's content is in the log");
    assert!(world.replicas[0].figure("store_corrupt_records_total", "").await >= 4.0);
    assert_eq!(bob.accepts(call).await.unwrap().phase, CallPhase::Active);
}
