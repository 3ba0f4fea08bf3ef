//! `cargo xtask setup`: puts the pinned real components where `testkit` looks for them.
//!
//! Each is made in a folder beside its final place and moved there in one step, so that there is never a half of one; what a tool has
//! downloaded stays in that tool's own cache, so that an interrupted setup goes on where it was. A lock on a file keeps two setups apart.

mod debian;
mod folder;
mod go;
mod keycloak;
mod kubernetes;
mod packages;
mod python;
mod schemas;
mod tools;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use futures_util::stream::{self, StreamExt as _};

use crate::progress::Progress;

/// Go and Maven keep two cores busy with two installs: one downloads while the other compiles. More only compete.
const AT_ONCE: usize = 2;

#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo xtask setup                    everything that the tests need
  cargo xtask setup --for dev          LiveKit alone: what `cargo xtask dev` needs
  cargo xtask setup --for compose      the secrets of docker-compose.dev.yml, in .env
  cargo xtask setup --for kubernetes   the Secrets that k8s/ mounts, in .secrets/kubernetes
  cargo xtask setup keycloak caddy     these two
  REALTIME_CACHE=/big/disk cargo xtask setup

Installed once, to $REALTIME_CACHE, else $XDG_CACHE_HOME/realtime-calls, else ~/.cache/realtime-calls. A program of the pinned version that is
on the PATH, or named by LIVEKIT_SERVER, CADDY, KEYCLOAK_HOME, JAVA_HOME, REDIS_SERVER, TURNSERVER, CHROMIUM, AIORTC_PYTHON, KUSTOMIZE, KUBECONFORM or PROMTOOL, is taken as it is. Versions: components.toml.")]
pub(crate) struct SetupArgs {
    /// What it is for; without components named, `test`
    #[arg(long = "for", value_enum, value_name = "PURPOSE")]
    purpose: Option<Purpose>,
    /// The components to set up, besides those of the purpose
    #[arg(value_enum)]
    components: Vec<Component>,
}

/// What a setup is for.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Purpose {
    /// `cargo xtask dev`: LiveKit
    Dev,
    /// `cargo xtask dev --full`: LiveKit, Caddy, Keycloak, Redis, coturn
    Full,
    /// `docker compose -f docker-compose.dev.yml up`: its secrets
    Compose,
    /// `kubectl apply -k k8s/overlays/…`: the Secrets that it mounts, for one cluster
    Kubernetes,
    /// `cargo xtask test`: all of it
    Test,
}

/// Something that can be set up.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, ValueEnum)]
pub(crate) enum Component {
    /// The SFU, built with Go
    Livekit,
    /// The identity provider, fetched with Maven
    Keycloak,
    /// The gateway, built with Go
    Caddy,
    /// The store, from Debian's archive
    Redis,
    /// The STUN and TURN server, from Debian's archive
    Coturn,
    /// The browser of the system tests, from Debian's archive
    Chromium,
    /// A WebRTC stack of the system tests, in a Python environment of its own
    Aiortc,
    /// The npm packages of the system tests
    Packages,
    /// What puts the manifests of Kubernetes together, built with Go
    Kustomize,
    /// What holds them against schemas, built with Go
    Kubeconform,
    /// Those schemas, made from the sources of Kubernetes and of what is installed beside it
    Schemas,
    /// What plays the examples of alerts, from Debian's archive
    Promtool,
}

/// What the tests of the manifests need.
pub(crate) const MANIFESTS: &[Component] =
    &[Component::Kustomize, Component::Kubeconform, Component::Schemas];

impl Purpose {
    pub(crate) fn components(self) -> &'static [Component] {
        match self {
            Self::Dev => &[Component::Livekit],
            Self::Full => &[
                Component::Livekit,
                Component::Keycloak,
                Component::Caddy,
                Component::Redis,
                Component::Coturn,
            ],
            Self::Compose | Self::Kubernetes => &[],
            Self::Test => Component::value_variants(),
        }
    }
}

pub(crate) async fn run(args: SetupArgs) -> Result<ExitCode> {
    let everything = args.purpose.is_none() && args.components.is_empty();
    let purpose = args.purpose.or(everything.then_some(Purpose::Test));
    let mut wanted = args.components;
    wanted.extend(purpose.map(Purpose::components).unwrap_or_default());
    wanted.sort_unstable();
    wanted.dedup();
    provide(&wanted).await?;
    if everything || matches!(purpose, Some(Purpose::Compose)) {
        crate::compose::provide(&Progress::start())?;
    }
    if matches!(purpose, Some(Purpose::Kubernetes)) {
        kubernetes::provide(&Progress::start())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Sees to it that all of these are there. Says one line for each.
pub(crate) async fn provide(wanted: &[Component]) -> Result<()> {
    let progress = Progress::start();
    let mut missing = Vec::new();
    for component in wanted {
        match component.present() {
            Some(place) => progress.say(component.title(), &format!("already there, {place}")),
            None => missing.push(*component),
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let lock = folder::lock(&progress).await?;
    let faults = install(missing, &progress).await;
    drop(lock);
    if faults.is_empty() { Ok(()) } else { bail!(listed(&faults)) }
}

/// Installs side by side; one failure does not stop the others, so that one run tells everything that is wrong.
///
/// In this one task, not in spawned ones: those would outlive an interrupted setup, and their compilers with them.
async fn install(missing: Vec<Component>, progress: &Progress) -> Vec<anyhow::Error> {
    let installs = missing.into_iter().map(|component| component.provide(progress));
    let outcomes: Vec<Result<()>> = stream::iter(installs).buffer_unordered(AT_ONCE).collect().await;
    outcomes.into_iter().filter_map(Result::err).collect()
}

fn listed(faults: &[anyhow::Error]) -> String {
    let mut message = "not everything could be set up".to_owned();
    for fault in faults {
        write!(message, "\n- {fault:#}").expect("a String takes everything");
    }
    message
}

impl Component {
    /// Its name in `components.toml`; the npm packages have their own lock file instead.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Livekit => "livekit-server",
            Self::Caddy => "caddy",
            Self::Keycloak => "keycloak",
            Self::Redis => "redis-server",
            Self::Coturn => "coturn",
            Self::Chromium => "chromium",
            Self::Aiortc => "aiortc",
            Self::Packages => "npm packages of tests/",
            Self::Kustomize => "kustomize",
            Self::Kubeconform => "kubeconform",
            Self::Schemas => "schemas of Kubernetes",
            Self::Promtool => "promtool",
        }
    }

    /// Where it is, if it is there.
    fn present(self) -> Option<String> {
        match self {
            Self::Packages => packages::present(&crate::tree::system_tests()),
            Self::Schemas => schemas::present(),
            Self::Livekit
            | Self::Caddy
            | Self::Keycloak
            | Self::Redis
            | Self::Coturn
            | Self::Chromium
            | Self::Aiortc
            | Self::Kustomize
            | Self::Kubeconform
            | Self::Promtool => {
                testkit::components::locate(self.title()).ok().map(|path| path.display().to_string())
            }
        }
    }

    async fn provide(self, progress: &Progress) -> Result<()> {
        // Another setup may have been at work while this one waited for the lock.
        match self.present() {
            Some(place) => progress.say(self.title(), &format!("already there, {place}")),
            None => self.install(progress).await?,
        }
        Ok(())
    }

    async fn install(self, progress: &Progress) -> Result<()> {
        match self {
            Self::Livekit | Self::Caddy | Self::Kustomize | Self::Kubeconform => {
                go::install(self.title(), progress).await
            }
            Self::Keycloak => keycloak::install(progress).await,
            Self::Redis | Self::Coturn | Self::Chromium | Self::Promtool => {
                debian::install(self.title(), progress).await
            }
            Self::Aiortc => python::install(self.title(), progress).await,
            Self::Packages => packages::install(&crate::tree::system_tests(), progress).await,
            Self::Schemas => schemas::install(progress).await,
        }
    }
}

/// Files with the definitions of the kinds that the manifests use and that are not Kubernetes' own.
pub(crate) async fn resource_definitions() -> Result<Vec<PathBuf>> {
    schemas::definitions().await
}

/// Writes the Secrets that the manifests mount into a folder that is not there yet, a file each.
pub(crate) fn kubernetes_secrets(folder: &Path) -> Result<usize> {
    kubernetes::write(folder)
}

/// Installs the npm packages that the lock file in `folder` names, unless they are there.
pub(crate) async fn npm_packages(folder: &Path) -> Result<()> {
    if packages::present(folder).is_some() {
        return Ok(());
    }
    let progress = Progress::start();
    let _lock = folder::lock(&progress).await?;
    // Another setup may have been at work while this one waited for the lock.
    if packages::present(folder).is_some() {
        return Ok(());
    }
    packages::install(folder, &progress).await
}
