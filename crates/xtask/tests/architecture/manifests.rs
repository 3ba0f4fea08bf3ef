//! What every manifest of ours says.

use serde::Deserialize;
use toml::{Table, Value};

use crate::none;
use crate::workspace::{folder, ours, toml};

#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    lints: Table,
    #[serde(default)]
    dependencies: Table,
    #[serde(default, rename = "dev-dependencies")]
    dev_dependencies: Table,
    #[serde(default, rename = "build-dependencies")]
    build_dependencies: Table,
}

fn manifests() -> impl Iterator<Item = (String, Manifest)> {
    ours()
        .into_iter()
        .map(|package| (package.name.to_string(), toml(&format!("{}/Cargo.toml", folder(package)))))
}

#[test]
fn every_package_has_the_lints_of_the_workspace() {
    let broken: Vec<String> = manifests()
        .filter(|(_, manifest)| manifest.lints.get("workspace") != Some(&Value::Boolean(true)))
        .map(|(name, _)| format!("{name}: write `[lints]` and `workspace = true` into its Cargo.toml"))
        .collect();
    none("one set of lints for all", &broken);
}

#[test]
fn every_version_is_written_once() {
    let mut broken = Vec::new();
    for (name, manifest) in manifests() {
        for (dependency, value) in
            manifest.dependencies.iter().chain(&manifest.dev_dependencies).chain(&manifest.build_dependencies)
        {
            if value.get("workspace") != Some(&Value::Boolean(true)) {
                broken.push(format!(
                    "{name} gives {dependency} a version of its own: put it into [workspace.dependencies] of the root Cargo.toml and write \
                     `{dependency}.workspace = true`"
                ));
            }
        }
    }
    none("versions are written in the root Cargo.toml", &broken);
}

#[test]
fn a_crate_is_named_like_its_folder() {
    let broken: Vec<String> = ours()
        .into_iter()
        .filter(|package| folder(package).rsplit('/').next() != Some(package.name.as_str()))
        .map(|package| format!("{} is in {}: rename one of them", package.name, folder(package)))
        .collect();
    none("a crate is found by its name", &broken);
}
