//! `cargo xtask test`: every test there is, on real components, and one total at the end.

mod rust;
mod system;
mod table;

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;

use crate::setup::{self, Component, Purpose};
use table::{Row, Table};

#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo xtask test                     everything
  cargo xtask test rust                the Rust tests alone
  cargo xtask test system              the system tests alone: real clients through the gateway
  cargo xtask test expired             what has `expired` in its name, of both kinds
  cargo xtask test rust expired        of the Rust tests
  cargo xtask test --soak rust races   the races, for long
  REALTIME_SEED=7 cargo xtask test rust races     with the dice of an earlier run, as it was printed

The last line is always `N passed, N failed`. A run in which nothing was executed fails.")]
pub(crate) struct TestArgs {
    /// `rust` or `system`; else both
    suite: Option<String>,
    /// Only tests with this in their name
    filter: Option<String>,
    /// The long run: races and faults ten times as often, more of everything
    #[arg(long)]
    soak: bool,
}

/// What is to be run.
struct Selection {
    rust: bool,
    system: bool,
    filter: Option<String>,
    soak: bool,
}

pub(crate) async fn run(args: TestArgs) -> Result<ExitCode> {
    let selection = selection(args)?;
    let outcome = run_selected(&selection).await;
    let (table, fault) = match outcome {
        Ok(table) => (table, None),
        // The total is the last line whatever happens; what could not be run counts as failed.
        Err(fault) => (Table::default(), Some(fault)),
    };
    if let Some(fault) = &fault {
        eprintln!("error: {fault:#}");
    }
    println!("{table}");
    let failed = table.failed() + usize::from(fault.is_some());
    println!("{} passed, {failed} failed", table.passed());
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn run_selected(selection: &Selection) -> Result<Table> {
    // Only the system tests need a browser and npm packages.
    let wanted = if selection.system {
        Purpose::Test.components().to_vec()
    } else {
        [Purpose::Full.components(), setup::MANIFESTS, &[Component::Promtool]].concat()
    };
    setup::provide(&wanted).await?;
    let filter = selection.filter.as_deref();
    let mut table = Table::default();
    if selection.rust {
        add(&mut table, "rust", rust::run(filter, selection.soak).await, filter);
    }
    if selection.system {
        add(&mut table, "system", system::run(filter, selection.soak).await, filter);
    }
    if table.executed() == 0 {
        table.add(Row::broken("nothing was executed"));
    }
    Ok(table)
}

/// A suite that cannot be run, or runs nothing though nothing was filtered out, is a failure, not a silence.
fn add(table: &mut Table, suite: &str, outcome: Result<Vec<Row>>, filter: Option<&str>) {
    match outcome {
        Ok(rows) => {
            if filter.is_none() && rows.iter().map(Row::executed).sum::<usize>() == 0 {
                table.add(Row::broken(&format!("{suite}: nothing was executed")));
            }
            for row in rows {
                table.add(row);
            }
        }
        Err(fault) => {
            eprintln!("error: {suite} tests: {fault:#}");
            table.add(Row::broken(&format!("{suite}: could not be run")));
        }
    }
}

fn selection(TestArgs { suite, filter, soak }: TestArgs) -> Result<Selection> {
    match (suite.as_deref(), filter) {
        (Some("rust"), filter) => Ok(Selection { rust: true, system: false, filter, soak }),
        (Some("system"), filter) => Ok(Selection { rust: false, system: true, filter, soak }),
        (_, None) => Ok(Selection { rust: true, system: true, filter: suite, soak }),
        (_, Some(_)) => {
            bail!("with two words the first is `rust` or `system`: `cargo xtask test rust <filter>`")
        }
    }
}
