//! Everything slow at once, and nothing too slow: what a join is answered whose time is over.

use std::time::Duration;

use testkit::MembershipMode;
use tokio::time::sleep;

use crate::world::World;

/// Neither Redis nor the membership service is too slow by itself.
const STORE: Duration = Duration::from_millis(1_300);
const MEMBERSHIP: Duration = Duration::from_millis(800);

#[tokio::test]
async fn a_join_for_which_everything_is_slow_says_what_it_waited_for() {
    let world = World::with_store(&[
        ("MEMBERSHIP__SOURCES", "http"),
        ("MEMBERSHIP__HTTP__URL", "{membership}"),
        ("MEMBERSHIP__HTTP__TIMEOUT_MS", "1400"),
        ("LIVEKIT__REQUEST_TIMEOUT_MS", "1000"),
        ("LIVEKIT__TRY_TIMEOUT_MS", "1000"),
        ("LIVEKIT__KNOWN_ROOM_SECONDS", "0"),
        ("SERVER__HANDLER_TIMEOUT_MS", "2900"),
    ])
    .await;
    world.membership.admit("standup", "ann", "participant");
    let token = world.token("ann", &[]);
    assert_eq!(world.join("standup", &token).await.status, 201);
    world.membership.behave(MembershipMode::Slow(MEMBERSHIP));
    world.livekit.process().unwrap().pause();
    let redis = world.redis().process().unwrap();
    redis.pause();
    let joining = world.join("standup", &token);
    let slow = async {
        sleep(STORE).await;
        redis.resume();
    };
    let (answer, ()) = tokio::join!(joining, slow);
    world.livekit.process().unwrap().resume();
    // On a machine that is slow itself it may be one of those before.
    let (status, code) = (answer.status.as_u16(), answer.json()["code"].clone());
    let documented = [(504, "sfu_timeout"), (503, "membership_unavailable"), (503, "store_unavailable")];
    assert!(documented.iter().any(|(s, c)| (status, code.as_str()) == (*s, Some(*c))), "{}", answer.text);
}
