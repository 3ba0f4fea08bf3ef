//! Where and with what a result was measured: without it a figure says nothing.

use anyhow::{Context as _, Result};
use clock::Clock;
use serde::Serialize;
use testkit::components;

use super::programs::said;
use crate::{shell, tree};

/// The machine, the versions and the day.
#[derive(Debug, Serialize)]
pub(super) struct Machine {
    date: String,
    commit: String,
    processor: String,
    cores: usize,
    kernel: String,
    rustc: String,
    node: String,
    livekit: String,
}

impl Machine {
    pub(super) async fn look() -> Result<Self> {
        let processors = std::fs::read_to_string("/proc/cpuinfo").context("reading /proc/cpuinfo")?;
        let kernel =
            std::fs::read_to_string("/proc/sys/kernel/osrelease").context("reading the kernel's release")?;
        Ok(Self {
            date: Clock::system().now().format("%F").to_string(),
            commit: commit().await?,
            processor: processor(&processors).unwrap_or("unknown").to_owned(),
            cores: processors.lines().filter(|line| line.starts_with("processor")).count(),
            kernel: kernel.trim().to_owned(),
            rustc: version("rustc").await?,
            node: version("node").await?,
            livekit: components::component("livekit-server")?.version.clone(),
        })
    }

    /// Its facts with their names, for a table.
    pub(super) fn facts(&self) -> [(&'static str, String); 5] {
        let Self { date, commit, processor, cores, kernel, rustc, node, livekit } = self;
        [
            ("Date", date.clone()),
            ("Commit", commit.clone()),
            ("Processor", format!("{processor}, {cores} cores")),
            ("Kernel", format!("Linux {kernel}")),
            ("Versions", format!("{rustc}; Node {node}; LiveKit {livekit}")),
        ]
    }
}

/// The commit measured, and whether files had changed since.
async fn commit() -> Result<String> {
    let mut git = shell::program("git");
    git.args(["describe", "--always", "--dirty", "--abbrev=10"]).current_dir(tree::root());
    said(git).await
}

async fn version(program: &str) -> Result<String> {
    let mut command = shell::program(program);
    command.arg("--version");
    said(command).await
}

fn processor(cpuinfo: &str) -> Option<&str> {
    cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.trim_start().strip_prefix(": "))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_processor_is_named_as_it_names_itself() {
        let cpuinfo = "processor\t: 0\nmodel\t\t: 17\nmodel name\t: AMD EPYC\n\nprocessor\t: 1\n";
        assert_eq!(super::processor(cpuinfo), Some("AMD EPYC"));
    }
}
