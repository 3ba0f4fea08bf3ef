//! Desks that remember, desks that do not, and desks behind relays, given the same commands at random, come to the same.

use std::collections::BTreeMap;
use std::time::Duration;

use calls::{Actor, Command, Preferences, Rules, Snapshot};
use clock::{Clock, DateTime, Duration as TimeDelta, Utc};
use futures_util::future::join_all;
use prometheus_client::registry::Registry;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use signal_protocol::{
    CallId, CallKind, CallMedia, DeviceId, InviteRequest, MediaReport, ReportedMedia, SignalKind,
    SignalPayload, SignalRequest, Tenant, UserId,
};
use store::{Commit, Key, Read, Store};
use uuid::Uuid;

use super::memory::Sender;
use super::{Desk, Hooks, Outcome, presence};
use crate::metrics::{DeskMetrics, Recalled};
use crate::records::{self, call_key, signal_key};
use crate::requests::{Fingerprint, Request};

const RUNS: u64 = 16;
const STEPS: usize = 80;

/// Two replicas on one store.
struct Side {
    desks: [Desk; 2],
    /// Of two replicas of realtime-service.
    relays: [Desk; 2],
    metrics: DeskMetrics,
    store: Store,
    clock: Clock,
    tenant: Tenant,
    way: Way,
}

/// How signals come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// A desk reads for each.
    Read,
    /// A desk remembers.
    Remembered,
    /// A relay passes on what it may, and leaves the rest to a desk.
    Relayed,
}

/// What happens next.
#[derive(Debug, Clone)]
enum Step {
    Command { replica: usize, command: Box<Command>, request: Option<Request> },
    Pass(TimeDelta),
}

impl Side {
    async fn new(way: Way, start: DateTime<Utc>, is_silent: bool) -> Self {
        let clock = Clock::manual(start);
        let tenant = Tenant::parse("realtime").unwrap();
        let store = Store::memory(clock.clone(), std::slice::from_ref(&tenant));
        let metrics = DeskMetrics::new(&mut Registry::default());
        // A relay has no settings, and none of those of a desk is of any account for it.
        let rules = Rules {
            ring_seconds: 40,
            lease: TimeDelta::seconds(30),
            connect: TimeDelta::seconds(15),
            media: TimeDelta::seconds(45),
            ..Rules::default()
        };
        let [desks, relays] = [rules, Rules::default()].map(|rules| {
            let new = || Desk::new(store.clone(), rules.clone(), Hooks::default(), metrics.clone());
            [new(), new()]
        });
        let side = Self { desks, relays, metrics, store: store.clone(), clock, tenant, way };
        // Both are connected for as long as it takes, so that a sign of life, which is dated by what is remembered of the
        // time, makes no difference.
        let until = side.clock.now() + TimeDelta::hours(1);
        let writes = [actor("ann"), actor("bob")];
        let leases = writes.iter().map(|actor| presence::lease(&actor.user, &actor.device, until));
        // Ann is blocked.
        let blocked = BTreeMap::from([(user("ann"), start)]);
        let preferences = Preferences { blocked, ..Preferences::default() };
        let silence = is_silent.then(|| records::put_preferences(&user("bob"), &preferences));
        let writes = leases.chain(silence).collect();
        store.commit(&side.tenant, Commit { writes, ..Commit::default() }).await.unwrap();
        side
    }

    /// Does it, and tells what came of it, and all that is there.
    async fn step(&self, step: &Step, call: CallId, signals: &[Uuid]) -> String {
        let outcome = match step {
            Step::Command { replica, command, request } => {
                let (desk, relay) = (&self.desks[*replica], &self.relays[*replica]);
                if self.way == Way::Read {
                    self.forget(desk, call);
                }
                let relayed = match self.way {
                    Way::Relayed => relay.relay(&self.tenant, command, request.as_ref()).await,
                    Way::Read | Way::Remembered => Ok(None),
                };
                let outcome = match relayed {
                    Ok(None) => desk.run(&self.tenant, (**command).clone(), request.clone()).await,
                    Ok(Some(id)) => Ok(Outcome::Signal(id)),
                    Err(failure) => Err(failure),
                };
                outcome.map_or_else(|failure| failure.code().as_str().to_owned(), |_| "done".to_owned())
            }
            Step::Pass(span) => {
                self.clock.advance(*span);
                String::new()
            }
        };
        format!("{outcome}: {}", self.look(call, signals).await)
    }

    /// Nothing is remembered of whoever was just given up.
    fn forget(&self, desk: &Desk, call: CallId) {
        for name in ["ann", "bob"] {
            desk.memory.give_up(Sender { tenant: self.tenant.clone(), call, user: user(name) });
        }
    }

    async fn look(&self, call: CallId, signals: &[Uuid]) -> String {
        let wanted = signals
            .iter()
            .fold(Read::new().and(call_key(call), 1), |read, signal| read.and(signal_key(*signal), 0));
        let read = self.store.read(&self.tenant, wanted).await.unwrap();
        let Snapshot { calls, users, sent, .. } = records::snapshot(&read).unwrap();
        let kept: Vec<_> = signals.iter().map(|signal| read.data(&signal_key(*signal)).is_some()).collect();
        let mut logs = Vec::new();
        for name in ["ann", "bob"] {
            let log = Key::new("mailbox", name);
            let page = self.store.read_log(&self.tenant, &log, 0, 1_000, Some("phone")).await.unwrap();
            logs.push((page.last, page.floor));
        }
        format!("{calls:?} {users:?} {sent:?} {kept:?} {logs:?}")
    }
}

fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

fn actor(name: &str) -> Actor {
    Actor { user: user(name), device: DeviceId::parse("phone").unwrap() }
}

/// Ann calls Bob.
fn invite(call: CallId) -> Command {
    let request = InviteRequest {
        callees: vec![user("bob")],
        room_id: None,
        kind: CallKind::Audio,
        media: CallMedia::P2p,
        ring_seconds: None,
        offer: None,
        key: None,
    };
    Command::Invite { call, actor: actor("ann"), request, traceparent: None, trace_id: "0".repeat(32) }
}

fn step(random: &mut StdRng, call: CallId, signals: &mut Vec<Uuid>) -> Step {
    if random.random_bool(0.05) {
        return Step::Pass(TimeDelta::milliseconds(*[1, 900, 4_000, 19_999].choose(random).unwrap()));
    }
    let actor = actor(["ann", "bob"].choose(random).unwrap());
    let command = match random.random_range(0..60) {
        0 => Command::Hangup { call, actor },
        1 | 2 => Command::Accept { call, actor, key: None },
        3 => Command::Ringing { call, actor, key: None },
        4 | 5 => {
            let state = *[ReportedMedia::Connecting, ReportedMedia::Connected].choose(random).unwrap();
            Command::Media { call, actor, report: MediaReport { state, cause: None } }
        }
        6 => Command::Tick { call },
        _ => {
            let id = Uuid::from_u128(random.random());
            signals.push(id);
            Command::Signal { call, actor, id, request: signal(random) }
        }
    };
    // Now and then an id that was there before, of this request or of another.
    let request = command.actor().filter(|_| random.random_bool(0.5)).and_then(|actor| {
        let fingerprint = Fingerprint::of(command.name(), "", &());
        Request::new(&actor.user, Some(format!("request-{}", random.random_range(0..30))), fingerprint)
    });
    let replica = usize::from(random.random_bool(0.03));
    Step::Command { replica, command: Box::new(command), request }
}

fn signal(random: &mut StdRng) -> SignalRequest {
    let kinds = [
        SignalKind::Candidates,
        SignalKind::Candidates,
        SignalKind::Candidates,
        SignalKind::Candidates,
        SignalKind::Candidates,
        SignalKind::Candidates,
        SignalKind::Offer,
        SignalKind::Answer,
        SignalKind::Restart,
    ];
    SignalRequest {
        kind: *kinds.choose(random).unwrap(),
        generation: *[0, 0, 0, 0, 0, 0, 1, 1, 1, 2].choose(random).unwrap(),
        payload: SignalPayload { end: Some(true), ..SignalPayload::default() },
        accept: false,
    }
}

#[tokio::test]
async fn whoever_remembers_or_relays_comes_to_the_same_as_whoever_reads() {
    let seed = rand::random();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let ways = [Way::Read, Way::Remembered, Way::Relayed];
    let mut held = [0; 3];
    for run in 0..RUNS {
        let start = Clock::system().now();
        let sides = join_all(ways.map(|way| Side::new(way, start, run % 4 == 3))).await;
        let call = CallId::of(Uuid::now_v7()).unwrap();
        let mut steps = vec![Step::Command { replica: 0, command: Box::new(invite(call)), request: None }];
        let mut signals = Vec::new();
        steps.extend((0..STEPS).map(|_| step(&mut random, call, &mut signals)));
        for (number, step) in steps.iter().enumerate() {
            let told = join_all(sides.iter().map(|side| side.step(step, call, &signals))).await;
            for (side, told_there) in sides.iter().zip(&told) {
                assert_eq!(*told_there, told[0], "{:?}, run {run}, step {number}: {step:?}", side.way);
            }
        }
        for (held, side) in held.iter_mut().zip(&sides) {
            *held += side.metrics.count_of_recalled(Recalled::Held);
        }
    }
    let [read, remembered, relayed] = held;
    assert_eq!(read, 0, "whoever reads remembers nothing");
    assert!(remembered > 0 && relayed > 0, "nothing was ever decided on what was remembered: {held:?}");
}

#[tokio::test]
async fn a_deadline_that_passed_unseen_keeps_a_remembered_call_from_deciding() {
    let side = Side::new(Way::Remembered, Clock::system().now(), false).await;
    let [desk, _] = &side.desks;
    let call = CallId::of(Uuid::now_v7()).unwrap();
    desk.run(&side.tenant, invite(call), None).await.unwrap();
    let send = async || {
        let request = SignalRequest {
            kind: SignalKind::Candidates,
            generation: 0,
            payload: SignalPayload { end: Some(true), ..SignalPayload::default() },
            accept: false,
        };
        let command = Command::Signal { call, actor: actor("ann"), id: super::new_id(), request };
        desk.run(&side.tenant, command, None).await.map_err(|failure| failure.code().as_str())
    };
    send().await.unwrap();
    send().await.unwrap();
    assert_eq!(side.metrics.count_of_recalled(Recalled::Held), 1);
    // The store's clock jumps; nobody here has noticed.
    side.clock.advance(TimeDelta::from_std(Duration::from_mins(5)).unwrap());
    assert_eq!(send().await, Err("call_ended"));
    assert_eq!(side.metrics.count_of_recalled(Recalled::Outdated), 1);
}
