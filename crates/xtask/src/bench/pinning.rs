//! Who computes where: each server has one core for itself, everything else shares the other one.

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use crate::shell;

/// The two cores.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Cores {
    /// The core that each server is pinned to while it is measured.
    #[arg(long = "server-core", default_value_t = 0)]
    pub(super) server: usize,
    /// The core that the load generator and everything else is pinned to.
    #[arg(long = "load-core", default_value_t = 1)]
    pub(super) load: usize,
}

impl Cores {
    /// Refuses what would measure nothing.
    pub(super) fn check(&self) -> Result<()> {
        ensure!(self.server != self.load, "the servers and the load generator need a core each");
        let cores = std::thread::available_parallelism().context("counting cores")?.get();
        let highest = self.server.max(self.load);
        ensure!(highest < cores, "there is no core {highest}: this machine has {cores}");
        Ok(())
    }

    /// Moves a process with all its threads, and what it starts from now on, to the load generator's core.
    pub(super) async fn confine(&self, process: u32) -> Result<()> {
        let mut taskset = shell::program("taskset");
        taskset
            .args(["--all-tasks", "--cpu-list", "--pid"])
            .args([self.load.to_string(), process.to_string()]);
        shell::succeed(taskset, |_| ()).await.context("pinning needs `taskset` of util-linux")
    }
}
