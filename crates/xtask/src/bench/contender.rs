//! A server that takes part: how it is started, pinned and watched.

use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use testkit::{Launch, Process, ports};

use super::load::Connection;
use super::process_figures::CpuReading;

/// No server may take longer to become ready.
const START_BOUND: Duration = Duration::from_secs(30);

/// How often a starting server is asked whether it is ready: the resolution of the time measured.
const BETWEEN_PROBES: Duration = Duration::from_millis(1);

/// A server counts as quiet when it spends less than this between two looks.
const QUIET: Duration = Duration::from_millis(1);
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);
const QUIET_BOUND: Duration = Duration::from_secs(5);

/// A server and how to start it.
#[derive(Debug, Clone)]
pub(super) struct Contender {
    pub(super) name: &'static str,
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<String>,
    pub(super) environment: Vec<(&'static str, String)>,
    /// Where it answers what is measured.
    pub(super) address: SocketAddr,
    /// Where it answers `/readyz`.
    pub(super) management: SocketAddr,
    /// What it writes goes here, as a container runtime would keep it, and not to a reader that costs time itself.
    pub(super) log: PathBuf,
}

/// A contender that is ready. Ends when dropped.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) contender: Contender,
    pub(super) ready_after: Duration,
    process: Process,
}

impl Contender {
    /// Starts it on one core and waits until it says that it is ready.
    pub(super) async fn start(&self, core: usize) -> Result<Running> {
        File::create(&self.log).with_context(|| format!("making {}", self.log.display()))?;
        let begun = Instant::now();
        let process = Launch::new(self.name, "sh")
            // Appending, so that the file can be cut off while it is written to. All programs on the way
            // replace themselves, so that the process is the server.
            .args(["-c", r#"log=$1; shift; exec "$@" >>"$log" 2>&1"#, "sh"])
            .arg(&self.log)
            .args(["taskset", "--cpu-list", &core.to_string()])
            .arg(&self.program)
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (*name, value)))
            .spawn()?;
        while !self.is_ready() {
            if let Some(exit) = process.exited() {
                bail!("{} {exit} before it was ready; its output:\n{}", self.name, self.output());
            }
            if begun.elapsed() > START_BOUND {
                bail!("{} was not ready within {START_BOUND:?}; its output:\n{}", self.name, self.output());
            }
            tokio::time::sleep(BETWEEN_PROBES).await;
        }
        Ok(Running { contender: self.clone(), ready_after: begun.elapsed(), process })
    }

    fn is_ready(&self) -> bool {
        let request = format!("GET /readyz HTTP/1.1\r\nHost: {}\r\n\r\n", self.management);
        Connection::open(self.management)
            .and_then(|mut connection| Ok(connection.exchange(request.as_bytes())?.status == 200))
            .unwrap_or(false)
    }

    /// What it has written since the log was last cut off.
    pub(super) fn output(&self) -> String {
        std::fs::read(&self.log)
            .map_or_else(|error| error.to_string(), |bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Forgets what was written so far: a run writes gigabytes in all.
    pub(super) fn cut_log(&self) -> io::Result<()> {
        File::options().write(true).open(&self.log)?.set_len(0)
    }
}

impl Running {
    pub(super) fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Waits until it has finished what it does after its last answer, such as writing its log, and reads its
    /// processor time then: the work belongs to the requests that caused it.
    pub(super) async fn quiet(&self) -> Result<CpuReading> {
        let begun = Instant::now();
        let mut before = CpuReading::take(self.process_id())?;
        loop {
            tokio::time::sleep(BETWEEN_LOOKS).await;
            let now = CpuReading::take(self.process_id())?;
            if now.since(&before) < QUIET {
                return Ok(now);
            }
            if begun.elapsed() > QUIET_BOUND {
                bail!("{} goes on working {QUIET_BOUND:?} after its last answer", self.contender.name);
            }
            before = now;
        }
    }

    /// Ends it and waits until it is gone.
    pub(super) async fn stop(self) {
        self.process.stop().await;
    }

    /// Ends it without a chance to say goodbye.
    pub(super) async fn kill(self) {
        self.process.kill().await;
    }
}

/// An address that nobody listens at.
pub(super) fn free_address() -> Result<SocketAddr> {
    Ok(SocketAddr::from(([127, 0, 0, 1], ports::free()?)))
}
