//! npm packages, exactly those of a lock file.

use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::tools;
use crate::progress::Progress;
use crate::shell;

/// A copy of the lock file that the folder was installed from; written last, so that its presence means a whole install.
const INSTALLED: &str = "node_modules/.installed-from.json";

/// Where the packages are, if those there are the ones that the lock file names.
pub(super) fn present(folder: &Path) -> Option<String> {
    let wanted = std::fs::read(folder.join("package-lock.json")).ok()?;
    let installed = std::fs::read(folder.join(INSTALLED)).ok()?;
    (wanted == installed).then(|| folder.join("node_modules").display().to_string())
}

/// Installs what the lock file names.
pub(super) async fn install(folder: &Path, progress: &Progress) -> Result<()> {
    let locked = folder.join("package-lock.json");
    if !locked.is_file() {
        bail!("there is no {}: the npm packages of {} are not pinned", locked.display(), folder.display());
    }
    tools::npm().await?;
    let name = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy();
    let step = progress.step(&format!("npm packages of {name}/"), "installing with `npm ci`, up to a minute");
    let mut install = shell::program("npm");
    install.args(["ci", "--no-audit", "--no-fund"]).current_dir(folder);
    shell::succeed(install, |line| step.note(line)).await?;
    std::fs::copy(&locked, folder.join(INSTALLED)).context("cannot mark the npm packages as installed")?;
    step.done("ready");
    Ok(())
}
