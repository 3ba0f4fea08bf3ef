//! Where and with what a result was measured: without it a figure says nothing.

use std::ffi::OsStr;

use anyhow::{Context as _, Result, ensure};
use clock::Clock;
use serde::Serialize;
use testkit::components;
use tokio::process::Command;

use crate::{shell, tree};

/// The machine, the versions and the day.
#[derive(Debug, Serialize)]
pub(super) struct Machine {
    date: String,
    commit: String,
    processor: String,
    cores: usize,
    kernel: String,
    versions: Vec<String>,
}

impl Machine {
    /// `versions`: of what is measured with, besides the compiler.
    pub(super) async fn look(versions: impl IntoIterator<Item = String>) -> Result<Self> {
        let processors = std::fs::read_to_string("/proc/cpuinfo").context("reading /proc/cpuinfo")?;
        let kernel =
            std::fs::read_to_string("/proc/sys/kernel/osrelease").context("reading the kernel's release")?;
        Ok(Self {
            date: Clock::system().now().format("%F").to_string(),
            commit: commit().await?,
            processor: processor(&processors).unwrap_or("unknown").to_owned(),
            cores: processors.lines().filter(|line| line.starts_with("processor")).count(),
            kernel: kernel.trim().to_owned(),
            versions: std::iter::once(version("rustc").await?).chain(versions).collect(),
        })
    }

    /// Its facts with their names, for a table.
    pub(super) fn facts(&self) -> Vec<(&'static str, String)> {
        let Self { date, commit, processor, cores, kernel, versions } = self;
        vec![
            ("Date", date.clone()),
            ("Commit", commit.clone()),
            ("Processor", format!("{processor}, {cores} cores")),
            ("Kernel", format!("Linux {kernel}")),
            ("Versions", versions.join("; ")),
        ]
    }
}

/// The commit measured, and whether files had changed since.
async fn commit() -> Result<String> {
    let mut git = shell::program("git");
    git.args(["describe", "--always", "--dirty", "--abbrev=10"]).current_dir(tree::root());
    said(git).await
}

/// What a program says of itself, in a line of its own.
pub(super) async fn version(program: impl AsRef<OsStr>) -> Result<String> {
    let mut command = shell::program(program);
    command.arg("--version");
    said(command).await
}

/// The version of a component that the tests and benchmarks start.
pub(super) fn component(title: &str, name: &str) -> Result<String> {
    Ok(format!("{title} {}", components::component(name)?.version))
}

async fn said(command: Command) -> Result<String> {
    let (status, text) = shell::read(command).await?;
    ensure!(status.success(), "a program that should tell its version failed ({status})");
    Ok(text.trim().to_owned())
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
