//! A replica ends without a word, and all its clients come to another one.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

use super::super::contender::Contender;
use super::super::counters::Counters;
use super::super::statistics::percentile;
use super::crowd::Crowd;
use super::surroundings::Surroundings;

/// The last one tries when this is over.
pub(super) const WITHIN: Duration = Duration::from_secs(5);

/// What services ask of Redis, as `store_round_trips_total` names it.
const OPERATIONS: [&str; 12] = [
    "read",
    "commit",
    "claim_due",
    "timers",
    "read_log",
    "read_log_back",
    "consume",
    "take",
    "scan",
    "epoch",
    "bell",
    "probe",
];

/// How they came back.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Return {
    pub(super) recovered: u32,
    /// Those who were not let in, or have to start anew.
    pub(super) refused: u32,
    /// From the first one's attempt to the last one's welcome.
    pub(super) last_s: f64,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    /// Round trips to Redis meanwhile, of the replica and of call-state-service, for each of them, by what they were for.
    pub(super) redis_operations: BTreeMap<&'static str, f64>,
}

/// What the crowd says of it.
#[derive(Deserialize)]
struct Returned {
    recovered: u32,
    refused: BTreeMap<String, u32>,
    last_ms: f64,
    took_ms: Vec<f64>,
}

pub(super) async fn measure(surroundings: &Surroundings, clients: u16) -> Result<Return> {
    let first = surroundings.replica("first")?.start(surroundings.cores.server).await?;
    let second = surroundings.replica("second")?.start(surroundings.cores.server).await?;
    let mut crowd = Crowd::start(surroundings, &[first.contender.address])?;
    crowd.sockets(clients).await?;
    first.kill().await;
    let count = || operations([&second.contender, &surroundings.call_state.contender]);
    let before = count()?;
    let returned: Returned = crowd.come_back(second.contender.address, WITHIN).await?;
    let after = count()?;
    for (reason, count) in &returned.refused {
        eprintln!("{count} clients were not let in: {reason}");
    }
    ensure!(returned.recovered > 0, "nobody came back");
    crowd.leave().await?;
    second.kill().await;
    Ok(Return {
        recovered: returned.recovered,
        refused: returned.refused.values().sum(),
        last_s: returned.last_ms / 1e3,
        p50_ms: percentile(&returned.took_ms, 50),
        p99_ms: percentile(&returned.took_ms, 99),
        redis_operations: OPERATIONS
            .into_iter()
            .zip(before.into_iter().zip(after))
            .map(|(operation, (before, after))| (operation, (after - before) / f64::from(returned.recovered)))
            .filter(|(_, each)| *each > 0.0)
            .collect(),
    })
}

impl Return {
    /// All of them together.
    pub(super) fn all_redis_operations(&self) -> f64 {
        self.redis_operations.values().sum()
    }
}

/// All round trips to Redis of these servers so far, those that nobody asked for included.
fn operations(servers: [&Contender; 2]) -> Result<[f64; OPERATIONS.len()]> {
    let mut sums = [0.0; OPERATIONS.len()];
    for server in servers {
        let counters = Counters::read(server)?;
        for (sum, operation) in sums.iter_mut().zip(OPERATIONS) {
            *sum += counters.sum("store_round_trips_total", &format!("operation=\"{operation}\""));
        }
    }
    Ok(sums)
}
