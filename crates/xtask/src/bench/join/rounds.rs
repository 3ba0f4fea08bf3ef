//! The rounds: every server in turn, case by case, so that whatever else the machine does meets all of them alike.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::super::figures::{Figures, round_name};
use super::super::load::{List, Volley, Volleyed};
use super::lineup::{Case, Lineup, Server};

/// One server in one case of one round.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Measured {
    pub(super) round: u32,
    pub(super) case: Case,
    pub(super) server: Server,
    #[serde(flatten)]
    pub(super) figures: Figures,
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
    Ok(Measured { round, case, server, figures: Figures::of(cpu, &volleyed) })
}

impl Ammunition {
    fn fire(&mut self, server: Server, case: Case, address: SocketAddr) -> Result<Volleyed> {
        match case {
            Case::Remembered => self.remembered.fire(address, &mut List::new(&self.repeated, 201)),
            Case::NeverSeen => {
                let met = self.met.entry(server).or_default();
                let requests = self.fresh.get(*met..*met + self.never_seen.requests);
                let requests = requests.context("the fresh tokens ran out")?;
                let volleyed = self.never_seen.fire(address, &mut List::new(requests, 201))?;
                *met += volleyed.latencies.len();
                Ok(volleyed)
            }
        }
    }
}

fn say(measured: &Measured, warm_up: u32, rounds: u32) {
    let round = round_name(measured.round, warm_up, rounds);
    eprintln!(
        "{round}: {:16} {:16} {:7.1} µs CPU/request {:8.0} requests/s",
        measured.case.name(),
        measured.server.name(),
        measured.figures.cpu_us_per_request,
        measured.figures.requests_per_second
    );
}
