//! `cargo xtask bench`: what the product costs, against what it could cost at least and what is usual.
//!
//! Its results stand in `docs/performance.md`. It measures and judges; it is no test, and nothing fails on a slow day
//! unless `--strict` asks for it.

mod contender;
mod counting_proxy;
mod goals;
mod join;
mod known_room;
mod lineup;
mod load;
mod machine;
mod pinning;
mod process_figures;
mod programs;
mod report;
mod rounds;
mod starts;
mod statistics;
mod tokens;
mod work;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

#[derive(Args)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    what: Benchmark,
}

#[derive(Subcommand)]
enum Benchmark {
    Join(join::JoinArgs),
}

/// Runs the benchmark that was asked for, to its end.
pub(crate) async fn run(args: BenchArgs) -> Result<ExitCode> {
    match args.what {
        Benchmark::Join(args) => join::run(&args).await,
    }
}
