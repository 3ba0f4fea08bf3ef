//! Components that come from Debian's archive.

use anyhow::{Context as _, Result, anyhow, bail};
use testkit::components::{self, Component};
use tokio::process::Command;
use tokio::sync::Mutex;

use super::tools;
use crate::progress::Progress;
use crate::shell;

/// Installs run side by side, and apt does not wait for another apt that reads the archive's index.
static APT: Mutex<()> = Mutex::const_new(());

/// Installs a component system-wide with apt, which is possible for root on Debian and its like only.
///
/// A package that brings a daemon may start it, on its usual port and as the distribution does it: apt has no option against that,
/// and a `policy-rc.d` for the time of the install would be everybody's on this machine. Nothing here uses that daemon or its port.
pub(super) async fn install(name: &str, progress: &Progress) -> Result<()> {
    let Component { about, version, variable, debian_package, .. } = components::component(name)?;
    let package = debian_package
        .as_deref()
        .ok_or_else(|| anyhow!("components.toml names no debian_package for {name}"))?;
    if !tools::is_there("apt-get") {
        bail!(
            "{name} ({about}) is missing, and there is no apt-get to install it: install it yourself and set {variable} to its path"
        );
    }
    if !rustix::process::geteuid().is_root() {
        bail!(
            "{name} ({about}) is missing, and only root may install it: run `sudo apt-get install {package}`, or set {variable} to the path \
             of one"
        );
    }
    let _turn = APT.lock().await;
    let step = progress.step(name, "installing from the distribution's archive with apt, about a minute");
    shell::succeed(apt(&["update"]), |line| step.note(line))
        .await
        .context("cannot read the archive's index")?;
    shell::succeed(apt(&["install", "--yes", "--no-install-recommends", package]), |line| step.note(line))
        .await
        .with_context(|| format!("cannot install {package}"))?;
    let place = components::locate(name)
        .with_context(|| format!("{package} is installed, but it is not {name} {version}"))?;
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
