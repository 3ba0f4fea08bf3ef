//! The developer's entry points: `cargo xtask`, and what `.ci/run` calls.
//!
//! Each command is one module. What several need is in `shell` (programs run to their end), `progress` (signs of life), `setup` (components
//! and packages) and `binaries` (our own programs); servers come from `testkit`. Nothing here is part of the product.

mod bench;
mod binaries;
mod check;
mod codegen;
mod compose;
mod demo;
mod dev;
mod environment;
mod http;
mod interrupt;
mod kubernetes;
mod observability;
mod progress;
mod sbom;
mod setup;
mod shell;
mod stack;
mod test;
mod tree;

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{CommandFactory as _, Parser, Subcommand};

/// Everything a developer of this repository runs
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    disable_help_subcommand = true,
    after_help = "Start with `cargo xtask dev`. Each command explains itself: `cargo xtask dev --help`."
)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run the product on this machine, ready to try
    Dev(dev::DevArgs),
    /// Let two participants meet through a running `cargo xtask dev`
    Demo(demo::DemoArgs),
    /// Run all tests, on real components
    Test(test::TestArgs),
    /// Check format, lints, documentation, types and generated files, as continuous integration does
    Check(check::CheckArgs),
    /// Write the generated documents anew
    Codegen(codegen::CodegenArgs),
    /// Measure against a bare server and against Node
    Bench(bench::BenchArgs),
    /// List what is in a service's program, for the image that it is shipped in
    Sbom(sbom::SbomArgs),
    /// Install the real components that the other commands need
    Setup(setup::SetupArgs),
    /// Start everything for the system tests, driven by JSON lines
    #[command(hide = true)]
    Stack(stack::StackArgs),
    /// Be hundreds of clients, driven by JSON lines, and tell what they saw
    #[command(hide = true)]
    Witness(test::WitnessArgs),
}

fn main() -> ExitCode {
    let outcome = tokio::runtime::Runtime::new().context("cannot start the runtime").and_then(|runtime| {
        let outcome = runtime.block_on(run(CommandLine::parse()));
        // A thread may be waiting for a lock that another program holds: that is no reason to stay.
        runtime.shutdown_background();
        outcome
    });
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(line: CommandLine) -> Result<ExitCode> {
    binaries::this()?;
    let Some(command) = line.command else {
        CommandLine::command().print_help().context("cannot write to stdout")?;
        return Ok(ExitCode::SUCCESS);
    };
    match command {
        // These two end at a signal in their own way.
        Command::Dev(args) => dev::run(args).await,
        Command::Stack(args) => stack::run(args).await,
        Command::Witness(args) => test::run_witness(args).await,
        // So does this one in a cluster, from which everything is taken away again.
        Command::Test(args) if args.deploys() => test::run(args).await,
        Command::Demo(args) => interrupt::stops(demo::run(args)).await,
        Command::Test(args) => interrupt::stops(test::run(args)).await,
        Command::Check(args) => interrupt::stops(check::run(args)).await,
        Command::Codegen(args) => interrupt::stops(codegen::run(args)).await,
        Command::Bench(args) => interrupt::stops(bench::run(args)).await,
        Command::Sbom(args) => interrupt::stops(sbom::run(args)).await,
        Command::Setup(args) => interrupt::stops(setup::run(args)).await,
    }
}
