//! `cargo xtask sbom`: what is in a program, for the image that it is shipped in.
//!
//! A list for machines (`CycloneDX`) and the licences with their texts for people. Both are made of what Cargo says alone, so the same sources make the
//! same lists: there is no date in them and no random number.

mod cyclonedx;
mod licences;
mod parts;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Args;

use parts::Parts;

#[derive(Args)]
#[command(after_help = "\
Example:
  cargo xtask sbom --package realtime-service --folder lists

Writes sbom.cdx.json (CycloneDX 1.6), LICENSE (our own) and THIRD-PARTY-LICENSES.txt into the folder. deploy/docker/Dockerfile puts them into the images.")]
pub(crate) struct SbomArgs {
    /// The service
    #[arg(long)]
    package: String,
    /// Where to write, made if it is not there
    #[arg(long)]
    folder: PathBuf,
}

pub(crate) async fn run(args: SbomArgs) -> Result<ExitCode> {
    let parts = Parts::of(&args.package).await?;
    std::fs::create_dir_all(&args.folder)
        .with_context(|| format!("cannot make the folder {}", args.folder.display()))?;
    write(&args.folder, "sbom.cdx.json", &format!("{:#}\n", cyclonedx::document(&parts)?))?;
    write(&args.folder, "LICENSE", &our_licence()?)?;
    write(&args.folder, "THIRD-PARTY-LICENSES.txt", &licences::text(&parts)?)?;
    println!(
        "{}: {} crates of others, {} of ours",
        args.package,
        parts.of_others().count(),
        parts.of_ours().count()
    );
    Ok(ExitCode::SUCCESS)
}

fn our_licence() -> Result<String> {
    std::fs::read_to_string(crate::tree::root().join("LICENSE")).context("cannot read LICENSE")
}

fn write(folder: &Path, name: &str, text: &str) -> Result<()> {
    let path = folder.join(name);
    std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests;
