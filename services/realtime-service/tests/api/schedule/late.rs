//! Webhooks that do not come for a long time, and then do.

use testkit::{Mishaps, dice, rounds};

use super::ACTS;
use super::acts::draw;
use super::scene::Scene;

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
