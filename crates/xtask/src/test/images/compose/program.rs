//! Docker Compose itself, the one thing that is asked for and that Debian does not have.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::super::engine::Engine;
use crate::progress::Progress;
use crate::{environment, shell};

const MODULE: &str = "github.com/docker/compose/v2";
const VERSION: &str = "2.40.3";

/// The one that `DOCKER_COMPOSE` names, or one that is built with Go, once.
pub(super) async fn find(engine: &Engine, progress: &Progress) -> Result<PathBuf> {
    if let Some(given) = environment::variable("DOCKER_COMPOSE") {
        return Ok(given.into());
    }
    let place = engine.path(&format!("docker-compose-{VERSION}"));
    if place.is_file() {
        return Ok(place);
    }
    let step =
        progress.step("Docker Compose", &format!("building {VERSION} from source with Go, some minutes"));
    // `go install` takes no module that excludes versions: it is built as what an empty one needs.
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    std::fs::write(folder.path().join("go.mod"), "module trial\n").context("cannot write a Go module")?;
    let unfinished = place.with_extension("new");
    let version = format!("{MODULE}/cmd@v{VERSION}");
    let package = format!("{MODULE}/cmd");
    let output = unfinished.to_string_lossy();
    for arguments in [&["get", &version][..], &["build", "-v", "-o", &output, &package]] {
        let mut go = shell::program("go");
        go.args(arguments).current_dir(folder.path()).env_remove("GOFLAGS").env("GOWORK", "off");
        shell::succeed(go, |line| step.note(line))
            .await
            .context("cannot build Docker Compose; DOCKER_COMPOSE may name one (2.24 or newer)")?;
    }
    std::fs::rename(&unfinished, &place).with_context(|| format!("cannot make {}", place.display()))?;
    step.done(&format!("ready, {}", place.display()));
    Ok(place)
}
