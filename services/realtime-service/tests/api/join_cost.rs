//! What a join asks of the store, where people are sent out of rooms and rooms are kept: one read, and nothing else.

use std::time::Duration;

use testkit::eventually;

use crate::registry::Host;

/// How long anything may take before the test fails.
const BOUND: Duration = Duration::from_secs(30);

/// How many joins are counted together.
const JOINS: u32 = 20;

/// Lets some people join, and tells how often the store was read and written meanwhile.
async fn asked_of_the_store(host: &Host, room: &str, token: &str) -> (f64, f64) {
    let figures = async || {
        let read = host.world.figure(r#"store_round_trips_total{operation="read"}"#).await;
        (read, host.world.figure(r#"store_round_trips_total{operation="commit"}"#).await)
    };
    let (reads, commits) = figures().await;
    for _ in 0..JOINS {
        assert_eq!(host.world.join(room, token).await.status, 201);
    }
    let (more_reads, more_commits) = figures().await;
    (more_reads - reads, more_commits - commits)
}

#[tokio::test]
async fn a_join_reads_the_store_once_and_writes_nothing() {
    let host = Host::with(&[("RECONCILE__SECONDS", "30")]).await;
    host.makes("planning", &[("ann", "presenter")]).await;
    let of_registry = host.token("ann");
    let of_groups = host.world.token("bob", &["/rooms/standup"]);
    for (room, token) in [("planning", &of_registry), ("standup", &of_groups)] {
        // What goes on beside joins now and then is not theirs; it never makes it less.
        eventually("as many reads as joins", BOUND, async || {
            let asked = asked_of_the_store(&host, room, token).await;
            if asked == (f64::from(JOINS), 0.0) { Ok(()) } else { Err(format!("{room}: {asked:?}")) }
        })
        .await;
    }
}
