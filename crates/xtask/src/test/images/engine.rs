//! buildah and podman on a store of their own, with what they need where there is no systemd.

use std::ffi::OsStr;
use std::fs::{File, TryLockError};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Resource, getrlimit};
use tokio::process::Command;

use crate::{environment, shell, tree};

/// Whom this machine trusts, as the build sees it: it may reach the registry of crates through somebody whom only this machine knows.
const AUTHORITIES: &str = "/run/build/authorities.crt";

/// Where Cargo's configuration is while there are builds, in the folder.
const CONFIGURATION: &str = "build/config.toml";

/// The compose file's project, whose name those of its networks begin with.
pub(super) const PROJECT: &str = "realtime-calls-trial";

/// Beside the network namespaces, of which there is one for all stores of the machine.
const LOCK: &str = "/run/realtime-calls-trial.lock";

/// How many processes a container may have. podman's own limits are more than somebody may give who is in a container himself.
const PROCESSES: u32 = 4_096;
/// How many open files, if this machine allows as many.
const FILES: u64 = 65_536;

/// The store, below the folder of the pinned components; it is kept, and may be deleted.
pub(super) struct Engine {
    folder: PathBuf,
    /// What runs in the store, and the network namespace, are one run's. The operating system lets go of it with the process, however that ends.
    _lock: File,
}

impl Engine {
    pub(super) fn open() -> Result<Self> {
        let lock = lock()?;
        let folder = testkit::components::cache()?.join("images");
        for part in ["build", "networks", "scratch"] {
            let part = folder.join(part);
            std::fs::create_dir_all(&part).with_context(|| format!("cannot make {}", part.display()))?;
        }
        let shown = folder.display();
        let engine = Self { folder: folder.clone(), _lock: lock };
        engine.write(
            "storage.conf",
            &format!(
                "[storage]\ndriver = \"overlay\"\ngraphroot = \"{shown}/store\"\nrunroot = \"{shown}/run\"\n"
            ),
        )?;
        let files = most_files();
        let runtime = if needs_runc() { "runtime = \"runc\"\n" } else { "" };
        engine.write(
            "containers.conf",
            // Networks are not in the store, and would be among those of everybody else.
            &format!(
                "[containers]\ndefault_ulimits = [\"nofile={files}:{files}\", \"nproc={PROCESSES}:{PROCESSES}\"]\n\n\
                 [engine]\ncgroup_manager = \"cgroupfs\"\nevents_logger = \"file\"\n{runtime}\n\
                 [network]\nnetwork_backend = \"netavark\"\nnetwork_config_dir = \"{shown}/networks\"\n"
            ),
        )?;
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
        let configuration = self.path(CONFIGURATION);
        self.forget_configuration()?;
        let text = cargo_configuration()?;
        // It may say how one gets into a registry.
        let file = File::options().write(true).create_new(true).mode(0o600).open(&configuration);
        file.and_then(|mut file| file.write_all(text.as_bytes()))
            .with_context(|| format!("cannot write {}", configuration.display()))?;
        build.arg(format!("--volume={}:{AUTHORITIES}:ro", authorities.display()));
        build.arg(format!("--volume={}:/usr/local/cargo/config.toml:ro", configuration.display()));
        Ok(build)
    }

    /// One archive of several images, which share their layers in it.
    pub(super) async fn archive(&self, file: &Path, images: &[String]) -> Result<()> {
        absent(file)?;
        let mut save = self.podman();
        save.args(["save", "--quiet", "--multi-image-archive", "--output"]).arg(file).args(images);
        shell::succeed(save, |_| {}).await
    }

    /// Takes away what [a build](Self::build) was told of this machine's Cargo.
    pub(super) fn forget_configuration(&self) -> Result<()> {
        absent(&self.path(CONFIGURATION))
    }

    /// Ends every container of the store, those of builds too, and takes its volumes and the project's networks away.
    pub(super) async fn end(&self) -> Result<()> {
        for (program, arguments) in [
            ("podman", &["rm", "--all", "--force", "--time", "0"][..]),
            ("buildah", &["rm", "--all"]),
            ("podman", &["volume", "prune", "--force"]),
        ] {
            let mut command = self.program(program);
            command.args(arguments);
            shell::succeed(command, |_| {}).await?;
        }
        self.remove_networks().await
    }

    async fn remove_networks(&self) -> Result<()> {
        let mut list = self.podman();
        list.args(["network", "ls", "--format", "{{.Name}}"]);
        let (status, names) = shell::read(list).await?;
        if !status.success() {
            bail!("podman does not list its networks; its words are above");
        }
        let ours: Vec<&str> = names.lines().map(str::trim).filter(|name| is_ours(name)).collect();
        if ours.is_empty() {
            return Ok(());
        }
        let mut remove = self.podman();
        remove.args(["network", "rm"]).args(ours);
        shell::succeed(remove, |_| {}).await
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.path(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    }
}

/// Docker Compose names a network after the project and what the file calls it.
fn is_ours(network: &str) -> bool {
    network.strip_prefix(PROJECT).is_some_and(|rest| rest.starts_with('_'))
}

/// One run at a time: another would end this one's containers.
fn lock() -> Result<File> {
    let file = File::options().create(true).truncate(false).write(true).open(LOCK);
    let file = file.with_context(|| format!("cannot write {LOCK}"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!(
            "another run of this test builds or runs images on this machine: wait for its end, or take other images with `--images`"
        ),
        Err(TryLockError::Error(fault)) => Err(fault).with_context(|| format!("cannot lock {LOCK}")),
    }
}

/// Sees to it that the file is not there.
fn absent(file: &Path) -> Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", file.display()))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// As many open files as this process may have itself, of the wanted ones.
fn most_files() -> u64 {
    getrlimit(Resource::Nofile).maximum.map_or(FILES, |most| most.min(FILES))
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

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn only_networks_of_the_project_are_taken_away() {
        for (name, expected) in [
            ("realtime-calls-trial_default", true),
            ("realtime-calls-trial_edge", true),
            ("realtime-calls-trial", false),
            ("realtime-calls-trials_default", false),
            ("realtime-calls_default", false),
            ("podman", false),
        ] {
            assert_eq!(is_ours(name), expected, "{name}");
        }
    }
}
