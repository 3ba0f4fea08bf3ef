//! No component is left untried.

use std::collections::BTreeSet;

use crate::combination::all;
use crate::rendering::root;

#[test]
fn every_component_is_in_some_combination() {
    let named: BTreeSet<&str> =
        all().into_iter().flat_map(|one| [one.application, one.media].concat()).collect();
    let root = root().join("k8s/components");
    let mut missing = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of components can be read") {
            let path = entry.expect("an entry can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name == "kustomization.yaml") {
                let name = folder.strip_prefix(&root).expect("it is below the root").to_string_lossy();
                if !named.contains(&*name) {
                    missing.push(name.into_owned());
                }
            }
        }
    }
    assert!(
        missing.is_empty(),
        "no combination tries {missing:?}: add them to crates/xtask/src/kubernetes/combination.rs"
    );
}
