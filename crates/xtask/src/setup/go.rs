//! Components that are built from their source with Go.

use anyhow::{Context as _, Result, anyhow};
use testkit::components;

use super::{folder, tools};
use crate::progress::Progress;
use crate::shell;

/// Builds the pinned version of a component and puts its one program into the cache.
pub(super) async fn install(name: &str, progress: &Progress) -> Result<()> {
    let pin = components::component(name)?;
    let module =
        pin.go_module.as_ref().ok_or_else(|| anyhow!("components.toml names no go_module for {name}"))?;
    tools::go().await?;
    let step = progress.step(
        name,
        &format!("building {} {} from source with Go, one to three minutes", pin.about, pin.version),
    );
    let unfinished = folder::unfinished(name)?;
    let programs = unfinished.path().join("go");
    let mut build = shell::program("go");
    build
        // `-v` names each package as it is compiled, which is the only sign of life that there is.
        .args(["install", "-v", &format!("{module}@v{}", pin.version)])
        .current_dir(unfinished.path())
        .env("GOBIN", &programs)
        // Set by people who work on Go code; either would build something else than what is pinned.
        .env_remove("GOFLAGS")
        .env("GOWORK", "off");
    shell::succeed(build, |line| step.note(line)).await.with_context(|| format!("cannot build {name}"))?;
    // Go names a program after the last segment of its path, so LiveKit's is `server`.
    let made = module.rsplit('/').next().unwrap_or(module);
    let finished = unfinished.path().join("finished");
    std::fs::create_dir(&finished).with_context(|| format!("cannot make {}", finished.display()))?;
    std::fs::rename(programs.join(made), finished.join(name))
        .with_context(|| format!("Go was to build {made}, but it is not there"))?;
    let place = folder::settle(&finished, name)?;
    step.done(&format!("ready, {}", place.display()));
    Ok(())
}
