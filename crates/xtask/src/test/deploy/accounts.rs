//! The Secrets of one run: those that `cargo xtask setup --for kubernetes` makes, and what only a trial needs besides.

use std::path::Path;

use anyhow::{Context as _, Result, anyhow, ensure};
use serde_json::{Value, json};

use super::kubectl::Kubectl;
use super::overlay::MEDIA;
use crate::{setup, shell};

/// The administrator of the Keycloak for trying.
pub(super) const ADMINISTRATOR: &str = "admin";

/// Where Keycloak is.
pub(super) const KEYCLOAK: &str = "keycloak";

/// Applies all of them. Nothing of them stays on this machine.
pub(super) async fn provide(kubectl: &Kubectl, scratch: &Path) -> Result<()> {
    let folder = tempfile::tempdir_in(scratch).context("making a folder")?;
    let secrets = folder.path().join("secrets");
    setup::kubernetes_secrets(&secrets)?;
    kubectl.run(&["apply", "-f", &secrets.to_string_lossy()]).await?;
    let client = client_secret(&secrets.join("realtime-service.yaml"))?;
    let administrator = crate::compose::secret();
    let [certificate, key] = certificate(folder.path()).await?;
    let objects = [
        secret(
            KEYCLOAK,
            "keycloak",
            "Opaque",
            &[("admin-password", &administrator), ("client-secret", &client)],
        ),
        secret(MEDIA, "coturn-tls", "kubernetes.io/tls", &[("tls.crt", &certificate), ("tls.key", &key)]),
    ];
    kubectl.apply_objects(scratch, &objects).await
}

/// What Keycloak and realtime-service must have alike.
fn client_secret(manifest: &Path) -> Result<String> {
    let text =
        std::fs::read_to_string(manifest).with_context(|| format!("cannot read {}", manifest.display()))?;
    let manifest: Value = serde_saphyr::from_str(&text).context("the Secret is no YAML")?;
    let secret = manifest["stringData"]["keycloak-client-secret"].as_str();
    secret
        .map(str::to_owned)
        .ok_or_else(|| anyhow!("the Secret realtime-service has no keycloak-client-secret"))
}

/// What a certificate authority would have made for coturn.
async fn certificate(folder: &Path) -> Result<[String; 2]> {
    let mut openssl = shell::program("openssl");
    openssl
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
        ])
        .args(["-subj", "/CN=turn.example.com", "-keyout", "tls.key", "-out", "tls.crt"])
        .current_dir(folder);
    shell::succeed(openssl, |_| {}).await.context("a certificate for coturn cannot be made")?;
    let read =
        |name: &str| std::fs::read_to_string(folder.join(name)).with_context(|| format!("reading {name}"));
    let made = [read("tls.crt")?, read("tls.key")?];
    ensure!(made.iter().all(|text| !text.is_empty()), "openssl made an empty certificate");
    Ok(made)
}

/// Of the account of Keycloak that makes people.
pub(super) async fn administrators_password(kubectl: &Kubectl) -> Result<String> {
    use base64::Engine as _;
    let secret = kubectl.get(&["-n", KEYCLOAK, "secret", "keycloak"]).await?;
    let encoded = secret["data"]["admin-password"].as_str().unwrap_or_default();
    let bytes =
        base64::engine::general_purpose::STANDARD.decode(encoded).context("the password of Keycloak")?;
    String::from_utf8(bytes).context("the password of Keycloak")
}

fn secret(namespace: &str, name: &str, kind: &str, files: &[(&str, &str)]) -> Value {
    let files: serde_json::Map<String, Value> =
        files.iter().map(|(file, text)| ((*file).to_owned(), Value::from(*text))).collect();
    json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": { "namespace": namespace, "name": name },
        "type": kind,
        "stringData": files,
    })
}
