//! A service of ours as a process, on ports that stay its own over restarts.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use clock::{DateTime, Utc};
use serde_json::Value;
use tempfile::TempDir;
use testkit::{Launch, Process, Ready, ports};
use tokio::time::{Instant, sleep};

use crate::http;

/// A debug build beside Keycloak and a browser needs a moment; far more than that is a hang.
const START_BOUND: Duration = Duration::from_mins(1);

/// For keys to be read and LiveKit and Redis to answer, once it lives.
const READY_BOUND: Duration = Duration::from_secs(5);

const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// The service, its usual settings and all that it has ever written.
pub(crate) struct Service {
    name: &'static str,
    program: PathBuf,
    settings: BTreeMap<String, String>,
    port: u16,
    management_port: u16,
    logs: TempDir,
    starts: usize,
    process: Option<Process>,
}

impl Service {
    /// Not started yet. `settings` have no prefix; the addresses to listen at are added to them.
    pub(crate) fn new(
        name: &'static str,
        prefix: &str,
        program: PathBuf,
        settings: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Result<Self> {
        let (port, management_port) = (ports::free()?, ports::free()?);
        let addresses = [
            ("SERVER__LISTEN", format!("127.0.0.1:{port}")),
            ("SERVER__MANAGEMENT_LISTEN", format!("127.0.0.1:{management_port}")),
        ];
        let all = settings.into_iter().chain(addresses);
        let settings = all.map(|(name, value)| (format!("{prefix}__{name}"), value)).collect();
        let logs = tempfile::tempdir().context("cannot make a temporary folder")?;
        Ok(Self { name, program, settings, port, management_port, logs, starts: 0, process: None })
    }

    /// What the program is called.
    pub(super) const fn name(&self) -> &'static str {
        self.name
    }

    /// `127.0.0.1:<port>`.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(super) fn management_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.management_port)
    }

    pub(super) async fn stop(&mut self) {
        if let Some(process) = self.process.take() {
            process.stop().await;
        }
    }

    /// Ends it as the machine's failure would.
    pub(crate) async fn kill(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill().await;
        }
    }

    /// Starts it with the usual settings and, over them, these. Tells whether it is ready: it may well lack something on purpose.
    pub(crate) async fn restart(&mut self, over: BTreeMap<String, String>) -> Result<bool> {
        self.stop().await;
        self.starts += 1;
        let process = Launch::new(self.name, &self.program)
            .envs(self.settings.iter())
            .envs(over)
            .folder(self.logs.path())
            .log_to(self.log_file(self.starts))
            .spawn()?;
        let alive = format!("{}/livez", self.management_url());
        if let Err(failure) = process.ready(Ready::Http(&alive), START_BOUND).await {
            let said = process.output();
            bail!(if process.exited().is_some() && !said.is_empty() { said } else { failure.to_string() });
        }
        let ready = format!("{}/readyz", self.management_url());
        let ready = process.ready(Ready::Http(&ready), READY_BOUND).await.is_ok();
        self.process = Some(process);
        Ok(ready)
    }

    /// Waits until this check of its `/readyz` has been good since this instant; not where it is stopped.
    pub(super) async fn finds(&self, what: &str, since: DateTime<Utc>) -> Result<()> {
        if self.process.is_none() {
            return Ok(());
        }
        let (client, ready) = (http::client()?, format!("{}/readyz", self.management_url()));
        let deadline = Instant::now() + READY_BOUND;
        loop {
            let answer: Value = client.get(&ready).send().await?.json().await?;
            let check = &answer["checks"][what];
            let last_good = check["last_good"].as_str().and_then(|instant| instant.parse().ok());
            if check["status"] == "good"
                && last_good.is_some_and(|last_good: DateTime<Utc>| last_good > since)
            {
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "{} does not find its {what} again: {answer}", self.name);
            sleep(BETWEEN_LOOKS).await;
        }
    }

    /// The process, while it is not stopped.
    pub(super) fn process(&self) -> Option<&Process> {
        self.process.as_ref()
    }

    /// Where the running one writes its log.
    pub(crate) fn current_log(&self) -> PathBuf {
        self.log_file(self.starts)
    }

    /// Every line it has written, over all its starts.
    pub(super) fn log(&self) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        for start in 1..=self.starts {
            let file = self.log_file(start);
            let written = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            lines.extend(String::from_utf8_lossy(&written).lines().map(str::to_owned));
        }
        Ok(lines)
    }

    fn log_file(&self, start: usize) -> PathBuf {
        self.logs.path().join(format!("service-{start}.log"))
    }
}
