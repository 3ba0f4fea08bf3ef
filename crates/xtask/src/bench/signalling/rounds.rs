//! The rounds: everything in turn, so that whatever else the machine does meets all of it alike.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::crowd::Crowd;
use super::latency::{self, Latency};
use super::memory::{self, Kind};
use super::returning::{self, Return};
use super::surroundings::Surroundings;

/// People who are there while the latency is measured the first time.
pub(super) const FEW_PEOPLE: u16 = 200;

/// How much is done.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Plan {
    pub(super) rounds: u32,
    /// Clients of one server whose memory is measured.
    pub(super) clients: u16,
    /// People who are there while the latency is measured the second time.
    pub(super) people: u16,
    /// Signals that are followed, each time.
    pub(super) signals: u16,
    /// Clients that come back.
    pub(super) returning: u16,
}

/// What one round showed.
#[derive(Debug, Serialize)]
pub(super) struct Round {
    /// Bytes of each client.
    pub(super) memory: BTreeMap<Kind, f64>,
    pub(super) among_few: Latency,
    pub(super) among_many: Latency,
    pub(super) returned: Return,
}

impl Plan {
    /// Of one crowd.
    pub(super) fn most_clients(&self) -> usize {
        self.clients.max(self.people).max(self.returning).into()
    }
}

/// Plays the rounds.
pub(super) async fn play(surroundings: &Surroundings, plan: &Plan) -> Result<Vec<Round>> {
    let mut rounds = Vec::new();
    for number in 1..=plan.rounds {
        let round = round(surroundings, plan).await.with_context(|| format!("round {number}"))?;
        say(number, plan, &round);
        rounds.push(round);
    }
    Ok(rounds)
}

async fn round(surroundings: &Surroundings, plan: &Plan) -> Result<Round> {
    let mut memory = BTreeMap::new();
    for kind in Kind::ALL {
        let bytes = memory::measure(surroundings, kind, plan.clients).await;
        memory.insert(kind, bytes.with_context(|| format!("memory of a {}", kind.name()))?);
    }
    let [among_few, among_many] = latencies(surroundings, plan).await.context("latency")?;
    let returned = returning::measure(surroundings, plan.returning).await.context("coming back")?;
    Ok(Round { memory, among_few, among_many, returned })
}

/// The same two replicas, among few and among many.
async fn latencies(surroundings: &Surroundings, plan: &Plan) -> Result<[Latency; 2]> {
    let replicas = [
        surroundings.patient_replica("first")?.start(surroundings.cores.server).await?,
        // Where Redis' subscriber is as well: both are told of something that happened on the other core.
        surroundings.patient_replica("second")?.start(surroundings.cores.load).await?,
    ];
    let addresses = replicas.each_ref().map(|replica| replica.contender.address);
    let mut crowd = Crowd::start(surroundings, &addresses)?;
    crowd.sockets(FEW_PEOPLE).await?;
    let few = latency::measure(surroundings, &replicas, plan.signals).await?;
    crowd.sockets(plan.people).await?;
    let many = latency::measure(surroundings, &replicas, plan.signals).await?;
    // Nobody was lost meanwhile.
    crowd.beat().await?;
    for replica in replicas {
        replica.kill().await;
    }
    Ok([few, many])
}

fn say(number: u32, plan: &Plan, round: &Round) {
    let Round { memory, among_few, among_many, returned } = round;
    let memory: Vec<_> =
        memory.iter().map(|(kind, bytes)| format!("{} {bytes:.0} bytes", kind.name())).collect();
    eprintln!(
        "round {number}/{}: {}; signal {:.0} µs, among {} {:.0} µs, subscriber {:.0} and {:.0} µs; {} back after {:.1} s, \
         {:.2} operations each",
        plan.rounds,
        memory.join(", "),
        among_few.signal_p50,
        plan.people,
        among_many.signal_p50,
        among_few.publish_p50,
        among_many.publish_p50,
        returned.recovered,
        returned.last_s,
        returned.all_redis_operations()
    );
}
