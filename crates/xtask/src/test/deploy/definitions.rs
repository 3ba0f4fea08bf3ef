//! Kinds that are not Kubernetes' own and that the manifests use, from the sources that the schemas are made from. Who acts on them is not installed.

use std::path::Path;

use anyhow::Result;

use super::kubectl::Kubectl;
use crate::progress::Progress;
use crate::setup;

/// Has the cluster know them.
pub(super) async fn install(kubectl: &Kubectl, scratch: &Path, progress: &Progress) -> Result<()> {
    let step = progress.step(
        "definitions",
        "installing the kinds of the Gateway API, of Prometheus and of External Secrets",
    );
    let files = setup::resource_definitions().await?;
    let all = files.iter().map(std::fs::read_to_string).collect::<Result<Vec<_>, _>>()?.join("\n---\n");
    let file = scratch.join("definitions.yaml");
    std::fs::write(&file, all)?;
    // Not by the client: it would write all of each into an annotation, for which they are too large.
    kubectl.run(&["apply", "--server-side", "--force-conflicts", "-f", &file.to_string_lossy()]).await?;
    kubectl
        .run(&["wait", "--for=condition=Established", "customresourcedefinitions", "--all", "--timeout=120s"])
        .await?;
    step.done(&format!("{} files", files.len()));
    Ok(())
}
