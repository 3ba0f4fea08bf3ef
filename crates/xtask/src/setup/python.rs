//! Components that are Python packages, each in an environment of its own: the machine's Python stays as it is.

use anyhow::{Context as _, Result};
use testkit::components::{self, Component};

use super::{folder, tools};
use crate::progress::Progress;
use crate::shell;

/// Installs exactly the packages that are pinned, and nothing that would have to be compiled.
pub(super) async fn install(name: &str, progress: &Progress) -> Result<()> {
    let Component { python_packages, .. } = components::component(name)?;
    tools::python().await?;
    let step = progress.step(name, "installing into a Python environment, up to a minute");
    let unfinished = folder::unfinished(name)?;
    let mut environment = shell::program("python3");
    environment.args(["-m", "venv"]).arg(unfinished.path());
    shell::succeed(environment, |line| step.note(line))
        .await
        .context("cannot make a Python environment; on Debian that takes `apt-get install python3-venv`")?;
    let mut install = shell::program(unfinished.path().join("bin/python"));
    install
        .args([
            "-m",
            "pip",
            "install",
            "--no-deps",
            "--only-binary=:all:",
            "--disable-pip-version-check",
            "--no-input",
            "--quiet",
        ])
        .args(python_packages);
    shell::succeed(install, |line| step.note(line)).await?;
    // Its Python finds its packages by where it is itself, so the environment may move; scripts beside it may not, and are not used.
    let place = folder::settle(unfinished.path(), name)?;
    step.done(&format!("ready, {}", place.display()));
    Ok(())
}
