//! Many people who are called at once and never answer.

use std::time::Duration;

use signal_protocol::{Call, CallMedia, EndReason, EventBody, UserId};
use store::Read;
use testkit::eventually;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::world::{Device, Witness, World, invite};

/// How many invites are under way at once.
const AT_ONCE: usize = 16;

/// When rings end.
#[derive(Clone, Copy)]
pub(super) enum Deadline {
    /// All of them within one second, so many seconds after the first was asked for.
    Together(u32),
    /// Each this long after it began, in turn from one second up to so many.
    Spread(u32),
}

/// Rings between pairs of people who have nothing to do with each other.
pub(super) struct Crowd {
    rings: Vec<Ring>,
}

struct Ring {
    call: Call,
    /// Who calls, and who is called.
    told: [Witness; 2],
}

impl Crowd {
    /// `count` rings, asked of all replicas.
    pub(super) async fn rings(world: &World, count: usize, deadline: Deadline) -> Self {
        let anybody = world.device("anybody", "phone");
        let began = Instant::now();
        let (mut rings, mut under_way) = (Vec::with_capacity(count), JoinSet::new());
        for number in 0..count {
            if under_way.len() >= AT_ONCE {
                rings.push(under_way.join_next().await.unwrap().unwrap());
            }
            let [from, to] = ["caller", "callee"].map(|role| format!("{role}-{number}"));
            let told = [world.witness(&from, "phone").await, world.witness(&to, "phone").await];
            let (user, token) = (UserId::parse(&from).unwrap(), world.token(&from));
            let device = Device { user, token, ..anybody.clone() };
            under_way.spawn(async move {
                let seconds = match deadline {
                    Deadline::Together(after) => {
                        let left = u64::from(after).checked_sub(began.elapsed().as_secs());
                        let left = left.expect("all are asked for before the first is over");
                        u32::try_from(left).unwrap()
                    }
                    Deadline::Spread(most) => 1 + u32::try_from(number).unwrap() % most,
                };
                let mut request = invite(&[&to], CallMedia::Livekit);
                request.ring_seconds = Some(seconds);
                let call = device.client.invite(&device.relay(), &request).await.unwrap().call;
                Ring { call, told }
            });
        }
        while let Some(ring) = under_way.join_next().await {
            rings.push(ring.unwrap());
        }
        Self { rings }
    }

    pub(super) fn calls(&self) -> impl Iterator<Item = &Call> {
        self.rings.iter().map(|ring| &ring.call)
    }

    /// Waits until the first ring is over, by the clock that counts.
    pub(super) async fn is_about_to_end(&self, world: &World) {
        let first = self.calls().filter_map(|call| call.expires_at).min().unwrap();
        eventually("the first deadline is past", Duration::from_mins(2), async || {
            world.store.read(&world.tenant, Read::new()).await.is_ok_and(|read| read.now > first)
        })
        .await;
    }

    /// Waits until the last deadline is `ago`, by the clock that counts.
    pub(super) async fn is_overdue(&self, world: &World, ago: Duration) {
        let until = self.calls().filter_map(|call| call.expires_at).max().unwrap() + ago;
        eventually("the last deadline is past", ago + Duration::from_mins(2), async || {
            world.store.read(&world.tenant, Read::new()).await.is_ok_and(|read| read.now > until)
        })
        .await;
        assert_eq!(world.store.timers(&world.tenant).await.unwrap().total, self.rings.len() as u64);
    }

    /// Waits until everything is over, and checks that each ring ended once, never before its deadline, for both. Gives how
    /// late each was.
    pub(super) async fn ended_once_each(&self, world: &World, bound: Duration) -> Vec<(&Call, Duration)> {
        eventually("no timer is left", bound, async || match world.store.timers(&world.tenant).await {
            Ok(timers) if timers.total == 0 => Ok(()),
            other => Err(format!("{other:?}")),
        })
        .await;
        world.is_over().await;
        let mut late = Vec::with_capacity(self.rings.len());
        for Ring { call, told: [from, to] } in &self.rings {
            assert_eq!(to.story().await, ["ringing", "ended unreachable"]);
            let told = from.events().await;
            let [EventBody::Ended { call: ended }] =
                told.iter().map(|event| &event.body).collect::<Vec<_>>()[..]
            else {
                panic!("{told:?}");
            };
            assert_eq!((ended.id, ended.version), (call.id, call.version + 1));
            assert_eq!(ended.reason, Some(EndReason::Unreachable));
            for user in [&from.user, &to.user] {
                assert_eq!(world.remembered(user).await, 1, "{user:?} has it in the history once");
            }
            let after = ended.ended_at.unwrap() - call.expires_at.unwrap();
            late.push((call, after.to_std().expect("no ring ends before its deadline")));
        }
        late
    }
}
