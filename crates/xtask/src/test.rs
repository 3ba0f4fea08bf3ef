//! `cargo xtask test`: every test there is, on real components, and one total at the end.

mod deploy;
mod images;
mod rust;
mod system;
mod table;
mod witness;

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;

use crate::setup::{self, Component, Purpose};
use table::{Row, Table};
pub(crate) use witness::{WitnessArgs, run as run_witness};

#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo xtask test                     everything
  cargo xtask test rust                the Rust tests alone
  cargo xtask test system              the system tests alone: real clients through the gateway
  cargo xtask test witness             hundreds of clients in small: two replicas, one is replaced, one killed
  cargo xtask test expired             what has `expired` in its name, of both kinds
  cargo xtask test rust expired        of the Rust tests
  cargo xtask test --soak rust races   the races, for long
  cargo xtask test --deploy --cluster ./cluster.sh --images ./images     the manifests on a real Kubernetes
  REALTIME_SEED=7 cargo xtask test rust races     with the dice of an earlier run, as it was printed

The last line is always `N passed, N failed`. A run in which nothing was executed fails.")]
pub(crate) struct TestArgs {
    /// `rust`, `system` or `witness`; else all
    suite: Option<String>,
    /// Only tests with this in their name
    filter: Option<String>,
    /// The long run: races and faults ten times as often, more of everything
    #[arg(long)]
    soak: bool,
    #[command(flatten)]
    deploy: deploy::DeployArgs,
}

impl TestArgs {
    /// Whether it is about a cluster, which must be left as it was found.
    pub(crate) fn deploys(&self) -> bool {
        self.deploy.wanted()
    }
}

/// What is to be run.
#[expect(clippy::struct_excessive_bools, reason = "each is a suite, and any of them may be left out")]
struct Selection {
    rust: bool,
    system: bool,
    witness: bool,
    filter: Option<String>,
    soak: bool,
}

pub(crate) async fn run(args: TestArgs) -> Result<ExitCode> {
    if args.deploys() {
        return deploy::run(&args.deploy, args.suite.as_deref()).await;
    }
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
    if selection.witness {
        add(&mut table, "witness", witness::rehearse().await.map(|row| vec![row]), filter);
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

fn selection(TestArgs { suite, filter, soak, .. }: TestArgs) -> Result<Selection> {
    let of = |rust, system, witness, filter| Ok(Selection { rust, system, witness, filter, soak });
    match (suite.as_deref(), filter) {
        (Some("rust"), filter) => of(true, false, false, filter),
        (Some("system"), filter) => of(false, true, false, filter),
        (Some("witness"), None) => of(false, false, true, None),
        (None, None) => of(true, true, true, None),
        // The witness is one piece of which nothing can be left out.
        (Some(_), None) => of(true, true, false, suite),
        (_, Some(_)) => {
            bail!("with two words the first is `rust` or `system`: `cargo xtask test rust <filter>`")
        }
    }
}
