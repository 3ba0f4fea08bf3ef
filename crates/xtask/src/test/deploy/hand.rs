//! A hand on the node: folders for volumes, where the cluster makes none by itself, and the end of processes as a crash ends them.
//!
//! Deleting a pod is no crash, not even by force: the kubelet still lets it say goodbye. A crash is SIGKILL to what runs in it.

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::kubectl::{Kubectl, items, name};
use super::namespaces;
use crate::tree;

const NAMESPACE: &str = "realtime-calls-test";

/// Where volumes are, on the node and in the pod.
const FOLDER: &str = "/var/tmp/realtime-calls-test";
const INSIDE: &str = "/scratch/realtime-calls-test";

/// Marks what is ours among the volumes of a cluster.
const LABEL: &str = "app.kubernetes.io/part-of=realtime-calls-test";

/// The claims of `redis-sentinel`, and how much each asks for.
const CLAIMS: [(&str, &str); 2] = [("redis", "8Gi"), ("redis-sentinel", "64Mi")];

/// The folder of the test's own manifests.
pub(super) fn manifests(name: &str) -> std::path::PathBuf {
    tree::root().join("crates/xtask/src/test/deploy/manifests").join(name)
}

/// It is one hand, on one node; what it is to reach may not be on another.
pub(super) async fn must_reach_everything(kubectl: &Kubectl) -> Result<()> {
    let nodes = items(&kubectl.get(&["nodes"]).await?).len();
    if nodes != 1 {
        bail!(
            "the cluster has {nodes} nodes, and this run needs one of a single node: its volumes are folders of that node, and it kills processes there"
        );
    }
    Ok(())
}

/// Sees to it that it is there.
pub(super) async fn reach(kubectl: &Kubectl) -> Result<()> {
    kubectl.apply_folder(&manifests("hand")).await?;
    kubectl.run(&["-n", NAMESPACE, "wait", "pod/hand", "--for=condition=Ready", "--timeout=180s"]).await
}

/// Runs a line of shell on the node.
pub(super) async fn does(kubectl: &Kubectl, line: &str) -> Result<String> {
    let said = kubectl.said(&["-n", NAMESPACE, "exec", "hand", "--", "/bin/sh", "-euc", line]).await?;
    if said.well { Ok(said.text) } else { bail!("on the node, `{line}`: {}", said.text.trim()) }
}

/// Makes fresh volumes for the Redis of the overlays, unless the cluster makes them by itself.
pub(super) async fn volumes(kubectl: &Kubectl, scratch: &std::path::Path) -> Result<()> {
    let classes = kubectl.get(&["storageclasses"]).await?;
    let by_default = |class: &Value| {
        class["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "true"
    };
    if items(&classes).iter().any(by_default) {
        return Ok(());
    }
    kubectl.run(&["delete", "persistentvolumes", "-l", LABEL, "--timeout=120s"]).await?;
    let line = format!(
        "rm -rf {INSIDE} && mkdir {INSIDE} && for claim in redis redis-sentinel; do for n in 0 1 2; do mkdir -m 0777 {INSIDE}/$claim-$n; done; done"
    );
    does(kubectl, &line).await?;
    let numbered = |(claim, size): (&'static str, &'static str)| (0..3).map(move |n| volume(claim, n, size));
    kubectl.apply_objects(scratch, &CLAIMS.into_iter().flat_map(numbered).collect::<Vec<_>>()).await
}

fn volume(claim: &str, number: u32, size: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {
            "name": format!("realtime-calls-test-{claim}-{number}"),
            "labels": { "app.kubernetes.io/part-of": "realtime-calls-test" },
        },
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "capacity": { "storage": size },
            "claimRef": { "namespace": "realtime-calls", "name": format!("data-{claim}-{number}") },
            "hostPath": { "path": format!("{FOLDER}/{claim}-{number}") },
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": "",
        },
    })
}

/// SIGKILL to everything that runs in a pod but the one process that holds its namespaces.
pub(super) async fn kills(kubectl: &Kubectl, namespace: &str, pod: &str) -> Result<()> {
    let found = kubectl.get(&["-n", namespace, "pod", pod]).await?;
    let Some(uid) = found["metadata"]["uid"].as_str() else { bail!("{pod} has no uid") };
    // cgroups are named after it, by some with underscores.
    let line = format!(
        "found=; for process in /proc/[0-9]*; do if grep -qs -e {uid} -e {} $process/cgroup && ! grep -qsx pause $process/comm; \
         then kill -KILL ${{process#/proc/}} && found=yes; fi; done; test -n \"$found\"",
        uid.replace('-', "_")
    );
    does(kubectl, &line).await.map(|_| ())
}

/// Takes the volumes away, and the hand itself.
pub(super) async fn remove(kubectl: &Kubectl) -> Result<()> {
    // Whoever writes there must be gone before.
    namespaces::remove(kubectl, &["realtime-calls"]).await?;
    kubectl.run(&["delete", "persistentvolumes", "-l", LABEL, "--timeout=120s"]).await?;
    let pods = kubectl.get(&["-n", NAMESPACE, "pods"]).await?;
    if !items(&pods).iter().any(|pod| name(pod) == "hand") {
        // It made no folder, then.
        return Ok(());
    }
    does(kubectl, &format!("rm -rf {INSIDE}")).await?;
    Ok(())
}
