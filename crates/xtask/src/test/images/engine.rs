//! buildah and podman on a store of their own, with what they need where there is no systemd.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use tokio::process::Command;

use crate::{environment, shell, tree};

/// Whom this machine trusts, as the build sees it: it may reach the registry of crates through somebody whom only this machine knows.
const AUTHORITIES: &str = "/run/build/authorities.crt";

/// The store, below the folder of the pinned components; it is kept, and may be deleted.
pub(super) struct Engine {
    folder: PathBuf,
}

impl Engine {
    pub(super) fn open() -> Result<Self> {
        let folder = testkit::components::cache()?.join("images");
        for part in ["build", "scratch"] {
            let part = folder.join(part);
            std::fs::create_dir_all(&part).with_context(|| format!("cannot make {}", part.display()))?;
        }
        let shown = folder.display();
        let engine = Self { folder: folder.clone() };
        engine.write(
            "storage.conf",
            &format!(
                "[storage]\ndriver = \"overlay\"\ngraphroot = \"{shown}/store\"\nrunroot = \"{shown}/run\"\n"
            ),
        )?;
        let runtime = if needs_runc() { "runtime = \"runc\"\n" } else { "" };
        engine.write(
            "containers.conf",
            &format!("[engine]\ncgroup_manager = \"cgroupfs\"\nevents_logger = \"file\"\n{runtime}"),
        )?;
        engine.write("build/config.toml", &cargo_configuration()?)?;
        Ok(engine)
    }

    /// A program that works on the store.
    pub(super) fn program(&self, name: impl AsRef<OsStr>) -> Command {
        let mut command = shell::program(name);
        command
            .current_dir(tree::root())
            .env("CONTAINERS_CONF", self.path("containers.conf"))
            .env("CONTAINERS_STORAGE_CONF", self.path("storage.conf"))
            // What the build keeps between runs beside its layers: downloaded crates.
            .env("TMPDIR", self.path("scratch"));
        command
    }

    pub(super) fn podman(&self) -> Command {
        self.program("podman")
    }

    /// The start of a build by the Dockerfile. The format is Docker's, because the other one has no health checks.
    pub(super) fn build(&self) -> Result<Command> {
        let authorities = self.path("build/authorities.crt");
        std::fs::copy("/etc/ssl/certs/ca-certificates.crt", &authorities)
            .context("this machine has no list of whom it trusts (the package ca-certificates)")?;
        let mut build = self.program("buildah");
        build.args(["build", "--isolation", "chroot", "--network", "host", "--layers", "--format", "docker"]);
        build.args(["--pull-never", "--file", "deploy/docker/Dockerfile"]);
        let configuration = self.path("build/config.toml");
        build.arg(format!("--volume={}:{AUTHORITIES}:ro", authorities.display()));
        build.arg(format!("--volume={}:/usr/local/cargo/config.toml:ro", configuration.display()));
        Ok(build)
    }

    /// One archive of several images, which share their layers in it.
    pub(super) async fn archive(&self, file: &Path, images: &[String]) -> Result<()> {
        match std::fs::remove_file(file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot replace {}", file.display()));
            }
            Ok(()) | Err(_) => {}
        }
        let mut save = self.podman();
        save.args(["save", "--quiet", "--multi-image-archive", "--output"]).arg(file).args(images);
        shell::succeed(save, |_| {}).await
    }

    /// Ends every container of the store, and takes its volumes and networks away.
    pub(super) async fn end(&self) -> Result<()> {
        for arguments in [
            &["rm", "--all", "--force", "--time", "0"][..],
            &["volume", "prune", "--force"],
            &["network", "prune", "--force"],
        ] {
            let mut podman = self.podman();
            podman.args(arguments);
            shell::succeed(podman, |_| {}).await?;
        }
        Ok(())
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.path(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    }
}

/// podman 4 looks for crun alone, unless it is told otherwise.
fn needs_runc() -> bool {
    !super::needs::is_there("crun")
}

/// Cargo's configuration of this machine, which may say where crates come from, and whom to trust.
fn cargo_configuration() -> Result<String> {
    let home = environment::variable("CARGO_HOME")
        .or_else(|| Some(format!("{}/.cargo", environment::variable("HOME")?)))
        .unwrap_or_default();
    let text = std::fs::read_to_string(Path::new(&home).join("config.toml")).unwrap_or_default();
    let mut configuration: toml::Table =
        toml::from_str(&text).with_context(|| format!("{home}/config.toml is no TOML"))?;
    let http = configuration.entry("http").or_insert_with(|| toml::Table::new().into());
    if let Some(http) = http.as_table_mut() {
        http.insert("cainfo".to_owned(), AUTHORITIES.into());
    }
    toml::to_string(&configuration).context("cannot write Cargo's configuration")
}
