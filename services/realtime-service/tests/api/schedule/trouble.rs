//! What goes wrong.

use std::time::Duration;

use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use testkit::Mishaps;

use super::acts::Act;
use super::scene::Scene;

/// What webhooks meet on their way during a round.
#[derive(Debug, Clone, Copy)]
pub(super) enum Weather {
    Fair,
    /// Some are lost, some come twice, all come late and in any order.
    Foul,
    /// None arrives.
    Dark,
    /// All come at the end of the round, in any order.
    Held,
}

impl Weather {
    pub(super) fn draw(dice: &mut StdRng) -> Self {
        match dice.random_range(0..10) {
            0 => Self::Fair,
            1..7 => Self::Foul,
            7 => Self::Dark,
            _ => Self::Held,
        }
    }

    pub(super) const fn mishaps(self) -> Mishaps {
        let (lost_percent, doubled_percent, late_ms) = match self {
            Self::Fair => (0, 0, 0),
            Self::Foul => (30, 40, 1_500),
            Self::Dark => (100, 0, 0),
            Self::Held => (0, 30, 200),
        };
        Mishaps { lost_percent, doubled_percent, late_up_to: Duration::from_millis(late_ms) }
    }
}

/// What happens to a machine in the middle of a round.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum Trouble {
    #[default]
    Nothing,
    /// It forgets everything.
    LiveKitStartsAgain,
    LiveKitHangs,
    ReplicaDies,
    ReplicaHangs,
    RedisHangs,
}

impl Trouble {
    /// Each of them once, in any order.
    pub(super) fn all(dice: &mut StdRng) -> Vec<Self> {
        let mut all = vec![
            Self::Nothing,
            Self::LiveKitStartsAgain,
            Self::LiveKitHangs,
            Self::ReplicaDies,
            Self::ReplicaHangs,
            Self::RedisHangs,
        ];
        all.shuffle(dice);
        all
    }
}

impl Scene {
    /// Something goes wrong while people do this, and is over afterwards.
    pub(super) async fn play_amid(&mut self, trouble: Trouble, acts: Vec<Act>) {
        match trouble {
            Trouble::Nothing => self.play(acts).await,
            Trouble::LiveKitStartsAgain => {
                self.world.livekit.stop().await;
                self.play(acts).await;
                self.world.livekit.start_again().await.unwrap();
            }
            Trouble::LiveKitHangs => {
                self.world.livekit.process().unwrap().pause();
                self.play(acts).await;
                self.world.livekit.process().unwrap().resume();
            }
            Trouble::ReplicaDies => {
                let second = self.second.take().unwrap();
                self.drift.add(&self.world, &second.management_url).await;
                let (revived, ()) = tokio::join!(second.killed_and_started_again(), self.play(acts));
                self.second = Some(revived);
            }
            Trouble::ReplicaHangs => {
                self.world.service.pause();
                self.play(acts).await;
                self.world.service.resume();
            }
            Trouble::RedisHangs => {
                self.world.redis().process().unwrap().pause();
                self.play(acts).await;
                self.world.redis().process().unwrap().resume();
            }
        }
    }
}
