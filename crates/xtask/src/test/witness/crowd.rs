//! All witnesses, in this process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use clock::Clock;
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

use super::device::Device;
use super::joins;
use super::ledger::Ledger;
use super::logins::Login;
use super::pair::{Pair, Side};
use super::people::{self, Person};
use super::plan::Plan;
use super::report::{Phase, Report};
use super::shared::{self, Shared};

/// Everybody is welcome and all rings ring within this time, or the witness says that they are not.
const ARRIVAL_BOUND: Duration = Duration::from_mins(3);
/// How long to wait at the end for what is still to come.
const SETTLING_BOUND: Duration = Duration::from_secs(30);
/// Calls are ended at the end, and joins answered.
const CALLS_BOUND: Duration = Duration::from_secs(90);
const LOOK: Duration = Duration::from_millis(100);
/// In the middle of everything, what has not come by then counts as lost.
const OVERDUE: Duration = Duration::from_secs(15);

/// Everybody who is there.
pub(super) struct Crowd {
    shared: Arc<Shared>,
    /// Set when calls and joins are to end.
    over_calls: watch::Sender<bool>,
    /// Set when everybody goes.
    over: watch::Sender<bool>,
    activities: JoinSet<()>,
    devices: JoinSet<()>,
    renewal: JoinHandle<()>,
}

impl Crowd {
    /// Everybody comes, and begins to call and to join.
    pub(super) async fn gather(plan: &Plan, logins: Vec<Login>) -> Result<Self> {
        let fits = usize::from(plan.rings) * 2 <= usize::from(plan.people);
        ensure!(fits, "{} rings need twice as many people", plan.rings);
        let (people, renewal) = people::log_in(logins).await?;
        let ((over_calls, calls), (over, all)) = (watch::channel(false), watch::channel(false));
        let names = people.iter().map(|person| person.id.clone());
        let ledger = Ledger::new(Instant::now(), Clock::system().now(), names, plan.devices.into());
        let shared = Arc::new(Shared::new(plan, shared::client()?, [calls, all], ledger));
        let mut crowd =
            Self { shared, over_calls, over, activities: JoinSet::new(), devices: JoinSet::new(), renewal };
        let sides = crowd.seat(plan, &people);
        let devices = plan.sockets();
        crowd
            .until(ARRIVAL_BOUND, |ledger| ledger.sockets() == devices)
            .await
            .context("not all are welcome")?;
        crowd.begin(plan, people, sides);
        let rings = usize::from(plan.rings);
        // Some of them end while the last ones begin.
        let most = rings - rings.div_ceil(10);
        crowd.until(ARRIVAL_BOUND, |ledger| ledger.ringing() >= most).await.context("not all rings ring")?;
        Ok(crowd)
    }

    /// What follows belongs to this phase.
    pub(super) fn begin_phase(&self, name: &str) {
        self.shared.ledger().begin_phase(name, Instant::now());
    }

    /// Everything up to now.
    pub(super) fn look(&self) -> Report {
        self.shared.ledger().report(Instant::now(), OVERDUE)
    }

    /// Ends calls and joins, waits for what is still to come, and has everybody go.
    pub(super) async fn disperse(mut self) -> Report {
        self.over_calls.send_replace(true);
        let activities = &mut self.activities;
        // One that does not end has a call that does not, which is in the report.
        let _ = timeout(CALLS_BOUND, async { while activities.join_next().await.is_some() {} }).await;
        self.activities.abort_all();
        let devices = self.devices.len();
        let _ = self.until(SETTLING_BOUND, |ledger| ledger.is_settled() && ledger.sockets() == devices).await;
        let report = self.shared.ledger().report(Instant::now(), Duration::ZERO);
        self.over.send_replace(true);
        let _ = timeout(SETTLING_BOUND, async { while self.devices.join_next().await.is_some() {} }).await;
        report
    }

    /// Waits until the phase of now has come so far.
    pub(super) async fn sees(&self, bound: Duration, so_far: impl Fn(&Phase) -> bool) -> Result<()> {
        self.until(bound, |ledger| so_far(ledger.phase())).await
    }

    /// Waits until every device has a socket.
    pub(super) async fn all_are_back(&self, bound: Duration) -> Result<()> {
        self.until(bound, |ledger| ledger.sockets() == self.devices.len()).await
    }

    /// Gives each person their devices, which come at once.
    fn seat(&mut self, plan: &Plan, people: &[Arc<Person>]) -> Vec<Side> {
        let mut sides = Vec::new();
        for (place, person) in people.iter().enumerate() {
            let mut handles = Vec::new();
            for device in 0..usize::from(plan.devices) {
                let number = place * usize::from(plan.devices) + device;
                let name = format!("device-{device}");
                let (device, handle) =
                    Device::new(number, name, Arc::clone(person), Arc::clone(&self.shared));
                self.devices.spawn(device.run());
                handles.push((number, handle));
            }
            sides.push(Side { user_id: person.id.clone(), place, devices: handles });
        }
        sides
    }

    fn begin(&mut self, plan: &Plan, people: Vec<Arc<Person>>, sides: Vec<Side>) {
        let rings = Arc::new(Semaphore::new(plan.rings.into()));
        let mut sides = sides.into_iter();
        while let (Some(one), Some(other)) = (sides.next(), sides.next()) {
            let pair = Pair {
                shared: Arc::clone(&self.shared),
                sides: [one, other],
                rings: Arc::clone(&rings),
                longest: Duration::from_secs(plan.ring_seconds.into()),
            };
            self.activities.spawn(pair.play());
        }
        let joining = joins::keep_joining(Arc::clone(&self.shared), people, plan.joins_per_second);
        self.activities.spawn(joining);
    }

    async fn until(&self, bound: Duration, is_so: impl Fn(&mut Ledger) -> bool) -> Result<()> {
        let so = async {
            while !is_so(&mut self.shared.ledger()) {
                sleep(LOOK).await;
            }
        };
        if timeout(bound, so).await.is_err() {
            let ledger = self.shared.ledger();
            let (sockets, ringing) = (ledger.sockets(), ledger.ringing());
            drop(ledger);
            anyhow::bail!("{sockets} sockets and {ringing} rings after {bound:?}\n{}", self.look());
        }
        Ok(())
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}
