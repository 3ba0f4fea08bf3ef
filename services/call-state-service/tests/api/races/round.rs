//! One round of a race: people of its own, who are watched from the beginning.

use std::time::Duration;

use call_state_api::CallStateFailure;
use calls::CallRecord;
use clock::{Clock, DateTime, Utc};
use rand::Rng as _;
use rand::rngs::StdRng;
use signal_protocol::{Call, CallId, DeviceId, ErrorCode, UserId};
use store::{Key, Read};
use testkit::eventually;
use tokio::time::sleep;

use super::judge::{self, Known};
use super::stage::Stage;
use crate::world::{BOUND, Device, Refused, Witness, refused};

/// A device that does nothing, and so is told of everything that any device of its person is told.
const BYSTANDER: &str = "bystander";
/// By how much the start of one side is put off at most, in milliseconds: about what a command takes.
const MOST_JITTER_MS: u64 = 4;

/// One round of a race.
pub(super) struct Round<'stage> {
    pub(super) stage: &'stage Stage,
    number: usize,
    pub(super) dice: StdRng,
    /// Everybody in it.
    people: Vec<Witness>,
    /// The calls as commands were answered with them. Whoever was told of the same version was told the same.
    heard: Vec<Call>,
}

impl<'stage> Round<'stage> {
    pub(super) fn new(stage: &'stage Stage, number: usize, dice: StdRng) -> Self {
        Self { stage, number, dice, people: Vec::new(), heard: Vec::new() }
    }

    /// People who have never called before, each with a device, in turn on one replica and on the other.
    pub(super) async fn people<const N: usize>(&mut self, names: [&str; N]) -> [Device; N] {
        let first = self.side();
        for name in names {
            let witness = self.stage.world.witness(self.name(name).as_str(), BYSTANDER).await;
            self.people.push(witness);
        }
        let mut place = first;
        names.map(|name| {
            place += 1;
            self.device(place % 2, name, "phone")
        })
    }

    /// Two devices of somebody, on different replicas.
    pub(super) fn both(&mut self, name: &str, devices: [&str; 2]) -> [Device; 2] {
        let first = self.side();
        let [one, other] = devices;
        [self.device(first, name, one), self.device(1 - first, name, other)]
    }

    /// A device of somebody, at this replica.
    pub(super) fn device(&self, replica: usize, name: &str, device: &str) -> Device {
        let user = self.name(name);
        let token = self.stage.world.token(user.as_str());
        let client = self.stage.client(replica);
        Device { user, id: DeviceId::parse(device).unwrap(), token, client }
    }

    fn name(&self, name: &str) -> UserId {
        UserId::parse(&format!("{name}{}", self.number)).unwrap()
    }

    /// One of the replicas.
    pub(super) fn side(&mut self) -> usize {
        self.dice.random_range(0..2)
    }

    /// One of these.
    pub(super) fn one_of<T: Copy, const N: usize>(&mut self, these: [T; N]) -> T {
        these[self.dice.random_range(0..N)]
    }

    /// Does both at once. Either may start a little later than the other, or neither.
    pub(super) async fn race<A, B>(
        &mut self,
        one: impl Future<Output = A>,
        other: impl Future<Output = B>,
    ) -> (A, B) {
        let late = self.dice.random_range(0..=MOST_JITTER_MS);
        let [one_late, other_late] = self.one_of([[0, 0], [late, 0], [0, late]]);
        tokio::join!(put_off(one_late, one), put_off(other_late, other))
    }

    /// A call that this person was answered with.
    pub(super) fn hears(&mut self, call: Call) -> Call {
        self.heard.push(call.clone());
        call
    }

    /// What a command came to: its call, or the refusal. Any other failure fails the test.
    pub(super) fn told(&mut self, answer: Result<Call, CallStateFailure>) -> Result<Call, Box<Refused>> {
        match answer {
            Ok(call) => Ok(self.hears(call)),
            Err(failure) => {
                let refused = Box::new(refused::<()>(Err(failure)));
                if refused.code == ErrorCode::CallEnded {
                    self.hears(ended_with(&refused));
                }
                assert_ne!(refused.code, ErrorCode::StoreUnavailable, "a command found no quiet moment");
                Err(refused)
            }
        }
    }

    /// The call's record at one instant, and that instant.
    pub(super) async fn record(&self, call: CallId) -> (CallRecord, DateTime<Utc>) {
        let key = Key::new("call", call);
        let world = &self.stage.world;
        let read = world.store.read(&world.tenant, Read::new().and(key.clone(), 0)).await.unwrap();
        (read.parse(&key).unwrap().unwrap(), read.now)
    }

    /// The call's record at an instant after `deadline`, by the store's clock: from then on it is settled what was in time.
    pub(super) async fn record_after(&self, call: CallId, deadline: DateTime<Utc>) -> CallRecord {
        reach(deadline).await;
        eventually("the deadline has passed", BOUND, async || {
            let (record, now) = self.record(call).await;
            (now > deadline).then_some(record)
        })
        .await
    }

    /// Everybody leaves whatever call they are in. Then it is judged what they were told from beginning to end.
    pub(super) async fn close(self) {
        for place in 0..self.people.len() {
            // Not the bystander: who acts is told by the answer.
            let device = Device { id: DeviceId::parse("keypad").unwrap(), ..self.bystander(0, place) };
            for call in device.client.calls(&device.relay()).await.unwrap().items {
                device.hangs_up(call.id).await.unwrap();
            }
        }
        let mut known = Known::default();
        for call in &self.heard {
            known.is_answered(call);
        }
        for witness in &self.people {
            known.reads(&witness.user, &witness.events().await);
        }
        let users: Vec<&UserId> = self.people.iter().map(|witness| &witness.user).collect();
        judge::records(&self.stage.world, &users, &known).await;
        for (place, user) in users.into_iter().enumerate() {
            judge::views([0, 1].map(|replica| self.bystander(replica, place)), user, &known).await;
        }
    }

    fn bystander(&self, replica: usize, place: usize) -> Device {
        let user = self.people[place].user.clone();
        let token = self.stage.world.token(user.as_str());
        let client = self.stage.client(replica);
        Device { user, id: DeviceId::parse(BYSTANDER).unwrap(), token, client }
    }
}

/// The call that a refusal shows as ended.
pub(super) fn ended_with(refused: &Refused) -> Call {
    serde_json::from_value(refused.problem.extensions["call"].clone()).unwrap()
}

async fn put_off<T>(late_ms: u64, work: impl Future<Output = T>) -> T {
    if late_ms > 0 {
        sleep(Duration::from_millis(late_ms)).await;
    }
    work.await
}

/// Returns at `instant`, or at once if it has passed. Redis runs on this machine, so its clock is ours.
pub(super) async fn reach(instant: DateTime<Utc>) {
    if let Ok(left) = (instant - Clock::system().now()).to_std() {
        sleep(left).await;
    }
}
