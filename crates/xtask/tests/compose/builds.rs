//! The scripts of the image's build, run as they are.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::file::{read, root};

#[test]
fn without_our_sources_cargo_still_knows_every_package_and_program() {
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new(root().join("deploy/docker/manifests")).arg(root()).arg(folder.path()).status();
    assert!(made.unwrap().success());
    let targets = |root: &Path| {
        let mut command = cargo_metadata::MetadataCommand::new();
        let metadata = command.manifest_path(root.join("Cargo.toml")).no_deps().exec().unwrap();
        let mut targets = Vec::new();
        for package in metadata.packages {
            for target in package.targets.into_iter().filter(|target| target.is_bin() || target.is_lib()) {
                targets.push(format!("{} {}", package.name, target.name));
            }
        }
        targets.sort();
        targets
    };
    assert_eq!(targets(folder.path()), targets(&root()));
    // `cargo metadata` overlooks what a build does not: a manifest that names a test without its path, when there is no such file.
    let mut fetch = Command::new("cargo");
    fetch.args(["fetch", "--locked", "--offline"]).current_dir(folder.path());
    let said = fetch.output().expect("Cargo is there").stderr;
    let said = String::from_utf8_lossy(&said);
    assert!(!said.contains("failed to parse manifest"), "{said}");
    for file in ["crates/calls/src/lib.rs", "services/realtime-service/src/main.rs"] {
        let text = std::fs::read_to_string(folder.path().join(file)).unwrap();
        assert!(text.lines().count() <= 1, "{file} is empty but for a main");
    }
}

#[test]
fn whatever_a_source_includes_is_sent_to_the_build() {
    let sent: Vec<String> =
        read(".dockerignore").lines().filter_map(|line| line.strip_prefix('!')).map(str::to_owned).collect();
    let mut seen = 0;
    for folder in ["crates", "services"] {
        for (path, included) in includes(&root().join(folder)) {
            let file = path.parent().unwrap().join(&included).canonicalize();
            let file = file.unwrap_or_else(|error| panic!("{}: {included}: {error}", path.display()));
            let file = file.strip_prefix(root()).unwrap().to_owned();
            assert!(
                sent.iter().any(|sent| file.starts_with(sent)),
                ".dockerignore keeps out {}",
                file.display()
            );
            seen += 1;
        }
    }
    assert!(seen > 3, "includes are found: {seen}");
}

/// Every `include_str!("…")` of the sources below a folder.
fn includes(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("so can its entries").path();
        if path.is_dir() {
            found.extend(includes(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && !path.components().any(|part| part.as_os_str() == "tests")
        {
            let text = std::fs::read_to_string(&path).expect("a source is text");
            for rest in text.split("include_str!(\"").skip(1) {
                found.push((path.clone(), rest.split('"').next().unwrap_or_default().to_owned()));
            }
        }
    }
    found
}

#[test]
fn every_script_is_understood_by_its_shell() {
    for (shell, script) in [
        ("sh", "deploy/docker/manifests"),
        ("sh", "deploy/docker/root"),
        ("sh", "deploy/docker/coturn-start"),
        ("bash", "deploy/docker/keycloak/start"),
        ("bash", "deploy/docker/keycloak/ready"),
        ("bash", "deploy/docker/standin/build"),
    ] {
        let checked = Command::new(shell).arg("-n").arg(root().join(script)).status().unwrap();
        assert!(checked.success(), "{script}");
        assert!(read(script).starts_with(&format!("#!/bin/{shell}\n")), "{script}");
    }
}
