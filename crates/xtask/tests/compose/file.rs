//! The compose file as it stands, aliases and merges resolved.

use std::path::PathBuf;
use std::sync::LazyLock;

use serde_json::{Map, Value};

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_saphyr::from_str(&read("docker-compose.dev.yml")).expect("the file is YAML"));

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the workspace is where it was built")
}

/// A file of the workspace.
pub(crate) fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(crate) fn document() -> &'static Value {
    &DOCUMENT
}

/// Name and definition of each service.
pub(crate) fn services() -> &'static Map<String, Value> {
    DOCUMENT["services"].as_object().expect("there are services")
}

/// A list of texts, which may be absent.
pub(crate) fn texts(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The variables of a service with what they are set to.
pub(crate) fn environment(service: &Value) -> Vec<(&str, &str)> {
    let variables = service["environment"].as_object().into_iter().flatten();
    variables.map(|(name, value)| (name.as_str(), value.as_str().expect("values are texts"))).collect()
}

/// Whether the image is made of this repository.
pub(crate) fn is_ours(service: &Value) -> bool {
    service["build"].is_object()
}
