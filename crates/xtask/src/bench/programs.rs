//! What is measured, built as it would be delivered.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use cargo_metadata::MetadataCommand;
use tokio::process::Command;

use crate::setup::{self, Purpose};
use crate::{shell, tree};

/// Where the servers' programs are.
#[derive(Debug)]
pub(super) struct Programs {
    pub(super) service: PathBuf,
    pub(super) floor: PathBuf,
    pub(super) node_server: PathBuf,
}

impl Programs {
    /// Builds the Rust servers with the release profile, and installs LiveKit and the Node server's packages.
    pub(super) async fn build() -> Result<Self> {
        setup::provide(Purpose::Dev.components()).await?;
        let workspace = MetadataCommand::new()
            .current_dir(tree::root())
            .no_deps()
            .exec()
            .context("reading the workspace")?;
        let target = workspace.target_directory.into_std_path_buf();
        let mut cargo = shell::cargo();
        // By package: what is delivered has only the features that it asks for itself.
        cargo.args(["build", "--release", "--package", "realtime-service", "--package", "join-floor"]);
        shell::succeed(cargo, |line| eprintln!("  {line}")).await?;
        let node_folder = tree::root().join("benches/join-node");
        setup::npm_packages(&node_folder).await?;
        Ok(Self {
            service: target.join("release/realtime-service"),
            floor: target.join("release/join-floor"),
            node_server: node_folder.join("server.js"),
        })
    }
}

/// What a program says in a line of its own.
pub(super) async fn said(command: Command) -> Result<String> {
    let (status, text) = shell::read(command).await?;
    ensure!(status.success(), "a program that should tell its version failed ({status})");
    Ok(text.trim().to_owned())
}
