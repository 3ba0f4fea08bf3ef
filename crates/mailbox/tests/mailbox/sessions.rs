//! Sockets that were opened: each one hears of every later one of the same device, and clients hear of none.

use mailbox::Addressed;
use uuid::Uuid;

use crate::world::{SOON, World, ids, tenant, user};

const FIRST: Uuid = Uuid::from_u128(1);
const SECOND: Uuid = Uuid::from_u128(2);
const THIRD: Uuid = Uuid::from_u128(3);

async fn check_two_at_once(world: World) {
    world.tell("alice", Addressed::All).await;
    // Each reads where the log ends before it says that it is there.
    let (first, second) = (world.begin("alice").await, world.begin("alice").await);
    world.open("alice", "phone", SECOND).await;
    world.open("alice", "phone", FIRST).await;
    let told = world.tell("alice", Addressed::All).await;
    for start in [first, second] {
        let reading = world.read("alice", "phone", &start, 10).await;
        // One order for both: of the two, the one behind the other is the newer.
        assert_eq!(reading.sessions, [SECOND, FIRST]);
        assert_eq!(ids(&reading), std::slice::from_ref(&told));
    }
}

#[tokio::test]
async fn on_memory_two_sockets_opened_at_once_agree_on_which_is_the_newer() {
    check_two_at_once(World::memory()).await;
}

#[tokio::test]
async fn on_redis_two_sockets_opened_at_once_agree_on_which_is_the_newer() {
    let redis = testkit::Redis::start().await.unwrap();
    check_two_at_once(World::redis(&redis).await).await;
}

#[tokio::test]
async fn whoever_resumes_reads_of_all_that_were_opened_since_in_order() {
    let world = World::memory();
    let start = world.begin("alice").await;
    world.open("alice", "phone", FIRST).await;
    let told = world.tell("alice", Addressed::All).await;
    world.open("alice", "phone", SECOND).await;
    world.open("alice", "phone", THIRD).await;
    let reading = world.read("alice", "phone", &start, 10).await;
    assert_eq!((reading.sessions.as_slice(), ids(&reading)), ([FIRST, SECOND, THIRD].as_slice(), vec![told]));
    assert!(world.read("alice", "phone", &reading.cursor, 10).await.sessions.is_empty());
}

#[tokio::test]
async fn nobody_hears_of_another_devices_or_persons_socket() {
    let world = World::memory();
    let start = world.begin("alice").await;
    world.open("alice", "laptop", FIRST).await;
    world.open("bob", "phone", SECOND).await;
    let reading = world.read("alice", "phone", &start, 10).await;
    assert!(reading.recovered && reading.sessions.is_empty() && reading.events.is_empty());
}

#[tokio::test]
async fn a_page_that_is_full_tells_only_of_sockets_opened_up_to_its_end() {
    let world = World::memory();
    let start = world.begin("alice").await;
    world.open("alice", "phone", FIRST).await;
    world.tell("alice", Addressed::All).await;
    world.open("alice", "phone", SECOND).await;
    let page = world.read("alice", "phone", &start, 1).await;
    assert_eq!(page.sessions, [FIRST]);
    assert_eq!(world.read("alice", "phone", &page.cursor, 1).await.sessions, [SECOND]);
}

#[tokio::test]
async fn sockets_that_were_opened_before_something_unreadable_are_still_told() {
    let world = World::memory();
    let start = world.begin("alice").await;
    world.open("alice", "phone", FIRST).await;
    world.put("alice", "no JSON").await;
    let reading = world.read("alice", "phone", &start, 10).await;
    assert_eq!((reading.recovered, reading.sessions), (false, vec![FIRST]));
}

#[tokio::test]
async fn a_socket_that_is_opened_wakes_those_that_wait() {
    let world = World::memory();
    let mut watch = world.mailbox.watch(&tenant("acme"), &user("alice"), None);
    let start = world.begin("alice").await;
    world.open("alice", "phone", FIRST).await;
    let heard = async {
        // The first rings may be older: of a listener that has just begun.
        loop {
            watch.rung().await;
            if !world.read("alice", "phone", &start, 10).await.sessions.is_empty() {
                break;
            }
        }
    };
    tokio::time::timeout(SOON, heard).await.unwrap();
}
