//! Keycloak: fetched by Maven, which verifies its checksum, and unpacked.

use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use testkit::components;
use tokio::process::Command;

use super::{folder, tools};
use crate::progress::Progress;
use crate::shell;

const NAME: &str = "keycloak";

/// Named in full, because without a project Maven takes the oldest plugin that it knows of.
const COPY: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy";

/// Fetches and unpacks the pinned version into the cache.
pub(super) async fn install(progress: &Progress) -> Result<()> {
    let pin = components::component(NAME)?;
    let artifact = pin
        .maven_artifact
        .as_ref()
        .ok_or_else(|| anyhow!("components.toml names no maven_artifact for {NAME}"))?;
    tools::maven_and_java().await?;
    let step = progress
        .step(NAME, &format!("fetching {} {} with Maven, 160 MB, and unpacking it", pin.about, pin.version));
    let unfinished = folder::unfinished(NAME)?;
    let mut fetch = shell::program("mvn");
    fetch
        .args(["--batch-mode", COPY, &format!("-Dartifact={artifact}")])
        .arg(format!("-DoutputDirectory={}", unfinished.path().display()))
        .current_dir(unfinished.path());
    shell::succeed(fetch, |line| step.note(line))
        .await
        .with_context(|| format!("cannot fetch {artifact}"))?;
    let archive = only_entry(unfinished.path())?;
    let unpacked = unfinished.path().join("unpacked");
    std::fs::create_dir(&unpacked).with_context(|| format!("cannot make {}", unpacked.display()))?;
    step.note("unpacking");
    shell::succeed(unpack(&archive, &unpacked)?, |_| {}).await?;
    let place = folder::settle(&only_entry(&unpacked)?, NAME)?;
    step.done(&format!("ready, {}", place.display()));
    Ok(())
}

/// Whichever program is there that can; none of the three is on every machine.
fn unpack(archive: &Path, folder: &Path) -> Result<Command> {
    let (program, arguments): (_, &[&str]) = if tools::is_there("unzip") {
        ("unzip", &["-q"])
    } else if tools::is_there("jar") {
        ("jar", &["xf"])
    } else if tools::is_there("python3") {
        ("python3", &["-m", "zipfile", "-e"])
    } else {
        bail!("nothing here can unpack a zip: install `unzip`, a JDK or `python3`");
    };
    let mut command = shell::program(program);
    command.args(arguments).arg(archive).current_dir(folder);
    if program == "python3" {
        command.arg(folder);
    }
    Ok(command)
}

fn only_entry(folder: &Path) -> Result<std::path::PathBuf> {
    let mut entries =
        std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    match (entries.next(), entries.next()) {
        (Some(entry), None) => Ok(entry?.path()),
        (_, _) => bail!("exactly one entry was expected in {}", folder.display()),
    }
}
