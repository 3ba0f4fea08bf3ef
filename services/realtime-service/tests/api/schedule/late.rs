//! Webhooks that do not come for a long time, and then do, or never.

use std::time::Duration;

use testkit::{Mishaps, dice, rounds, soaking};
use tokio::time::{Instant, sleep};

use super::ACTS;
use super::acts::draw;
use super::scene::Scene;
use super::trouble::Weather;

use rand::Rng as _;

/// Fifteen periods and more, as five minutes are with the usual one. At no moment anything waits for them.
#[tokio::test]
async fn minutes_of_webhooks_that_come_all_at_once_change_nothing() {
    let mut dice = dice("minutes_of_webhooks_that_come_all_at_once_change_nothing");
    let mut scene = Scene::set(dice.random()).await;
    scene.relay.keep_back();
    for _ in 0..rounds(5, 120) {
        scene.play(draw(&mut dice, ACTS)).await;
        scene.comes_to_rest().await;
    }
    scene.relay.suffer(Mishaps { doubled_percent: 100, ..Mishaps::default() });
    scene.clear_up().await;
    scene.comes_to_rest().await;
    scene.report().await;
}

/// How soon after an outage of webhooks all that is kept is right again.
const RIGHT_AGAIN: Duration = Duration::from_secs(30);

/// How often somebody does something while no webhook comes: a busy room, and still people who stay for a while.
const PACE: Duration = Duration::from_secs(2);

/// The long run is not shortened anywhere: the usual period of comparison, and five minutes by the clock.
#[tokio::test]
async fn what_lost_webhooks_would_have_told_is_known_soon_after() {
    let mut dice = dice("what_lost_webhooks_would_have_told_is_known_soon_after");
    let period = if soaking() { "20" } else { "1" };
    let mut scene = Scene::set_with(dice.random(), &[("RECONCILE__SECONDS", period)]).await;
    scene.begin(Weather::Dark);
    let over = Instant::now() + Duration::from_secs(if soaking() { 300 } else { 15 });
    while Instant::now() < over {
        scene.play(draw(&mut dice, 1)).await;
        sleep(PACE).await;
    }
    scene.begin(Weather::Fair);
    scene.comes_to_rest().await;
    assert!(scene.longest <= RIGHT_AGAIN, "right after {:?} only", scene.longest);
    assert!(scene.relay.carried().lost > 0, "no webhook was lost");
    scene.report().await;
}
