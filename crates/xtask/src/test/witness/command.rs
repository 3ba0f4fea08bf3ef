//! `cargo xtask witness`: told what to do by JSON lines on stdin, and answering each by one on stdout.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::mpsc;

use super::crowd::Crowd;
use super::logins::Realm;
use super::plan::{KeycloakAccess, Plan};
use super::report::Report;
use super::shared;
use crate::interrupt;
use crate::stack;

/// So long a phase waits for those of the one before who have no socket.
const BACK_BOUND: Duration = Duration::from_mins(1);

#[derive(Args)]
pub(crate) struct WitnessArgs {}

/// What it is told.
#[derive(Deserialize, Serialize)]
#[serde(tag = "do", rename_all = "lowercase", deny_unknown_fields)]
pub(super) enum Order {
    Start { plan: Plan, keycloak: KeycloakAccess },
    Phase { name: String },
    Look {},
    Finish {},
}

/// What it says. Not tagged from within: what is read that way first becomes something between, in which the keys of a map are texts and no numbers.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Answer {
    Done {},
    Report { report: Report },
    Failed { error: String },
}

/// Serves until it is told to finish, or stdin ends.
pub(crate) async fn run(_args: WitnessArgs) -> Result<ExitCode> {
    let mut orders = stack::lines();
    let Some(Order::Start { plan, keycloak }) = next(&mut orders).await? else {
        bail!("the first order is to start");
    };
    let mut realm = Realm::new(keycloak, shared::client()?);
    let outcome = tokio::select! {
        outcome = serve(&mut realm, &plan, &mut orders) => outcome,
        asked = interrupt::requested() => asked.map(|()| None),
    };
    let forgotten = realm.forget().await.context("people are left in Keycloak");
    match outcome {
        Ok(Some(report)) => say(&Answer::Report { report })?,
        Ok(None) => {}
        Err(error) => say(&Answer::Failed { error: format!("{error:#}") })?,
    }
    forgotten.map(|()| ExitCode::SUCCESS)
}

/// Gives the last report; `None` where stdin ended before.
async fn serve(
    realm: &mut Realm,
    plan: &Plan,
    orders: &mut mpsc::Receiver<String>,
) -> Result<Option<Report>> {
    eprintln!("witness: {} people are made up and log in", plan.people);
    let logins = realm.invent(plan.people).await?;
    let crowd = tokio::select! {
        crowd = Crowd::gather(plan, logins) => crowd?,
        // Nobody is to be told anything before: this is the end of stdin.
        _ = next(orders) => return Ok(None),
    };
    eprintln!("witness: {} sockets are open, {} rings ring", plan.sockets(), plan.rings);
    say(&Answer::Done {})?;
    while let Some(order) = next(orders).await? {
        match order {
            Order::Start { .. } => say(&Answer::Failed { error: "it has started".to_owned() })?,
            Order::Phase { name } => {
                eprintln!("witness: {name}");
                // Whoever is just on the way to another socket belongs to the phase that made them go. If they stay away, it tells that.
                let _ = crowd.all_are_back(BACK_BOUND).await;
                crowd.begin_phase(&name);
                say(&Answer::Done {})?;
            }
            Order::Look {} => say(&Answer::Report { report: crowd.look() })?,
            Order::Finish {} => return Ok(Some(crowd.disperse().await)),
        }
    }
    Ok(None)
}

async fn next(orders: &mut mpsc::Receiver<String>) -> Result<Option<Order>> {
    let Some(line) = orders.recv().await else { return Ok(None) };
    serde_json::from_str(&line).context("this is no order").map(Some)
}

fn say(answer: &Answer) -> Result<()> {
    stack::say(&json!(answer))
}

#[cfg(test)]
mod tests {
    use super::Answer;
    use crate::test::witness::report::{Phase, Report};

    #[test]
    fn a_report_with_figures_is_read_as_it_was_said() {
        let mut phase = Phase::named("rolling restart", 500);
        phase.join_ms.add(12);
        let said = serde_json::to_string(&Answer::Report { report: Report { phases: vec![phase] } }).unwrap();
        let Answer::Report { report } = serde_json::from_str(&said).unwrap() else { panic!("{said}") };
        assert_eq!(report.phases[0].join_ms.percentile(50), Some(12));
    }
}
