//! The three servers as programs.

use std::path::PathBuf;

use anyhow::Result;

use super::super::programs;
use crate::setup::{self, Purpose};
use crate::tree;

/// Where the servers' programs are.
#[derive(Debug)]
pub(super) struct Programs {
    /// Of the Rust servers.
    pub(super) folder: PathBuf,
    pub(super) node_server: PathBuf,
}

impl Programs {
    /// Builds the Rust servers with the release profile, and installs LiveKit and the Node server's packages.
    pub(super) async fn build() -> Result<Self> {
        setup::provide(Purpose::Dev.components()).await?;
        let folder = programs::build(&["realtime-service", "join-floor"]).await?;
        let node_folder = tree::root().join("benches/join-node");
        setup::npm_packages(&node_folder).await?;
        Ok(Self { folder, node_server: node_folder.join("server.js") })
    }
}
