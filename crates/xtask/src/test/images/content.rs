//! What is promised of our images: who they run as, what is in them and what is not.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use super::engine::Engine;
use super::{OURS, TAG, name};
use crate::shell;

/// What is in an image besides the programs: nothing there can be run.
const FOLDERS: [&str; 6] = ["etc", "lib", "lib64", "tmp", "usr", "var"];

/// Looks into each of the three; returns how large they are.
pub(super) async fn check(engine: &Engine, commit: &str) -> Result<String> {
    let mut sizes = Vec::new();
    for target in OURS {
        let image = name(target, TAG);
        let told = inspect(engine, &image).await?;
        describes(&told, commit).with_context(|| image.clone())?;
        let folder = mount(engine, &image).await?;
        let holds = holds(target, &folder).with_context(|| image.clone());
        let mut unmount = engine.podman();
        unmount.args(["image", "unmount", &image]);
        shell::succeed(unmount, |_| {}).await?;
        holds?;
        starts(engine, target, &image).await?;
        sizes.push(format!("{target} {} MB", told["Size"].as_u64().unwrap_or_default() / 1_000_000));
    }
    Ok(sizes.join(", "))
}

async fn inspect(engine: &Engine, image: &str) -> Result<Value> {
    let mut inspect = engine.podman();
    inspect.args(["image", "inspect", image]);
    let (status, text) = shell::read(inspect).await?;
    ensure!(status.success(), "{image} is not in the store");
    let told: Value = serde_json::from_str(&text).context("podman tells no JSON")?;
    Ok(told[0].clone())
}

fn describes(told: &Value, commit: &str) -> Result<()> {
    ensure!(told["User"] == "65532:65532", "it runs as {}", told["User"]);
    let revision = &told["Labels"]["org.opencontainers.image.revision"];
    ensure!(*revision == commit, "its label tells the commit {revision}");
    ensure!(
        told["Healthcheck"]["Test"].is_array() || told["HealthCheck"]["Test"].is_array(),
        "it has no health check"
    );
    Ok(())
}

async fn mount(engine: &Engine, image: &str) -> Result<PathBuf> {
    let mut mount = engine.podman();
    mount.args(["image", "mount", image]);
    let (status, folder) = shell::read(mount).await?;
    ensure!(status.success(), "{image} cannot be looked into");
    Ok(folder.trim().into())
}

fn holds(target: &str, folder: &Path) -> Result<()> {
    let top: BTreeSet<String> = entries(folder)?;
    // The engine makes these for what it mounts.
    let foreign: Vec<&String> = top
        .iter()
        .filter(|entry| {
            !FOLDERS.contains(&entry.as_str()) && !["dev", "proc", "sys", "run"].contains(&entry.as_str())
        })
        .collect();
    ensure!(foreign.is_empty(), "there is more in it than was laid out: {foreign:?}");
    let expected: &[&str] = if target == "gateway" { &["caddy", "probe"] } else { &[target] };
    let programs = entries(&folder.join("usr/local/bin"))?;
    ensure!(programs.iter().eq(expected), "its programs are {programs:?}");
    for place in ["bin", "sbin", "usr/bin", "usr/sbin"] {
        ensure!(!folder.join(place).exists(), "there is a /{place}: it may have a shell");
    }
    let licences = folder.join("usr/share/licenses").join(target);
    ensure!(licences.join("LICENSE").is_file(), "our licence is not in it");
    if target != "gateway" {
        let bill =
            std::fs::read_to_string(licences.join("sbom.cdx.json")).context("there is no SBOM in it")?;
        let bill: Value = serde_json::from_str(&bill).context("its SBOM is no JSON")?;
        let parts = bill["components"].as_array().map_or(0, Vec::len);
        ensure!(bill["bomFormat"] == "CycloneDX" && parts > 100, "its SBOM names {parts} parts");
        ensure!(licences.join("THIRD-PARTY-LICENSES.txt").is_file(), "the licences of others are not in it");
    }
    let packages = entries(&folder.join("var/lib/dpkg/status.d"))?;
    ensure!(packages.contains("ca-certificates"), "scanners find {packages:?} alone");
    Ok(())
}

fn entries(folder: &Path) -> Result<BTreeSet<String>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

/// The program starts with a root that cannot be written, no capability and no network, and says what it was asked for.
async fn starts(engine: &Engine, target: &str, image: &str) -> Result<()> {
    let (asked, expected) = if target == "gateway" { ("help", "Caddy") } else { ("--help", target) };
    let mut run = engine.podman();
    run.args(["run", "--rm", "--network", "none", "--read-only", "--cap-drop", "all"]);
    run.args(["--security-opt", "no-new-privileges", image, asked]);
    let (status, said) = shell::read(run).await?;
    if !status.success() || !said.contains(expected) {
        bail!("{image} {asked}: {status}, {}", said.trim());
    }
    Ok(())
}
