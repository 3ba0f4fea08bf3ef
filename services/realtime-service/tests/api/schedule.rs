//! Chance: people come, go, crash, are sent out and come back, and call each other, while webhooks get lost and machines die.
//! Afterwards what is kept here is what LiveKit has, and nobody is left hanging in a call.
//!
//! The dice decide who does what, when and to which replica, and what happens to webhooks and machines; `REALTIME_SEED` rolls them
//! the same way again. How the machines take turns meanwhile is theirs.

mod acts;
mod answers;
mod calls;
mod drift;
mod late;
mod load;
mod outages;
mod rest;
mod scene;
mod slowness;
mod trouble;

use std::time::Duration;

use rand::Rng as _;
use testkit::{dice, rounds};

use acts::draw;
use scene::Scene;
use trouble::{Trouble, Weather};

/// How long anything may take to come to rest before the test fails. The period of comparison is a second, but a LiveKit that
/// has hung is left alone for up to eight.
const BOUND: Duration = Duration::from_secs(40);

/// How much happens before and after something goes wrong, and while it does.
const ACTS: usize = 10;

#[tokio::test]
async fn whatever_happens_our_state_is_livekits_afterwards() {
    let mut dice = dice("whatever_happens_our_state_is_livekits_afterwards");
    let mut scene = Scene::set(dice.random()).await;
    let mut troubles = Vec::new();
    for round in 1..=rounds(6, 200) {
        if troubles.is_empty() {
            troubles = Trouble::all(&mut dice);
        }
        let (weather, trouble) = (Weather::draw(&mut dice), troubles.pop().unwrap_or_default());
        println!("round {round}: {weather:?}, {trouble:?}");
        scene.begin(weather);
        scene.play(draw(&mut dice, ACTS)).await;
        scene.play_amid(trouble, draw(&mut dice, ACTS)).await;
        scene.play(draw(&mut dice, ACTS)).await;
        scene.clear_up().await;
        scene.comes_to_rest().await;
    }
    scene.report().await;
}
