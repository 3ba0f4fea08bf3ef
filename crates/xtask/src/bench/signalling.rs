//! `cargo xtask bench signalling`: one run, from building to the verdict.

mod crowd;
mod goals;
mod latency;
mod memory;
mod report;
mod returning;
mod rounds;
mod surroundings;

use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use rustix::process::{Resource, getrlimit, setrlimit};
use testkit::components;

use self::report::Results;
use self::rounds::Plan;
use self::surroundings::Surroundings;
use super::machine::{self, Machine};
use super::outcome::Outcome;
use super::pinning::Cores;
use super::programs;
use crate::setup::{self, Component};

/// What a process has open besides one file for each client.
const FILES_BESIDES: usize = 200;

/// Memory of a socket and of a parked poll, against a bare actix-ws server; how soon a signal arrives over two replicas,
/// among few people and among many; and how thousands come back after the end of a replica.
///
/// Builds the services and the floor as they are delivered and pins them to one core; clients, Redis and LiveKit have the
/// other. Takes about two minutes a round after the build. Other work on the machine widens the intervals.
#[derive(Args)]
pub(super) struct SignallingArgs {
    /// Rounds that count; each measures everything.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=101))]
    rounds: u32,
    /// Clients of one server whose memory is measured; a quarter of them come before the first look.
    #[arg(long, default_value_t = 4_000, value_parser = clap::value_parser!(u16).range(40..))]
    clients: u16,
    /// People who are there while the latency is measured the second time; 200 are the first time.
    #[arg(long, default_value_t = 8_000, value_parser = clap::value_parser!(u16).range(201..))]
    people: u16,
    /// Signals that are followed in one round among few people, and again among many.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..))]
    signals: u16,
    /// How many clients come back. Fewer where a machine cannot hold as many.
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u16).range(1..))]
    returning: u16,
    #[command(flatten)]
    cores: Cores,
    #[command(flatten)]
    outcome: Outcome,
}

pub(super) async fn run(arguments: &SignallingArgs) -> Result<ExitCode> {
    let results = measure(arguments).await?;
    let (report, goals) = (report::markdown(&results), goals::all(&results));
    arguments.outcome.of("signalling", &results, &report, &goals)
}

async fn measure(arguments: &SignallingArgs) -> Result<Results> {
    let plan = arguments.plan();
    let cores = arguments.cores;
    cores.check()?;
    allow_files(plan.most_clients() + FILES_BESIDES)?;
    setup::provide(&[Component::Redis, Component::Livekit]).await?;
    let programs = programs::build(&["call-state-service", "realtime-service", "socket-floor"]).await?;
    let redis = machine::version(components::locate("redis-server")?).await?;
    // The rest says how it was built.
    let redis = redis.split(" sha").next().unwrap_or_default().to_owned();
    let machine = Machine::look([redis]).await?;
    // What is started from now on is where this process is, unless it is a server that is measured.
    cores.confine(std::process::id()).await?;
    let surroundings = Surroundings::start(programs, cores, plan.most_clients()).await?;
    let rounds = rounds::play(&surroundings, &plan).await?;
    Ok(Results { machine, command: arguments.command(), plan, rounds })
}

/// Each client is an open file here and another one at its server. What is started from now on inherits this.
fn allow_files(count: usize) -> Result<()> {
    let count = u64::try_from(count)?;
    let mut limit = getrlimit(Resource::Nofile);
    ensure!(
        limit.maximum.is_none_or(|maximum| maximum >= count),
        "this needs {count} open files, and `ulimit -Hn` says fewer: ask for fewer clients"
    );
    if limit.current.is_some_and(|current| current < count) {
        limit.current = Some(count);
        setrlimit(Resource::Nofile, limit).context("raising the number of open files")?;
    }
    Ok(())
}

impl SignallingArgs {
    fn plan(&self) -> Plan {
        let Self { rounds, clients, people, signals, returning, .. } = *self;
        Plan { rounds, clients, people, signals, returning }
    }

    /// The command line that would do the same again.
    fn command(&self) -> String {
        let Self { rounds, clients, people, signals, returning, .. } = self;
        format!(
            "cargo xtask bench signalling --rounds {rounds} --clients {clients} --people {people} --signals {signals} \
             --returning {returning}"
        )
    }
}
