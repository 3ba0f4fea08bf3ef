//! `cargo xtask check`: everything that can be said of the code without running it.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use clap::Args;
use tokio::process::Command;

use crate::progress::elapsed;
use crate::{codegen, setup, shell, tree};

#[derive(Args)]
#[command(after_help = "\
Example:
  cargo xtask check    what continuous integration runs before the tests

Runs to the end even when something fails, and says at the end what did. To put things right: `cargo fmt --all`, `cargo clippy --fix`,
`cargo xtask codegen`.")]
pub(crate) struct CheckArgs {}

pub(crate) async fn run(_args: CheckArgs) -> Result<ExitCode> {
    let mut report = Report::default();
    report.program("format", cargo(&["fmt", "--all", "--check"])).await;
    report.program("lints", cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])).await;
    let mut documentation = cargo(&["doc", "--workspace", "--no-deps"]);
    documentation.env("RUSTDOCFLAGS", "-D warnings");
    report.program("documentation", documentation).await;
    report.step("generated documents", async { Ok(codegen::drifted().await?.is_empty()) }).await;
    report.step("TypeScript types", types()).await;
    Ok(report.end())
}

fn cargo(arguments: &[&str]) -> Command {
    let mut cargo = shell::cargo();
    cargo.args(arguments);
    cargo
}

async fn types() -> Result<bool> {
    let tests = tree::system_tests();
    setup::npm_packages(&tests).await?;
    let mut compiler = shell::program(tests.join("node_modules/.bin/tsc"));
    compiler.args(["--noEmit", "--project", "."]).current_dir(&tests);
    Ok(shell::stream(compiler).await?.success())
}

#[derive(Default)]
struct Report {
    failed: Vec<&'static str>,
}

impl Report {
    async fn program(&mut self, name: &'static str, command: Command) {
        self.step(name, async { Ok(shell::stream(command).await?.success()) }).await;
    }

    async fn step(&mut self, name: &'static str, work: impl Future<Output = Result<bool>>) {
        eprintln!("{name}: checking");
        let since = Instant::now();
        let passed = work.await.unwrap_or_else(|error| {
            eprintln!("error: {error:#}");
            false
        });
        eprintln!("{name}: {} after {}", if passed { "good" } else { "NOT GOOD" }, elapsed(since));
        if !passed {
            self.failed.push(name);
        }
    }

    fn end(self) -> ExitCode {
        if self.failed.is_empty() {
            println!("everything is as it should be");
            ExitCode::SUCCESS
        } else {
            println!("not good: {}", self.failed.join(", "));
            ExitCode::FAILURE
        }
    }
}
