//! What cannot be read or written is neither a yes nor a no.

use std::time::Duration;

use serde_json::json;
use testkit::eventually;

use super::Host;

/// How long anything may take before the test fails.
const BOUND: Duration = Duration::from_secs(20);

#[tokio::test]
async fn without_redis_nothing_is_decided_and_with_it_everything_goes_on() {
    let mut host = Host::with(&[("REDIS__TIMEOUT_MS", "500")]).await;
    host.makes("standup", &[("mona", "moderator")]).await;
    let mona = host.token("mona");
    host.world.call_state().redis.process().unwrap().pause();
    host.put("/rooms/other", &host.root, &json!({})).await.is_problem(503, "store_unavailable");
    host.set_member(&host.root, "standup", "bob", "viewer").await.is_problem(503, "store_unavailable");
    host.delete("/rooms/standup", &host.root).await.is_problem(503, "store_unavailable");
    host.get("/rooms/standup/members", &host.root).await.is_problem(503, "store_unavailable");
    host.get("/rooms/standup", &mona).await.is_problem(503, "membership_unavailable");
    host.get("/rooms", &mona).await.is_problem(503, "membership_unavailable");
    host.put("/rooms/standup", &mona, &json!({})).await.is_problem(503, "store_unavailable");
    host.world.join("standup", &mona).await.is_problem(503, "store_unavailable");
    host.world.call_state().redis.process().unwrap().resume();
    eventually("it goes on", BOUND, async || host.get("/rooms/standup", &mona).await.status == 200).await;
}

#[tokio::test]
async fn without_livekit_whoever_is_removed_is_no_member_all_the_same() {
    let mut host = Host::start().await;
    host.makes("standup", &[("bob", "viewer")]).await;
    host.world.livekit.stop().await;
    let path = "/rooms/standup/members/bob";
    for _ in 0..2 {
        let removed = host.delete(path, &host.root).await;
        assert_eq!(removed.is_problem(503, "sfu_unavailable")["removed"], true);
        host.get("/rooms/standup", &host.token("bob")).await.is_problem(404, "room_not_found");
    }
    host.world.livekit.start_again().await.unwrap();
    eventually("he is out", BOUND, async || host.delete(path, &host.root).await.status == 204).await;
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_named_and_never_absent() {
    let host = Host::start().await;
    host.makes("standup", &[("mona", "moderator")]).await;
    let mona = host.token("mona");
    let claimed = host.world.token("mona", &["/rooms/standup"]);
    for key in ["room:standup", "member:standup/mona", "members:standup", "rooms-of:mona"] {
        let good = host.stored(key).await.unwrap().to_string();
        for bad in ["{\"schema\":1,\"SECRET", "{\"schema\":2}", "[]"] {
            host.overwrite(key, bad).await;
            if key.starts_with("room:") || key.starts_with("member:") {
                host.get("/rooms/standup", &mona).await.is_problem(503, "membership_unavailable");
                host.world.join("standup", &mona).await.is_problem(503, "membership_unavailable");
                // Whom an earlier source knows is a member all the same.
                assert_eq!(host.world.join("standup", &claimed).await.status, 201);
            }
            if key.starts_with("rooms-of:") {
                host.get("/rooms", &mona).await.is_problem(503, "membership_unavailable");
            }
            host.set_member(&host.root, "standup", "mona", "viewer").await.is_problem(500, "internal");
            let named = format!("\"store.key\":\"{key}\"");
            eventually("the log names the record", BOUND, async || {
                let said = host.world.service.output();
                let tells = |line: &str| line.contains("store.record_corrupt") && line.contains(&named);
                said.lines().any(tells).then_some(()).ok_or(said)
            })
            .await;
        }
        host.overwrite(key, &good).await;
    }
    assert!(!host.world.service.output().contains("SECRET"), "a record's content is in the log");
    assert_eq!(host.set_member(&host.root, "standup", "mona", "viewer").await.status, 200);
}

#[tokio::test]
async fn fields_of_a_newer_release_stay() {
    let host = Host::start().await;
    host.makes("standup", &[("mona", "moderator")]).await;
    for key in ["room:standup", "member:standup/mona", "members:standup", "rooms-of:mona"] {
        let mut record = host.stored(key).await.unwrap();
        record["colour"] = json!({ "new": [1, 2] });
        host.overwrite(key, &record.to_string()).await;
    }
    assert_eq!(host.put("/rooms/standup", &host.root, &json!({ "name": "x" })).await.status, 200);
    assert_eq!(host.set_member(&host.root, "standup", "mona", "viewer").await.status, 200);
    for key in ["room:standup", "member:standup/mona", "members:standup", "rooms-of:mona"] {
        assert_eq!(host.stored(key).await.unwrap()["colour"], json!({ "new": [1, 2] }), "{key}");
    }
}
