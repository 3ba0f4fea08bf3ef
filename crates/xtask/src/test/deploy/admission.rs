//! Pod Security: the namespace of the services enforces `restricted`, and all that runs in it is within that.

use anyhow::{Result, ensure};
use serde_json::json;

use super::kubectl::{Said, items};
use super::overlay::{APPLICATION, World};

const LEVEL: &str = "pod-security.kubernetes.io/enforce";

/// Asks the API server about those who are there, and about one who should not be.
pub(super) async fn restricted(world: &World<'_>) -> Result<String> {
    let kubectl = world.kubectl;
    let namespace = kubectl.get(&["namespace", APPLICATION]).await?;
    ensure!(
        namespace["metadata"]["labels"][LEVEL] == "restricted",
        "the namespace {APPLICATION} does not enforce `restricted`: {}",
        namespace["metadata"]["labels"]
    );
    // Setting the level has the server look at everybody who is there already. It is set to another one first, for it says nothing about what stays as it is.
    let pods = kubectl.get(&["-n", APPLICATION, "pods"]).await?;
    let running = items(&pods).len();
    ensure!(running > 0, "nobody is there to be admitted");
    let version = "pod-security.kubernetes.io/enforce-version=latest";
    let Said { well, text } = kubectl
        .said(&["label", "--dry-run=server", "--overwrite", "namespace", APPLICATION, version])
        .await?;
    ensure!(well && !text.contains("Warning"), "not all who are there are within `restricted`: {text}");
    let intruder = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": "intruder", "namespace": APPLICATION },
        "spec": { "containers": [{ "name": "intruder", "image": "intruder", "securityContext": { "privileged": true } }] },
    });
    let file = world.scratch.join("intruder.json");
    std::fs::write(&file, intruder.to_string())?;
    let Said { well, text } =
        kubectl.said(&["create", "--dry-run=server", "-f", &file.to_string_lossy()]).await?;
    ensure!(!well && text.contains("violates PodSecurity"), "a privileged pod is not refused: {text}");
    Ok(format!("    {running} pods are within it; a privileged one is refused"))
}
