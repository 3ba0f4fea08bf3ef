//! Where races are run: two replicas on one Redis, and many rounds side by side.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::slice;

use call_state_api::CallStateClient;
use futures_util::StreamExt as _;
use futures_util::stream;
use http_client::ClientSettings;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use store::ScanCursor;

use super::line::Line;
use super::round::Round;
use crate::world::{Replica, World};

/// How often each race is run, usually and in the long run.
pub(super) const ROUNDS: (usize, usize) = (30, 300);
/// How many rounds run side by side where they keep the machine busy. More of them would only wait for each other, and
/// commands that wait too long are refused.
pub(super) const BUSY: usize = 6;
/// The same where a round mostly waits for a deadline.
pub(super) const WAITING: usize = 15;

/// Two replicas of the service.
pub(super) struct Stage {
    pub(super) world: World,
    /// A client of each replica. All devices share them, as those of a realtime-service do.
    clients: Vec<CallStateClient>,
}

impl Stage {
    pub(super) async fn new(settings: &[(&str, &str)]) -> Self {
        Self::of(World::with(2, settings).await)
    }

    /// The same with a line between the second replica and Redis.
    pub(super) async fn with_line(settings: &[(&str, &str)]) -> (Self, Line) {
        let mut world = World::with(1, settings).await;
        let line = Line::to(world.redis.address(), []).await;
        let second = Replica::start(&format!("redis://{}", line.address), &world.issuer.url(), settings);
        second.is_ready().await;
        world.replicas.push(second);
        (Self::of(world), line)
    }

    fn of(world: World) -> Self {
        // Many rounds on few cores are slow to answer, and that is not what is tested.
        let bounds = ClientSettings { timeout_ms: 10_000, ..ClientSettings::default() };
        let client =
            |replica: &Replica| CallStateClient::new(slice::from_ref(&replica.url), &bounds).unwrap();
        let clients = world.replicas.iter().map(client).collect();
        Self { world, clients }
    }

    /// A client of one replica.
    pub(super) fn client(&self, replica: usize) -> CallStateClient {
        self.clients[replica].clone()
    }

    /// Runs a race again and again, `at_once` rounds at a time, and judges each. `round` gives a word for what came of it.
    pub(super) async fn play(
        &self,
        race: &str,
        at_once: usize,
        round: impl AsyncFn(&mut Round<'_>) -> &'static str,
    ) {
        let tally = Tally::new(race);
        stream::iter(self.rounds(race))
            .for_each_concurrent(at_once, async |mut each| {
                tally.add(round(&mut each).await);
                each.close().await;
            })
            .await;
        self.is_empty(&tally).await;
    }

    /// The rounds of a race, each with its own part of chance.
    pub(super) fn rounds(&self, race: &str) -> Vec<Round<'_>> {
        let mut dice = testkit::dice(race);
        let count = testkit::rounds(ROUNDS.0, ROUNDS.1);
        (0..count).map(|number| Round::new(self, number, StdRng::seed_from_u64(dice.random()))).collect()
    }

    /// Checks that nothing is left of calls that are all over: no leg and no timer. Tells how the rounds went.
    pub(super) async fn is_empty(&self, tally: &Tally) {
        let World { store, tenant, .. } = &self.world;
        assert_eq!(store.timers(tenant).await.unwrap().total, 0, "{}: timers are left", tally.race);
        let mut cursor = ScanCursor::default();
        loop {
            let (legs, next) = store.scan(tenant, "user:", cursor, 1_000).await.unwrap();
            assert!(legs.is_empty(), "{}: legs are left: {legs:?}", tally.race);
            let Some(next) = next else { break };
            cursor = next;
        }
        let mut retries = BTreeMap::new();
        for why in ["conflict", "too_late", "overdue"] {
            let label = format!("why=\"{why}\"");
            let mut count = 0.0;
            for replica in &self.world.replicas {
                count += replica.figure("call_command_retries_total", &label).await;
            }
            retries.insert(why, count);
        }
        println!("{}: {:?}; tried again: {retries:?}", tally.race, tally.counts.borrow());
    }
}

/// How often what came of a race.
pub(super) struct Tally {
    race: String,
    counts: RefCell<BTreeMap<&'static str, usize>>,
}

impl Tally {
    pub(super) fn new(race: &str) -> Self {
        Self { race: race.to_owned(), counts: RefCell::default() }
    }

    pub(super) fn add(&self, outcome: &'static str) {
        *self.counts.borrow_mut().entry(outcome).or_default() += 1;
    }
}
