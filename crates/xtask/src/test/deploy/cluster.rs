//! The cluster: one that is there already, or one that a script makes for this run.
//!
//! The script is told to make a cluster (`up`), to serve metrics (`metrics`), to load an archive of images (`import FILE`), to run something where the cluster's
//! addresses are reached (`ns COMMAND`, with a `kubectl` that knows the cluster), and to take everything away (`down`).

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use tempfile::NamedTempFile;

use super::kubectl::Kubectl;
use super::{definitions, hand, namespaces};
use crate::progress::Progress;
use crate::{environment, shell};

/// Where this run takes place.
pub(super) enum Cluster {
    /// Somebody's, by a copy of what their KUBECONFIG said at the beginning: they may turn to another cluster meanwhile, and this run must not follow them.
    Given { kubeconfig: NamedTempFile, kubectl: OsString },
    /// One that begins and ends with the run.
    Made { script: PathBuf },
}

impl Cluster {
    /// Does not ask it yet.
    pub(super) async fn find(script: Option<&Path>) -> Result<Self> {
        if let Some(script) = super::script(script) {
            let script =
                script.canonicalize().with_context(|| format!("{} is not there", script.display()))?;
            return Ok(Self::Made { script });
        }
        if environment::variable("KUBECONFIG").is_none() {
            bail!(
                "there is no cluster to test on: set KUBECONFIG to one that may be used up, or name a script that makes one with `--cluster`"
            );
        }
        let kubectl: OsString =
            environment::variable("KUBECTL").unwrap_or_else(|| "kubectl".to_owned()).into();
        let kubeconfig = pinned(&kubectl).await?;
        Ok(Self::Given { kubeconfig, kubectl })
    }

    /// What the run would use and take away must not be somebody else's, and the run must fit.
    pub(super) async fn must_be_free(&self, kept: bool) -> Result<()> {
        let kubectl = self.kubectl();
        match self {
            Self::Given { .. } => {
                namespaces::must_be_free(&kubectl, kept).await?;
                hand::must_reach_everything(&kubectl).await?;
            }
            Self::Made { script } => {
                if !kept && self.script(&["ns", "true"], |_| {}).await.is_ok() {
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
            namespaces::must_be_free(&kubectl, true).await?;
            hand::must_reach_everything(&kubectl).await?;
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
                Kubectl { command: vec![kubectl.clone()], kubeconfig: Some(kubeconfig.path().to_owned()) }
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
                // Each is tried, whatever became of the one before.
                let folders = hand::remove(&kubectl).await;
                let namespaces = namespaces::remove(&kubectl, &namespaces::ALL).await;
                let definitions = definitions::remove(&kubectl).await;
                folders.and(namespaces).and(definitions)?;
            }
            Self::Made { .. } => {
                // Its folders are on a disk that stays. Without a cluster there is nobody to ask, and nothing was made.
                let folders = hand::remove(&kubectl).await;
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

/// What is said of the cluster that is meant now, alone, in a file for nobody else, which goes with the run.
async fn pinned(kubectl: &OsString) -> Result<NamedTempFile> {
    let mut view = shell::program(kubectl);
    view.args(["config", "view", "--minify", "--flatten", "--raw"]);
    let (status, text) = shell::read(view).await?;
    ensure!(status.success(), "KUBECONFIG names no cluster; the words of kubectl are above");
    // For its owner alone from the beginning.
    let file = NamedTempFile::with_prefix("realtime-calls-test-").context("making a file")?;
    std::fs::write(file.path(), text).with_context(|| format!("cannot write {}", file.path().display()))?;
    Ok(file)
}
