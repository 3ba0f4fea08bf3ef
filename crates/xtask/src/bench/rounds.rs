//! The rounds: every server in turn, case by case, so that whatever else the machine does meets all of them alike.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::lineup::{Case, Lineup, Server};
use super::load::{Volley, Volleyed};
use super::starts::milliseconds;
use super::statistics::percentile;

/// One server in one case of one round.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Measured {
    pub(super) round: u32,
    pub(super) case: Case,
    pub(super) server: Server,
    pub(super) requests: u32,
    pub(super) cpu_us_per_request: f64,
    pub(super) requests_per_second: f64,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    /// The part of the time in which the server computed: 1 when its core was the limit.
    pub(super) server_busy: f64,
    /// The same of the load generator on its own core.
    pub(super) load_busy: f64,
}

/// What is sent.
pub(super) struct Ammunition {
    pub(super) never_seen: Volley,
    pub(super) remembered: Volley,
    /// Sent to each server once, in this order.
    pub(super) fresh: Vec<Box<[u8]>>,
    /// How many of them each server has met.
    pub(super) met: BTreeMap<Server, usize>,
    /// Sent again and again.
    pub(super) repeated: Vec<Box<[u8]>>,
}

/// Round 0 and up to `warm_up` are for caches and compilers, and are not reported.
pub(super) async fn play(
    lineup: &Lineup,
    ammunition: &mut Ammunition,
    warm_up: u32,
    rounds: u32,
) -> Result<Vec<Measured>> {
    let mut table = Vec::new();
    for round in 0..warm_up + rounds {
        for case in Case::ALL {
            for server in Server::ALL {
                let measured = measure(lineup, ammunition, round, case, server)
                    .await
                    .with_context(|| format!("round {round}, {}, {}", case.name(), server.name()))?;
                say(&measured, warm_up, rounds);
                if round >= warm_up {
                    table.push(measured);
                }
            }
        }
    }
    Ok(table)
}

async fn measure(
    lineup: &Lineup,
    ammunition: &mut Ammunition,
    round: u32,
    case: Case,
    server: Server,
) -> Result<Measured> {
    let running = lineup.of(server, case);
    running.contender.cut_log()?;
    let before = running.quiet().await?;
    let volleyed = ammunition.fire(server, case, running.contender.address)?;
    let cpu = running.quiet().await?.since(&before);
    Ok(Measured::of(round, case, server, cpu, &volleyed))
}

impl Ammunition {
    fn fire(&mut self, server: Server, case: Case, address: SocketAddr) -> Result<Volleyed> {
        match case {
            Case::Remembered => self.remembered.fire(address, &self.repeated),
            Case::NeverSeen => {
                let met = self.met.entry(server).or_default();
                let requests = self.fresh.get(*met..*met + self.never_seen.requests);
                let volleyed =
                    self.never_seen.fire(address, requests.context("the fresh tokens ran out")?)?;
                *met += volleyed.latencies.len();
                Ok(volleyed)
            }
        }
    }
}

impl Measured {
    fn of(round: u32, case: Case, server: Server, cpu: Duration, volleyed: &Volleyed) -> Self {
        let requests = u32::try_from(volleyed.latencies.len()).unwrap_or(u32::MAX);
        let elapsed = volleyed.elapsed.as_secs_f64();
        Self {
            round,
            case,
            server,
            requests,
            cpu_us_per_request: cpu.as_secs_f64() * 1e6 / f64::from(requests),
            requests_per_second: f64::from(requests) / elapsed,
            p50_ms: milliseconds(percentile(&volleyed.latencies, 50)),
            p99_ms: milliseconds(percentile(&volleyed.latencies, 99)),
            server_busy: cpu.as_secs_f64() / elapsed,
            load_busy: volleyed.own_share,
        }
    }
}

fn say(measured: &Measured, warm_up: u32, rounds: u32) {
    let round = if measured.round < warm_up {
        "warm-up".to_owned()
    } else {
        format!("round {}/{rounds}", measured.round - warm_up + 1)
    };
    eprintln!(
        "{round}: {:16} {:16} {:7.1} µs CPU/request {:8.0} requests/s",
        measured.case.name(),
        measured.server.name(),
        measured.cpu_us_per_request,
        measured.requests_per_second
    );
}
