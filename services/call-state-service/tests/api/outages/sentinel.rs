//! The primary dies under its Sentinels.

use testkit::{RedisSentinel, eventually, rounds};
use tokio::time::Instant;

use super::load::Load;
use crate::world::{BOUND, World};

/// Waits until the primary, whichever that is, has both of the others for its replicas.
async fn is_whole(redis: &RedisSentinel) {
    eventually("two replicas follow the primary", BOUND, async || {
        let primary = redis.server(redis.primary().await.unwrap());
        let role = primary.command(&["ROLE"]).await.map_err(|failure| failure.to_string())?;
        match role[2].as_array() {
            Some(replicas) if replicas.len() == 2 => Ok(()),
            _ => Err(role.to_string()),
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_primary_that_dies_takes_no_acknowledged_command_with_it_and_calls_go_on() {
    let redis = RedisSentinel::start().await.unwrap();
    let url = redis.url.clone();
    let mut world = World::over(redis, &url, 2, &[("REDIS__WAIT_REPLICAS", "1")]).await;
    let load = Load::start(&world);
    load.goes_on().await;
    for _ in 0..rounds(1, 10) {
        is_whole(&world.redis).await;
        let dead = world.redis.kill_primary().await.unwrap();
        let since = Instant::now();
        load.goes_on().await;
        println!("everybody's calls go on {} ms after the primary was killed", since.elapsed().as_millis());
        world.redis.server_mut(dead).start_again().await.unwrap();
    }
    println!("{} acknowledged commands, none lost", load.lost_nothing(&world).await);
}
