//! Kinds that are not Kubernetes' own and that the manifests use, from the sources that the schemas are made from. Who acts on them is not installed.
//!
//! A cluster may know some of them already, in a version that somebody relies on: those stay as they are. The others carry our label, and are taken away.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::kubectl::{Kubectl, items, name};
use super::namespaces::{OURS, mark};
use crate::progress::Progress;
use crate::setup;

const KIND: &str = "customresourcedefinitions";

/// Has the cluster know those that it does not know.
pub(super) async fn install(kubectl: &Kubectl, scratch: &Path, progress: &Progress) -> Result<()> {
    let step = progress.step(
        "definitions",
        "installing the kinds of the Gateway API, of Prometheus and of External Secrets",
    );
    let there = kubectl.get(&[KIND]).await?;
    let there: BTreeSet<&str> = items(&there).iter().map(name).collect();
    let mut absent = Vec::new();
    for file in setup::resource_definitions().await? {
        let text =
            std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let all: Vec<Value> =
            serde_saphyr::from_multiple(&text).with_context(|| format!("{} is no YAML", file.display()))?;
        absent.extend(all.into_iter().filter(|definition| !there.contains(name(definition))));
    }
    absent.iter_mut().for_each(mark);
    // Not applied: the client would write all of each into an annotation, for which they are too large.
    kubectl.create_objects(scratch, &absent).await?;
    if !absent.is_empty() {
        let wait = ["wait", "--for=condition=Established", "--timeout=120s", KIND];
        let names: Vec<&str> = absent.iter().map(name).collect();
        kubectl.run(&[&wait, &names[..]].concat()).await?;
    }
    step.done(&format!("{} that were not there", absent.len()));
    Ok(())
}

/// Takes away those that a run has installed.
pub(super) async fn remove(kubectl: &Kubectl) -> Result<()> {
    kubectl.run(&["delete", KIND, "-l", OURS, "--timeout=300s"]).await
}
