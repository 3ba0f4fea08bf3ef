//! Thousands of clients that are there and do nothing else: sockets that are pinged, and polls that wait.
//!
//! Reads orders from its standard input and answers each with one line on its standard output, both as JSON. A client that
//! is lost without an order is a failure of the whole.

mod member;
mod polls;
mod returning;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use clap::Parser;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::time::{Instant, sleep};

use crate::member::Member;
use crate::returning::Returned;

/// How many connect at a time.
const AT_ONCE: usize = 16;
/// How often is looked whether all of them have heard something.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);
/// Longer than any ping or poll takes.
const BEAT_BOUND: Duration = Duration::from_mins(1);

/// Clients that are there.
#[derive(Debug, Parser)]
struct Arguments {
    /// A file with an access token in each line, of another person each.
    #[arg(long)]
    tokens: PathBuf,
    /// Where they connect: the first to the first, the second to the second, and so on in turn.
    #[arg(long, required = true)]
    address: Vec<SocketAddr>,
    /// How long each poll waits, in seconds.
    #[arg(long, default_value_t = 5)]
    wait_seconds: u32,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
enum Order {
    /// Have so many sockets open in all.
    Sockets { count: usize },
    /// Have so many polls wait in all.
    Polls { count: usize },
    /// Wait until each has been pinged, or answered, once more.
    Beat,
    /// Drop all connections.
    Leave,
    /// Drop all connections, and come back to this address, evenly spread over so long, each going on where it was.
    Return { address: SocketAddr, within_ms: u64 },
}

/// What came of it.
#[derive(Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
enum Outcome {
    Done,
    Returned(Returned),
}

struct Crowd {
    members: Vec<Arc<Member>>,
    /// How many of them are there.
    present: usize,
    wait_seconds: u32,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let tokens = std::fs::read_to_string(&arguments.tokens).context("reading the tokens")?;
    let addresses = arguments.address.iter().cycle();
    let members = tokens.lines().zip(addresses).enumerate();
    let members = members.map(|(number, (token, &to))| Arc::new(Member::new(number, token, to))).collect();
    let mut crowd = Crowd { members, present: 0, wait_seconds: arguments.wait_seconds };
    let mut orders = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = orders.next_line().await.context("reading an order")? {
        let order = serde_json::from_str(&line).with_context(|| format!("no order: {line}"))?;
        let outcome = crowd.obey(order).await.with_context(|| format!("{order:?}"))?;
        println!("{}", serde_json::to_string(&outcome)?);
    }
    Ok(())
}

impl Crowd {
    async fn obey(&mut self, order: Order) -> anyhow::Result<Outcome> {
        match order {
            Order::Sockets { count } => {
                let coming = self.coming(count)?;
                let come = stream::iter(coming).map(|member| async move {
                    let client = member.connect(None).await?;
                    member.stay(client);
                    anyhow::Ok(())
                });
                come.buffer_unordered(AT_ONCE).try_collect::<()>().await?;
            }
            Order::Polls { count } => {
                let wait_seconds = self.wait_seconds;
                let come = stream::iter(self.coming(count)?)
                    .map(|member| async move { polls::begin(&member, wait_seconds).await });
                come.buffer_unordered(AT_ONCE).try_collect::<()>().await?;
            }
            Order::Beat => self.beat().await?,
            Order::Leave => self.leave(),
            Order::Return { address, within_ms } => {
                let members = self.members[..self.present].to_vec();
                for member in &members {
                    member.leave();
                }
                let within = Duration::from_millis(within_ms);
                return Ok(Outcome::Returned(returning::all(members, address, within).await?));
            }
        }
        Ok(Outcome::Done)
    }

    /// Those who come so that there are so many.
    fn coming(&mut self, count: usize) -> anyhow::Result<Vec<Arc<Member>>> {
        let coming = self.members.get(self.present..count).context("there are not as many tokens")?.to_vec();
        self.present = count;
        Ok(coming)
    }

    fn leave(&mut self) {
        for member in &self.members[..self.present] {
            member.leave();
        }
        self.present = 0;
    }

    async fn beat(&self) -> anyhow::Result<()> {
        let present = &self.members[..self.present];
        let beats = |member: &Arc<Member>| member.beats.load(Ordering::Relaxed);
        let before: Vec<u32> = present.iter().map(beats).collect();
        let begun = Instant::now();
        loop {
            if let Some(lost) = present.iter().find_map(|member| member.lost()) {
                bail!("a client was lost: {lost}");
            }
            if present.iter().zip(&before).all(|(member, before)| beats(member) > *before) {
                return Ok(());
            }
            ensure!(begun.elapsed() < BEAT_BOUND, "a client heard nothing for {BEAT_BOUND:?}");
            sleep(BETWEEN_LOOKS).await;
        }
    }
}
