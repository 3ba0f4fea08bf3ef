//! A call between two parties, leg by leg: what is to be said in each, and whether it was heard.

use std::fmt;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;

use super::connection::{Doors, Life};
use super::fault::Fault;
use super::party::{Party, Signal};
use crate::device::Device;
use crate::world::World;

/// The most signals of one party in one leg.
const MOST_OF_A_LEG: usize = 5;
/// How often a connection between the parties may begin anew in one call.
const MOST_RESTARTS: u32 = 3;

pub(super) struct Talk<'world> {
    world: &'world World,
    parties: [Party<'world>; 2],
    call: Option<String>,
    generation: u32,
    /// Who has begun the generation, if that is still to be answered.
    unanswered: Option<usize>,
    said: u64,
}

impl<'world> Talk<'world> {
    pub(super) fn new(world: &'world World, doors: &'world Doors) -> Self {
        let parties = ["ann", "bob"].map(|user| Party::new(world, doors, user));
        Self { world, parties, call: None, generation: 0, unanswered: None, said: 0 }
    }

    /// A new call. The one before is ended.
    pub(super) async fn calls(&mut self) {
        self.ends().await;
        let [ann, bob] = ["ann", "bob"].map(|user| Device::of(self.world, user));
        let id = ann.calls(&["bob"], "p2p").await;
        bob.does(&id, "accept").await;
        for device in [&ann, &bob] {
            let connected =
                device.post_with(&format!("/calls/{id}/media"), &json!({ "state": "connected" })).await;
            assert_eq!(connected.status, 204, "{}", connected.text);
        }
        (self.generation, self.unanswered) = (0, None);
        for party in &mut self.parties {
            party.is_in(&id);
        }
        self.call = Some(id);
    }

    /// The call is over.
    pub(super) async fn ends(&mut self) {
        if let Some(id) = self.call.take() {
            Device::of(self.world, "ann").does(&id, "hangup").await;
        }
    }

    /// Both say something, and are cut off, and hear all of it in the end.
    pub(super) async fn leg(&mut self, dice: &mut StdRng, fault: Fault) {
        let lives: [Vec<Life>; 2] = [(); 2].map(|()| {
            let mut lives: Vec<_> = (0..dice.random_range(0..3)).map(|_| Life::short(dice)).collect();
            lives.push(Life::long(dice));
            lives
        });
        let kinds = self.kinds(dice);
        let own = [(); 2].map(|()| StdRng::seed_from_u64(dice.random()));
        for (party, kinds) in self.parties.iter_mut().zip(kinds) {
            for kind in kinds {
                self.said += 1;
                party.wants_to_say(Signal::new(self.said, kind, self.generation));
            }
        }
        let wanted = [1, 0].map(|other: usize| self.parties[other].has_said());
        // Where commands fail, one that failed is said again before the next one is.
        let at_once = if fault.is_of_store() { 1 } else { MOST_OF_A_LEG };
        let [ann, bob] = &mut self.parties;
        let [of_ann, of_bob] = lives;
        let [mut dice_of_ann, mut dice_of_bob] = own;
        tokio::join!(
            ann.leg(&mut dice_of_ann, of_ann, wanted[0], at_once),
            bob.leg(&mut dice_of_bob, of_bob, wanted[1], at_once)
        );
        assert_eq!(ann.sent, bob.received, "what ann has sent, and what bob has received, under {fault:?}");
        assert_eq!(bob.sent, ann.received, "what bob has sent, and what ann has received, under {fault:?}");
    }

    /// What kinds of signals each of them is to send.
    fn kinds(&mut self, dice: &mut StdRng) -> [Vec<&'static str>; 2] {
        let mut kinds = [(); 2].map(|()| vec!["candidates"; dice.random_range(0..=MOST_OF_A_LEG)]);
        if let Some(who) = self.unanswered.take() {
            kinds[1 - who].insert(0, "answer");
        } else if self.generation < MOST_RESTARTS && dice.random_bool(0.2) {
            // The other side's candidates may come before it.
            let who = dice.random_range(0..2);
            let kind = if dice.random_bool(0.5) { "restart" } else { "offer" };
            kinds[who].insert(0, kind);
            self.generation += 1;
            self.unanswered = Some(who);
        }
        kinds
    }

    /// How many connections were cut so far.
    pub(super) fn cuts(&self) -> usize {
        self.parties.iter().map(|party| party.tally.cuts).sum()
    }
}

impl fmt::Display for Talk<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} signals", self.said)?;
        for party in &self.parties {
            write!(formatter, "; {}: {:?}", party.user, party.tally)?;
        }
        Ok(())
    }
}
