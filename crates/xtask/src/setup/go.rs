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
    let made = program(module);
    let finished = unfinished.path().join("finished");
    std::fs::create_dir(&finished).with_context(|| format!("cannot make {}", finished.display()))?;
    std::fs::rename(programs.join(made), finished.join(name))
        .with_context(|| format!("Go was to build {made}, but it is not there"))?;
    let place = folder::settle(&finished, name)?;
    step.done(&format!("ready, {}", place.display()));
    Ok(())
}

/// Go names a program after the last segment of its path, so LiveKit's is `server`; but for a major version, which is no name.
fn program(module: &str) -> &str {
    let is_major = |segment: &str| {
        segment.strip_prefix('v').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    module.rsplit('/').find(|segment| !is_major(segment)).unwrap_or(module)
}

#[cfg(test)]
mod tests {
    use super::program;

    #[test]
    fn a_program_is_named_as_go_names_it() {
        for (module, expected) in [
            ("github.com/livekit/livekit-server/cmd/server", "server"),
            ("github.com/caddyserver/caddy/v2/cmd/caddy", "caddy"),
            ("sigs.k8s.io/kustomize/kustomize/v5", "kustomize"),
            ("example.com/vendor", "vendor"),
        ] {
            assert_eq!(program(module), expected, "{module}");
        }
    }
}
