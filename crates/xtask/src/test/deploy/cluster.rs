//! The cluster: one that is there already, or one that a script makes for this run.
//!
//! The script is told to make a cluster (`up`), to serve metrics (`metrics`), to load an archive of images (`import FILE`), to run something where the cluster's
//! addresses are reached (`ns COMMAND`, with a `kubectl` that knows the cluster), and to take everything away (`down`).

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::kubectl::Kubectl;
use crate::progress::Progress;
use crate::{environment, shell};

/// Namespaces that the run makes, and takes away again.
pub(super) const NAMESPACES: [&str; 5] =
    ["realtime-calls", "realtime-calls-media", "keycloak", "observability", "realtime-calls-test"];

/// Where this run takes place.
pub(super) enum Cluster {
    /// Somebody's, by their KUBECONFIG.
    Given { kubeconfig: PathBuf, kubectl: OsString },
    /// One that begins and ends with the run.
    Made { script: PathBuf },
}

impl Cluster {
    /// Does not ask it yet.
    pub(super) fn find(script: Option<&Path>) -> Result<Self> {
        if let Some(script) = super::script(script) {
            let script =
                script.canonicalize().with_context(|| format!("{} is not there", script.display()))?;
            return Ok(Self::Made { script });
        }
        let Some(kubeconfig) = environment::variable("KUBECONFIG") else {
            bail!(
                "there is no cluster to test on: set KUBECONFIG to one that may be used up, or name a script that makes one with `--cluster`"
            );
        };
        let kubectl = environment::variable("KUBECTL").unwrap_or_else(|| "kubectl".to_owned());
        Ok(Self::Given { kubeconfig: kubeconfig.into(), kubectl: kubectl.into() })
    }

    /// What the run would take away must not be there yet: it is somebody else's.
    pub(super) async fn must_be_free(&self) -> Result<()> {
        let kubectl = self.kubectl();
        match self {
            Self::Given { .. } => {
                for namespace in NAMESPACES {
                    let there = kubectl.said(&["get", "namespace", namespace]).await?;
                    if there.well {
                        bail!(
                            "the namespace {namespace} is in the cluster already, and this run would take it away: delete it first"
                        );
                    }
                    if !there.text.contains("NotFound") {
                        bail!("the cluster of KUBECONFIG cannot be asked: {}", there.text.trim());
                    }
                }
            }
            Self::Made { script } => {
                if self.script(&["ns", "true"], |_| {}).await.is_ok() {
                    bail!(
                        "a cluster of {} is up already: end it (`down`), or name it by KUBECONFIG",
                        script.display()
                    );
                }
            }
        }
        Ok(())
    }

    /// Whether images can be put there.
    pub(super) fn takes_images(&self) -> bool {
        match self {
            Self::Given { .. } => false,
            Self::Made { .. } => true,
        }
    }

    /// Makes it if it is ours to make, and gives it the images.
    pub(super) async fn begin(&self, images: Option<&Path>, progress: &Progress) -> Result<Kubectl> {
        let kubectl = self.kubectl();
        if let Self::Made { script } = self {
            let step = progress.step("cluster", "starting; the first time it builds Kubernetes");
            self.script(&["up"], |line| step.note(line)).await?;
            self.script(&["metrics"], |line| step.note(line)).await?;
            step.done(&format!("up, by {}", script.display()));
        }
        if let Some(folder) = images {
            self.import(folder, progress).await?;
        }
        Ok(kubectl)
    }

    /// How it is asked.
    pub(super) fn kubectl(&self) -> Kubectl {
        match self {
            Self::Given { kubeconfig, kubectl } => {
                Kubectl { command: vec![kubectl.clone()], kubeconfig: Some(kubeconfig.clone()) }
            }
            Self::Made { .. } => Kubectl { command: self.inside(&["kubectl".into()]), kubeconfig: None },
        }
    }

    /// The command, where the addresses of Services are reached.
    pub(super) fn inside(&self, command: &[OsString]) -> Vec<OsString> {
        match self {
            Self::Given { .. } => command.to_vec(),
            Self::Made { script } => [&[script.clone().into(), "ns".into()], command].concat(),
        }
    }

    /// Takes away what the run has made.
    pub(super) async fn end(&self, progress: &Progress) -> Result<()> {
        let kubectl = self.kubectl();
        let step = progress.step("cluster", "taking everything away");
        match self {
            Self::Given { .. } => {
                super::hand::remove(&kubectl).await?;
                let asked =
                    [&["delete", "namespace", "--ignore-not-found", "--timeout=300s"], &NAMESPACES[..]]
                        .concat();
                kubectl.run(&asked).await?;
            }
            Self::Made { .. } => {
                // Its folders are on a disk that stays. Without a cluster there is nobody to ask, and nothing was made.
                let folders = super::hand::remove(&kubectl).await;
                self.script(&["down"], |line| step.note(line)).await?;
                folders?;
            }
        }
        step.done("nothing is left");
        Ok(())
    }

    async fn import(&self, folder: &Path, progress: &Progress) -> Result<()> {
        let Self::Made { .. } = self else {
            bail!(
                "only a cluster that a script makes is given images: have yours find them, and leave out `--images`"
            );
        };
        let step = progress.step("images", "importing");
        let mut archives = Vec::new();
        for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "tar") {
                archives.push(path);
            }
        }
        archives.sort();
        if archives.is_empty() {
            bail!("{} has no archives (*.tar) of images", folder.display());
        }
        for archive in &archives {
            let archive = archive.to_string_lossy();
            step.note(&archive);
            self.script(&["import", &archive], |_| {}).await?;
        }
        step.done(&format!("{} archives", archives.len()));
        Ok(())
    }

    async fn script(&self, arguments: &[&str], line: impl FnMut(&str)) -> Result<()> {
        let Self::Made { script } = self else { return Ok(()) };
        let mut command = shell::program(script);
        command.args(arguments);
        shell::succeed(command, line).await
    }
}
