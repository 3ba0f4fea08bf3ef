//! Which crates are in a program: what it is linked with on this platform with the features that it has, and not what only builds or tests it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};
use serde::Deserialize;

use crate::{shell, tree};

/// The crates of one program.
pub(super) struct Parts {
    metadata: Metadata,
    program: PackageId,
    ids: BTreeSet<PackageId>,
    checksums: BTreeMap<(String, String), String>,
}

#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    checksum: Option<String>,
}

impl Parts {
    /// Those of the program that the package of this name makes.
    pub(super) async fn of(package: &str) -> Result<Self> {
        let metadata = MetadataCommand::new()
            .manifest_path(tree::root().join("Cargo.toml"))
            .other_options(["--locked".to_owned()])
            .exec()
            .context("`cargo metadata` does not read the workspace")?;
        let linked = linked(package).await?;
        let is_linked =
            |package: &&Package| linked.contains(&(package.name.to_string(), package.version.to_string()));
        let ids: BTreeSet<PackageId> =
            metadata.packages.iter().filter(is_linked).map(|package| package.id.clone()).collect();
        let program = metadata
            .workspace_packages()
            .into_iter()
            .find(|ours| ours.name.as_str() == package)
            .map(|ours| ours.id.clone())
            .with_context(|| format!("there is no package {package} here"))?;
        let checksums = checksums()?;
        Ok(Self { metadata, program, ids, checksums })
    }

    /// The package that the program is made of.
    pub(super) fn program(&self) -> &Package {
        &self.metadata[&self.program]
    }

    /// Everything in it, the program's own package left out, by name and version.
    pub(super) fn all(&self) -> impl Iterator<Item = &Package> {
        let mut all: Vec<&Package> =
            self.ids.iter().filter(|id| **id != self.program).map(|id| &self.metadata[id]).collect();
        all.sort_by_key(|package| (package.name.to_string(), package.version.clone()));
        all.into_iter()
    }

    /// What other people wrote.
    pub(super) fn of_others(&self) -> impl Iterator<Item = &Package> {
        self.all().filter(|package| !self.is_ours(package))
    }

    /// What this repository has, besides the program's own package.
    pub(super) fn of_ours(&self) -> impl Iterator<Item = &Package> {
        self.all().filter(|package| self.is_ours(package))
    }

    /// Whether the crate is one of this repository.
    pub(super) fn is_ours(&self, package: &Package) -> bool {
        self.metadata.workspace_members.contains(&package.id)
    }

    /// SHA-256 of the archive that the crate came in, in hexadecimal digits; none for ours.
    pub(super) fn checksum(&self, package: &Package) -> Option<&str> {
        self.checksums.get(&(package.name.to_string(), package.version.to_string())).map(String::as_str)
    }

    /// What of the program this crate is itself linked with.
    pub(super) fn needs(&self, package: &Package) -> Vec<&Package> {
        let resolve =
            self.metadata.resolve.as_ref().expect("`cargo metadata` resolves unless it is told not to");
        let node = resolve.nodes.iter().find(|node| node.id == package.id);
        let links = node.into_iter().flat_map(|node| &node.deps).filter(|dependency| {
            dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal)
                && self.ids.contains(&dependency.pkg)
        });
        links.map(|dependency| &self.metadata[&dependency.pkg]).collect()
    }
}

/// Names and versions as Cargo would link them into this package's program. `cargo metadata` cannot tell: it unites the features of the whole workspace.
async fn linked(package: &str) -> Result<BTreeSet<(String, String)>> {
    let mut cargo = shell::cargo();
    cargo.args(["tree", "--locked", "--package", package]).args([
        "--edges",
        "normal,no-proc-macro",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]);
    let (status, text) = shell::read(cargo).await?;
    if !status.success() {
        bail!("`cargo tree` cannot tell what is in {package}");
    }
    Ok(text.lines().filter_map(name_and_version).collect())
}

/// `serde v1.0.228 (…)`.
fn name_and_version(line: &str) -> Option<(String, String)> {
    let mut words = line.split_whitespace();
    Some((words.next()?.to_owned(), words.next()?.strip_prefix('v')?.to_owned()))
}

fn checksums() -> Result<BTreeMap<(String, String), String>> {
    let text = std::fs::read_to_string(tree::root().join("Cargo.lock")).context("cannot read Cargo.lock")?;
    let lock: Lock = toml::from_str(&text).context("cannot understand Cargo.lock")?;
    let known = lock.package.into_iter().filter_map(|Locked { name, version, checksum }| {
        checksum.map(|checksum| ((name, version), checksum))
    });
    Ok(known.collect())
}
