//! `cargo xtask bench calls`: one run, from building to the verdict.

mod cost;
mod dialogue;
mod fill;
mod goals;
mod latency;
mod lineup;
mod recording;
mod report;
mod rounds;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use testkit::components;

use self::dialogue::Pairs;
use self::lineup::{Lineup, Server, Surroundings};
use self::report::Results;
use super::load::{Volley, ceiling};
use super::machine::{self, Machine};
use super::outcome::Outcome;
use super::pinning::Cores;
use super::{log_lines, programs};
use crate::setup::{self, Component};

/// Enough to see what one command costs.
const COUNTED_REQUESTS: usize = 400;

/// Transitions of calls per second and processor time per transition, against a floor without rules; what many live calls
/// change; and how soon the callee knows.
///
/// Builds call-state-service and the floor as they are delivered, gives each a Redis of its own, pins each to one core,
/// and lets them take turns under a closed loop of keep-alive connections from another core: calls from invite to hangup.
/// Takes about five minutes after the build. Other work on the machine widens the intervals.
#[derive(Args)]
pub(super) struct CallsArgs {
    /// Rounds that count; each measures every server, and the latency.
    #[arg(long, default_value_t = 13, value_parser = clap::value_parser!(u32).range(7..=101))]
    rounds: u32,
    /// Rounds before them that do not count.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10))]
    warm_up: u32,
    /// Connections kept open to the server under load, each with one request under way; each has two people of its own.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    connections: u16,
    /// Transitions asked of one server in one round.
    #[arg(long, default_value_t = 8_000)]
    transitions: usize,
    /// The most seconds that one server is asked in one round; a slow one then gets fewer.
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// How many invites one round follows to the callee's event.
    #[arg(long, default_value_t = 200)]
    events: u32,
    #[command(flatten)]
    cores: Cores,
    #[command(flatten)]
    outcome: Outcome,
}

pub(super) async fn run(arguments: &CallsArgs) -> Result<ExitCode> {
    let results = measure(arguments).await?;
    let (report, goals) = (report::markdown(&results), goals::all(&results));
    arguments.outcome.of("calls", &results, &report, &goals)
}

async fn measure(arguments: &CallsArgs) -> Result<Results> {
    let cores = arguments.cores;
    cores.check()?;
    setup::provide(&[Component::Redis]).await?;
    let programs = programs::build(&["call-state-service", "call-floor"]).await?;
    let redis = machine::version(components::locate("redis-server")?).await?;
    // The rest says how it was built.
    let redis = redis.split(" sha").next().unwrap_or_default().to_owned();
    let machine = Machine::look([redis]).await?;

    let connections = usize::from(arguments.connections);
    let surroundings = Surroundings::start(programs, cores.server, connections).await?;
    // What is started from now on, every Redis above all, is where this process is.
    cores.confine(std::process::id()).await?;
    let lineup = Lineup::start(&surroundings).await?;
    let pairs = Pairs::new(&surroundings.tokens);
    let service = &lineup.of(Server::Few).running.contender;
    let cost = cost::observe(&surroundings, service, &pairs, arguments.volley(COUNTED_REQUESTS)).await?;
    let mut log_lines_per_request = [0.0; 2];
    for (lines, server) in log_lines_per_request.iter_mut().zip([Server::Few, Server::Floor]) {
        let contender = &lineup.of(server).running.contender;
        let volley = arguments.volley(COUNTED_REQUESTS);
        let fire = async || volley.fire(contender.address, &mut pairs.clone());
        *lines = log_lines::per_request(contender, fire).await?;
    }
    let load_ceiling_per_second =
        ceiling(lineup.of(Server::Floor).running.contender.management, connections)?;
    let plan = rounds::Plan {
        warm_up: arguments.warm_up,
        rounds: arguments.rounds,
        volley: arguments.volley(arguments.transitions),
        events: arguments.events,
    };
    let rounds = rounds::play(&surroundings, &lineup, &pairs, &plan).await?;
    Ok(Results {
        machine,
        command: arguments.command(),
        rounds: rounds.servers,
        latencies: rounds.latencies,
        cost,
        bytes_per_call: lineup.bytes_per_call()?,
        bytes_per_call_with_mailboxes: fill::bytes_with_mailboxes(&surroundings).await?,
        log_lines_per_request,
        load_ceiling_per_second,
    })
}

impl CallsArgs {
    fn volley(&self, requests: usize) -> Volley {
        let at_most = Duration::from_secs(self.seconds);
        Volley { connections: self.connections.into(), requests, at_most }
    }

    /// The command line that would do the same again.
    fn command(&self) -> String {
        let Self { rounds, warm_up, connections, transitions, seconds, events, .. } = self;
        format!(
            "cargo xtask bench calls --rounds {rounds} --warm-up {warm_up} --connections {connections} \
             --transitions {transitions} --seconds {seconds} --events {events}"
        )
    }
}
