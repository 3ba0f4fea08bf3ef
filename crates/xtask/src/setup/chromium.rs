//! Chromium, which Debian's archive has and nothing else here can build.

use anyhow::{Context as _, Result, bail};
use testkit::components;
use tokio::process::Command;

use super::tools;
use crate::progress::Progress;
use crate::shell;

const NAME: &str = "chromium";

/// Installs it system-wide with apt, which is possible for root on Debian and its like only.
pub(super) async fn install(progress: &Progress) -> Result<()> {
    let package = components::component(NAME)?.debian_package.as_deref().unwrap_or(NAME);
    if !tools::is_there("apt-get") {
        bail!(
            "{NAME} is missing, and there is no apt-get to install it: install Chromium or Chrome yourself and set CHROMIUM to its path"
        );
    }
    if !rustix::process::geteuid().is_root() {
        bail!(
            "{NAME} is missing, and only root may install it: run `sudo apt-get install {package}`, or set CHROMIUM to the path of one"
        );
    }
    let step = progress.step(NAME, "installing from the distribution's archive with apt, about a minute");
    shell::succeed(apt(&["update"]), |line| step.note(line))
        .await
        .context("cannot read the archive's index")?;
    shell::succeed(apt(&["install", "--yes", "--no-install-recommends", package]), |line| step.note(line))
        .await
        .with_context(|| format!("cannot install {package}"))?;
    let place = components::locate(NAME)?;
    step.done(&format!("ready, {}", place.display()));
    Ok(())
}

fn apt(arguments: &[&str]) -> Command {
    let mut apt = shell::program("apt-get");
    // Another apt may be at work, as it is for minutes after a machine was made.
    apt.args(["-o", "DPkg::Lock::Timeout=300", "-q"])
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive");
    apt
}
