//! The Secrets that the manifests of `k8s/` mount, as manifests of their own for one cluster: random, each made once, printed nowhere.
//!
//! What is there already is never written over: Redis, LiveKit and coturn take new secrets by the steps of `docs/runbook.md`, and not because a
//! command was given twice. Where secrets come out of a vault, `k8s/components/external-secrets` takes the place of this.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::compose::secret;
use crate::progress::Progress;

/// Below the root of the tree. Git ignores it.
const FOLDER: &str = ".secrets/kubernetes";

/// Their owner's alone.
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// The namespaces of `k8s/namespaces`.
const SERVICES: &str = "realtime-calls";
const MEDIA: &str = "realtime-calls-media";

/// The name by which the Sentinels know the primary, and where they are, as `k8s/components/redis-sentinel` has it.
const PRIMARY: &str = "calls";
const SENTINELS: [&str; 3] = [
    "redis-sentinel-0.redis-sentinel.realtime-calls.svc:26379",
    "redis-sentinel-1.redis-sentinel.realtime-calls.svc:26379",
    "redis-sentinel-2.redis-sentinel.realtime-calls.svc:26379",
];

/// What it takes to put them to use.
const NEXT: [&str; 3] = [
    "kubectl apply -k k8s/namespaces && kubectl apply -f .secrets/kubernetes (with a Redis elsewhere, change redis-url and redis.yaml before)",
    "give Keycloak's client realtime-service the secret that realtime-service.yaml has as keycloak-client-secret",
    "keep the folder where you keep secrets, and delete it here",
];

/// One Secret: its namespace, its name, and its files.
struct Secret {
    namespace: &'static str,
    name: &'static str,
    files: Vec<(&'static str, String)>,
}

/// Writes the manifests into a folder of the tree. Says where, and what comes next.
pub(super) fn provide(progress: &Progress) -> Result<()> {
    let folder = crate::tree::root().join(FOLDER);
    let made = write(&folder)?;
    progress.say("Secrets of k8s/", &format!("ready, {} ({made} files, secrets random)", folder.display()));
    for step in NEXT {
        progress.say("next", step);
    }
    Ok(())
}

/// A file for each Secret; tells how many that were.
pub(super) fn write(folder: &Path) -> Result<usize> {
    let failed = || format!("cannot write to {}", folder.display());
    if folder.exists() {
        bail!(
            "{} is there already, and is not written over: a cluster may live by it. Move it away to make others for another cluster; \
             to change the secrets of a cluster follow docs/runbook.md, \"Secrets are changed\"",
            folder.display()
        );
    }
    // Whole or not at all: what is cut short is no folder by that name.
    let unfinished = folder.with_extension("unfinished");
    if unfinished.exists() {
        std::fs::remove_dir_all(&unfinished).with_context(failed)?;
    }
    DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(&unfinished).with_context(failed)?;
    let secrets = secrets();
    for secret in &secrets {
        let path = unfinished.join(format!("{}.yaml", secret.name));
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(FILE_MODE)
            .open(path)
            .with_context(failed)?;
        file.write_all(manifest(secret).as_bytes()).with_context(failed)?;
    }
    std::fs::rename(&unfinished, folder).with_context(failed)?;
    Ok(secrets.len())
}

/// All that `k8s/` mounts but `coturn-tls`, which is a certificate and comes from its authority.
fn secrets() -> Vec<Secret> {
    let [redis, sentinel, livekit, keycloak, turn] = std::array::from_fn(|_| secret());
    let address =
        format!("redis+sentinel://:{redis}@{}/{PRIMARY}?sentinel_password={sentinel}", SENTINELS.join(","));
    let sentinels = SENTINELS.map(|address| format!("    - {address}\n")).concat();
    let of_livekit = format!(
        "redis:\n  sentinel_master_name: {PRIMARY}\n  sentinel_addresses:\n{sentinels}  password: \"{redis}\"\n  sentinel_password: \"{sentinel}\"\n"
    );
    vec![
        Secret {
            namespace: SERVICES,
            name: "realtime-service",
            files: vec![
                ("redis-url", address.clone()),
                ("livekit-api-secret", livekit.clone()),
                ("keycloak-client-secret", keycloak),
                ("turn-secrets", turn.clone()),
            ],
        },
        Secret { namespace: SERVICES, name: "call-state-service", files: vec![("redis-url", address)] },
        Secret {
            namespace: SERVICES,
            name: "redis",
            files: vec![("password", redis), ("sentinel-password", sentinel)],
        },
        Secret {
            namespace: MEDIA,
            name: "livekit",
            files: vec![
                ("keys.yaml", format!("keys:\n  realtime: \"{livekit}\"\n")),
                ("redis.yaml", of_livekit),
            ],
        },
        Secret { namespace: MEDIA, name: "coturn", files: vec![("turn-secrets", turn)] },
    ]
}

fn manifest(Secret { namespace, name, files }: &Secret) -> String {
    let files: serde_json::Map<String, serde_json::Value> =
        files.iter().map(|(file, text)| ((*file).to_owned(), text.as_str().into())).collect();
    // JSON is YAML; each file is a line of its own for people who change one.
    let lines: Vec<String> = files.iter().map(|(file, text)| format!("  {file}: {text}\n")).collect();
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {name}\n  namespace: {namespace}\n  labels: {{ app.kubernetes.io/name: {name}, app.kubernetes.io/part-of: realtime-calls }}\n\
         type: Opaque\nstringData:\n{}",
        lines.concat()
    )
}

#[cfg(test)]
mod tests;
