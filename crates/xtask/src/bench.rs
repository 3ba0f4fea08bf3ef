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

use anyhow::{Context as _, Result, anyhow};
use clap::{Args, Subcommand};

/// Measure how fast the product is, and against what.
#[derive(Debug, Args)]
pub struct BenchArgs {
    #[command(subcommand)]
    what: Benchmark,
}

#[derive(Debug, Subcommand)]
enum Benchmark {
    Join(join::JoinArgs),
}

/// Runs the benchmark that was asked for, to its end.
///
/// On a thread of its own, so that the caller may be inside a Tokio runtime or not.
///
/// # Errors
/// A server cannot be built or started, an answer is not what it should be, or, with `--strict`, a goal is missed.
pub fn run(arguments: BenchArgs) -> Result<()> {
    let course = move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .context("starting a runtime")?;
        match arguments.what {
            Benchmark::Join(arguments) => runtime.block_on(join::run(&arguments)),
        }
    };
    std::thread::spawn(course).join().map_err(|_| anyhow!("the benchmark panicked"))?
}
