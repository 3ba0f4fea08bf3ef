//! The product in the cluster: what is applied, with its Secrets, and when it is there.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail};
use serde_json::Value;

use super::accounts;
use super::cluster::Cluster;
use super::hand;
use super::kubectl::{Kubectl, items, name};
use super::namespaces;
use super::wait::until;
use crate::progress::Progress;
use crate::tree;

/// Where the services are.
pub(super) const APPLICATION: &str = "realtime-calls";
/// Where LiveKit and coturn are.
pub(super) const MEDIA: &str = "realtime-calls-media";

/// How long anything may take to come up, in seconds: images are unpacked, and Keycloak builds itself.
const COMES_UP: u32 = 600;

/// A pod may take a minute to go, and there may be two of each.
const SETTLES: Duration = Duration::from_mins(5);

/// What everything else is played in.
pub(super) struct World<'run> {
    pub(super) kubectl: &'run Kubectl,
    pub(super) cluster: &'run Cluster,
    /// For files that are gone at the end.
    pub(super) scratch: &'run Path,
    pub(super) progress: &'run Progress,
}

/// What is applied.
#[derive(Clone, Copy)]
pub(super) enum Overlay {
    Dev,
    Production,
}

impl Overlay {
    fn folder(self) -> PathBuf {
        match self {
            Self::Dev => tree::root().join("k8s/overlays/dev"),
            Self::Production => hand::manifests("production"),
        }
    }

    /// What must be there in the end, besides the two `StatefulSets`.
    fn deployments(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Dev => &[
                (APPLICATION, "call-state-service"),
                (APPLICATION, "realtime-service"),
                (APPLICATION, "gateway"),
                (MEDIA, "livekit"),
            ],
            Self::Production => &[
                (APPLICATION, "call-state-service"),
                (APPLICATION, "realtime-service"),
                (APPLICATION, "gateway"),
                (MEDIA, "livekit"),
                (MEDIA, "coturn"),
            ],
        }
    }
}

impl World<'_> {
    /// Applies an overlay to namespaces that are empty, and waits until all of it is there.
    pub(super) async fn apply(&self, overlay: Overlay) -> Result<String> {
        let kubectl = self.kubectl;
        namespaces::make(kubectl, self.scratch).await?;
        hand::reach(kubectl).await?;
        // An earlier run may have been told to leave everything: volumes and Secrets belong together.
        if !kubectl.said(&["-n", APPLICATION, "get", "secret", "redis"]).await?.well {
            hand::volumes(kubectl, self.scratch).await?;
            kubectl.apply_folder(&tree::root().join("k8s/namespaces")).await?;
            kubectl.apply_folder(&tree::root().join("k8s/trial/keycloak")).await?;
            accounts::provide(kubectl, self.scratch).await?;
        }
        kubectl.apply_folder(&hand::manifests("collector")).await?;
        let began = std::time::Instant::now();
        kubectl.apply_folder(&overlay.folder()).await?;
        kubectl.rolled_out("keycloak", "deployment/keycloak", COMES_UP).await?;
        kubectl.rolled_out(APPLICATION, "statefulset/redis-sentinel", COMES_UP).await?;
        kubectl.rolled_out(APPLICATION, "statefulset/redis", COMES_UP).await?;
        for (namespace, deployment) in overlay.deployments() {
            kubectl.rolled_out(namespace, &format!("deployment/{deployment}"), COMES_UP).await?;
        }
        Ok(format!("    everything ready {} s after it was applied", began.elapsed().as_secs()))
    }

    /// Deletes what was applied. The next overlay begins with nothing.
    pub(super) async fn remove(&self) -> Result<()> {
        namespaces::remove(self.kubectl, &[APPLICATION, MEDIA, accounts::KEYCLOAK, "observability"]).await
    }

    /// Waits until as many pods of a part as are wanted are ready, and none is on its way out.
    pub(super) async fn settled(&self, namespace: &str, part: &str) -> Result<()> {
        until(&format!("{part} has settled"), SETTLES, async || {
            let deployment = self.kubectl.get(&["-n", namespace, "deployment", part]).await?;
            let wanted = deployment["spec"]["replicas"].as_u64().unwrap_or_default();
            let pods = self.pods(namespace, part).await?;
            let ready = u64::try_from(pods.iter().filter(|pod| is_ready(pod)).count())?;
            let leaving = pods.iter().filter(|pod| is_leaving(pod)).count();
            Ok(if ready == wanted && leaving == 0 {
                Ok(())
            } else {
                Err(format!("{ready} of {wanted} ready, {leaving} leaving"))
            })
        })
        .await
    }

    /// The pods of a part.
    pub(super) async fn pods(&self, namespace: &str, part: &str) -> Result<Vec<Value>> {
        let label = format!("app.kubernetes.io/name={part}");
        let list = self.kubectl.get(&["-n", namespace, "pods", "-l", &label]).await?;
        Ok(items(&list).to_vec())
    }

    /// The names of those that serve.
    pub(super) async fn serving(&self, namespace: &str, part: &str) -> Result<Vec<String>> {
        let pods = self.pods(namespace, part).await?;
        let serving: Vec<String> = pods
            .iter()
            .filter(|pod| is_ready(pod) && !is_leaving(pod))
            .map(|pod| name(pod).to_owned())
            .collect();
        if serving.is_empty() {
            bail!("no pod of {part} is ready");
        }
        Ok(serving)
    }
}

/// Whether it takes part.
pub(super) fn is_ready(pod: &Value) -> bool {
    let conditions = pod["status"]["conditions"].as_array().map_or(&[][..], Vec::as_slice);
    conditions.iter().any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
}

/// Whether it was told to end.
pub(super) fn is_leaving(pod: &Value) -> bool {
    !pod["metadata"]["deletionTimestamp"].is_null()
}
