//! `cargo xtask bench join`: one run, from building to the verdict.

mod counting_proxy;
mod goals;
mod known_room;
mod lineup;
mod programs;
mod report;
mod requests;
mod rounds;
mod starts;
mod work;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Args;

use self::lineup::{Case, Contenders, Lineup, Server, Surroundings};
use self::programs::Programs;
use self::report::Results;
use self::rounds::Ammunition;
use self::starts::Start;
use super::load::{Volley, ceiling};
use super::machine::{self, Machine};
use super::outcome::Outcome;
use super::pinning::Cores;
use super::process_figures::resident_bytes;
use super::tokens;

/// How many people ask again and again where tokens are remembered.
const REPEATING_CALLERS: usize = 8;

/// How many joins to a known room are watched for what they ask of others.
const WATCHED_JOINS: usize = 2001;

/// Joins per second and processor time per join, against the floor of the same libraries and against Node.
///
/// Builds all three servers as they are delivered, pins each to one core, and lets them take turns under a closed loop
/// of keep-alive connections from another core, once with tokens that they have never seen and once with those of a
/// few callers. Takes about five minutes after the build. Other work on the machine widens the intervals.
#[derive(Args)]
pub(super) struct JoinArgs {
    /// Rounds that count; each measures every server in both cases.
    #[arg(long, default_value_t = 13, value_parser = clap::value_parser!(u32).range(7..=101))]
    rounds: u32,
    /// Rounds before them that do not count.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10))]
    warm_up: u32,
    /// Connections kept open to the server under load, each with one request under way.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    connections: u16,
    /// Requests to one server in one round with tokens that it has never seen.
    #[arg(long, default_value_t = 6_000)]
    never_seen: usize,
    /// Requests to one server in one round with tokens that it knows.
    #[arg(long, default_value_t = 20_000)]
    remembered: usize,
    /// The most seconds that one server is asked in one round and case; a slow one then gets fewer requests.
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// How often each server is started to see when it is ready and what it occupies.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=101))]
    starts: u32,
    #[command(flatten)]
    cores: Cores,
    #[command(flatten)]
    outcome: Outcome,
}

pub(super) async fn run(arguments: &JoinArgs) -> Result<ExitCode> {
    let results = measure(arguments).await?;
    let (report, goals) = (report::markdown(&results), goals::all(&results));
    arguments.outcome.of("join", &results, &report, &goals)
}

async fn measure(arguments: &JoinArgs) -> Result<Results> {
    let cores = arguments.cores;
    cores.check()?;
    let programs = Programs::build().await?;
    let machine = Machine::look([
        format!("Node {}", machine::version("node").await?),
        machine::component("LiveKit", "livekit-server")?,
    ])
    .await?;

    let surroundings = Surroundings::start().await?;
    let mut ammunition = arguments.ammunition(&surroundings)?;
    for process in [Some(std::process::id()), surroundings.livekit_process()].into_iter().flatten() {
        cores.confine(process).await?;
    }
    let folder = tempfile::tempdir().context("making a folder for logs")?;
    let contenders = surroundings.contenders(&programs, folder.path())?;

    let known_room = known_room::observe(
        &surroundings,
        &contenders.service,
        cores.server,
        &ammunition.fresh[..WATCHED_JOINS.min(ammunition.fresh.len())],
    )
    .await?;
    let (starts, lineup) = start_all(contenders, cores.server, arguments.starts).await?;
    work::compare(&lineup, &ammunition.repeated[0])?;
    let log_lines_per_join = work::log_lines(&lineup, &ammunition.repeated).await?;
    let load_ceiling_per_second = ceiling(lineup.floor.contender.management, arguments.connections.into())?;
    let rounds = rounds::play(&lineup, &mut ammunition, arguments.warm_up, arguments.rounds).await?;
    Ok(Results {
        machine,
        command: arguments.command(),
        starts,
        rounds,
        after_load_bytes: after_load(&lineup).await?,
        log_lines_per_join,
        known_room,
        load_ceiling_per_second,
    })
}

/// Starts every server some times and leaves it running.
async fn start_all(
    contenders: Contenders,
    core: usize,
    times: u32,
) -> Result<(BTreeMap<Server, Vec<Start>>, Lineup)> {
    eprintln!("Starting each server {times} times.");
    let (of_service, service) = starts::measure(&contenders.service, core, times).await?;
    let (of_floor, floor) = starts::measure(&contenders.floor, core, times).await?;
    let (of_node, node) = starts::measure(&contenders.node, core, times).await?;
    let remembering_floor = contenders.remembering_floor.start(core).await?;
    let starts =
        BTreeMap::from([(Server::Service, of_service), (Server::Floor, of_floor), (Server::Node, of_node)]);
    Ok((starts, Lineup { service, floor, remembering_floor, node }))
}

/// Resident memory once the last round is digested.
async fn after_load(lineup: &Lineup) -> Result<BTreeMap<Server, u64>> {
    let mut bytes = BTreeMap::new();
    for server in Server::ALL {
        let running = lineup.of(server, Case::Remembered);
        running.quiet().await?;
        bytes.insert(server, resident_bytes(running.process_id())?);
    }
    Ok(bytes)
}

impl JoinArgs {
    fn volley(&self, requests: usize) -> Volley {
        let at_most = Duration::from_secs(self.seconds);
        Volley { connections: self.connections.into(), requests, at_most }
    }

    /// Signs a fresh token for every join that any server can be asked with one.
    fn ammunition(&self, surroundings: &Surroundings) -> Result<Ammunition> {
        let rounds = usize::try_from(self.warm_up + self.rounds).context("counting rounds")?;
        let count = rounds * self.never_seen + REPEATING_CALLERS;
        eprintln!("Signing {count} access tokens.");
        let issuer = surroundings.issuer.issuer();
        let signed = tokens::sign(issuer.url(), |claims| issuer.sign(claims), 0..count)?;
        let mut fresh = requests::joins(&signed);
        let repeated = fresh.split_off(count - REPEATING_CALLERS);
        Ok(Ammunition {
            never_seen: self.volley(self.never_seen),
            remembered: self.volley(self.remembered),
            fresh,
            met: BTreeMap::new(),
            repeated,
        })
    }

    /// The command line that would do the same again.
    fn command(&self) -> String {
        format!(
            "cargo xtask bench join --rounds {} --warm-up {} --connections {} --never-seen {} --remembered {} --seconds {}",
            self.rounds, self.warm_up, self.connections, self.never_seen, self.remembered, self.seconds
        )
    }
}
