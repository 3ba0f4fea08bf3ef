//! What would be applied, made once for all tests and read.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::LazyLock;

use serde_json::Value;

use crate::rendered::{self, Rendered};

pub(crate) use crate::rendered::OVERLAYS;

static ALL: LazyLock<Vec<Rendering>> = LazyLock::new(read_all);

/// What would be applied.
pub(crate) struct Rendering {
    pub(crate) name: String,
    pub(crate) documents: Vec<String>,
    /// The same, read.
    pub(crate) objects: Vec<Value>,
}

/// Every overlay, then every combination.
pub(crate) fn all() -> &'static [Rendering] {
    &ALL
}

/// One of [`OVERLAYS`].
pub(crate) fn overlay(name: &str) -> &'static Rendering {
    all().iter().find(|rendering| rendering.name == name).expect("the overlay is rendered")
}

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the workspace is where it was built")
}

/// A text of the workspace.
pub(crate) fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Most documents are in many renderings, and are read once.
fn read_all() -> Vec<Rendering> {
    let mut known: BTreeMap<String, Value> = BTreeMap::new();
    let mut read = |name: &str, document: &String| {
        let object = known.entry(document.clone()).or_insert_with(|| {
            serde_saphyr::from_str(document).unwrap_or_else(|error| panic!("{name}: {error}"))
        });
        object.clone()
    };
    rendered::all(&root())
        .into_iter()
        .map(|Rendered { name, documents }| {
            let objects = documents.iter().map(|document| read(&name, document)).collect();
            Rendering { name, documents, objects }
        })
        .collect()
}

#[test]
fn overlays_and_combinations_render() {
    assert!(all().len() > OVERLAYS.len());
    for rendering in all() {
        assert!(!rendering.objects.is_empty(), "{} is empty", rendering.name);
    }
}
