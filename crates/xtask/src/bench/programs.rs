//! What is measured, built as it would be delivered.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use cargo_metadata::MetadataCommand;

use crate::{shell, tree};

/// Builds these packages with the release profile. Gives the folder with their programs.
pub(super) async fn build(packages: &[&str]) -> Result<PathBuf> {
    eprintln!("Building the servers with the release profile; the first time takes minutes.");
    let workspace =
        MetadataCommand::new().current_dir(tree::root()).no_deps().exec().context("reading the workspace")?;
    let mut cargo = shell::cargo();
    // By package: what is delivered has only the features that it asks for itself.
    cargo.args(["build", "--release"]).args(packages.iter().flat_map(|package| ["--package", package]));
    shell::succeed(cargo, |line| eprintln!("  {line}")).await?;
    Ok(workspace.target_directory.into_std_path_buf().join("release"))
}
