//! A replica dies, or hangs, with commands under way.

use std::fmt;

use call_state_api::CallStateFailure;
use signal_protocol::{Call, CallId, CallMedia, KeyRequest, UserId};
use testkit::rounds;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::world::{Device, Witness, World, invite};

/// How a replica fails.
#[derive(Clone, Copy)]
enum Failing {
    Dies,
    Hangs,
}

/// What is under way when it does.
#[derive(Clone, Copy, Debug)]
enum Step {
    Ring,
    Accept,
    End,
}

/// One person who calls another.
struct Pair {
    people: [UserId; 2],
    tokens: [String; 2],
    told: [Witness; 2],
    /// Once there is one.
    call: Option<CallId>,
}

/// A command as any replica may get it.
struct Errand {
    step: Step,
    device: Device,
    other: UserId,
    call: Option<CallId>,
}

impl Pair {
    async fn new(world: &World, number: usize) -> Self {
        let [from, to] = ["caller", "callee"].map(|role| format!("{role}-{number}"));
        Self {
            told: [world.witness(&from, "phone").await, world.witness(&to, "phone").await],
            tokens: [world.token(&from), world.token(&to)],
            people: [from, to].map(|user| UserId::parse(&user).unwrap()),
            call: None,
        }
    }

    /// What is to be done in this step, by a device that asks as `at` does.
    fn errand(&self, step: Step, at: &Device) -> Errand {
        let me = match step {
            Step::Ring | Step::End => 0,
            Step::Accept => 1,
        };
        let (user, token) = (self.people[me].clone(), self.tokens[me].clone());
        let device = Device { user, token, ..at.clone() };
        Errand { step, device, other: self.people[1 - me].clone(), call: self.call }
    }

    /// Each of the two was told of everything so far, once. Nobody is told of what they did themselves with this device,
    /// except that it is over.
    async fn were_told_once(&self, step: Step) {
        let accepted = format!("accepted {}", self.people[1].as_str());
        let told: [&[&str]; 2] = match step {
            Step::Ring => [&[], &["ringing"]],
            Step::Accept => [&[&accepted], &["ringing"]],
            Step::End => [&[&accepted, "ended completed"], &["ringing", "ended completed"]],
        };
        for (witness, story) in self.told.iter().zip(told) {
            assert_eq!(witness.story().await, story);
        }
    }
}

impl Errand {
    /// Carries it out, always as the same request.
    async fn run(&self) -> Result<Call, CallStateFailure> {
        let Self { step, device, other, call } = self;
        let id = format!("request-{step:?}");
        let (relay, call) = (device.relay_with(&id), || call.unwrap());
        match step {
            Step::Ring => {
                let request = invite(&[other.as_str()], CallMedia::Livekit);
                device.client.invite(&relay, &request).await.map(|answer| answer.call)
            }
            Step::Accept => {
                let key = KeyRequest::default();
                device.client.accept(&relay, call(), &key).await.map(|answer| answer.call)
            }
            Step::End => device.client.hangup(&relay, call()).await.map(|answer| answer.call),
        }
    }
}

impl fmt::Display for Failing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Dies => "killed",
            Self::Hangs => "stopped",
        })
    }
}

/// Sends all of them to a replica that fails as soon as it has answered the first, and all of them again to the other one.
/// Gives the answers in the order of the errands.
async fn in_spite_of(
    failing: Failing,
    world: &mut World,
    step: Step,
    pairs: &[Pair],
    [first, second]: [&Device; 2],
) -> Vec<Call> {
    let mut under_way = JoinSet::new();
    for pair in pairs {
        let errand = pair.errand(step, first);
        under_way.spawn(async move { errand.run().await });
    }
    under_way.join_next().await.unwrap().unwrap().unwrap();
    match failing {
        Failing::Dies => world.replicas[0].kill().await,
        Failing::Hangs => world.replicas[0].process().pause(),
    }
    let since = Instant::now();
    under_way.abort_all();
    let again = pairs.iter().map(|pair| pair.errand(step, second));
    let again: Vec<_> = again.map(|errand| tokio::spawn(async move { errand.run().await })).collect();
    let mut calls = Vec::new();
    for answer in again {
        calls.push(answer.await.unwrap().unwrap());
    }
    let took = since.elapsed().as_millis();
    println!("{failing} in {step:?}: the other one had answered all {} after {took} ms", pairs.len());
    calls
}

async fn go_on_without(failing: Failing) {
    let mut world = World::with(2, &[]).await;
    let [first, second] = [0, 1].map(|replica| world.device_at(replica, "anybody", "phone"));
    let mut pairs = Vec::new();
    for number in 0..rounds(30, 300) {
        pairs.push(Pair::new(&world, number).await);
    }
    for step in [Step::Ring, Step::Accept, Step::End] {
        let calls = in_spite_of(failing, &mut world, step, &pairs, [&first, &second]).await;
        for (pair, call) in pairs.iter_mut().zip(&calls) {
            assert!(pair.call.is_none_or(|known| known == call.id), "{step:?} is of another call");
            pair.call = Some(call.id);
        }
        match failing {
            Failing::Dies => world.replicas[0].start_again().await,
            // It goes on with what it was at, which was done meanwhile.
            Failing::Hangs => world.replicas[0].process().resume(),
        }
        for (pair, call) in pairs.iter().zip(&calls) {
            let seen = pair.errand(step, &first).device.sees(call.id).await.unwrap();
            assert_eq!((seen.phase, seen.version), (call.phase, call.version));
            pair.were_told_once(step).await;
        }
    }
    world.is_over().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_dies_in_ring_accept_and_end_leaves_nothing_stuck_and_nothing_done_twice() {
    go_on_without(Failing::Dies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_hangs_in_ring_accept_and_end_leaves_nothing_stuck_and_nothing_done_twice() {
    go_on_without(Failing::Hangs).await;
}
