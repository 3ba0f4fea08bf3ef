//! The workspace as Cargo sees it, read once.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::LazyLock;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Node, Package, PackageId};
use serde::de::DeserializeOwned;

static METADATA: LazyLock<Metadata> = LazyLock::new(|| {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .exec()
        .expect("`cargo metadata` reads the workspace")
});

/// Who depends on whom, directly, once features and the lock file are applied.
pub(crate) struct Edge<'a> {
    pub(crate) from: &'a Package,
    pub(crate) to: &'a Package,
    /// Whether it is needed for more than tests.
    pub(crate) ships: bool,
}

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the workspace is where it was built")
}

/// A TOML file of the workspace.
pub(crate) fn toml<T: DeserializeOwned>(path: &str) -> T {
    let text = std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    toml::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Our own packages.
pub(crate) fn ours() -> Vec<&'static Package> {
    METADATA.workspace_packages()
}

pub(crate) fn is_ours(package: &Package) -> bool {
    METADATA.workspace_members.contains(&package.id)
}

/// Where in the tree a package of ours is, such as `crates/identity`.
pub(crate) fn folder(package: &Package) -> String {
    let folder = package.manifest_path.parent().expect("a manifest is in a folder");
    folder.strip_prefix(METADATA.workspace_root.as_path()).unwrap_or(folder).to_string()
}

/// Everything that our packages need, tests included. The lock file also names what no feature asks for; that is not here.
pub(crate) fn reachable() -> Vec<&'static Package> {
    let mut seen = BTreeSet::new();
    let mut next: Vec<&PackageId> = METADATA.workspace_members.iter().collect();
    while let Some(id) = next.pop() {
        if seen.insert(id) {
            next.extend(node(id).deps.iter().map(|dependency| &dependency.pkg));
        }
    }
    seen.into_iter().map(|id| &METADATA[id]).collect()
}

/// Every direct dependency among the reachable packages.
pub(crate) fn edges() -> Vec<Edge<'static>> {
    let mut edges = Vec::new();
    for from in reachable() {
        for dependency in &node(&from.id).deps {
            let ships = dependency.dep_kinds.iter().any(|kind| kind.kind != DependencyKind::Development);
            edges.push(Edge { from, to: &METADATA[&dependency.pkg], ships });
        }
    }
    edges
}

fn node(id: &PackageId) -> &'static Node {
    let resolve = METADATA.resolve.as_ref().expect("`cargo metadata` resolves unless it is told not to");
    resolve.nodes.iter().find(|node| node.id == *id).expect("every package is resolved")
}
