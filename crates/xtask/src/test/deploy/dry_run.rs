//! Everything that anybody may apply, shown to the API server, which admits it and keeps nothing.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, bail};

use super::kubectl::{Kubectl, Said};
use super::namespaces;
use crate::kubernetes::rendering::{self, OVERLAYS};
use crate::tree;

/// Words of the API server for what it takes, but not gladly: Pod Security among them.
const WARNING: &str = "Warning:";

/// Shows all of it. Namespaces must be there for what is in them, so they are made.
pub(super) async fn all(kubectl: &Kubectl, scratch: &Path) -> Result<String> {
    let rendered = tokio::task::spawn_blocking(|| rendering::all(&tree::root())).await?;
    let (ways, overlays) =
        (rendered.len(), rendered.iter().filter(|one| OVERLAYS.contains(&one.name.as_str())).count());
    // Most are in many renderings, and are shown once.
    let documents: BTreeSet<String> = rendered.into_iter().flat_map(|one| one.documents).collect();
    namespaces::make(kubectl, scratch).await?;
    let folder = tree::root().join("k8s/namespaces");
    kubectl.run(&["apply", "--server-side", "--force-conflicts", "-k", &folder.to_string_lossy()]).await?;
    let file = scratch.join("everything.yaml");
    std::fs::write(&file, documents.iter().cloned().collect::<Vec<_>>().join("\n---\n"))?;
    let Said { well, text } = kubectl
        .said(&[
            "apply",
            "--server-side",
            "--force-conflicts",
            "--dry-run=server",
            "-f",
            &file.to_string_lossy(),
        ])
        .await?;
    let taken = text.lines().filter(|line| line.ends_with("serverside-applied (server dry run)")).count();
    let rest: Vec<&str> =
        text.lines().filter(|line| line.contains(WARNING) || line.contains("rror")).collect();
    if !well || !rest.is_empty() || taken != documents.len() {
        bail!("{taken} of {} objects are taken:\n{}", documents.len(), rest.join("\n"));
    }
    Ok(format!(
        "    {taken} different objects of {ways} renderings, {overlays} overlays among them, without a warning"
    ))
}
