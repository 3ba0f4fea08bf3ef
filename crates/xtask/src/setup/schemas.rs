//! Schemas of Kubernetes' objects, for kubeconform: made from the very sources of Kubernetes and of what is installed beside it.
//!
//! One file for each kind, `<kind>_<group>_<version>.json` in lower case, in the folder of its component; the core group is called like its
//! version, as kubeconform has it. Reads what Go has fetched, with the checksum that Go verifies; makes no objects and checks none.

mod definition;
mod openapi;
mod strict;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use serde::Deserialize;
use serde_json::Value;
use testkit::components::{self, Component};

use super::{folder, tools};
use crate::progress::Progress;
use crate::shell;

/// File name and schema.
type Schemas = BTreeMap<String, Value>;

/// What `go mod download -json` says.
#[derive(Deserialize)]
struct Download {
    #[serde(rename = "Dir")]
    folder: PathBuf,
}

/// Where they are, if all are there.
pub(super) fn present() -> Option<String> {
    let files: Option<Vec<PathBuf>> = pinned().map(|(name, _)| components::locate(name).ok()).collect();
    let folder = files?.first()?.ancestors().nth(2)?.display().to_string();
    Some(folder)
}

/// Makes those that are missing.
pub(super) async fn install(progress: &Progress) -> Result<()> {
    tools::go().await?;
    for (name, pin) in pinned().filter(|(name, _)| components::locate(name).is_err()) {
        let step = progress.step(name, &format!("making {} {} from their source", pin.about, pin.version));
        let source = fetched(name, pin).await?;
        let mut schemas = Schemas::new();
        for path in &pin.schemas {
            let file = source.join(path);
            let made = read(&file).with_context(|| format!("cannot make schemas of {}", file.display()))?;
            schemas.extend(made);
        }
        let unfinished = folder::unfinished(name)?;
        let finished = unfinished.path().join("finished");
        write(&finished, &schemas)?;
        if !finished.join(&pin.file).is_file() {
            bail!("{name} brings no {}", pin.file.display());
        }
        let place = folder::settle(&finished, name)?;
        step.done(&format!("ready, {}", place.display()));
    }
    Ok(())
}

/// The definitions of what is installed beside Kubernetes, as a cluster takes them.
pub(super) async fn definitions() -> Result<Vec<PathBuf>> {
    tools::go().await?;
    let mut files = Vec::new();
    for (name, pin) in pinned() {
        let source = fetched(name, pin).await?;
        files.extend(pin.schemas.iter().map(|path| source.join(path)).filter(|file| !is_description(file)));
    }
    Ok(files)
}

fn pinned() -> impl Iterator<Item = (&'static String, &'static Component)> {
    components::all().iter().filter(|(_, pin)| !pin.schemas.is_empty())
}

/// Where Go keeps the source of the pinned version, which is fetched if it is not there.
async fn fetched(name: &str, pin: &Component) -> Result<PathBuf> {
    let module =
        pin.go_module.as_ref().ok_or_else(|| anyhow!("components.toml names no go_module for {name}"))?;
    let mut download = shell::program("go");
    download
        .args(["mod", "download", "-json", &format!("{module}@v{}", pin.version)])
        // Set by people who work on Go code.
        .env_remove("GOFLAGS")
        .env("GOWORK", "off");
    let (status, said) = shell::read(download).await?;
    if !status.success() {
        bail!("cannot fetch the source of {module} {} with Go ({status}): {said}", pin.version);
    }
    let Download { folder } = serde_json::from_str(&said).context("Go does not say where the source is")?;
    Ok(folder)
}

/// JSON is Kubernetes' own description of its API, YAML are definitions of further kinds.
fn is_description(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "json")
}

fn read(file: &Path) -> Result<Schemas> {
    let text = std::fs::read_to_string(file)?;
    if is_description(file) {
        openapi::schemas(serde_json::from_str(&text)?)
    } else {
        definition::schemas(&text)
    }
}

fn write(folder: &Path, schemas: &Schemas) -> Result<()> {
    std::fs::create_dir(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (name, schema) in schemas {
        let file = folder.join(name);
        std::fs::write(&file, schema.to_string())
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

/// What kubeconform looks for.
fn file_name(kind: &str, group: &str, version: &str) -> String {
    let group = if group.is_empty() { version } else { group };
    format!("{kind}_{group}_{version}.json").to_lowercase()
}
