//! The program that is thousands of clients (`crowd` of `benches/socket-floor`), and what it is told to do.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::time::timeout;

use super::surroundings::{BEAT_SECONDS, Surroundings};
use crate::shell;

/// No order takes longer.
const BOUND: Duration = Duration::from_mins(3);

/// A running crowd. Everybody goes when it is dropped.
pub(super) struct Crowd {
    orders: ChildStdin,
    outcomes: Lines<BufReader<ChildStdout>>,
    _process: Child,
}

impl Crowd {
    /// Starts it; nobody is there yet. They connect to these addresses in turn.
    pub(super) fn start(surroundings: &Surroundings, addresses: &[SocketAddr]) -> Result<Self> {
        let mut program = shell::program(surroundings.program("crowd"));
        program
            .arg("--tokens")
            .arg(&surroundings.crowd)
            .args(["--wait-seconds", &BEAT_SECONDS.to_string()])
            .args(addresses.iter().map(|address| format!("--address={address}")))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut process = program.spawn().context("starting the crowd")?;
        let orders = process.stdin.take().context("the crowd takes no orders")?;
        let outcomes = process.stdout.take().context("the crowd says nothing")?;
        Ok(Self { orders, outcomes: BufReader::new(outcomes).lines(), _process: process })
    }

    /// Has so many sockets open in all.
    pub(super) async fn sockets(&mut self, count: u16) -> Result<()> {
        self.order(&json!({ "order": "sockets", "count": count })).await.map(|_: Value| ())
    }

    /// Has so many polls wait in all.
    pub(super) async fn polls(&mut self, count: u16) -> Result<()> {
        self.order(&json!({ "order": "polls", "count": count })).await.map(|_: Value| ())
    }

    /// Waits until each has been pinged, or answered, once more.
    pub(super) async fn beat(&mut self) -> Result<()> {
        self.order(&json!({ "order": "beat" })).await.map(|_: Value| ())
    }

    /// Has everybody go.
    pub(super) async fn leave(&mut self) -> Result<()> {
        self.order(&json!({ "order": "leave" })).await.map(|_: Value| ())
    }

    /// Has everybody come back to `address` within so long, and tells how they did.
    pub(super) async fn come_back<T: DeserializeOwned>(
        &mut self,
        address: SocketAddr,
        within: Duration,
    ) -> Result<T> {
        let within_ms = u64::try_from(within.as_millis())?;
        self.order(&json!({ "order": "return", "address": address, "within_ms": within_ms })).await
    }

    async fn order<T: DeserializeOwned>(&mut self, order: &Value) -> Result<T> {
        let outcome = async {
            self.orders.write_all(format!("{order}\n").as_bytes()).await.context("telling the crowd")?;
            let line = self.outcomes.next_line().await.context("hearing the crowd")?;
            let line = line.with_context(|| format!("the crowd failed at {order}"))?;
            serde_json::from_str(&line).with_context(|| format!("the crowd says {line:?}"))
        };
        timeout(BOUND, outcome).await.with_context(|| format!("{order} took more than {BOUND:?}"))?
    }
}
