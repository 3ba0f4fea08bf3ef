//! People who call each other whatever happens to the servers, and a look at what came of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use call_state_api::CallStateFailure;
use signal_protocol::{Call, CallId, CallMedia, CallPhase, ErrorCode, KeyRequest};
use testkit::eventually;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::world::{Device, World, invite};

const PAIRS: usize = 4;
/// How many more commands each pair must have answered before the load counts as going on.
const MORE: usize = 15;
/// How long a command may take with all its tries, and the load until it goes on.
const BOUND: Duration = Duration::from_secs(40);
/// How long somebody waits who was told to come back.
const PAUSE: Duration = Duration::from_millis(100);

/// Pairs of people who call each other, accept and hang up. Each command is asked again, as the same request, until it is
/// answered.
pub(super) struct Load {
    progress: Arc<[AtomicUsize]>,
    stop: Arc<AtomicBool>,
    pairs: JoinSet<Vec<Answered>>,
}

/// Two people, and what they were answered.
struct Pair {
    devices: [Device; 2],
    answered: Vec<Answered>,
    number: usize,
    progress: Arc<[AtomicUsize]>,
}

/// A command that was acknowledged.
struct Answered {
    errand: Errand,
    call: Call,
}

/// A command with its id.
struct Errand {
    device: Device,
    id: String,
    what: What,
}

enum What {
    Invite { callee: String },
    Accept { call: CallId },
    Hangup { call: CallId },
}

impl Errand {
    async fn ask(&self) -> Result<Call, CallStateFailure> {
        let (client, relay) = (&self.device.client, self.device.relay_with(&self.id));
        match &self.what {
            What::Invite { callee } => {
                let request = invite(&[callee], CallMedia::Livekit);
                client.invite(&relay, &request).await.map(|answer| answer.call)
            }
            What::Accept { call } => {
                client.accept(&relay, *call, &KeyRequest::default()).await.map(|answer| answer.call)
            }
            What::Hangup { call } => client.hangup(&relay, *call).await.map(|answer| answer.call),
        }
    }

    /// Asks until it is answered. Whatever the servers go through shows as nothing else than that it is to be asked later,
    /// and when.
    async fn done(&self) -> Call {
        let deadline = Instant::now() + BOUND;
        loop {
            match self.ask().await {
                Ok(call) => return call,
                Err(CallStateFailure::Refused { problem, retry_after: Some(1..=5) })
                    if problem.code == ErrorCode::StoreUnavailable => {}
                Err(other) => panic!("{}: {other:?}", self.id),
            }
            assert!(Instant::now() < deadline, "{} is put off for ever", self.id);
            sleep(PAUSE).await;
        }
    }
}

impl Load {
    pub(super) fn start<R>(world: &World<R>) -> Self {
        let progress: Arc<[AtomicUsize]> = (0..PAIRS).map(|_| AtomicUsize::new(0)).collect();
        let stop = Arc::new(AtomicBool::new(false));
        let mut pairs = JoinSet::new();
        for number in 0..PAIRS {
            let devices = ["one", "other"].map(|name| world.device(&format!("{name}-{number}"), "phone"));
            let mut pair = Pair { devices, answered: Vec::new(), number, progress: Arc::clone(&progress) };
            let stop = Arc::clone(&stop);
            pairs.spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    pair.talk().await;
                }
                pair.answered
            });
        }
        Self { progress, stop, pairs }
    }

    /// Waits until every pair has had more commands acknowledged than are under way now.
    pub(super) async fn goes_on(&self) {
        let seen = || self.progress.iter().map(|count| count.load(Ordering::Relaxed));
        let wanted: Vec<usize> = seen().map(|count| count + MORE).collect();
        eventually("every pair goes on", BOUND, async || {
            seen().zip(&wanted).all(|(count, wanted)| count >= *wanted)
        })
        .await;
    }

    /// Ends the load. Every answer must still hold: the call is there, no older than the answer said, and has come to its
    /// end; the same request has the same answer. Gives how many there were.
    pub(super) async fn lost_nothing<R>(self, world: &World<R>) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        let answered: Vec<Answered> = self.pairs.join_all().await.into_iter().flatten().collect();
        for Answered { errand, call } in &answered {
            let seen = errand.device.sees(call.id).await.unwrap();
            assert!(call.version <= seen.version, "{} was taken back: {call:?}, {seen:?}", errand.id);
            assert_eq!(seen.phase, CallPhase::Ended, "{}", errand.id);
            assert_eq!(errand.done().await, *call, "{} has another answer", errand.id);
        }
        world.is_over().await;
        answered.len()
    }
}

impl Pair {
    /// One call from its beginning to its end; who makes it and who ends it is in turn.
    async fn talk(&mut self) {
        let (from, to) = if self.answered.len().is_multiple_of(2) { (0, 1) } else { (1, 0) };
        let invited = self.devices[to].user.to_string();
        let call = self.command(from, What::Invite { callee: invited }).await;
        self.command(to, What::Accept { call }).await;
        self.command(1, What::Hangup { call }).await;
    }

    async fn command(&mut self, who: usize, what: What) -> CallId {
        let id = format!("request-{}", self.answered.len());
        let errand = Errand { device: self.devices[who].clone(), id, what };
        let call = errand.done().await;
        let known = call.id;
        self.answered.push(Answered { errand, call });
        self.progress[self.number].fetch_add(1, Ordering::Relaxed);
        known
    }
}
