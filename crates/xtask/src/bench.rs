//! `cargo xtask bench`: what the product costs, against what it could cost at least and what is usual.
//!
//! Its results stand in `docs/performance.md`. It measures and judges; it is no test, and nothing fails on a slow day
//! unless `--strict` asks for it.

mod calls;
mod contender;
mod counters;
mod figures;
mod goal;
mod join;
mod load;
mod log_lines;
mod machine;
mod outcome;
mod page;
mod pinning;
mod process_figures;
mod products;
mod programs;
mod signalling;
mod statistics;
mod tokens;

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
    Calls(calls::CallsArgs),
    Signalling(signalling::SignallingArgs),
}

/// Runs the benchmark that was asked for, to its end.
pub(crate) async fn run(args: BenchArgs) -> Result<ExitCode> {
    match args.what {
        Benchmark::Join(args) => join::run(&args).await,
        Benchmark::Calls(args) => calls::run(&args).await,
        Benchmark::Signalling(args) => signalling::run(&args).await,
    }
}
