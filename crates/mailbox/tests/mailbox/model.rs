//! The mailbox against a model of it: whatever is appended, read, lost or begun anew, in any order.
//!
//! The model knows every event that was ever told and up to which one each device has read. What it demands of a reading:
//! with `recovered`, the events are exactly those for this device that follow, in order, and nothing is left out but signals
//! that are too old; without, there are none, and something was really lost.

use std::time::Duration;

use mailbox::Addressed;
use proptest::collection::vec;
use proptest::prelude::*;
use tokio::runtime::{Builder, Runtime};

use signal_protocol::DeviceId;
use uuid::Uuid;

use crate::world::{World, device, ids, offer};

const USERS: [&str; 2] = ["alice", "bob"];
const DEVICES: [&str; 3] = ["phone", "laptop", "watch"];
/// For how long, and how many, the mailbox promises to keep.
const KEPT_SECONDS: u64 = 5 * 60;
const KEPT: usize = 1_000;
/// For how long a signal is kept that its device has acknowledged.
const ACKNOWLEDGED_SECONDS: u64 = 60;
/// For how long a place is good, and for how long a log to which nothing is added.
const PLACES_LAST_SECONDS: u64 = 12 * 60 * 60;
const LOGS_LAST_SECONDS: u64 = 24 * 60 * 60;

#[derive(Debug, Clone)]
enum Step {
    /// One commit tells one user, or both, of something; so many times over.
    Tell { whom: Vec<usize>, devices: Addressed, times: usize },
    /// One user is sent a signal.
    Signal { whom: usize, devices: Addressed },
    /// A socket of a device is opened.
    Open { reader: usize },
    /// A device acknowledges everything up to where it is.
    Acknowledge { reader: usize },
    /// A device reads on.
    Read { reader: usize, limit: usize },
    /// A device reads its last answer once more, as if it had been lost.
    ReadAgain { reader: usize, limit: usize },
    /// A device starts from nothing.
    Begin { reader: usize },
    /// A device reads with the cursor of another one, perhaps of somebody else.
    Borrow { reader: usize, from: usize },
    /// A device reads with something made up.
    MakeUp { reader: usize, cursor: String },
    /// Time passes.
    Pass { seconds: u64 },
    /// The store loses everything, and is another one from now on.
    Lose,
}

fn step() -> impl Strategy<Value = Step> {
    let reader = 0..USERS.len() * DEVICES.len();
    let devices = prop_oneof![
        Just(Addressed::All),
        proptest::sample::select(&DEVICES[..]).prop_map(|name| Addressed::Only(device(name))),
        proptest::sample::select(&DEVICES[..]).prop_map(|name| Addressed::AllBut(device(name))),
    ];
    let signal = (0..USERS.len(), devices.clone());
    let whom = prop_oneof![Just(vec![0]), Just(vec![1]), Just(vec![0, 1])];
    let times = prop_oneof![20 => 1..4_usize, 1 => 400..700_usize];
    let limit = prop_oneof![1..6_usize, Just(100), Just(1_000)];
    let seconds = prop_oneof![8 => 1..120_u64, 2 => 120..700_u64, 1 => 36_000..200_000_u64];
    prop_oneof![
        10 => (whom, devices, times).prop_map(|(whom, devices, times)| Step::Tell { whom, devices, times }),
        5 => signal.prop_map(|(whom, devices)| Step::Signal { whom, devices }),
        2 => reader.clone().prop_map(|reader| Step::Open { reader }),
        5 => reader.clone().prop_map(|reader| Step::Acknowledge { reader }),
        10 => (reader.clone(), limit.clone()).prop_map(|(reader, limit)| Step::Read { reader, limit }),
        3 => (reader.clone(), limit).prop_map(|(reader, limit)| Step::ReadAgain { reader, limit }),
        2 => reader.clone().prop_map(|reader| Step::Begin { reader }),
        2 => (reader.clone(), reader.clone()).prop_map(|(reader, from)| Step::Borrow { reader, from }),
        1 => (reader, "[A-Za-z0-9_-]{0,48}").prop_map(|(reader, cursor)| Step::MakeUp { reader, cursor }),
        4 => seconds.prop_map(|seconds| Step::Pass { seconds }),
        1 => Just(Step::Lose),
    ]
}

struct Told {
    what: What,
    devices: Addressed,
    at_seconds: u64,
}

enum What {
    Event(String),
    Signal { id: String, acknowledged_at_seconds: Option<u64> },
    Opened(Uuid),
}

impl Told {
    /// The event that `device` reads, if it does.
    fn seen_by(&self, device: &DeviceId, now_seconds: u64) -> Option<&str> {
        let is_in_time = |since: u64, seconds| now_seconds - since <= seconds;
        match &self.what {
            _ if !self.devices.includes(device) => None,
            What::Event(id) => Some(id),
            What::Signal { id, acknowledged_at_seconds } => {
                let is_there = is_in_time(self.at_seconds, KEPT_SECONDS)
                    && acknowledged_at_seconds.is_none_or(|at| is_in_time(at, ACKNOWLEDGED_SECONDS));
                is_there.then_some(id)
            }
            What::Opened(_) => None,
        }
    }

    fn opened_for(&self, device: &DeviceId) -> Option<Uuid> {
        match self.what {
            What::Opened(session) if self.devices.includes(device) => Some(session),
            What::Opened(_) | What::Event(_) | What::Signal { .. } => None,
        }
    }

    /// A signal for `device` alone which that has not acknowledged.
    fn is_unconsumed(&self, device: &DeviceId) -> bool {
        matches!(self.what, What::Signal { acknowledged_at_seconds: None, .. })
            && self.devices == Addressed::Only(device.clone())
    }
}

/// Where a reader is: its cursor, and what the model knows that this means.
#[derive(Clone)]
struct Place {
    cursor: String,
    /// In which of the stores that there have been.
    store: usize,
    /// How many of the user's events are behind it.
    read: usize,
    /// When that was certain.
    at_seconds: u64,
}

struct Model {
    world: World,
    stores: usize,
    sessions: u128,
    now_seconds: u64,
    told: [Vec<Told>; USERS.len()],
    places: Vec<Place>,
    before: Vec<Place>,
}

impl Model {
    async fn new(world: World) -> Self {
        let mut model = Self {
            world,
            stores: 0,
            sessions: 0,
            now_seconds: 0,
            told: [Vec::new(), Vec::new()],
            places: Vec::new(),
            before: Vec::new(),
        };
        for reader in 0..USERS.len() * DEVICES.len() {
            let place = model.begun(reader).await;
            model.places.push(place);
        }
        model.before = model.places.clone();
        model
    }

    async fn begun(&self, reader: usize) -> Place {
        let user = reader % USERS.len();
        let cursor = self.world.begin(USERS[user]).await;
        Place { cursor, store: self.stores, read: self.told[user].len(), at_seconds: self.now_seconds }
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Tell { whom, devices, times } => {
                for _ in 0..times {
                    let news: Vec<_> = whom.iter().map(|user| (USERS[*user], devices.clone())).collect();
                    for (user, id) in whom.iter().zip(self.world.tell_all(&news).await) {
                        self.note(*user, What::Event(id), devices.clone());
                    }
                }
            }
            Step::Signal { whom, devices } => {
                let id = self.world.signal(USERS[whom], devices.clone(), &offer("x")).await;
                self.note(whom, What::Signal { id, acknowledged_at_seconds: None }, devices);
            }
            Step::Open { reader } => {
                let (user, name) = (reader % USERS.len(), DEVICES[reader / USERS.len()]);
                self.sessions += 1;
                let session = Uuid::from_u128(self.sessions);
                self.world.open(USERS[user], name, session).await;
                self.note(user, What::Opened(session), Addressed::Only(device(name)));
            }
            Step::Acknowledge { reader } => self.acknowledge(reader).await,
            Step::Read { reader, limit } => {
                let place = self.places[reader].clone();
                self.read(reader, place, limit).await;
            }
            Step::ReadAgain { reader, limit } => {
                let place = self.before[reader].clone();
                self.read(reader, place, limit).await;
            }
            Step::Begin { reader } => self.places[reader] = self.begun(reader).await,
            Step::Borrow { reader, from } => {
                let place = self.places[from].clone();
                if reader % USERS.len() == from % USERS.len() {
                    self.read(reader, place, 10).await;
                } else {
                    self.refuse(reader, &place.cursor).await;
                }
            }
            Step::MakeUp { reader, cursor } => self.refuse(reader, &cursor).await,
            Step::Pass { seconds } => {
                self.world.pass(Duration::from_secs(seconds));
                self.now_seconds += seconds;
            }
            Step::Lose => {
                self.world = World::memory();
                self.stores += 1;
                self.told = [Vec::new(), Vec::new()];
            }
        }
    }

    fn note(&mut self, user: usize, what: What, devices: Addressed) {
        self.told[user].push(Told { what, devices, at_seconds: self.now_seconds });
    }

    async fn acknowledge(&mut self, reader: usize) {
        let (user, name) = (reader % USERS.len(), DEVICES[reader / USERS.len()]);
        let place = &self.places[reader];
        assert!(self.world.acknowledge(USERS[user], name, &place.cursor).await, "it is a cursor");
        if place.store != self.stores {
            return;
        }
        for told in &mut self.told[user][..place.read] {
            let is_mine = told.is_unconsumed(&device(name));
            if let What::Signal { acknowledged_at_seconds, .. } = &mut told.what
                && is_mine
            {
                *acknowledged_at_seconds = Some(self.now_seconds);
            }
        }
    }

    async fn refuse(&mut self, reader: usize, cursor: &str) {
        let user = reader % USERS.len();
        let reading = self.world.read(USERS[user], DEVICES[reader / USERS.len()], cursor, 10).await;
        assert!(
            !reading.recovered && reading.events.is_empty(),
            "{cursor:?} is no cursor of {}",
            USERS[user]
        );
        self.places[reader] = Place {
            cursor: reading.cursor,
            store: self.stores,
            read: self.told[user].len(),
            at_seconds: self.now_seconds,
        };
    }

    async fn read(&mut self, reader: usize, place: Place, limit: usize) {
        let user = reader % USERS.len();
        let mine = device(DEVICES[reader / USERS.len()]);
        let reading = self.world.read(USERS[user], mine.as_str(), &place.cursor, limit).await;
        let told = &self.told[user];
        let read = if reading.recovered {
            assert_eq!(place.store, self.stores, "a cursor of a store that is gone");
            let seen =
                |(at, told): (usize, &Told)| Some((at, told.seen_by(&mine, self.now_seconds)?.to_owned()));
            let missing = told.iter().enumerate().skip(place.read).filter_map(seen);
            let (places, wanted): (Vec<_>, Vec<_>) = missing.take(limit).unzip();
            assert_eq!(ids(&reading), wanted, "what follows, all of it and nothing else");
            let read = match places.last() {
                Some(last) if places.len() == limit => last + 1,
                Some(_) | None => told.len(),
            };
            let opened: Vec<_> =
                told[place.read..read].iter().filter_map(|told| told.opened_for(&mine)).collect();
            assert_eq!(reading.sessions, opened);
            self.check_unconsumed(user, &place, &mine, reading.unconsumed);
            read
        } else {
            assert!(reading.events.is_empty());
            assert!(self.may_be_lost(user, &place), "nothing was lost");
            told.len()
        };
        self.before[reader] = place;
        self.places[reader] =
            Place { cursor: reading.cursor, store: self.stores, read, at_seconds: self.now_seconds };
    }

    /// What must be said to be unconsumed is, as long as it is kept; nothing else is.
    fn check_unconsumed(&self, user: usize, place: &Place, mine: &DeviceId, unconsumed: bool) {
        let told = &self.told[user];
        let mut all = told[..place.read].iter().enumerate().filter(|(_, told)| told.is_unconsumed(mine));
        let is_kept = |(at, signal): (usize, &Told)| {
            told.len() - at <= KEPT && self.now_seconds - signal.at_seconds <= KEPT_SECONDS
        };
        if unconsumed {
            assert!(all.next().is_some(), "there is nothing to acknowledge");
        } else {
            assert!(!all.any(is_kept), "there is something to acknowledge");
        }
    }

    /// Whether the mailbox has not promised to serve this place.
    fn may_be_lost(&self, user: usize, place: &Place) -> bool {
        if place.store != self.stores || self.now_seconds - place.at_seconds > PLACES_LAST_SECONDS {
            return true;
        }
        let (read, missing) = self.told[user].split_at(place.read);
        let is_older = |told: &Told, seconds| self.now_seconds - told.at_seconds > seconds;
        read.last().is_some_and(|told| is_older(told, LOGS_LAST_SECONDS))
            || missing.first().is_some_and(|told| is_older(told, KEPT_SECONDS))
            || missing.len() > KEPT
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn there_is_never_a_silent_hole(steps in vec(step(), 1..60)) {
        runtime().block_on(async {
            let mut model = Model::new(World::memory()).await;
            for step in steps {
                model.take(step).await;
            }
        });
    }
}

#[test]
fn nor_is_there_on_redis() {
    use proptest::test_runner::{Config, TestRunner};

    let runtime = runtime();
    let redis = runtime.block_on(testkit::Redis::start()).unwrap();
    let mut runner = TestRunner::new(Config { cases: 16, failure_persistence: None, ..Config::default() });
    // Its clock cannot be moved, and what it loses is lost by a restart, which has a test of its own.
    let on_redis = |step: &Step| !matches!(step, Step::Pass { .. } | Step::Lose);
    let outcome = runner.run(&vec(step().prop_filter("the machine's clock", on_redis), 1..60), |steps| {
        runtime.block_on(async {
            redis.command(&["FLUSHALL"]).await.unwrap();
            let mut model = Model::new(World::redis(&redis).await).await;
            for step in steps {
                model.take(step).await;
            }
        });
        Ok(())
    });
    outcome.unwrap();
}
