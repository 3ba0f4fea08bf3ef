//! The witness: hundreds of clients who use the product while something is done to it, and a judgement of what they saw.
//!
//! They hold sockets, ring each other, answer, decline, cancel, leave it to the deadline, send each other numbered signals, and join a room
//! many times a second, all through the gateway and as docs/protocol.md has clients do it: they drain, resume with their cursor, poll
//! meanwhile, renew their tokens, repeat commands. What each of them must be told is written down when somebody does it; the [`Report`] says
//! what was lost, late, doubled, out of order or ended by itself.
//!
//! `xtask witness` does it in a process of its own, which may be in another network namespace: that of a cluster. [`Witness`] is its handle.

mod back_off;
mod command;
mod crowd;
mod device;
mod joins;
mod ledger;
mod logins;
mod messages;
mod pair;
mod people;
mod plan;
mod rehearsal;
mod report;
mod shared;
mod socket;

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use command::{Answer, Order};
pub(crate) use command::{WitnessArgs, run};
pub(crate) use plan::{KeycloakAccess, Plan};
pub(super) use rehearsal::rehearse;
pub(crate) use report::Report;

/// Making and logging in more than a hundred people takes Keycloak most of a minute on a busy machine, and then they all come.
const START_BOUND: Duration = Duration::from_mins(8);

/// Longer than the witness itself waits for what is still to come, and for Keycloak to forget everybody.
const FINISH_BOUND: Duration = Duration::from_mins(5);

/// Longer than a phase waits for those of the one before.
const PHASE_BOUND: Duration = Duration::from_secs(90);

/// Nothing else is waited for.
const ANSWER_BOUND: Duration = Duration::from_secs(30);

/// Witnesses in a process of their own. All of them go when it is dropped.
pub(crate) struct Witness {
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    process: Child,
}

impl Witness {
    /// `command` runs `xtask witness` from where the gateway and Keycloak are reached. Returns once everybody is welcome, all rings ring and
    /// joins have begun.
    pub(crate) async fn start(mut command: Command, plan: &Plan, keycloak: &KeycloakAccess) -> Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().context("starting the witness")?;
        let orders = process.stdin.take().context("the witness takes no orders")?;
        let answers = process.stdout.take().context("the witness says nothing")?;
        let mut witness = Self { orders, answers: BufReader::new(answers).lines(), process };
        let order = Order::Start { plan: plan.clone(), keycloak: keycloak.clone() };
        witness.done(&order, START_BOUND).await.context("the witness does not start")?;
        Ok(witness)
    }

    /// What follows belongs to this phase. The one before ends when everybody has a socket, or after a minute.
    pub(crate) async fn phase(&mut self, name: &str) -> Result<()> {
        self.done(&Order::Phase { name: name.to_owned() }, PHASE_BOUND).await
    }

    /// Everything up to now. What is overdue by 15 s counts as lost.
    pub(crate) async fn look(&mut self) -> Result<Report> {
        self.report(&Order::Look {}, ANSWER_BOUND).await
    }

    /// Ends calls and joins, waits for what is still to come, and has everybody go.
    pub(crate) async fn finish(mut self) -> Result<Report> {
        let report = self.report(&Order::Finish {}, FINISH_BOUND).await?;
        self.process.wait().await.context("waiting for the witness")?;
        Ok(report)
    }

    async fn done(&mut self, order: &Order, bound: Duration) -> Result<()> {
        match self.ask(order, bound).await? {
            Answer::Done {} => Ok(()),
            Answer::Report { .. } => bail!("the witness gave a report that nobody asked for"),
            Answer::Failed { error } => bail!(error),
        }
    }

    async fn report(&mut self, order: &Order, bound: Duration) -> Result<Report> {
        match self.ask(order, bound).await? {
            Answer::Report { report } => Ok(report),
            Answer::Done {} => bail!("the witness gave no report"),
            Answer::Failed { error } => bail!(error),
        }
    }

    async fn ask(&mut self, order: &Order, bound: Duration) -> Result<Answer> {
        let answer = async {
            self.orders
                .write_all(format!("{}\n", json!(order)).as_bytes())
                .await
                .context("telling the witness")?;
            let line = self.answers.next_line().await.context("hearing the witness")?;
            let line = line.context("the witness has ended; what it said is above")?;
            serde_json::from_str(&line).with_context(|| format!("the witness says {line:?}"))
        };
        timeout(bound, answer).await.with_context(|| format!("the witness has said nothing for {bound:?}"))?
    }
}
